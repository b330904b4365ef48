"""Rules for dates that count from one said before: "the next day", "that year", "two weeks later", "a year earlier"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.expression import TimeExpressionType
from rag.time_expressions.heads import Head
from rag.time_expressions.periods import UNKNOWN, Unit
from rag.time_expressions.rule import Place, Reading, date_reading, rule, unresolved
from rag.time_expressions.vocabulary import (
    CALENDAR_UNIT,
    DAY_PART,
    DAY_PART_CODES,
    NUMBER,
    PART,
    SEASON,
    SEASON_CODES,
    VAGUE_NUMBER,
    counted_units,
    modifier_of,
    unit_of,
)  # fmt: skip

_STEPS: Final = {
    "next": 1, "following": 1, "after": 1, "same": 0, "that": 0, "previous": -1, "preceding": -1, "before": -1,
}  # fmt: skip
_ALONE: Final = re.compile(r"\s*(?:[.,;:)”’'\"]|$)")
_COMPARED: Final = (Unit.MONTH, Unit.QUARTER, Unit.YEAR)
_FROM_FINE_TO_COARSE: Final = (
    Unit.DAY, Unit.WEEKEND, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.SEASON, Unit.HALF, Unit.YEAR,
    Unit.DECADE, Unit.CENTURY,
)  # fmt: skip


def _stepped(match: re.Match[str], place: Place) -> Reading:
    """The day, month, year and so on before, of or after the date said before."""
    reading = _from_said(place, unit_of(match["unit"]), _step(match["step"]))
    return replace(reading, modifier=modifier_of(match.groupdict()))


def _beside(match: re.Match[str], place: Place) -> Reading:
    """The day before or after the date said before, but not the day before something that is then told."""
    unit = unit_of(match["unit"])
    if not _ALONE.match(place.text, match.end()):
        return unresolved(UNKNOWN[unit], unit)
    return _from_said(place, unit, _step(match["step"]))


def _season_of_that_year(match: re.Match[str], place: Place) -> Reading:
    """That summer: the season of the year said before."""
    code, year = SEASON_CODES[match["season"].lower()], _from_said(place, Unit.YEAR, 0)
    if year.interval is None:
        return unresolved(f"XXXX-{code}", Unit.SEASON)
    found = periods.season(year.interval.earliest.year, code)
    return date_reading(found, relative=year.relative, year_said=year.year_said)


def _part_of_that_day(match: re.Match[str], place: Place) -> Reading:
    """That night, the next morning."""
    found = _from_said(place, Unit.DAY, _step(match["step"]))
    code = DAY_PART_CODES[match["part"].lower()]
    return replace(found, type=TimeExpressionType.TIME, value=f"{found.value}T{code}")


def _counted(match: re.Match[str], place: Place) -> Reading:
    """So many units later or earlier than the date said before.

    Where there is none, news compares: "down from 8 percent a year earlier" counts from the publication.
    """
    later = match["later"] is not None
    unit, number = counted_units(match["number"], match["unit"])
    if number is None:
        return Reading(TimeExpressionType.DATE, "FUTURE_REF" if later else "PAST_REF")
    if place.said is None and not later and unit in _COMPARED and place.published is not None:
        return date_reading(periods.shifted(unit, place.published, -number), relative=True)
    return _from_said(place, unit, number if later else -number)


def _year_earlier(_match: re.Match[str], place: Place) -> Reading:
    """The year-earlier quarter: the year before the publication's."""
    if place.published is None:
        return unresolved(UNKNOWN[Unit.YEAR], Unit.YEAR)
    return date_reading(periods.shifted(Unit.YEAR, place.published, -1), relative=True)


def _step(words: str) -> int:
    """How far "the next", "that same" or "before" goes: the last word that says so counts."""
    return next(_STEPS[word] for word in reversed(words.lower().split()) if word in _STEPS)


def _from_said(place: Place, unit: Unit, by: int) -> Reading:
    """The stretch of `unit` that lies `by` of them after the date said before, where that is as fine as the unit."""
    said, order = place.said, _FROM_FINE_TO_COARSE
    if said is None:
        return unresolved(UNKNOWN[unit], unit)
    if said.unit is None or order.index(said.unit) > order.index(unit):
        return replace(unresolved(UNKNOWN[unit], unit), relative=said.relative)
    on = said.interval.latest if by > 0 else said.interval.earliest
    return date_reading(periods.shifted(unit, on, by), relative=said.relative, year_said=said.year_said)


_STEP: Final = r"(?P<step>(?:the|that) (?:very )?(?:next|following|same|previous|preceding)|that(?: same)?)"
_UNIT: Final = r"(?P<unit>day|week|weekend|month|quarter|year|decade|century)"
_COUNT: Final = rf"(?:(?P<number>{NUMBER})|{VAGUE_NUMBER}) (?P<unit>{CALENDAR_UNIT})"

RULES: Final = (
    rule(Head.UNIT, rf"(?i:\b{PART}?{_STEP} {_UNIT})\b(?!['’]s? )", _stepped),
    rule(Head.UNIT, rf"(?i:\b(?:earlier|later) {_STEP} {_UNIT})\b", _stepped),
    rule(Head.UNIT, r"(?i:\bthe (?P<unit>day|week|month|year) (?P<step>before|after))\b", _beside),
    rule(Head.UNIT, r"(?i:\b(?:the |its |a )?year-(?:ago|earlier)(?: (?:quarter|period))?)\b", _year_earlier),
    rule(Head.SEASON, rf"\b[Tt]hat (?P<season>{SEASON})\b", _season_of_that_year),
    rule(Head.DAY, rf"(?i:\b{_STEP} (?P<part>{DAY_PART}))\b", _part_of_that_day),
    rule(
        Head.UNIT, rf"(?i:\b{_COUNT} (?:(?P<later>later|afterwards?)|earlier|previously|before(?=[.,;])))\b", _counted
    ),
)
