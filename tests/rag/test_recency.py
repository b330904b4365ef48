"""Questions about how things stand now prefer recent articles; no other question does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.article import Article
from index.embedding import Embedder
from index.library import Library
from rag.answer import Question, Status
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from rag.recency import asks_for_latest

OLD = Article(
    "old",
    "The ferry to Skarholm costs 40 dollars, the harbour board said. It sails six times a day in summer.",
    "Ferry fares fixed",
    published=date(2019, 5, 2),
)
NEW = Article(
    "new",
    "Islanders grumbled, but paid. The ferry to Skarholm costs 65 dollars since the harbour board met in March.",
    "Skarholm pays more",
    published=date(2023, 4, 11),
)


@pytest.mark.parametrize(
    "question",
    [
        "What is the latest death toll?",
        "Who is currently the mayor?",
        "How much does a ticket cost now?",
        "What is today's price?",
        "Is the bridge still closed?",
    ],
)
def test_a_question_about_now_is_told(question: str) -> None:
    """By words such as "latest", "now" and "currently"."""
    assert asks_for_latest(question)


@pytest.mark.parametrize(
    "question",
    [
        "When did Russia intervene?",
        "Who wrote the book now known as the Red Codex?",
        "What had been known until now about the wreck?",
        "How many people live in Nowra?",
    ],
)
def test_any_other_question_is_not(question: str) -> None:
    """Nor by a word that only looks so."""
    assert not asks_for_latest(question)


@pytest.fixture(scope="module")
def ferries(
    tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, reader_model: ReaderModel
) -> QuestionAnswerer:
    """Two articles that give two fares, four years apart."""
    library = Library(Path(tmp_path_factory.mktemp("ferries")), embedder)
    library.add([OLD, NEW])
    return QuestionAnswerer(library, reader_model)


def test_the_most_recent_article_answers_how_things_stand_now(ferries: QuestionAnswerer) -> None:
    """What the older one says is superseded, and no conflict."""
    answer = ferries.ask(Question("How much does the ferry to Skarholm cost now?"))
    assert answer.status is Status.ANSWERED
    assert answer.citations[0].answer_text == "65 dollars"


def test_as_of_an_earlier_day_the_older_article_is_the_most_recent(ferries: QuestionAnswerer) -> None:
    """What was published later is not known."""
    answer = ferries.ask(Question("How much does the ferry to Skarholm cost now?", as_of=date(2020, 1, 1)))
    assert {citation.article_id for citation in answer.citations} == {OLD.id}
    assert answer.citations[0].answer_text == "40 dollars"


def test_without_such_a_word_both_fares_are_told(ferries: QuestionAnswerer) -> None:
    """Neither is preferred for its date, and the sources disagree."""
    answer = ferries.ask(Question("How much does the ferry to Skarholm cost?"))
    assert answer.status is Status.CONFLICTING
    assert {answer.values[0].text, answer.conflicts[0].text} == {"40 dollars", "65 dollars"}
