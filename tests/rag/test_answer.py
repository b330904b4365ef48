"""A citation is a copy by construction, and a question is checked where it is made."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, ArticleFilter, Span
from index.errors import QuestionError
from rag.answer import MAX_QUESTION_CHARACTERS, Citation, Question
from tests.conftest import BRIDGE


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.data())
def test_a_citation_is_a_verbatim_copy_whatever_the_text(text: str, data: st.DataObject) -> None:
    """For any article and any span of it, the cited words are the article's characters at the cited place."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    article = Article("any", text)
    citation = Citation(article, Span(start, end))
    assert citation.cited_text == article.text[citation.start_char_index : citation.end_char_index]
    assert citation.article_sha256 == article.sha256


def test_a_citation_beyond_the_text_cannot_be_made() -> None:
    """There is no way to a citation that does not hold."""
    with pytest.raises(ValueError, match="reaches beyond the 5 characters"):
        Citation(Article("short", "Short"), Span(0, 6))


def test_a_citation_cannot_be_changed() -> None:
    """It is frozen, and its words are no field that could be set."""
    citation = Citation(Article("short", "Short"), Span(0, 5))
    with pytest.raises(dataclasses.FrozenInstanceError):
        citation.span = Span(1, 2)  # type: ignore[misc]
    assert {field.name for field in dataclasses.fields(Citation)} == {"article", "span", "answer"}


def test_a_citation_tells_where_its_words_are_from() -> None:
    """Title, source, date and address come from the article."""
    article = Article("a/b.txt", "Words.", None, source="Outlet", published=date(2020, 1, 2), url="https://example.org")
    citation = Citation(article, Span(0, 6))
    assert citation.document_title == "b.txt"
    assert (citation.source, citation.published, citation.url) == ("Outlet", date(2020, 1, 2), "https://example.org")


@pytest.mark.parametrize(
    ("text", "words"), [("", "empty"), (" \n", "empty"), ("x" * (MAX_QUESTION_CHARACTERS + 1), "over the limit")]
)
def test_an_empty_or_endless_question_is_refused(text: str, words: str) -> None:
    """The message says which."""
    with pytest.raises(QuestionError, match=words):
        Question(text)


@pytest.mark.parametrize(
    ("before", "as_of", "latest"),
    [(None, None, None), (2, None, 2), (None, 3, 3), (2, 3, 2), (4, 3, 3)],
)
def test_a_question_as_of_a_day_is_answered_by_what_was_published(
    before: int | None, as_of: int | None, latest: int | None
) -> None:
    """The earlier of the two days counts, and the rest of the filter stays."""
    days = {number: date(2020, 1, number) for number in range(1, 5)}
    only = ArticleFilter(("Outlet",), days[1], days[before] if before else None)
    allowed = Question("Who?", only, as_of=days[as_of] if as_of else None).allowed
    assert allowed == ArticleFilter(("Outlet",), days[1], days[latest] if latest else None)


def test_the_words_that_answer_are_part_of_the_quote() -> None:
    """They are read from the article, as the quote is, and cannot lie outside it."""
    quote = Span(BRIDGE.text.index("Building"), len(BRIDGE.text))
    place = BRIDGE.text.index("six years")
    citation = Citation(BRIDGE, quote, Span(place, place + len("six years")))
    assert citation.answer_text == "six years"
    assert (citation.answer_start_char_index, citation.answer_end_char_index) == (place, place + 9)
    with pytest.raises(ValueError, match="not within the quote"):
        Citation(BRIDGE, quote, Span(0, 7))


def test_a_quote_need_not_point_at_words() -> None:
    """Without a model that points, the sentence is all there is."""
    citation = Citation(BRIDGE, Span(0, 10))
    assert (citation.answer_text, citation.answer_start_char_index, citation.answer_end_char_index) == (None,) * 3
