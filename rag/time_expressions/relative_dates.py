"""Rules for dates that count from the publication: "yesterday", "last December", "next week", "two years ago"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.expression import TimeExpressionType, TimeModifier
from rag.time_expressions.heads import Head
from rag.time_expressions.periods import UNKNOWN, Unit
from rag.time_expressions.rule import Place, Reading, date_reading, reading_of_story, rule, unresolved
from rag.time_expressions.vocabulary import (
    CALENDAR_UNIT,
    DAY,
    DAY_PART,
    DAY_PART_CODES,
    LONG_MONTH,
    MONTH,
    NUMBER,
    PART,
    TO,
    VAGUE_NUMBER,
    counted_units,
    digits_of,
    modifier_of,
    month_number,
    number_of,
    unit_of,
)  # fmt: skip
from rag.time_expressions.yearless_dates import day_without_year

_STEPS: Final = {
    "before last": -2, "last": -1, "this": 0, "current": 0, "the": 0, "next": 1, "coming": 1, "after next": 2,
}  # fmt: skip
_DAYS: Final = {
    "the day before yesterday": -2, "yesterday": -1, "last night": -1, "tomorrow": 1, "the day after tomorrow": 2,
}  # fmt: skip
_SATURDAY: Final = 5
_HOURS_OF_A_DAY: Final = 24


def _named_day(match: re.Match[str], place: Place) -> Reading:
    """Yesterday, today, tomorrow; and parts of days: tonight, last night, this morning, yesterday afternoon."""
    words = re.sub(r"\s", " ", match["day"].lower())
    part = match.groupdict().get("part") or next((part for part in DAY_PART_CODES if words.endswith(part)), None)
    if place.published is None:
        reading = unresolved(UNKNOWN[Unit.DAY], Unit.DAY)
    else:
        reading = date_reading(periods.day(place.published + timedelta(_DAYS.get(words, 0))), relative=True)
    if part is None:
        return reading
    return replace(reading, type=TimeExpressionType.TIME, value=f"{reading.value}T{DAY_PART_CODES[part]}")


def _near_unit(match: re.Match[str], place: Place) -> Reading:
    """Last, this or next week, month, year and so on; or a third of it, or what is earlier or later in it."""
    parts, unit, which = match.groupdict(), unit_of(match["unit"]), re.sub(r"\s", " ", match["which"].lower())
    modifier = modifier_of(parts)
    if which == "the" and place.story:
        return reading_of_story(periods.shifted(unit, place.story.interval.earliest, 0), place.story, modifier)
    today = place.published
    if today is None:
        return unresolved(UNKNOWN[unit], unit, modifier)
    by = _STEPS[which]
    if unit is Unit.WEEKEND and which == "the" and not place.ahead:
        by = 0 if today.weekday() >= _SATURDAY else -1
    reading = date_reading(periods.shifted(unit, today, by), modifier, relative=True)
    if when := parts.get("when"):
        return replace(reading, modifier=TimeModifier.BEFORE if when.lower() == "earlier" else TimeModifier.AFTER)
    return reading


def _near_month(match: re.Match[str], place: Place) -> Reading:
    """Last, this or next December; and "last Oct. 23"."""
    number, which = month_number(match["month"]), match["which"].lower()
    if match["day"]:
        return day_without_year(place, digits_of(match["day"]), number)
    modifier, today = modifier_of(match.groupdict()), place.published
    if today is None:
        return unresolved(f"XXXX-{number:02}", Unit.MONTH, modifier)
    year = today.year
    if which == "last":
        year -= number >= today.month
    elif which == "next":
        year += number <= today.month
    return date_reading(periods.month(year, number), modifier, relative=True)


def _month_of_near_year(match: re.Match[str], place: Place) -> Reading:
    """A month or a day of last, this or next year: "March last year"."""
    number = month_number(match["month"])
    if place.published is None:
        return unresolved(f"XXXX-{number:02}", Unit.MONTH)
    year = place.published.year + _STEPS[match["other"]]
    if match["day"]:
        return date_reading(periods.day(date(year, number, digits_of(match["day"]))), relative=True)
    return date_reading(periods.month(year, number), modifier_of(match.groupdict()), relative=True)


def _day_of_near_month(match: re.Match[str], place: Place) -> Reading:
    """A day of last, this or next month: "the 15th of this month"."""
    if place.published is None:
        return unresolved(UNKNOWN[Unit.DAY], Unit.DAY)
    first = periods.shifted(Unit.MONTH, place.published, _STEPS[match["other"]]).interval.earliest
    return date_reading(periods.day(first.replace(day=digits_of(match["day"]))), relative=True)


def _counted(match: re.Match[str], place: Place) -> Reading:
    """So many units ago or from now; a number that is left open gives a past or a future without a date."""
    ago = match.groupdict().get("ago") is not None
    unit, number = counted_units(match["number"], match["unit"])
    if number is None:
        return Reading(TimeExpressionType.DATE, "PAST_REF" if ago else "FUTURE_REF")
    if place.published is None:
        return unresolved(UNKNOWN[unit], unit)
    return date_reading(periods.shifted(unit, place.published, -number if ago else number), relative=True)


def _hours_ago(match: re.Match[str], place: Place) -> Reading:
    """Some hours or minutes ago: the publication's day, or as many days before as there are whole ones in the hours."""
    if place.published is None:
        return unresolved(UNKNOWN[Unit.DAY], Unit.DAY)
    hours = number_of(match["number"] or "several") if match["unit"].lower().startswith("hour") else None
    return date_reading(periods.day(place.published - timedelta((hours or 0) // _HOURS_OF_A_DAY)), relative=True)


_WHICH: Final = r"(?P<which>[Ll]ast|[Tt]his|[Nn]ext)"
_OTHER: Final = r"(?P<other>last|this|next)"
_UNIT: Final = r"(?P<unit>week|weekend|month|quarter|year|decade|century)"
_COUNT: Final = (
    rf"(?:(?:(?:the |some |about |just )?(?P<number>{NUMBER})|{VAGUE_NUMBER})(?: more)?[ -])?(?P<unit>{CALENDAR_UNIT})"
)
_ANY_DAY: Final = r"(?i:the day before yesterday|the day after tomorrow|yesterday|today|tomorrow)"
_NO_OWNER: Final = r"(?!['’]s (?:world|society|youth))"

RULES: Final = (
    rule(Head.DAY, rf"\b(?P<day>{_ANY_DAY})(?: (?P<part>{DAY_PART}))?\b{_NO_OWNER}", _named_day),
    rule(Head.DAY, r"\b(?P<day>(?i:tonight|last night|this (?:morning|afternoon|evening)))\b", _named_day),
    rule(Head.UNIT, r"\b(?P<which>[Tt]he) (?P<unit>weekend)\b", _near_unit),
    rule(Head.UNIT, rf"\b{PART}?(?P<which>[Ll]ast|[Tt]his|[Nn]ext|[Cc]urrent|[Cc]oming) {_UNIT}\b(?!-)", _near_unit),
    rule(Head.UNIT, rf"\b(?:(?:at|by|near|towards?|until) )?{PART}(?P<which>the) ?{_UNIT}\b", _near_unit),
    rule(Head.UNIT, rf"\b[Tt]he {_UNIT} (?P<which>before last|after next)\b", _near_unit),
    rule(Head.UNIT, rf"\b(?P<when>[Ee]arlier|[Ll]ater) (?P<which>this) {_UNIT}\b", _near_unit),
    rule(Head.MONTH, rf"\b{PART}?{_WHICH} (?P<month>{MONTH})(?: (?P<day>{DAY}))?(?!\w)(?! {DAY})", _near_month),
    rule(
        Head.MONTH,
        rf"\b(?:(?P<day>{DAY}) )?{PART}?(?P<month>{LONG_MONTH}),? (?:of )?{_OTHER} year\b",
        _month_of_near_year,
    ),
    rule(
        Head.MONTH,
        rf"\b(?P<words>{PART}?(?P<month>{LONG_MONTH}))(?P<day>)?{TO}{LONG_MONTH},? (?:of )?{_OTHER} year\b",
        _month_of_near_year,
    ),
    rule(Head.UNIT, rf"\bthe (?P<day>{DAY}) of {_OTHER} month\b", _day_of_near_month),
    rule(Head.UNIT, rf"(?i:\b{_COUNT} (?:(?P<ago>ago)|from (?:now|today)|hence))\b", _counted),
    rule(Head.UNIT, rf"(?i:\bin {_COUNT}['’] time)\b", _counted),
    rule(
        Head.UNIT,
        rf"(?i:\b(?:(?P<number>{NUMBER})|{VAGUE_NUMBER}) (?P<unit>hours?|minutes?|seconds?) ago)\b",
        _hours_ago,
    ),
)
