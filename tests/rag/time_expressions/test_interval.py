"""Runs of days, and how people say them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.time_expressions.interval import DateInterval

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
INTERVALS = st.builds(lambda first, days: DateInterval(first, first + timedelta(days)), DAYS, st.integers(0, 4000))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2015-09-30", "2015-09-30", "30 September 2015"),
        ("2015-09-01", "2015-09-30", "September 2015"),
        ("2015-09-21", "2015-09-30", "21–30 September 2015"),
        ("2011-03-08", "2011-03-10", "8–10 March 2011"),
        ("2011-02-28", "2011-03-02", "28 February – 2 March 2011"),
        ("2014-12-30", "2015-01-02", "30 December 2014 – 2 January 2015"),
        ("2012-03-01", "2012-05-31", "March–May 2012"),
        ("2014-12-01", "2015-02-28", "December 2014 – February 2015"),
        ("2015-01-01", "2015-12-31", "2015"),
        ("2003-01-01", "2007-12-31", "2003–2007"),
        ("1990-01-01", "1999-12-31", "the 1990s"),
        ("1991-01-01", "2000-12-31", "1991–2000"),
        ("2012-02-01", "2012-02-28", "1–28 February 2012"),
    ],
)
def test_an_interval_reads_as_people_say_it(first: str, last: str, said: str) -> None:
    """Whole months, years and decades by their names, anything else by its first and last day."""
    assert str(DateInterval(date.fromisoformat(first), date.fromisoformat(last))) == said


def test_an_interval_cannot_end_before_it_begins() -> None:
    """One day is the shortest."""
    day = date(2015, 9, 30)
    assert DateInterval(day, day).days == 1
    with pytest.raises(ValueError, match="ends on or after its first day"):
        DateInterval(day, day - timedelta(1))


@given(INTERVALS, INTERVALS)
def test_what_contains_another_overlaps_it_and_is_no_shorter(one: DateInterval, other: DateInterval) -> None:
    """Two intervals overlap exactly if a day is in both; one that contains the other has all its days."""
    shared = min(one.latest, other.latest) - max(one.earliest, other.earliest)
    assert one.overlaps(other) == other.overlaps(one) == (shared.days >= 0)
    assert one.contains(other) == (shared.days + 1 == other.days)
    if one.contains(other):
        assert one.days >= other.days


@given(INTERVALS, INTERVALS)
def test_intervals_that_differ_read_differently(one: DateInterval, other: DateInterval) -> None:
    """No two runs of days are said alike."""
    assert (str(one) == str(other)) == (one == other)
