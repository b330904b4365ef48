"""Times of a day and the days beside them -> one expression: "9 a.m. Tuesday", "Friday night"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from index.article import Span
from rag.time_expressions import periods
from rag.time_expressions.expression import TimeExpressionType
from rag.time_expressions.periods import UNKNOWN, Unit
from rag.time_expressions.rule import Reading, date_reading, unresolved
from rag.time_expressions.vocabulary import DAY_PART, DAY_PART_CODES, SENTENCE_END

ReadExpression = tuple[Span, Reading]
"""An expression and what it says."""

_TIME_THEN_DAY: Final = re.compile(r",?\s(?:on\s)?")
_DAY_THEN_TIME: Final = re.compile(r",?\s(?:at\s)?")
_PART_BEHIND: Final = re.compile(rf"\s(?:(?:late|early)\s)?(?P<part>{DAY_PART})\b")


def joined_times(text: str, found: Sequence[ReadExpression], published: date | None) -> list[ReadExpression]:
    """The same expressions, each time with its day: one beside it, or in its sentence, or the last said, or today."""
    joined: list[ReadExpression] = []
    for number, (span, reading) in enumerate(found):
        if joined and joined[-1][0].end >= span.end:
            continue  # the day is part of the time before it
        if not _is_bare_time(reading):
            joined.append(_with_part_of_day(text, span, reading))
            continue
        behind = found[number + 1 :]
        if behind and _is_day(behind[0][1]) and _TIME_THEN_DAY.fullmatch(text[span.end : behind[0][0].start]):
            joined.append((Span(span.start, behind[0][0].end), _timed(reading.value, behind[0][1])))
        elif joined and _is_day(joined[-1][1]) and _DAY_THEN_TIME.fullmatch(text[joined[-1][0].end : span.start]):
            before, day = joined.pop()
            joined.append((Span(before.start, span.end), _timed(reading.value, day)))
        else:
            day = _nearest_day(text, span, joined, behind) or _today(published)
            joined.append((span, _timed(reading.value, day)))
    return joined


def _with_part_of_day(text: str, span: Span, reading: Reading) -> ReadExpression:
    """A day together with "morning" or "night" behind it."""
    part = _PART_BEHIND.match(text, span.end) if _is_day(reading) else None
    if part is None:
        return span, reading
    return Span(span.start, part.end()), _timed(f"T{DAY_PART_CODES[part['part']]}", reading)


def _is_bare_time(reading: Reading) -> bool:
    return reading.type is TimeExpressionType.TIME and reading.value.startswith("T")


def _is_day(reading: Reading) -> bool:
    return reading.unit is Unit.DAY and reading.type is TimeExpressionType.DATE


def _timed(time: str, day: Reading) -> Reading:
    return replace(day, type=TimeExpressionType.TIME, value=day.value + time)


def _nearest_day(
    text: str, span: Span, before: Sequence[ReadExpression], behind: Sequence[ReadExpression]
) -> Reading | None:
    """The last day said in the same sentence, or the next one in it, or the last one said anywhere before."""
    last = next((each for each in reversed(before) if each[1].unit is Unit.DAY and each[1].interval), None)
    if last is None or SENTENCE_END.search(text, last[0].end, span.start):
        following = next((each for each in behind if _is_day(each[1]) and each[1].interval), None)
        if following and not SENTENCE_END.search(text, span.end, following[0].start):
            last = following
    if last is None or last[1].interval is None:
        return None
    return replace(last[1], value=last[1].interval.earliest.isoformat(), modifier=None)


def _today(published: date | None) -> Reading:
    if published is None:
        return unresolved(UNKNOWN[Unit.DAY], Unit.DAY)
    return date_reading(periods.day(published), relative=True)
