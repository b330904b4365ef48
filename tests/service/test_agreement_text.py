"""A person reads who says what: how many agree, what a relative date means, and who says otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from index.article import Article, Span
from rag.answer import Answer, Citation, Sources, StatedValue, Status, Timings
from service.agreement_text import agreement_lines

NAMED = Article("a", "It closed in 2015.", "Closure", source="The Morning Tide", published=date(2020, 3, 1))
UNNAMED = Article("b", "It shut last December.", "End of a mill")
QUOTES = (Citation(NAMED, Span(0, 18)), Citation(UNNAMED, Span(0, 22)))
YEAR = StatedValue("2015", "2015", date(2015, 1, 1), date(2015, 12, 31), False, None, (0,), Sources(1, 1))
LAST_DECEMBER = StatedValue("last December", "last December", None, None, True, None, (1,), Sources(1, 1))


def answer(sources: Sources, values: tuple[StatedValue, ...] = (), conflicts: tuple[StatedValue, ...] = ()) -> Answer:
    """An answer with two quotes."""
    status = Status.CONFLICTING if conflicts else Status.ANSWERED
    return Answer(status, "", (), QUOTES, 0.5, None, (), 1, Timings(0, 0), sources, values, conflicts)


def test_one_source_needs_no_line() -> None:
    """Nothing is said of what goes without saying."""
    assert agreement_lines(answer(Sources(1, 1), (YEAR,))) == []


def test_independent_sources_that_agree_are_counted() -> None:
    """With what they give, and where."""
    assert agreement_lines(answer(Sources(2, 2), (replace(YEAR, citations=(0, 1)),))) == [
        "2015 [1][2]: 2 independent sources agree."
    ]


def test_copies_count_as_articles_and_not_as_sources() -> None:
    """A story that several outlets print is one source."""
    assert agreement_lines(answer(Sources(3, 1), (YEAR,))) == [
        "One independent source: 3 articles print the same text."
    ]
    assert agreement_lines(answer(Sources(4, 2), (YEAR,))) == ["2015 [1]: 2 independent sources agree, in 4 articles."]


def test_a_date_counted_from_an_unknown_day_is_said_to_be_so() -> None:
    """The words are quoted, and no day is made up."""
    assert agreement_lines(answer(Sources(1, 1), (YEAR, LAST_DECEMBER))) == [
        "“last December” [2] counts from the day of publication, which is not known."
    ]


def test_a_date_counted_from_a_known_day_is_resolved() -> None:
    """With the day that it is counted from."""
    resolved = replace(
        LAST_DECEMBER,
        text="December 2016",
        earliest=date(2016, 12, 1),
        latest=date(2016, 12, 31),
        published=date(2017, 12, 11),
    )
    assert agreement_lines(answer(Sources(1, 1), (resolved,))) == [
        "“last December” [2] is December 2016, counted from December 11, 2017."
    ]


def test_sources_that_disagree_are_named_with_their_values() -> None:
    """Outlet or title, and the day where it is known."""
    other = replace(YEAR, text="2016", words="2016", citations=(1,))
    assert agreement_lines(answer(Sources(1, 1), (YEAR,), (other,))) == [
        "The sources disagree:",
        "  2015: The Morning Tide, March 1, 2020 [1]",
        "  2016: End of a mill [2]",
    ]
