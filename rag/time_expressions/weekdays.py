"""Rules for weekdays: "on Monday", "last Friday", "Tuesday of last week", "the first Monday in May"."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.heads import Head
from rag.time_expressions.periods import UNKNOWN, Unit
from rag.time_expressions.rule import Place, Reading, date_reading, rule, unresolved
from rag.time_expressions.vocabulary import LONG_MONTH, PART, WEEKDAY, YEAR, modifier_of, month_number, weekday_number
from rag.time_expressions.yearless_dates import month_without_year

_PLACES: Final = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_WEEKS: Final = {"last": -1, "this": 0, "next": 1}


def _weekday(match: re.Match[str], place: Place) -> Reading:
    """The nearest one not after the publication, or where the sentence looks ahead not before it.

    "Last Monday" is strictly before, "next Monday" strictly after; the second day of a range is behind the first.
    """
    number, modifier = weekday_number(match["weekday"]), modifier_of(match.groupdict())
    today = place.published
    if today is None:
        return unresolved(f"XXXX-WXX-{number + 1}", Unit.DAY, modifier)
    return date_reading(periods.day(_day(match, place, today, number)), modifier, relative=True)


def _day(match: re.Match[str], place: Place, today: date, number: int) -> date:
    which = (match["which"] or "").lower()
    if match["week"]:
        week = periods.shifted(Unit.WEEK, today, _WEEKS[match["week"].lower()])
        return week.interval.earliest + timedelta(number)
    if which.endswith(("last", "past")):
        return today - timedelta((today.weekday() - number) % 7 or 7)
    if which.endswith(("next", "coming")):
        return today + timedelta((number - today.weekday()) % 7 or 7)
    if place.continues and place.said and place.said.unit is Unit.DAY:
        first = place.said.interval.latest + timedelta(1)
        return first + timedelta((number - first.weekday()) % 7)
    if place.ahead:
        return today + timedelta((number - today.weekday()) % 7)
    return today - timedelta((today.weekday() - number) % 7)


def _weekday_of_month(match: re.Match[str], place: Place) -> Reading:
    """The first, second … or last such weekday of a month."""
    parts, number = match.groupdict(), month_number(match["month"])
    year = int(parts["year"]) if parts["year"] else None
    month = date_reading(periods.month(year, number), year_said=True) if year else month_without_year(place, number)
    if month.interval is None:
        return unresolved(UNKNOWN[Unit.DAY], Unit.DAY)
    first = month.interval.earliest
    first += timedelta((weekday_number(match["weekday"]) - first.weekday()) % 7)
    days = [first + timedelta(7 * week) for week in range(5)]
    inside = [day for day in days if day <= month.interval.latest]
    found = periods.day(inside[_PLACES[match["which"].lower()]])
    return date_reading(found, relative=month.relative, year_said=month.year_said)


_NO_NAME_BEFORE: Final = "".join(
    rf"(?<!\b{name} )" for name in "Black Bloody Super Good Ash Sheffield Holy Palm Easter Cyber".split()
)
_NO_NAME_BEHIND: Final = r"(?! (?:Times|Telegraph|Mirror|Express|Mail|Post|Herald|Night Football)\b)"

RULES: Final = (
    rule(
        Head.WEEKDAY,
        rf"(?<!\w){_NO_NAME_BEFORE}(?<!Mail on ){PART}?(?:(?i:(?P<which>last|this past|this coming|this|next|past)) )?"
        rf"(?P<weekday>{WEEKDAY})(?:,? (?:of )?(?P<week>last|this|next) week\b)?{_NO_NAME_BEHIND}",
        _weekday,
    ),
    rule(
        Head.WEEKDAY,
        rf"\b(?:the )?(?P<which>(?i:first|second|third|fourth|last)) (?P<weekday>{WEEKDAY}) (?:of|in)"
        rf" (?P<month>{LONG_MONTH})(?:,? (?P<year>{YEAR}))?(?!\w)",
        _weekday_of_month,
    ),
)
