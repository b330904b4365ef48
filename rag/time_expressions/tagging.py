"""Text and publication date -> time expressions. Read this first.

Every rule proposes the places where its pattern matches; of those that overlap the first one counts, of those that
begin together the longest. Each is then read in the order of the text, knowing the date said before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from index.article import Span
from rag.time_expressions import (
    calendar_dates,
    calendar_years,
    clock_times,
    durations,
    following_dates,
    holidays,
    parts_of_years,
    recurrences,
    relative_dates,
    vague_references,
    weekdays,
)  # fmt: skip
from rag.time_expressions.clock_joining import ReadExpression, joined_times
from rag.time_expressions.expression import TimeExpression
from rag.time_expressions.heads import windows
from rag.time_expressions.ranges import goes_on
from rag.time_expressions.rule import DateSaid, Place, Rule
from rag.time_expressions.vocabulary import SENTENCE_END

_RULES: Final[tuple[Rule, ...]] = (
    *relative_dates.RULES,
    *calendar_dates.RULES,
    *holidays.RULES,
    *calendar_years.RULES,
    *parts_of_years.RULES,
    *weekdays.RULES,
    *following_dates.RULES,
    *clock_times.RULES,
    *vague_references.RULES,
    *durations.RULES,
    *recurrences.RULES,
)
"""Of two that match the same words, the first counts."""

_ENOUGH_DATES: Final = 3
_OLD_SHARE: Final = 0.75
_OLD: Final = 2
"""A text is of the past when of at least so many dates this share names a year that is past by so many years."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place where a rule's pattern matches."""

    start: int
    end: int
    match: re.Match[str]
    rule: Rule


def time_expressions(text: str, published: date | None) -> tuple[TimeExpression, ...]:
    """The time expressions of a sentence or a whole article, in the order of the text, none overlapping.

    Words that count from a day are resolved against `published`; without it they have no interval, and X's in
    their value. A date that does not exist, such as 31 February, gives no expression.
    """
    found: list[ReadExpression] = []
    taken = 0
    for candidate in _candidates(text):
        if candidate.start < taken:
            continue
        try:
            reading = candidate.rule.read(candidate.match, _place(text, candidate, published, found))
        except (ValueError, OverflowError, LookupError):  # where case is ignored, "ſ" stands for "s"
            taken = candidate.end
            continue
        if reading is not None:
            found.append((Span(candidate.start, candidate.end), reading))
            taken = candidate.end
    return tuple(
        TimeExpression(span, each.type, each.value, each.modifier, each.interval, each.relative)
        for span, each in joined_times(text, found, published)
    )


def _candidates(text: str) -> list[_Candidate]:
    places = windows(text)
    found = [
        _Candidate(*match.span(rule.group), match, rule)
        for rule in _RULES
        for start, end in places.get(rule.head, ())
        for match in rule.pattern.finditer(text, start, end)
    ]
    return sorted(found, key=lambda each: (each.start, -each.end))


def _place(text: str, candidate: _Candidate, published: date | None, found: Sequence[ReadExpression]) -> Place:
    """What is known where a candidate stands."""
    start, end = candidate.start, candidate.end
    for span, reading in reversed(found):
        if reading.interval:
            said = DateSaid(reading.interval, reading.unit, reading.relative, reading.year_said)
            continues = goes_on(text, span, start)
            is_story = continues or _is_story(said, text[span.end : start], found, published)
            return Place(text, start, end, published, said, continues, said if is_story else None)
    return Place(text, start, end, published)


def _is_story(said: DateSaid, between: str, found: Sequence[ReadExpression], published: date | None) -> bool:
    """Whether a month without a year belongs to the year of the date said before.

    It does in the sentence that names a year, and all through a text that is mostly of the past.
    """
    return said.year_said and (not SENTENCE_END.search(between) or _is_of_the_past(found, published))


def _is_of_the_past(found: Sequence[ReadExpression], published: date | None) -> bool:
    """Whether most dates so far are of years long past, or are in a text whose own day is not known."""
    years = [(reading.interval.latest.year, reading.year_said) for _, reading in found if reading.interval]
    old = sum(said and (published is None or year + _OLD <= published.year) for year, said in years)
    return len(years) >= _ENOUGH_DATES and old >= _OLD_SHARE * len(years)
