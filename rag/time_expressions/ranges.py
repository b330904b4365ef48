"""Two expressions that are the ends of a range -> one run of days: "8 to 10 March 2011", "between 2003 and 2007"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.article import Span
from rag.time_expressions.expression import TimeExpression
from rag.time_expressions.interval import DateInterval

_FROM_TO: Final = re.compile(r"\s?[-–—/]\s?|,?\s(?:to|through|until|till)\s(?:the\s)?")
_AND: Final = re.compile(r",?\sand\s(?:the\s)?")
_BETWEEN: Final = re.compile(r"\b(?:between|both)\s(?:the\s)?$", re.IGNORECASE)
_FROM: Final = re.compile(r"\b(?:from|between)\s(?:the\s)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JoinedRange:
    """Expressions that say one run of days: one expression, or two with "to", a dash, or "between … and …"."""

    span: Span
    interval: DateInterval | None
    expressions: tuple[TimeExpression, ...]


def joined_ranges(text: str, expressions: Sequence[TimeExpression]) -> tuple[JoinedRange, ...]:
    """The expressions of `text`, in order, each range as one from its first word ("from", "between") to its last."""
    ranges: list[JoinedRange] = []
    number = 0
    while number < len(expressions):
        first = expressions[number]
        last = expressions[number + 1] if number + 1 < len(expressions) else None
        days = _run(text, first, last) if last else None
        if last and days:
            opening = _FROM.search(text, max(0, first.span.start - 16), first.span.start)
            start = opening.start() if opening else first.span.start
            ranges.append(JoinedRange(Span(start, last.span.end), days, (first, last)))
        else:
            ranges.append(JoinedRange(first.span, first.interval, (first,)))
        number += len(ranges[-1].expressions)
    return tuple(ranges)


def goes_on(text: str, first: Span, start: int) -> bool:
    """Whether the words between `first` and `start` make a range of the two: "to", a dash, "between … and"."""
    between = text[first.end : start]
    if _FROM_TO.fullmatch(between):
        return True
    return bool(_AND.fullmatch(between) and _BETWEEN.search(text, max(0, first.start - 16), first.start))


def _run(text: str, first: TimeExpression, last: TimeExpression) -> DateInterval | None:
    """The days from the first to the last, where the words between the two say so and their order allows it."""
    if not first.interval or not last.interval or last.interval.latest < first.interval.earliest:
        return None
    if not goes_on(text, first.span, last.span.start):
        return None
    return DateInterval(first.interval.earliest, last.interval.latest)
