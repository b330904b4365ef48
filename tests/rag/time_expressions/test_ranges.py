"""The two ends of a range are expressions of their own, and one run of days when joined."""

from __future__ import annotations

from datetime import date

import pytest

from rag.time_expressions.ranges import joined_ranges
from rag.time_expressions.tagging import time_expressions

PUBLISHED = date(2015, 11, 12)


@pytest.mark.parametrize(
    ("text", "words", "ends", "meant"),
    [
        ("Held from 8 to 10 March 2011.", "from 8 to 10 March 2011", ["8", "10 March 2011"], "8–10 March 2011"),
        ("Held 8–10 March.", "8–10 March", ["8", "10 March"], "8–10 March 2015"),
        ("Held on May 5-7, 2014.", "May 5-7, 2014", ["May 5", "7, 2014"], "5–7 May 2014"),
        (
            "Held March 28-April 2, 2013.",
            "March 28-April 2, 2013",
            ["March 28", "April 2, 2013"],
            "28 March – 2 April 2013",
        ),
        (
            "Held 30 December to 2 January 2015.",
            "30 December to 2 January 2015",
            ["30 December", "2 January 2015"],
            "30 December 2014 – 2 January 2015",
        ),
        ("Between March and May 2012.", "Between March and May 2012", ["March", "May 2012"], "March–May 2012"),
        ("Shut June-August.", "June-August", ["June", "August"], "June–August 2015"),
        ("From March to May.", "From March to May", ["March", "May"], "March–May 2015"),
        (
            "It was shut from December to March.",
            "from December to March",
            ["December", "March"],
            "December 2014 – March 2015",
        ),
        ("From May to June last year.", "From May to June last year", ["May", "June last year"], "May–June 2014"),
        ("From 2011 to 2015.", "From 2011 to 2015", ["2011", "2015"], "2011–2015"),
        ("The war of 1939-45.", "1939-45", ["1939", "45"], "1939–1945"),
        ("The crisis of 2007/08.", "2007/08", ["2007", "08"], "2007–2008"),
        ("Shut Monday to Wednesday.", "Monday to Wednesday", ["Monday", "Wednesday"], "9–11 November 2015"),
        ("It will be shut Monday to Friday.", "Monday to Friday", ["Monday", "Friday"], "16–20 November 2015"),
    ],
)
def test_a_range_is_two_expressions_and_one_run_of_days(text: str, words: str, ends: list[str], meant: str) -> None:
    """The end that lacks its month or year borrows it; the joined span begins with "from" or "between"."""
    expressions = time_expressions(text, PUBLISHED)
    assert [one.span.of(text) for one in expressions] == ends
    (joined,) = joined_ranges(text, expressions)
    assert (joined.span.of(text), str(joined.interval)) == (words, meant)
    assert joined.expressions == expressions


@pytest.mark.parametrize(
    "text",
    ["In 1994 and 1997.", "On April 24 and 25.", "From 2015 to 2011.", "In 2011, then until now.", "May 2014 (2015)."],
)
def test_dates_that_stand_side_by_side_are_no_range(text: str) -> None:
    """Lists, and ends in the wrong order."""
    expressions = time_expressions(text, PUBLISHED)
    assert len(expressions) == 2
    joined = joined_ranges(text, expressions)
    assert [(one.span, one.interval) for one in joined] == [(one.span, one.interval) for one in expressions]
