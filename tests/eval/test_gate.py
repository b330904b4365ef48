"""The gate, through the real command: it opens for what is sound and shuts for what is broken on purpose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rag.agreement.comparison import Agreement
from rag.answer import Answer, Citation, Question
from rag.language_model import Cancellation
from rag.pipeline import Examined, QuestionAnswerer
from tests.conftest import REAL_ARTICLES, ROOT
from tests.eval.conftest import Command
from tests.eval.results_for_tests import write_lines

SHIPPED = ROOT / "eval" / "cases" / "shipped.jsonl"
SHIPPED_BASELINE = ROOT / "eval" / "baselines" / "shipped.json"
REAL_NEWS = ROOT / "eval" / "cases" / "real-news.jsonl"
EVERY = 3
"""The broken systems are asked every third of the shipped cases: answerable, unanswerable, hard and easy ones."""


@pytest.fixture
def third_of_the_cases(tmp_path: Path) -> list[object]:
    """Options that ask every third shipped case and hold it to the committed baseline."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()[::EVERY]
    return ["--cases", write_lines(tmp_path / "third.jsonl", *lines), "--baseline", SHIPPED_BASELINE, "--json"]


def unanswerable(keys: Sequence[str]) -> list[bool]:
    """Whether each of these shipped cases has no answer."""
    cases = {case["id"]: case for case in map(json.loads, SHIPPED.read_text(encoding="utf-8").splitlines())}
    return [cases[key].get("unanswerable", False) for key in keys]


def test_the_sound_system_passes(command: Command, third_of_the_cases: list[object]) -> None:
    """Against the committed baseline; the cases that are not asked are gone, which is no regression."""
    done = command(*third_of_the_cases)
    report = json.loads(done.out)
    assert done.status == 0, report["comparison"]["broken"]
    assert report["comparison"]["broken"] == []
    assert len(report["comparison"]["gone"]) > len(report["cases"]) > 30
    assert "corpus" not in report["comparison"]["differences"]


