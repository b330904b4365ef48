"""Rules for seasons, quarters and halves of years: "summer 2014", "last winter", "the third quarter", "H1 2015"."""

from __future__ import annotations

import re
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.heads import Head
from rag.time_expressions.periods import Unit
from rag.time_expressions.rule import Place, Reading, date_reading, reading_of_story, rule, unresolved
from rag.time_expressions.vocabulary import PART, SEASON, SEASON_CODES, YEAR, modifier_of

_YEARS: Final = {"last": -1, "this": 0, "the": 0, "next": 1}
_NUMBERS: Final = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "latter": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
_END_OF_WINTER: Final = 2
"""The last month of the winter that began in the year before."""


def _season(match: re.Match[str], place: Place) -> Reading:
    """A season, of a year or without one; a winter of two years begins in the first."""
    parts = match.groupdict()
    code, modifier = SEASON_CODES[match["season"].lower()], modifier_of(parts)
    if parts.get("year"):
        return date_reading(periods.season(int(match["year"]), code), modifier, year_said=True)
    if place.story and not parts.get("other"):
        return reading_of_story(periods.season(place.story.interval.latest.year, code), place.story, modifier)
    today = place.published
    if today is None:
        return unresolved(f"XXXX-{code}", Unit.SEASON, modifier)
    if parts.get("other"):
        return date_reading(periods.season(today.year + _YEARS[parts["other"]], code), modifier, relative=True)
    found = periods.season(today.year, code)
    if place.ahead and found.interval.latest < today:
        found = periods.season(today.year + 1, code)
    if not place.ahead and found.interval.earliest > today:
        found = periods.season(today.year - 1, code)
    return date_reading(found, modifier, relative=True)


def _near_season(match: re.Match[str], place: Place) -> Reading:
    """Last summer is the last one that is not running, this summer the one of the year, next summer one to come."""
    code, modifier, which = (
        SEASON_CODES[match["season"].lower()],
        modifier_of(match.groupdict()),
        match["which"].lower(),
    )
    today = place.published
    if today is None:
        return unresolved(f"XXXX-{code}", Unit.SEASON, modifier)
    year = today.year - (code == "WI" and today.month <= _END_OF_WINTER)
    days = periods.season(year, code).interval
    if which == "last":
        year -= days.latest >= today
    elif which == "next":
        year += days.earliest <= today
    return date_reading(periods.season(year, code), modifier, relative=True)


def _part_of_year(match: re.Match[str], place: Place) -> Reading | None:
    """A quarter or a half: of a year that is named, of last year, or the most recent one that has begun."""
    parts = match.groupdict()
    unit = Unit.HALF if parts.get("half") else Unit.QUARTER
    number = _number(match["which"].lower(), unit)
    if number is None:
        return None
    if parts.get("year"):
        return date_reading(_made(unit, int(match["year"]), number), year_said=True)
    if place.story and not parts.get("other"):
        return reading_of_story(_made(unit, place.story.interval.latest.year, number), place.story)
    today = place.published
    if today is None:
        return unresolved(f"XXXX-{'H' if unit is Unit.HALF else 'Q'}{number}", unit)
    year = today.year + _YEARS[(parts.get("other") or "the").lower()]
    if not parts.get("other") and not place.ahead:
        year -= _made(unit, year, number).interval.earliest > today
    return date_reading(_made(unit, year, number), relative=True)


def _made(unit: Unit, year: int, number: int) -> periods.Period:
    return periods.half(year, number) if unit is Unit.HALF else periods.quarter(year, number)


def _number(which: str, unit: Unit) -> int | None:
    """The number that "third" or "last" gives to a quarter or a half, None where there are not so many."""
    most = 2 if unit is Unit.HALF else 4
    number = most if which in ("last", "final") else int(which) if which.isdecimal() else _NUMBERS[which]
    return number if number <= most else None


_MAYBE_THE: Final = r"(?:the )?"
_OF_YEAR: Final = rf"(?:(?: of(?: the year)?|,)? (?P<year>{YEAR})|(?: of)? (?P<other>last|this|next|the) year)"
_ORDINAL: Final = r"(?:first|second|third|fourth|1st|2nd|3rd|4th)"
_PREPOSITION: Final = r"(?i:in|during|over|since|until|by|of|for|from|through)"

RULES: Final = (
    rule(
        Head.SEASON,
        rf"\b{_MAYBE_THE}{PART}?(?P<season>{SEASON})(?:(?: of|,)? (?P<year>{YEAR})(?:[-–/]\d\d(?:\d\d)?)?"
        rf"|(?: of)? (?P<other>last|this|next) year)",
        _season,
    ),
    rule(
        Head.SEASON,
        rf"\b{_PREPOSITION} (?P<words>{_MAYBE_THE}{PART}?(?P<season>{SEASON}))\b(?! of | from)",
        _season,
    ),
    rule(Head.SEASON, rf"\b{PART}?(?P<which>[Ll]ast|[Tt]his|[Nn]ext) (?P<season>{SEASON})\b", _near_season),
    rule(
        Head.UNIT,
        rf"\b{_MAYBE_THE}(?i:(?P<which>{_ORDINAL}|latter|final|last))[ -](?:(?:fiscal|calendar)[ -])?"
        rf"(?:quarter|(?P<half>half)){_OF_YEAR}",
        _part_of_year,
    ),
    rule(Head.UNIT, rf"\b{_MAYBE_THE}(?i:(?P<which>{_ORDINAL}))[ -](?:fiscal )?quarter\b", _part_of_year),
    rule(Head.NUMBER, rf"\bQ(?P<which>[1-4])(?:(?: of| in|,)? (?P<year>{YEAR}))?(?!\w)", _part_of_year),
    rule(Head.NUMBER, rf"\b(?P<which>[1-4])Q (?P<year>{YEAR})(?!\w)", _part_of_year),
    rule(Head.NUMBER, rf"\b(?P<half>H)(?P<which>[12]) (?P<year>{YEAR})(?!\w)", _part_of_year),
)
