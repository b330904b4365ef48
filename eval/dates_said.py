"""The dates that a text states in full or in part: "2015-09-30", "Sept. 30, 2015", "September 2015", "2015"."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Final

from index.metadata import parse_date

_MONTH: Final = r"[a-z]{3,9}\.?"
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR: Final = r"(?:19|20)\d\d"
_FULL: Final = re.compile(
    rf"\b(?:{_MONTH} {_DAY},? {_YEAR}|{_DAY}(?: of)? {_MONTH},? {_YEAR}|{_YEAR}([-/.])\d\d\1\d\d)(?!\d)", re.IGNORECASE
)
_MONTH_AND_YEAR: Final = re.compile(rf"\b({_MONTH})(?: of|,)? ({_YEAR})\b(?![.,]?\d)", re.IGNORECASE)
_YEAR_ALONE: Final = re.compile(r"(?<![\w.,$€£¥])(?:1\d|20)\d\d\b(?![.,]?\d|%)")

DateRange = tuple[date, date]
"""First and last day, both included; the same day twice for a full date."""


def dates_said(text: str) -> list[DateRange]:
    """The days that each date in `text` may mean: one day, a month or a year; years from 1000 to 2099.

    Part of a longer date is not a date by itself: "September 30, 2015" says neither its month nor its
    year. A date without a year ("last December") is not read.
    """
    found: list[DateRange] = []
    rest = text
    for pattern, days in ((_FULL, _day), (_MONTH_AND_YEAR, _month), (_YEAR_ALONE, _year)):
        for match in list(pattern.finditer(rest)):
            if known := days(match):
                found.append(known)
                rest = rest[: match.start()] + "|" * len(match.group()) + rest[match.end() :]
    return found


def _day(match: re.Match[str]) -> DateRange | None:
    day = parse_date(match.group())
    return (day, day) if day else None


def _month(match: re.Match[str]) -> DateRange | None:
    first = parse_date(f"1 {match.group(1)} {match.group(2)}")
    return (first, first.replace(day=calendar.monthrange(first.year, first.month)[1])) if first else None


def _year(match: re.Match[str]) -> DateRange | None:
    year = int(match.group())
    return date(year, 1, 1), date(year, 12, 31)
