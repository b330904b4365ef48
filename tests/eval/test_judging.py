"""Judging and running: answers from real libraries against cases, and every quote against the stored text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.cases import Case, CaseError, load_cases
from eval.fingerprint import fingerprint_of
from eval.judging import judge
from eval.results import CaseResult, Fingerprint
from eval.runner import case_result, library_of, named_articles, run
from index.library import Library
from rag.answer import Question
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from service.wire import AnswerOut
from tests.conftest import BRIDGE, OWLS, ROOT, SAMPLES

SHIPPED = ROOT / "eval" / "cases" / "shipped.jsonl"
COST = "How much did the harbour bridge cost?"

Change = Callable[[AnswerOut], AnswerOut]


def case(**fields: object) -> Case:
    """A case about the bridge of which only this matters."""
    return Case.model_validate({"id": "a", "question": COST, **fields})


def with_threshold(library: Library, threshold: float) -> QuestionAnswerer:
    """A reader that is never silent (0) or always (1): how the reader is fitted does not matter here."""
    answerer = QuestionAnswerer(library)
    return replace(answerer, parameters=replace(answerer.reader, threshold=threshold))


@pytest.fixture
def bridge_library(library: Library) -> Library:
    """A library of two articles, the bridge of 2024 and the owls without a date."""
    library.add([BRIDGE, OWLS])
    return library


@pytest.fixture
def judged(bridge_library: Library) -> Callable[..., CaseResult]:
    """Asks a case, and judges what `change` makes of the answer."""
    names = {BRIDGE.id: "bridge.txt", OWLS.id: "owls.txt"}

    def judge_case(asked: Case, change: Change = lambda answer: answer, *, silent: bool = False) -> CaseResult:
        answerer, question = with_threshold(bridge_library, 1.0 if silent else 0.0), Question(asked.question)
        return judge(asked, change(AnswerOut.of(question, answerer.ask(question))), bridge_library, names, 1.0)

    return judge_case


def test_an_answer_is_right_when_every_expectation_is_met(judged: Callable[..., CaseResult]) -> None:
    """What was quoted is named by article and place, with what stands around it."""
    found = judged(case(expect=["40 million euros"], expect_number={"value": 4e7}, cite=["bridge.txt", "owls.txt"]))
    assert (found.status, found.right, found.cited, found.passed) == ("answered", True, True, True)
    first = found.quotes[0]
    assert BRIDGE.text[first.start : first.end] == first.text
    assert first.place == f"bridge.txt:{first.start}-{first.end}"
    assert BRIDGE.text.endswith(first.after)
    assert (first.before + first.text + first.after) in BRIDGE.text
    assert first.verbatim
    assert first.right
    assert found.rank == 1
    assert set(found.ranked) <= {"bridge.txt", "owls.txt"}
    assert not judged(case(expect=["41 million"])).passed
    assert not judged(case(expect=["40 million"], must_not_say=["six YEARS"])).passed


def test_any_of_several_articles_will_do_but_each_that_must_be_quoted_is_asked_for(
    judged: Callable[..., CaseResult],
) -> None:
    """Recall counts `cite` as one demand, and each of `must_cite`."""
    any_of = judged(case(expect=["40"], cite=["bridge.txt", "owls.txt"]))
    assert (any_of.cited, any_of.articles_quoted, any_of.articles_asked) == (True, 1, 1)
    both = judged(case(expect=["40"], cite=["owls.txt"], must_cite=["bridge.txt", "owls.txt"]))
    assert (both.cited, both.articles_quoted, both.articles_asked) == (False, 1, 3)
    assert not both.passed
    assert judged(case(expect=["40"])).cited is None


def test_evidence_is_found_when_a_quote_holds_it(judged: Callable[..., CaseResult]) -> None:
    """From the article that it is of; a quote that holds evidence is right even without an expected value."""
    evidence = [
        {"article": "bridge.txt", "text": "Building it took six years and\ncost 40 million euros."},
        {"article": "bridge.txt", "text": "About 12,000 cars will cross it each year."},
        {"article": "owls.txt", "text": "Building it took six years and cost 40 million euros."},
    ]
    found = judged(case(expect=["never said"], evidence=evidence))
    assert (found.evidence_found, found.evidence_total) == (1, 3)
    assert (found.right, found.quotes[0].right, found.cited) == (False, True, None)


def test_a_quote_from_a_wrong_article_is_not_right(judged: Callable[..., CaseResult]) -> None:
    """Whatever it says."""
    found = judged(case(expect=["40 million"], cite=["owls.txt"]))
    assert found.right
    assert not any(each.right for each in found.quotes)
    assert not found.passed


def test_silence_is_right_for_an_unanswerable_case_alone(judged: Callable[..., CaseResult]) -> None:
    """And an answer to one is wrong, with quotes that are not right."""
    assert judged(case(unanswerable=True), silent=True).passed
    silent = judged(case(expect=["40 million"], cite=["bridge.txt"]), silent=True)
    assert (silent.right, silent.cited, silent.articles_asked) == (False, False, 1)
    guessed = judged(case(unanswerable=True))
    assert not guessed.right
    assert not any(each.right for each in guessed.quotes)


def test_a_conflict_must_be_called_one(judged: Callable[..., CaseResult]) -> None:
    """By the status of the answer."""

    def conflicting(answer: AnswerOut) -> AnswerOut:
        return answer.model_copy(update={"status": "conflicting"})

    assert judged(case(conflicting=True), conflicting).right
    assert judged(case(conflicting=True), conflicting).quotes[0].right
    assert not judged(case(conflicting=True)).right
    assert not judged(case(conflicting=True, expect=["41"]), conflicting).right


@pytest.mark.parametrize(
    "broken",
    [
        {"start_char_index": 1},
        {"cited_text": "Building it took six years."},
        {"article_sha256": "0" * 64},
        {"article_id": "000000000000"},
        {"article_id": OWLS.id},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_a_quote_that_is_no_copy_fails_the_case(judged: Callable[..., CaseResult], broken: dict[str, object]) -> None:
    """It is held against the stored article, whatever else is right about it."""

    def altered(answer: AnswerOut) -> AnswerOut:
        return answer.model_copy(update={"citations": [answer.citations[0].model_copy(update=broken)]})

    asked = case(expect=["40 million"])
    assert judged(asked).passed
    found = judged(asked, altered)
    assert [each.verbatim for each in found.quotes] == [False]
    assert not found.passed


def test_a_case_is_asked_as_of_its_day(library: Library) -> None:
    """Articles of a later day, or of no day that is known, are not used."""
    undated = replace(BRIDGE, published=None)
    library.add([undated])
    answerer = with_threshold(library, 0.0)
    asked = {"expect": ["40 million"], "as_of": "2024-06-01"}
    assert not case_result(case(**asked), answerer, {}).answered
    library.add([replace(undated, published=date(2024, 5, 14))])
    assert case_result(case(**asked), answerer, {}).passed
    assert not case_result(case(**{**asked, "as_of": "2024-05-13"}), answerer, {}).answered


def test_every_citation_of_every_shipped_case_is_verbatim(answerer: QuestionAnswerer) -> None:
    """Checked against the stored article by the test itself, not by the code under test."""
    compared = 0
    for each in load_cases(SHIPPED):
        question = Question(each.question)
        for citation in AnswerOut.of(question, answerer.ask(question)).citations:
            article = answerer.library.catalogue.articles([citation.article_id])[citation.article_id]
            assert article.text[citation.start_char_index : citation.end_char_index] == citation.cited_text
            assert article.sha256 == citation.article_sha256
            compared += 1
    assert compared > 60


def test_a_fingerprint_changes_with_each_thing_that_it_is_of(bridge_library: Library) -> None:
    """And with nothing else: not with the order of cases, nor with where the articles are."""
    answerer = QuestionAnswerer(bridge_library)
    articles = {"bridge.txt": BRIDGE, "owls.txt": OWLS}
    cases = [case(expect=["x"]), case(id="b", expect=["y"])]
    first = fingerprint_of(cases, articles, answerer)
    assert fingerprint_of(cases[::-1], dict(reversed(articles.items())), answerer) == first

    def differing(other: Fingerprint) -> set[str]:
        return {name for name in Fingerprint.__slots__ if getattr(first, name) != getattr(other, name)}

    assert differing(fingerprint_of(cases[:1], articles, answerer)) == {"cases"}
    redated = {**articles, "owls.txt": replace(OWLS, title="Owls")}
    assert differing(fingerprint_of(cases, redated, answerer)) == {"corpus"}
    assert differing(fingerprint_of(cases, {"moved.txt": BRIDGE, "owls.txt": OWLS}, answerer)) == {"corpus"}
    louder = replace(answerer, parameters=replace(answerer.reader, threshold=0.0))
    assert differing(fingerprint_of(cases, articles, louder)) == {"settings"}
    fewer = replace(answerer, retrieval=replace(answerer.retrieval, passages=3))
    assert differing(fingerprint_of(cases, articles, fewer)) == {"settings"}


def test_a_run_has_a_result_for_each_case_in_order(answerer: QuestionAnswerer) -> None:
    """With its progress told, and the odd expectation named."""
    told: list[tuple[int, int]] = []
    cases = [*load_cases(SHIPPED)[:2], case(expect=["Velmora"])]
    found = run(cases, answerer, SAMPLES, lambda done, total: told.append((done, total)))
    assert [each.id for each in found.results] == [each.id for each in cases]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert found.warnings == ("case 'a': no article says \"Velmora\"",)
    assert found.fingerprint == fingerprint_of(cases, named_articles(answerer.library, SAMPLES), answerer)


def test_a_folder_with_an_article_that_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    """By the name of the file; a folder that is not there is one too."""
    (tmp_path / "empty.txt").touch()
    for folder, words in ((tmp_path, r"empty\.txt"), (tmp_path / "none", "none")):
        with pytest.raises(CaseError, match=words), library_of(folder, Settings(data_dir=tmp_path)):
            pytest.fail("the library was made")