def test_a_reader_that_shows_the_first_sentence_of_the_first_passage_is_caught(
    command: Command, third_of_the_cases: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Always sure of itself: answers go wrong, and silence is gone."""
    examine = QuestionAnswerer.examine

    def first_sentence(answerer: QuestionAnswerer, question: Question, _: Cancellation | None = None) -> Examined:
        examined = examine(answerer, question)
        passage = examined.passages[0]
        first = replace(examined.ranked[0], article=passage.article, span=passage.chunk.sentences[0], answer=None)
        return replace(examined, shown=(first,), agreement=Agreement(), confidence=1.0)

    monkeypatch.setattr(QuestionAnswerer, "examine", first_sentence)
    done = command(*third_of_the_cases)
    broken = json.loads(done.out)["comparison"]["broken"]
    assert done.status == 1
    assert len(broken) > 15
    assert set(unanswerable(broken)) == {True, False}


def test_a_citation_that_is_off_by_one_is_caught(
    command: Command, third_of_the_cases: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words are right and the place is not: no quote is verbatim, and no tolerance helps."""
    monkeypatch.setattr(Citation, "start_char_index", property(lambda citation: citation.span.start + 1))
    done = command(*third_of_the_cases, "--tolerance", 1000)
    report = json.loads(done.out)
    assert done.status == 1
    assert "a quote is not a copy" in done.err
    answered = [
        case["id"] for case in report["cases"] if case["status"] != "not_in_articles" and not case["unanswerable"]
    ]
    assert set(report["comparison"]["broken"]) <= set(answered)
    assert len(report["comparison"]["broken"]) > 15
    assert not any(quote["verbatim"] for case in report["cases"] for quote in case["quotes"])


def test_a_reader_that_is_never_silent_is_caught(
    command: Command, third_of_the_cases: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each unanswerable case that passed is broken, and no other."""
    ask = QuestionAnswerer.ask

    def ask_at_any_price(answerer: QuestionAnswerer, question: Question) -> Answer:
        return ask(replace(answerer, parameters=replace(answerer.reader, threshold=0.0)), question)

    monkeypatch.setattr(QuestionAnswerer, "ask", ask_at_any_price)
    done = command(*third_of_the_cases)
    report = json.loads(done.out)
    assert done.status == 1
    assert report["comparison"]["broken"]
    assert all(unanswerable(report["comparison"]["broken"]))
    assert "not_in_articles" not in {case["status"] for case in report["cases"]}


def test_a_reader_that_is_always_silent_is_caught(
    command: Command, third_of_the_cases: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other way round: only answerable cases break."""
    ask = QuestionAnswerer.ask

    def never_dare(answerer: QuestionAnswerer, question: Question) -> Answer:
        return ask(replace(answerer, parameters=replace(answerer.reader, threshold=1.1)), question)

    monkeypatch.setattr(QuestionAnswerer, "ask", never_dare)
    done = command(*third_of_the_cases)
    broken = json.loads(done.out)["comparison"]["broken"]
    assert done.status == 1
    assert broken
    assert not any(unanswerable(broken))


def test_the_cases_on_real_articles_pass_as_in_their_baseline(command: Command) -> None:
    """Run only where the five articles are at hand."""
    if not REAL_ARTICLES.is_dir():
        pytest.skip("the five real articles are not here")
    done = command("--cases", REAL_NEWS, "--articles", REAL_ARTICLES)
    assert done.status == 0, done.out
    assert "41 cases" in done.out


def test_the_command_writes_a_baseline_and_holds_the_next_run_to_it(command: Command, ferry_eval: list[str]) -> None:
    """Exit status 0 while nothing that passed fails, 1 as soon as more does than is tolerated."""
    written = command(*ferry_eval, "--update-baseline")
    assert (written.status, "2 of 3 cases pass" in written.out) == (0, True)
    assert "baseline written: base.json" in written.err
    report = json.loads(command(*ferry_eval, "--json").out)
    assert [case["passed"] for case in report["cases"]] == [True, True, False]
    assert report["comparison"]["broken"] == []
    rewrite(Path("base.json"), '"hard": {"passed": false', '"hard": {"passed": true')
    shut = command(*ferry_eval)
    assert (shut.status, "1 broken" in shut.out) == (1, True)
    assert command(*ferry_eval, "--tolerance", 1).status == 0


def test_an_update_shows_the_difference_before_it_is_taken(command: Command, ferry_eval: list[str]) -> None:
    """What broke is seen once, and is the baseline from then on."""
    command(*ferry_eval, "--update-baseline")
    rewrite(Path("base.json"), '"hard": {"passed": false', '"hard": {"passed": true')
    shown = command(*ferry_eval, "--update-baseline")
    assert (shown.status, "1 broken" in shown.out) == (0, True)
    assert "none broken" in command(*ferry_eval).out


def test_a_baseline_about_other_articles_needs_force(command: Command, ferry_eval: list[str]) -> None:
    """The results are shown all the same; an update compares, because it is asked for in so many words."""
    command(*ferry_eval, "--update-baseline")
    (Path("articles") / "ferry.txt").write_text("The ferry to Port Ellis sails on Monday. It carries 90 passengers.")
    refused = command(*ferry_eval)
    assert (refused.status, "2 of 3 cases pass" in refused.out) == (2, True)
    assert "error: the baseline is about other articles" in refused.err
    assert command(*ferry_eval, "--force").status == 0
    assert command(*ferry_eval, "--update-baseline").status == 0
    assert command(*ferry_eval).status == 0


def test_a_baseline_of_another_schema_can_only_be_replaced(command: Command, ferry_eval: list[str]) -> None:
    """A file that is no baseline at all, such as the cases themselves, is never overwritten."""
    Path("base.json").write_text('{"scores": {}, "passed": {"ferry": true}}')
    refused = command(*ferry_eval)
    assert (refused.status, refused.out) == (2, "")
    assert "'base.json' is a baseline of schema 1, not 2" in refused.err
    assert command(*ferry_eval, "--update-baseline").status == 0
    assert command(*ferry_eval).status == 0
    cases = Path("cases.jsonl").read_text()
    assert command(*ferry_eval, "--baseline", "cases.jsonl", "--update-baseline").status == 2
    assert Path("cases.jsonl").read_text() == cases


def test_quotes_that_are_no_copies_make_no_baseline(
    command: Command, ferry_eval: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when a baseline is asked for."""
    monkeypatch.setattr(
        Citation, "cited_text", property(lambda citation: citation.span.of(citation.article.text) + "!")
    )
    done = command(*ferry_eval, "--update-baseline")
    assert done.status == 1
    assert not Path("base.json").exists()


def test_without_a_baseline_there_is_nothing_to_break(command: Command, ferry_eval: list[str]) -> None:
    """By default it stands beside the cases; one that is named must be there."""
    without = ferry_eval[:4]
    first = command(*without)
    assert (first.status, "no baseline at cases.baseline.json: --update-baseline makes one" in first.err) == (0, True)
    assert command(*without, "--update-baseline").status == 0
    assert "none broken" in command(*without).out
    assert Path("cases.baseline.json").is_file()
    missing = command(*ferry_eval)
    assert (missing.status, missing.out) == (2, "")
    assert "base.json" in missing.err


def test_every_report_is_written_where_it_is_asked_for(command: Command, ferry_eval: list[str]) -> None:
    """In a folder that is made; one that cannot be made is an error that names it."""
    files = ["--junit", "out/j.xml", "--markdown", "out/m.md", "--html", "out/h.html"]
    assert command(*ferry_eval, "--update-baseline", *files).status == 0
    suite = ElementTree.parse("out/j.xml").getroot()
    assert len(list(suite.iter("testcase"))) == 3
    assert "2 of 3" in Path("out/m.md").read_text()
    assert "<html" in Path("out/h.html").read_text()
    refused = command(*ferry_eval, "--junit", "cases.jsonl/j.xml")
    assert refused.status == 2
    assert "'cases.jsonl/j.xml' cannot be written" in refused.err


def test_warnings_reach_the_report(command: Command, ferry_eval: list[str]) -> None:
    """On standard error and in the JSON."""
    rewrite(Path("cases.jsonl"), '"91"', '"none of this"')
    done = command(*ferry_eval, "--json", "--update-baseline")
    assert json.loads(done.out)["warnings"] == ["case 'hard': no article says \"none of this\""]
    assert "warning: case 'hard': no article says" in done.err


def rewrite(file: Path, old: str, new: str) -> None:
    """Replaces words in a file."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
