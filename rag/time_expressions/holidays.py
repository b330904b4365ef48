"""Rules for days that have a name: "Thanksgiving", "Christmas Day", "Easter Monday", "9/11"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.direction import Direction
from rag.time_expressions.heads import Head
from rag.time_expressions.periods import UNKNOWN, Unit
from rag.time_expressions.rule import Place, Reading, date_reading, rule, unresolved
from rag.time_expressions.vocabulary import YEAR

_NEAR: Final = 30
"""Days before a holiday in which its name means the one to come."""


def easter_sunday(year: int) -> date:
    """Western Easter, by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    shift = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * shift) // 451
    month, day = divmod(h + shift - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _nth(number: int, weekday: int, month: int) -> Callable[[int], date]:
    """The first, second … weekday of a month."""

    def of(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))

    return of


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(last.weekday())


def _easter(by: int) -> Callable[[int], date]:
    return lambda year: easter_sunday(year) + timedelta(by)


def _election_day(year: int) -> date:
    return _nth(1, 0, 11)(year) + timedelta(1)


_HOLIDAYS: Final[dict[str, Callable[[int], date]]] = {
    "new year's day": _fixed(1, 1),
    "new year's eve": _fixed(12, 31),
    "martin luther king day": _nth(3, 0, 1),
    "martin luther king jr. day": _nth(3, 0, 1),
    "valentine's day": _fixed(2, 14),
    "presidents day": _nth(3, 0, 2),
    "presidents' day": _nth(3, 0, 2),
    "st. patrick's day": _fixed(3, 17),
    "st patrick's day": _fixed(3, 17),
    "ash wednesday": _easter(-46),
    "palm sunday": _easter(-7),
    "good friday": _easter(-2),
    "easter sunday": _easter(0),
    "easter monday": _easter(1),
    "easter": _easter(0),
    "may day": _fixed(5, 1),
    "memorial day": _last_monday_of_may,
    "independence day": _fixed(7, 4),
    "the fourth of july": _fixed(7, 4),
    "fourth of july": _fixed(7, 4),
    "bastille day": _fixed(7, 14),
    "labor day": _nth(1, 0, 9),
    "columbus day": _nth(2, 0, 10),
    "halloween": _fixed(10, 31),
    "election day": _election_day,
    "veterans day": _fixed(11, 11),
    "veterans' day": _fixed(11, 11),
    "armistice day": _fixed(11, 11),
    "thanksgiving day": _nth(4, 3, 11),
    "thanksgiving": _nth(4, 3, 11),
    "christmas eve": _fixed(12, 24),
    "christmas day": _fixed(12, 25),
    "christmas": _fixed(12, 25),
    "boxing day": _fixed(12, 26),
}


def _holiday(match: re.Match[str], place: Place) -> Reading:
    """A named day, or the week or weekend that it is in: of the year that is said, or else the nearest one."""
    parts = match.groupdict()
    on = _HOLIDAYS[re.sub(r"\s", " ", match["name"].lower().replace("’", "'"))]
    make = {"week": periods.week, "weekend": periods.weekend}.get((parts["stretch"] or "").lower(), periods.day)
    if parts["year"]:
        return date_reading(make(on(int(parts["year"]))), year_said=True)
    today, which = place.published, (parts["which"] or "").lower()
    if today is None:
        return unresolved(UNKNOWN[Unit.DAY], Unit.DAY)
    if parts["other"]:
        return date_reading(make(on(today.year + {"last": -1, "this": 0, "next": 1}[parts["other"]])), relative=True)
    found = make(on(today.year))
    days = found.interval
    if which == "next" or (not which and _is_ahead(place, (days.earliest - today).days)):
        if days.latest < today or (which and days.earliest <= today):
            found = make(on(today.year + 1))
    elif which != "this" and (days.earliest > today or (which and days.latest >= today)):
        found = make(on(today.year - 1))
    return date_reading(found, relative=True)


def _is_ahead(place: Place, days: int) -> bool:
    """Whether the next one is meant: the sentence looks ahead, or is open and this year's is so few days away."""
    looks = place.direction
    return looks is Direction.AHEAD or (looks is Direction.OPEN and 0 <= days <= _NEAR)


def _september_11(_match: re.Match[str], _place: Place) -> Reading:
    return date_reading(periods.day(date(2001, 9, 11)), year_said=True)


_NAMES: Final = "|".join(
    re.escape(name).replace("'", "['’]").replace(r"\ ", " ") for name in sorted(_HOLIDAYS, key=len, reverse=True)
)
_NO_NAME: Final = r"(?! (?:[Ii]sland|[Tt]ree|[Cc]arol|[Ee]gg))"

RULES: Final = (
    rule(
        Head.HOLIDAY,
        rf"\b(?:(?P<which>[Ll]ast|[Tt]his|[Nn]ext) )?(?P<name>(?i:{_NAMES}))\b(?: (?P<stretch>[Ww]eek(?:end)?)\b)?"
        rf"(?:(?: of|,)? (?P<year>{YEAR})| (?P<other>last|this|next) year)?{_NO_NAME}",
        _holiday,
    ),
    rule(Head.NUMBER, r"(?<![\w/])9/11(?![\w/])", _september_11),
)
