"""Stretches of the calendar, from a day to a century: their TIMEX3 values and their days.

What does not exist, such as 31 February or a day after the year 9999, raises ValueError or OverflowError.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from rag.time_expressions.expression import TimeModifier
from rag.time_expressions.interval import DateInterval


class Unit(StrEnum):
    """How long a stretch is."""

    DAY = "day"
    WEEK = "week"
    WEEKEND = "weekend"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    HALF = "half"
    YEAR = "year"
    DECADE = "decade"
    CENTURY = "century"


UNKNOWN: Final = {
    Unit.DAY: "XXXX-XX-XX",
    Unit.WEEK: "XXXX-WXX",
    Unit.WEEKEND: "XXXX-WXX-WE",
    Unit.MONTH: "XXXX-XX",
    Unit.QUARTER: "XXXX-QX",
    Unit.HALF: "XXXX-HX",
    Unit.YEAR: "XXXX",
    Unit.DECADE: "XXX",
    Unit.CENTURY: "XX",
}
"""The values of stretches of which only the unit is known."""

_SEASONS: Final = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}
_MONTHS_IN: Final = {Unit.QUARTER: 3, Unit.SEASON: 3, Unit.HALF: 6, Unit.YEAR: 12}
_PLACES: Final[dict[TimeModifier | None, int]] = {TimeModifier.START: 0, TimeModifier.MID: 1, TimeModifier.END: 2}
_YEARS_OF_A_DECADE: Final = ((0, 4), (4, 7), (7, 10))
_YEARS_OF_A_CENTURY: Final = ((0, 33), (33, 66), (66, 100))
"""The years, counted from the first one, that a third begins with and ends before."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of the calendar: its unit, TIMEX3 value and days."""

    unit: Unit
    value: str
    interval: DateInterval


def day(on: date) -> Period:
    """One day: "1998-08-07"."""
    return Period(Unit.DAY, on.isoformat(), DateInterval(on, on))


def week(on: date) -> Period:
    """The week of a day, from Monday to Sunday: "1998-W32"."""
    monday = on - timedelta(on.weekday())
    return Period(Unit.WEEK, _week_value(on), DateInterval(monday, monday + timedelta(6)))


def weekend(on: date) -> Period:
    """Saturday and Sunday of the week of a day: "1998-W32-WE"."""
    saturday = on + timedelta(5 - on.weekday())
    return Period(Unit.WEEKEND, f"{_week_value(on)}-WE", DateInterval(saturday, saturday + timedelta(1)))


def month(year: int, number: int) -> Period:
    """A month: "1998-08"."""
    return Period(Unit.MONTH, f"{year:04}-{number:02}", _months(year, number, 1))


def quarter(year: int, number: int) -> Period:
    """A quarter of a calendar year: "1998-Q3"."""
    return Period(Unit.QUARTER, f"{year:04}-Q{number}", _months(year, 3 * number - 2, 3))


def half(year: int, number: int) -> Period:
    """A half of a calendar year: "1998-H1"."""
    return Period(Unit.HALF, f"{year:04}-H{number}", _months(year, 6 * number - 5, 6))


def season(year: int, name: str) -> Period:
    """A season, `name` being SP, SU, FA or WI; the winter of a year begins in its December."""
    return Period(Unit.SEASON, f"{year:04}-{name}", _months(year, _SEASONS[name], 3))


def calendar_year(year: int) -> Period:
    """A year: "1998"."""
    return Period(Unit.YEAR, f"{year:04}", _months(year, 1, 12))


def decade(first: int) -> Period:
    """A decade by any of its years: "199" for 1990 to 1999."""
    return Period(Unit.DECADE, f"{first // 10:03}", _months(first // 10 * 10, 1, 120))


def century(number: int) -> Period:
    """A century by its number: "19" for the twentieth, 1901 to 2000."""
    return Period(Unit.CENTURY, f"{number - 1:02}", _months(number * 100 - 99, 1, 1200))


_OF_DAYS: Final = {Unit.DAY: (day, 1), Unit.WEEK: (week, 7), Unit.WEEKEND: (weekend, 7)}


def shifted(unit: Unit, on: date, by: int) -> Period:
    """The stretch of a unit that lies `by` such units after the one that `on` is in."""
    months = on.year * 12 + on.month - 1
    if unit in _OF_DAYS:
        make, days = _OF_DAYS[unit]
        return make(on + timedelta(days * by))
    if unit is Unit.MONTH:
        return month((months + by) // 12, (months + by) % 12 + 1)
    if unit is Unit.QUARTER:
        return quarter((months // 3 + by) // 4, (months // 3 + by) % 4 + 1)
    if unit is Unit.HALF:
        return half((months // 6 + by) // 2, (months // 6 + by) % 2 + 1)
    if unit is Unit.DECADE:
        return decade(on.year + 10 * by)
    if unit is Unit.CENTURY:
        return century((on.year + 99) // 100 + by)
    return calendar_year(on.year + by)


def third(period: Period, modifier: TimeModifier | None) -> DateInterval:
    """The days that "early", "mid" or "late" leave of a stretch: a third; of a week or a day all of it."""
    if modifier not in _PLACES or period.unit in (Unit.DAY, Unit.WEEK, Unit.WEEKEND):
        return period.interval
    place, first, last = _PLACES[modifier], period.interval.earliest, period.interval.latest
    if period.unit is Unit.MONTH:
        begun = first.replace(day=10 * place + 1)
        return DateInterval(begun, last if modifier is TimeModifier.END else first.replace(day=10 * place + 10))
    if period.unit in (Unit.DECADE, Unit.CENTURY):
        begin, end = (_YEARS_OF_A_DECADE if period.unit is Unit.DECADE else _YEARS_OF_A_CENTURY)[place]
        return _months(first.year + begin, 1, 12 * (end - begin))
    length = _MONTHS_IN[period.unit] // 3
    return _months(first.year, first.month + length * place, length)


def _months(year: int, first: int, count: int) -> DateInterval:
    """So many whole months from a month on, which may lie past December."""
    begin, end = year * 12 + first - 1, year * 12 + first + count - 2
    last = date(end // 12, end % 12 + 1, monthrange(end // 12, end % 12 + 1)[1])
    return DateInterval(date(begin // 12, begin % 12 + 1, 1), last)


def _week_value(on: date) -> str:
    year, number, _ = on.isocalendar()
    return f"{year:04}-W{number:02}"
