"""The pytest plugin: each case is a test, with markers, expected failures and a failure that can be read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from eval.baseline import save_baseline
from index.embedding import SentenceTransformerEmbedder
from tests.conftest import ROOT
from tests.eval.results_for_tests import result, run_of, write_lines

QUESTION = "How many passengers does the ferry carry?"
CASES = (
    {"id": "ferry", "question": QUESTION, "expect": ["90"], "cite": ["ferry.txt"], "tags": ["how-many", "boats"]},
    {"id": "moon", "question": "Who first walked on the moon?", "unanswerable": True, "tags": ["skip", "_odd"]},
    {"id": "hard one", "question": QUESTION, "expect": ["91"], "tags": ["boats"]},
)


class Recorder:
    """A plugin that keeps what came of each test."""

    def __init__(self) -> None:
        self.collected: list[str] = []
        self.outcomes: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected = [item.nodeid for item in session.items]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.texts[report.nodeid] = report.longreprtext

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            expected = "xfailed" if hasattr(report, "wasxfail") else report.outcome
            self.outcomes[report.nodeid] = expected if report.when == "call" else f"error in {report.when}"
            self.texts[report.nodeid] = report.longreprtext


Outcome = tuple[int, Recorder, str]
RunTests = Callable[..., Outcome]


@pytest.fixture
def run_tests(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: SentenceTransformerEmbedder,
) -> RunTests:
    """Runs pytest in a folder with cases, an article and a test of its own; markers and warnings are strict there."""
    monkeypatch.setattr("service.wiring.SentenceTransformerEmbedder", lambda _model: embedder)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "ferry.txt").write_text("The ferry sails again on Monday. It carries 90 passengers.")
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    write_lines(tmp_path / "cases.jsonl", *CASES)

    def run(*arguments: str) -> Outcome:
        recorder = Recorder()
        options = ["-p", "eval.pytest_plugin", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
        options += ["--import-mode=importlib", "--capture=no"]
        capsys.readouterr()
        status = pytest.main([*options, *arguments], plugins=[recorder])
        return int(status), recorder, "".join(capsys.readouterr())

    return run


def test_each_case_is_a_test_beside_the_others(run_tests: RunTests) -> None:
    """One that fails tells what was asked, expected and quoted, and shows no traceback."""
    status, found, printed = run_tests("--pullquote-cases", "cases.jsonl")
    assert status == pytest.ExitCode.TESTS_FAILED
    assert found.outcomes == {
        "cases.jsonl::ferry": "passed",
        "cases.jsonl::moon": "passed",
        "cases.jsonl::hard one": "failed",
        "test_own.py::test_own": "passed",
    }
    assert found.texts["cases.jsonl::hard one"].splitlines()[:2] == ["Answered wrongly", f"question: {QUESTION}"]
    assert "[1] “It carries 90 passengers.”\n      ferry.txt:33-58" in found.texts["cases.jsonl::hard one"]
    assert "FAILED cases.jsonl::hard one - Answered wrongly" in printed
    assert "Traceback" not in printed


def test_a_case_that_failed_in_the_baseline_is_an_expected_failure(run_tests: RunTests, tmp_path: Path) -> None:
    """One that passed there fails the run; one that is new does too."""
    save_baseline(tmp_path / "base.json", run_of(result("ferry"), result("hard one", right=False)))
    options = ("--pullquote-cases", "cases.jsonl", "--pullquote-baseline", "base.json")
    status, found, printed = run_tests(*options, "-rx")
    assert status == pytest.ExitCode.OK
    assert found.outcomes["cases.jsonl::hard one"] == "xfailed"
    assert "Answered wrongly, as in the baseline" in printed
    save_baseline(tmp_path / "base.json", run_of(result("ferry")))
    assert run_tests(*options)[0] == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("options", "collected"),
    [
        (("-m", "how-many"), ["ferry"]),
        (("-m", "boats and not how-many"), ["hard one"]),
        (("-k", "skip"), ["moon"]),
        (("-k", "_odd"), ["moon"]),
        (("cases.jsonl::ferry",), ["ferry"]),
        (("--deselect", "test_own.py"), ["ferry", "moon", "hard one"]),
        (("articles",), ["ferry", "moon", "hard one"]),
    ],
)
def test_cases_are_chosen_as_tests_are(run_tests: RunTests, options: tuple[str, ...], collected: list[str]) -> None:
    """By marker, keyword or id; no tag does anything else to a test."""
    _, found, _ = run_tests("--pullquote-cases", "cases.jsonl", "--collect-only", *options)
    assert found.collected == [f"cases.jsonl::{name}" for name in collected]


def test_without_the_option_nothing_is_collected(run_tests: RunTests) -> None:
    """A case file is an ordinary file then."""
    assert run_tests()[1].collected == ["test_own.py::test_own"]


def test_a_case_file_that_is_missing_is_bad_usage(run_tests: RunTests) -> None:
    """Rather than a run without the cases."""
    status, _, printed = run_tests("--pullquote-cases", "gone.jsonl")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "--pullquote-cases 'gone.jsonl' is not a file" in printed


@pytest.mark.parametrize(
    ("line", "options", "words"),
    [
        ({"id": "a"}, (), "cases.jsonl, line 1: question: Field required"),
        (CASES[0], ("--pullquote-articles", "gone"), "give --pullquote-articles"),
        (CASES[0], ("--pullquote-baseline", "pytest.ini"), "is not a baseline"),
    ],
)
def test_what_cannot_be_used_is_one_error_of_the_collection(
    run_tests: RunTests, tmp_path: Path, line: object, options: tuple[str, ...], words: str
) -> None:
    """Said once, not once a case."""
    write_lines(tmp_path / "cases.jsonl", line)
    status, found, _ = run_tests("--pullquote-cases", "cases.jsonl", *options)
    assert status == pytest.ExitCode.INTERRUPTED
    assert words in found.texts["cases.jsonl"]


def test_a_library_that_cannot_be_made_is_an_error_of_each_case(run_tests: RunTests, tmp_path: Path) -> None:
    """Not a failure of the case, and the library is tried once."""
    case = {**CASES[0], "cite": ["gone.txt"]}
    write_lines(tmp_path / "cases.jsonl", case, {**case, "id": "second"})
    _, found, _ = run_tests("--pullquote-cases", "cases.jsonl")
    assert found.outcomes["cases.jsonl::ferry"] == found.outcomes["cases.jsonl::second"] == "error in setup"
    assert "names articles that are not in" in found.texts["cases.jsonl::second"]


def test_pytest_finds_the_plugin_by_itself_and_it_imports_nothing_heavy() -> None:
    """It is loaded in every test run where pullquote is installed."""
    assert [entry.value for entry in entry_points(group="pytest11", name="pullquote")] == ["eval.pytest_plugin"]
    code = "import sys, pytest; known = set(sys.modules); import eval.pytest_plugin; print(*(set(sys.modules) - known))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) == {"eval", "eval.pytest_plugin"}
