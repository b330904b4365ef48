"""What a time expression is: a place in a text, its TIMEX3 reading, and the days it means. All frozen.

TIMEX3 is the annotation of time expressions of TimeML (Pustejovsky et al., TimeML: Robust Specification of Event
and Temporal Expressions in Text, 2003; TimeML Annotation Guidelines 1.2.1, 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from index.article import Span
from rag.time_expressions.interval import DateInterval


class TimeExpressionType(StrEnum):
    """TIMEX3's types: a day or longer on the calendar, a time of a day, a length of time, something that recurs."""

    DATE = "DATE"
    TIME = "TIME"
    DURATION = "DURATION"
    SET = "SET"


class TimeModifier(StrEnum):
    """TIMEX3's `mod`: which part of the value is meant, or how exactly it is."""

    START = "START"
    MID = "MID"
    END = "END"
    APPROX = "APPROX"
    BEFORE = "BEFORE"
    AFTER = "AFTER"
    LESS_THAN = "LESS_THAN"
    MORE_THAN = "MORE_THAN"
    EQUAL_OR_LESS = "EQUAL_OR_LESS"
    EQUAL_OR_MORE = "EQUAL_OR_MORE"


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """Words of a text that say when, how long or how often.

    `span`: where they stand; `value`: TIMEX3's, such as "2015-09", "1998-W32", "P3Y", "PRESENT_REF", with X for
    what is unknown; `interval`: the days meant, None for durations, sets, vague references and what cannot be
    resolved; `relative`: whether resolving them needs the publication date.
    """

    span: Span
    type: TimeExpressionType
    value: str
    modifier: TimeModifier | None
    interval: DateInterval | None
    relative: bool
