"""What holds of any text and any publication date."""

from __future__ import annotations

import re
from datetime import date, timedelta
from time import perf_counter
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.time_expressions.expression import TimeExpressionType
from rag.time_expressions.ranges import joined_ranges
from rag.time_expressions.tagging import time_expressions

FRAGMENTS: Final = st.sampled_from(
    (
        "on|in|the|from|to|between|and|until|of|last|next|this|that|early|late|mid-|end of the|a|two|several|every|ago"
        "|later|earlier|Monday|Friday|Sunday night|May|March|Sept.|December|Dec. 8|31 February|29 February|8|10"
        "|2015|2011|1999-12-31|03/04/2015|1939-45|1990s|'80s|19th century|490 BC|day|days|week|weekend|months|year"
        "|decade|century|summer|winter 2014|third quarter|second half|Christmas|Easter week|yesterday|today|tonight"
        "|now|9 a.m.|noon|will|said|was|.|. The|,|-|–|\n\n|’s|ſept|weeK"
    ).split("|")
)
TEXTS: Final = st.one_of(st.lists(FRAGMENTS, min_size=1, max_size=14).map(" ".join), st.text(max_size=80))
PUBLISHED: Final = st.one_of(st.none(), st.dates())
LIMIT: Final = 2.0
"""Seconds for 5,000 hostile characters; a pattern that backtracks without bound takes hours."""


@given(TEXTS, PUBLISHED)
@example("last century, next decade, next Monday, tomorrow, in two weeks' time, on Feb. 29", date.max)
@example("last century, 2000 years ago, last Monday, yesterday, three decades ago, on Feb. 29", date.min)
@example("in 1900, May 2015 to 9999, 31 December 9999, the 100th century, the 0th century, 99/99/9999", date.min)
def test_expressions_are_ordered_words_of_the_text(text: str, published: date | None) -> None:
    """Whatever the text, nothing is raised, and spans are within it, apart from each other and in order."""
    expressions = time_expressions(text, published)
    ends = [0, *(one.span.end for one in expressions)]
    assert all(end <= one.span.start for end, one in zip(ends, expressions, strict=False))
    assert ends[-1] <= len(text)
    for one in expressions:
        assert one.span.of(text) == one.span.of(text).strip()
        assert one.value
        if one.type in (TimeExpressionType.DURATION, TimeExpressionType.SET):
            assert one.interval is None
        if one.interval is None and published is not None and one.relative:
            assert "X" in one.value
    assert [part for one in joined_ranges(text, expressions) for part in one.expressions] == list(expressions)


@given(TEXTS, st.dates(min_value=date(1950, 1, 1), max_value=date(2050, 12, 31)))
def test_the_days_are_those_of_the_value(text: str, published: date) -> None:
    """A value that names a year, a month or a day has its interval within that year, month or day."""
    for one in time_expressions(text, published):
        if one.interval and (match := re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T|$)", one.value)):
            year, month, day = (int(part) if part else None for part in match.groups())
            for end in (one.interval.earliest, one.interval.latest):
                assert year == end.year
                assert month in (None, end.month)
                assert day in (None, end.day)


@given(TEXTS)
def test_without_a_publication_date_nothing_relative_has_days(text: str) -> None:
    """What has an interval then is what does not count from it."""
    for one in time_expressions(text, None):
        assert not (one.relative and one.interval)


@given(
    st.sampled_from(
        ("on Monday", "last Friday", "next Sunday", "last week", "this weekend", "yesterday", "two weeks ago")
    ),
    st.dates(min_value=date(1950, 1, 1), max_value=date(2050, 12, 31)),
    st.integers(-500, 500),
)
def test_a_publication_so_many_weeks_later_moves_days_and_weeks_by_as_much(words: str, day: date, weeks: int) -> None:
    """Weekdays, weeks and weekends know nothing of months and years."""
    text, by = f"It rained {words}.", timedelta(7 * weeks)
    (one,), (other,) = time_expressions(text, day), time_expressions(text, day + by)
    assert one.interval
    assert other.interval
    assert (other.interval.earliest, other.interval.latest) == (one.interval.earliest + by, one.interval.latest + by)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2050, 12, 31)), st.sampled_from(("rained", "will rain")))
def test_a_weekday_is_within_a_week_of_the_publication(day: date, verb: str) -> None:
    """On the right side of it, the day itself included."""
    (one,) = time_expressions(f"It {verb} on Wednesday.", day)
    assert one.interval
    away = (one.interval.earliest - day).days
    assert one.interval.earliest.weekday() == 2
    assert 0 <= away <= 6 if verb == "will rain" else -6 <= away <= 0


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2099, 12, 31)))
def test_a_day_said_in_full_is_that_day(day: date) -> None:
    """In the forms of British and American newspapers and of ISO 8601, whenever the article is of."""
    long, short = f"{day:%B}", f"{day:%b}"
    for words in (
        f"{day.day} {long} {day.year}",
        f"{long} {day.day}, {day.year}",
        f"{short} {day.day}, {day.year}",
        f"{day:%A}, {long} {day.day}, {day.year}",
        day.isoformat(),
    ):
        (one,) = time_expressions(f"It fell on {words}.", date(2015, 11, 12))
        assert (one.value, str(one.interval)) == (day.isoformat(), f"{day.day} {long} {day.year}")


@pytest.mark.parametrize(
    "piece",
    [
        "May ", "the very beginning of ", "1", "2015-", "January, ", " ", "12 to ", "early in on ", "\n",
        "half a dozen ", "twenty-", "'80s ", "March 8-10, 2011 ", "Monday, ", "will on Monday ", "12/12/", "meets a ",
    ],
)  # fmt: skip
def test_hostile_text_takes_no_more_than_its_share_of_time(piece: str) -> None:
    """Whatever is repeated, the time stays bounded."""
    text = f"Monday will {piece * (5000 // len(piece))} Monday"
    begun = perf_counter()
    time_expressions(text, date(2015, 11, 12))
    assert perf_counter() - begun < LIMIT
