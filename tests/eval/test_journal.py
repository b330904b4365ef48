"""An interrupted eval goes on from where it was, and never from the results of another one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eval.journal import Journal
from rag.answer import Answer, Question
from rag.pipeline import QuestionAnswerer
from tests.conftest import ROOT
from tests.eval.conftest import Command
from tests.eval.results_for_tests import FINGERPRINT, result

WEEK = 7 * 24 * 3600


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that are asked from here on."""
    questions: list[str] = []
    ask = QuestionAnswerer.ask

    def noted(answerer: QuestionAnswerer, question: Question) -> Answer:
        questions.append(question.text)
        return ask(answerer, question)

    monkeypatch.setattr(QuestionAnswerer, "ask", noted)
    return questions


def journals(cache: Path) -> list[Path]:
    """The journals that are kept."""
    return list(cache.rglob("*.jsonl"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so")
def test_an_eval_that_was_killed_goes_on_from_where_it_was(
    command: Command, ferry_eval: list[str], own_cache: Path, asked: list[str]
) -> None:
    """A real SIGKILL after two of three cases; a case file that has changed since is asked from its start."""
    program = [sys.executable, str(Path(__file__).with_name("killed_eval.py")), "2", *ferry_eval, "--update-baseline"]
    killed = subprocess.run(
        program, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not Path("base.json").exists()
    (journal,) = journals(own_cache)

    cases = Path("cases.jsonl").read_text()
    Path("cases.jsonl").write_text(cases.replace('"91"', '"92"'))
    other = command(*ferry_eval, "--update-baseline")
    assert (other.status, len(asked), "interrupted" in other.err) == (0, 3, False)
    assert journals(own_cache) == [journal]

    Path("cases.jsonl").write_text(cases)
    asked.clear()
    resumed = command(*ferry_eval, "--update-baseline")
    assert resumed.status == 0
    assert "going on from an interrupted run, 2 of 3 cases are done" in resumed.err
    assert len(asked) == 1
    assert "2 of 3 cases pass" in resumed.out
    assert list(json.loads(Path("base.json").read_text())["cases"]) == ["ferry", "hard", "moon"]
    assert journals(own_cache) == []


def test_an_eval_can_be_asked_to_start_afresh(
    command: Command, ferry_eval: list[str], own_cache: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an interrupted run left is passed over and removed, here one that was interrupted by hand."""
    add = Journal.add

    def add_one(journal: Journal, found: object) -> None:
        add(journal, found)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "add", add_one)
    assert command(*ferry_eval, "--update-baseline").status == 130
    monkeypatch.setattr(Journal, "add", add)
    assert len(journals(own_cache)) == 1
    asked.clear()
    fresh = command(*ferry_eval, "--update-baseline", "--fresh")
    assert (fresh.status, len(asked), "interrupted" in fresh.err) == (0, 3, False)
    assert journals(own_cache) == []


def test_a_torn_line_is_left_out(tmp_path: Path) -> None:
    """Of a journal that lost the end of its last line, the rest is used, and what follows is whole again."""
    first = Journal(tmp_path, FINGERPRINT)
    first.add(result("a"))
    first.add(result("b"))
    (file,) = journals(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    second = Journal(tmp_path, FINGERPRINT)
    assert second.results == {"a": result("a")}
    second.add(result("b"))
    third = Journal(tmp_path, FINGERPRINT)
    assert third.results == {"a": result("a"), "b": result("b")}
    third.complete()
    assert journals(tmp_path) == []


def test_a_journal_belongs_to_one_fingerprint(tmp_path: Path) -> None:
    """Of all that a run depends on; `fresh` forgets it."""
    Journal(tmp_path, FINGERPRINT).add(result("a"))
    for part in FINGERPRINT.__slots__:
        assert not Journal(tmp_path, replace(FINGERPRINT, **{part: "other"})).results
    assert Journal(tmp_path, FINGERPRINT).results
    assert not Journal(tmp_path, FINGERPRINT, fresh=True).results
    assert not Journal(tmp_path, FINGERPRINT).results


def test_a_run_does_without_a_journal_where_none_can_be_kept(
    command: Command, ferry_eval: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why."""
    Path("file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path("file").absolute()))
    done = command(*ferry_eval, "--update-baseline")
    assert done.status == 0
    assert "warning: if this run is interrupted it cannot be gone on from" in done.err


def test_a_full_disk_in_the_middle_stops_the_journal_and_not_the_run(tmp_path: Path) -> None:
    """On a real device that is always full."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    Journal(tmp_path, FINGERPRINT).add(result("a"))
    (file,) = journals(tmp_path)
    journal = Journal(tmp_path, FINGERPRINT)
    file.unlink()
    file.symlink_to(full)
    journal.add(result("b"))
    assert journal.results == {"a": result("a"), "b": result("b")}
    assert journal.problem
    assert "No space left" in journal.problem


def test_journals_that_nobody_went_on_with_are_removed_after_a_week(tmp_path: Path) -> None:
    """They hold words of articles."""
    for name, age in (("old.jsonl", WEEK + 60), ("new.jsonl", WEEK - 60)):
        (tmp_path / name).touch()
        then = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (then, then))
    Journal(tmp_path, FINGERPRINT)
    assert not (tmp_path / "old.jsonl").exists()
    assert (tmp_path / "new.jsonl").exists()
