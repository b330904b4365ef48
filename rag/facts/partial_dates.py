"""The dates that a text states, as precisely as it does: "30 September 2015", "September", "the 1990s", "Tuesday"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

_MONTH_NAMES: Final = "January February March April May June July August September October November December".split()
_WEEKDAY_NAMES: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTH: Final = rf"(?:{'|'.join(_MONTH_NAMES)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_WEEKDAY: Final = rf"(?:{'|'.join(_WEEKDAY_NAMES)}|(?:Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\.)"
_YEAR: Final = r"(?:1\d|20)\d\d"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])(?!\d|[.,]\d)(?:st|nd|rd|th)?"
_TO: Final = r"(?: ?[-–—] ?| (?:to|and|or|through|until) (?:the )?)"
_CENTURIES: Final = {
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21,
}  # fmt: skip
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w-])(?P<year>{_YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>{_DAY})(?![\w-])",
        rf"\b(?P<month>{_MONTH}) (?P<day>{_DAY})(?:{_TO}(?P<last_day>{_DAY}))?(?:,? (?P<year>{_YEAR}))?(?!\w)",
        rf"\b(?P<day>{_DAY})(?:{_TO}(?P<last_day>{_DAY}))?(?: of)? (?P<month>{_MONTH})(?:,? (?P<year>{_YEAR}))?(?!\w)",
        rf"\b(?P<month>{_MONTH})(?: of|,)? (?P<year>{_YEAR})(?!\w)",
        rf"\b(?P<century>\d\d(?=th|st)|{'|'.join(_CENTURIES)})(?:th|st)?[- ]century\b",
        rf"(?<!\w)(?P<decade>{_YEAR[:-2]}0|['’]?[1-9]0)s\b",
        rf"(?<![\w.,$€£¥-])(?P<year>{_YEAR})(?P<last_year>[-–/](?:{_YEAR}|\d\d))?(?![\w%]|[.,]\d|[-–/]\d)",
        rf"\b(?P<weekday>{_WEEKDAY})(?!\w)",
        rf"\b(?P<month>{_MONTH})(?!\w)",
    )
)
_AFTER_TEMPORAL: Final = re.compile(
    r"\b(?:in|since|by|last|next|early|late|mid|this|until|till|of|from|to|and|or|for|through|before|after|during|each"
    r"|every|between|past)[ -]$",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(r" [a-z]+s\b")
_ALSO_WORDS: Final = ("May", "March", "Sun.", "Sat.")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date with what is said of it: the first and last year that it may lie in, month, day of the month, weekday.

    `firm` is false where the words may be something else, as "May" and the number 1200 are.
    """

    words: str
    start: int
    years: tuple[int, int] | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    firm: bool = True

    @property
    def is_bare_year(self) -> bool:
        """Whether the words are four digits, which may be a number."""
        return self.words.isdigit()

    def stands_in(self, stated: Iterable[PartialDate]) -> bool:
        """Whether one of the dates `stated` is this one, or lies within it: "30 September 2015" does in "2015"."""
        return any(self._covers(other) for other in stated)

    def _covers(self, other: PartialDate) -> bool:
        if self.weekday is not None:
            return self.weekday in (other.weekday, other._weekday_of_day())
        return (
            (self.month is None or self.month == other.month)
            and (self.day is None or self.day == other.day)
            and (self.years is None or (other.years is not None and _within(other.years, self.years)))
        )

    def _weekday_of_day(self) -> int | None:
        if self.years is None or self.month is None or self.day is None:
            return None
        try:
            return date(self.years[0], self.month, self.day).weekday()
        except ValueError:
            return None


def partial_dates(text: str) -> list[PartialDate]:
    """The dates in `text`. A word is part of one date only; "30 September 2015" is not its year too.

    Of days that share a month, as in "3-9 August", each is a date. Relative dates ("last week") are not read.
    """
    found: list[PartialDate] = []
    rest = text
    for pattern in _PATTERNS:
        for match in list(pattern.finditer(rest)):
            found += _dates(match)
            rest = rest[: match.start()] + "|" * len(match.group()) + rest[match.end() :]
    return sorted(found, key=lambda each: each.start)


def _dates(match: re.Match[str]) -> Iterator[PartialDate]:
    parts = match.groupdict()
    words, start = match.group(), match.start()
    firm = _is_firm(match)
    month = _month(parts["month"]) if parts.get("month") else None
    days = [int(re.sub(r"\D", "", parts[name])) for name in ("day", "last_day") if parts.get(name)]
    if parts.get("weekday"):
        yield PartialDate(words, start, weekday=_number_of(parts["weekday"], _WEEKDAY_NAMES), firm=firm)
        return
    for years in _year_spans(parts) or (None,):
        for day in days or (None,):
            yield PartialDate(words, start, years, month, day, firm=firm)


def _year_spans(parts: Mapping[str, str | None]) -> list[tuple[int, int]]:
    """The years of each date in a match, first and last; both ends of "2014-15"."""
    if century := parts.get("century"):
        number = int(century) if century.isdigit() else _CENTURIES[century]
        return [(number * 100 - 100, number * 100)]
    if decade := parts.get("decade"):
        first = int(decade) if len(decade) == 4 else 1900 + int(decade[-2:])
        return [(first, first + 9)]
    year = parts.get("year")
    if not year:
        return []
    spans = [(int(year), int(year))]
    if last := parts.get("last_year"):
        last_year = int(year[: 5 - len(last)] + last[1:])
        spans.append((last_year, last_year))
    return spans


def _month(name: str) -> int:
    return int(name) if name.isdigit() else _number_of(name, _MONTH_NAMES) + 1


def _number_of(name: str, names: Sequence[str]) -> int:
    return next(number for number, each in enumerate(names) if each.startswith(name.rstrip(".")[:3]))


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _is_firm(match: re.Match[str]) -> bool:
    """Whether the words surely are a date: a bare year that counts nothing, and not "May" without an "in" or "last"."""
    words = match.group()
    if not words.isdigit():
        return words not in _ALSO_WORDS or bool(_AFTER_TEMPORAL.search(match.string, 0, match.start()))
    return bool(_AFTER_TEMPORAL.search(match.string, 0, match.start())) or not (
        int(words) < 1500 or _COUNTED.match(match.string, match.end())
    )
