"""Days and months that are said without a year: which year is meant."""

from __future__ import annotations

from calendar import isleap
from datetime import MAXYEAR, MINYEAR, date
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.direction import Direction
from rag.time_expressions.expression import TimeModifier
from rag.time_expressions.periods import Unit
from rag.time_expressions.rule import DateSaid, Place, Reading, date_reading, reading_of_story, unresolved

_NEAR: Final = 60
_FAR: Final = 300
_JUST: Final = 30
"""Days within which a date is near, beyond which it is far, and within which it is just over."""

_END_OF_YEAR: Final = 9
_START_OF_YEAR: Final = 4
"""In a story, a month up to this one behind a date from that one on is of the next year."""


def day_without_year(place: Place, number: int, month: int, weekday: int | None = None) -> Reading:
    """A day of a month, and perhaps its weekday, which then helps to choose the year.

    The year is that of the story where one is told. Otherwise it is the most recent such day not after the
    publication, or where the sentence looks ahead the first one not before it. Raises ValueError for 30 February.
    """
    date(2000, month, number)  # a leap year
    if place.story:
        day = _next_real(_story_year(place.story, month), month, number, 1)
        return reading_of_story(periods.day(day), place.story)
    today = place.published
    if today is None:
        return unresolved(f"XXXX-{month:02}-{number:02}", Unit.DAY)
    if weekday is not None and (near := _with_weekday(today, month, number, weekday)):
        return date_reading(periods.day(near), relative=True)
    here, there = (today.month, today.day), (month, number)
    back = _next_real(today.year - (there > here), month, number, -1)
    ahead = _next_real(today.year + (there < here), month, number, 1)
    waiting, since = (ahead - today).days, (today - back).days
    is_just_over = waiting > _FAR and since <= _JUST
    chosen = ahead if _means_the_next(place, waiting, since) and not is_just_over else back
    return date_reading(periods.day(chosen), relative=True)


def month_without_year(place: Place, number: int, modifier: TimeModifier | None = None) -> Reading:
    """A month, or a third of one, by the same rules."""
    if place.story:
        return reading_of_story(periods.month(_story_year(place.story, number), number), place.story, modifier)
    today = place.published
    if today is None:
        return unresolved(f"XXXX-{number:02}", Unit.MONTH, modifier)
    back = periods.month(today.year - (number > today.month), number)
    ahead = periods.month(today.year + (number < today.month), number)
    waiting, since = (ahead.interval.earliest - today).days, (today - back.interval.earliest).days
    chosen = ahead if _means_the_next(place, waiting, since) else back
    return date_reading(chosen, modifier, relative=True)


def _means_the_next(place: Place, waiting: int, since: int) -> bool:
    """Whether the next one is meant, which is so many days ahead, and not the last one, so many days ago.

    The sentence decides. Where it is open, and for "the Jan. 14 deadline", the next one is meant if it is near and
    the last one long over.
    """
    looks = place.direction
    if looks is Direction.AHEAD:
        return True
    attributive = place.text[max(0, place.start - 4) : place.start].lower() == "the "
    return (attributive or looks is Direction.OPEN) and waiting <= _NEAR and since > _FAR


def _with_weekday(today: date, month: int, number: int, weekday: int) -> date | None:
    """The nearest such day that falls on the weekday, of last year, this year and the next."""
    years = range(max(MINYEAR, today.year - 1), min(MAXYEAR, today.year + 1) + 1)
    days = (date(year, month, number) for year in years if _is_real(year, month, number))
    return min((day for day in days if day.weekday() == weekday), key=lambda day: abs(day - today), default=None)


def _story_year(story: DateSaid, month: int) -> int:
    """The year of a month in a story: that of the date before, or the next one when the old year came to its end."""
    before = story.interval.latest
    is_fine = story.unit in (Unit.DAY, Unit.MONTH)
    return before.year + (is_fine and before.month >= _END_OF_YEAR and month <= _START_OF_YEAR)


def _next_real(year: int, month: int, number: int, step: int) -> date:
    while not _is_real(year, month, number):
        year += step
    return date(year, month, number)


def _is_real(year: int, month: int, number: int) -> bool:
    return (month, number) != (2, 29) or isleap(year)
