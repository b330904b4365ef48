"""Runs of days, and how people say them."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

MONTH_NAMES: Final = tuple(
    "January February March April May June July August September October November December".split()
)
WEEKDAY_NAMES: Final = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())


@dataclass(frozen=True, slots=True)
class DateInterval:
    """A run of days, both ends included. Raises ValueError when it ends before it begins."""

    earliest: date
    latest: date

    def __post_init__(self) -> None:
        if self.latest < self.earliest:
            raise ValueError(f"an interval ends on or after its first day, not {self.earliest} to {self.latest}")

    @property
    def days(self) -> int:
        """How many days it has, at least 1."""
        return (self.latest - self.earliest).days + 1

    def contains(self, other: DateInterval) -> bool:
        """Whether every day of `other` is in this interval too."""
        return self.earliest <= other.earliest and other.latest <= self.latest

    def overlaps(self, other: DateInterval) -> bool:
        """Whether a day is in both."""
        return self.earliest <= other.latest and other.earliest <= self.latest

    def __str__(self) -> str:
        """As people say it: "2015", "the 1990s", "March–May 2012", "30 September 2015", "8–10 March 2011"."""
        first, last = self.earliest, self.latest
        if (first.month, first.day) == (1, 1) and (last.month, last.day) == (12, 31):
            return _years(first.year, last.year)
        if first.day == 1 and last.day == monthrange(last.year, last.month)[1]:
            return _joined((MONTH_NAMES[first.month - 1], first.year), (MONTH_NAMES[last.month - 1], last.year), "–")
        if (first.year, first.month) == (last.year, last.month) and first != last:
            return f"{first.day}–{_day(last)} {last.year}"
        return _joined((_day(first), first.year), (_day(last), last.year), " – ")


def _years(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"the {first}s" if first % 10 == 0 and last == first + 9 else f"{first}–{last}"


def _day(day: date) -> str:
    return f"{day.day} {MONTH_NAMES[day.month - 1]}"


def _joined(first: tuple[str, int], last: tuple[str, int], dash: str) -> str:
    """Both ends, the year said once where it is the same."""
    if first == last:
        return f"{first[0]} {first[1]}"
    if first[1] == last[1]:
        return f"{first[0]}{dash}{last[0]} {last[1]}"
    return f"{first[0]} {first[1]} – {last[0]} {last[1]}"
