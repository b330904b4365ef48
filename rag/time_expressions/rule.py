"""What a rule is: a pattern, and what its match says in its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from rag.time_expressions.direction import Direction, direction
from rag.time_expressions.expression import TimeExpressionType, TimeModifier
from rag.time_expressions.heads import Head
from rag.time_expressions.interval import DateInterval
from rag.time_expressions.periods import Period, Unit, third


@dataclass(frozen=True, slots=True)
class Reading:
    """What words say, wherever they stand.

    `unit`: of a stretch of the calendar, how long it is; `relative`: whether the publication date was needed;
    `year_said`: whether the text names the year.
    """

    type: TimeExpressionType
    value: str
    interval: DateInterval | None = None
    modifier: TimeModifier | None = None
    unit: Unit | None = None
    relative: bool = False
    year_said: bool = False


@dataclass(frozen=True, slots=True)
class DateSaid:
    """A date that the text has given before: its days, and the rest as in `Reading`."""

    interval: DateInterval
    unit: Unit | None
    relative: bool
    year_said: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand, and what is known there.

    `published`: the day that relative words count from; `said`: the last date given before; `continues`: whether
    the words go on right behind it, as in "Monday to Friday"; `story`: that date too, where the text tells of its
    time, so that months without a year are of its year.
    """

    text: str
    start: int
    end: int
    published: date | None
    said: DateSaid | None = None
    continues: bool = False
    story: DateSaid | None = None

    @property
    def direction(self) -> Direction:
        """Where the sentence looks."""
        return direction(self.text, self.start, self.end)

    @property
    def ahead(self) -> bool:
        """Whether the sentence speaks of what is to come."""
        return self.direction is Direction.AHEAD


Read = Callable[[re.Match[str], Place], Reading | None]
"""Reads a match.

Gives None where the words are no time expression after all. Raises ValueError or OverflowError where they name a
date that does not exist.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, the kind of word around which it is tried, and how its matches are read.

    The expression is the group `words` where the pattern has one: the rest is what the words need beside them,
    such as the "March 2011" of "8 to 10 March 2011" for its 8.
    """

    head: Head
    pattern: re.Pattern[str]
    read: Read

    @property
    def group(self) -> str | int:
        """The group of the pattern that is the expression."""
        return "words" if "words" in self.pattern.groupindex else 0


def rule(head: Head, pattern: str, read: Read) -> Rule:
    """A rule of a pattern in which each space may also be a hard space or the end of a line."""
    return Rule(head, re.compile(pattern.replace(" ", r"\s")), read)


def date_reading(
    period: Period, modifier: TimeModifier | None = None, *, relative: bool = False, year_said: bool = False
) -> Reading:
    """A stretch of the calendar, or the third of it that a modifier picks, as a DATE."""
    days = third(period, modifier)
    return Reading(TimeExpressionType.DATE, period.value, days, modifier, period.unit, relative, year_said)


def reading_of_story(period: Period, story: DateSaid, modifier: TimeModifier | None = None) -> Reading:
    """A stretch of the calendar whose year is that of a date said before."""
    return date_reading(period, modifier, relative=story.relative, year_said=story.year_said)


def unresolved(value: str, unit: Unit | None = None, modifier: TimeModifier | None = None) -> Reading:
    """A DATE that only a date which is not known could resolve."""
    return Reading(TimeExpressionType.DATE, value, None, modifier, unit, relative=True)
