"""What a sentence gives for what was asked: where its words stand, and the value that they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from index.article import Span
from rag.agreement.values import DateValue, NameValue, QuantityValue, Value, WordsValue
from rag.answer_kind import AnswerKind, Expectation
from rag.facts.quantities import Measure, Quantity, Reading, quantities
from rag.reading import ScoredSentence
from rag.time_expressions.expression import TimeExpression, TimeExpressionType
from rag.time_expressions.tagging import time_expressions

_QUANTITIES: Final = (AnswerKind.NUMBER, AnswerKind.MONEY, AnswerKind.PERCENTAGE, AnswerKind.DURATION)
_NAMES: Final = (AnswerKind.PERSON, AnswerKind.PLACE)
_UNITS: Final = (
    ("length", 0.001, r"mm|millimet(?:re|er)s?"),
    ("length", 0.01, r"cm|centimet(?:re|er)s?"),
    ("length", 1.0, r"m|met(?:re|er)s?"),
    ("length", 1000.0, r"km|kilomet(?:re|er)s?"),
    ("length", 1609.344, r"miles?"),
    ("length", 0.3048, r"ft|foot|feet"),
    ("area", 1.0, r"hectares?|ha"),
    ("area", 0.4047, r"acres?"),
    ("area", 100.0, r"square kilomet(?:re|er)s?|sq\.? km|km²"),
    ("area", 258.999, r"square miles?|sq\.? miles?"),
    ("mass", 1.0, r"kg|kilos?|kilograms?"),
    ("mass", 1000.0, r"tons?|tonnes?"),
    ("time", 1 / 86_400, r"seconds?"),
    ("time", 1 / 1440, r"minutes?"),
    ("time", 1 / 24, r"hours?"),
    ("time", 1.0, r"days?"),
    ("time", 7.0, r"weeks?"),
    ("time", 30.44, r"months?"),
    ("time", 365.24, r"years?"),
    ("Fahrenheit", 1.0, r"(?:degrees? )?Fahrenheit|°F"),
    ("temperature", 1.0, r"degrees?|°C?"),
)
"""Dimension, size in its base unit, and the words for it. Tons of either kind count as one: news seldom says which."""

_UNIT: Final = tuple((dimension, factor, re.compile(rf"[ -]?(?:{words})\b")) for dimension, factor, words in _UNITS)
_SLACK: Final = (
    (
        r"(?<!no )(?<!not )more than|over|at least|(?:no|not) (?:fewer|less) than|upwards of|in excess of|above",
        (1.0, 1.25),
    ),
    (
        r"up to|at most|(?:no|not) more than|less than|fewer than|under|below|nearly|almost|close to|as many as"
        r"|just short of",
        (0.8, 1.0),
    ),
    (r"about|around|some|roughly|approximately|an? estimated|estimated|circa", (0.9, 1.1)),
)
"""What a word before a number leaves open: the shares of the number that the true one may be."""

_OWNER: Final = re.compile(r"['’]s?$")
_RANGE: Final = re.compile(r" ?[-–—] ?| (?:to|or) ")
_WORD: Final = re.compile(r"\w+")
_SMALL_WORDS: Final = frozenset("a an the of and or in on at to for by with from his her its their".split())
_MOST_WORDS: Final = 6
"""More words than these are a clause rather than a thing that could be compared."""

_BEFORE: Final = tuple(
    (re.compile(rf"\b(?:{words})(?: the| a| an)? $", re.IGNORECASE), slack) for words, slack in _SLACK
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A value for what was asked, the sentence that gives it, and the place of its words in the article.

    `relative`: the value is a date that is counted from the article's own, as "last December" is.
    """

    sentence: ScoredSentence
    words: Span
    value: Value
    relative: bool = False

    @property
    def text(self) -> str:
        """The words, as they stand in the article."""
        return self.words.of(self.sentence.article.text)


def statement(sentence: ScoredSentence, expected: Expectation) -> Statement | None:
    """What `sentence` gives at the words that the reader points at; None where these hold no value to compare."""
    if sentence.answer is None:
        return None
    text, start = sentence.span.of(sentence.article.text), sentence.span.start
    place = (sentence.answer.start - start, sentence.answer.end - start)
    if expected.kind is AnswerKind.DATE:
        return _date(sentence, text, place)
    if expected.kind in _QUANTITIES:
        return _quantity(sentence, text, place, expected.kind)
    if expected.kind in _NAMES:
        return _name(sentence, text, place, expected)
    if expected.kind is AnswerKind.OTHER:
        return (
            _date(sentence, text, place)
            or _quantity(sentence, text, place, expected.kind)
            or _name(sentence, text, place, expected)
            or _words(sentence)
        )
    return None


def _date(sentence: ScoredSentence, text: str, place: tuple[int, int]) -> Statement | None:
    found = [
        expression
        for expression in time_expressions(text, sentence.article.published)
        if _is_date(expression) and _overlap((expression.span.start, expression.span.end), place)
    ]
    if not found:
        return None
    best = max(found, key=_precision)
    return Statement(
        sentence,
        best.span.shifted(sentence.span.start),
        DateValue(best.interval, sentence.article.published),
        best.relative,
    )


def _is_date(expression: TimeExpression) -> bool:
    """Whether it says when; a length of time does not, nor does a "now" or "recently"."""
    on_calendar = expression.type in (TimeExpressionType.DATE, TimeExpressionType.TIME)
    return on_calendar and not expression.value.endswith("_REF")


def _precision(expression: TimeExpression) -> int:
    return -expression.interval.days if expression.interval else -(10**6)


def _quantity(sentence: ScoredSentence, text: str, place: tuple[int, int], kind: AnswerKind) -> Statement | None:
    found = sorted(quantities(text), key=lambda quantity: quantity.start)
    for number, quantity in enumerate(found):
        end = quantity.start + len(quantity.words)
        if not _overlap((quantity.start, end), place) or (kind is AnswerKind.OTHER and not quantity.firm):
            continue
        reading = _reading_of(quantity, kind)
        if reading is None:
            continue
        last = found[number + 1] if number + 1 < len(found) else None
        if last and _is_range(text, quantity, last):
            end = last.start + len(last.words)
            reading = reading._replace(most=max(reading.most, last.readings[0].most))
        dimension, factor, length = _unit_at(text, end)
        if kind is AnswerKind.DURATION and not dimension:
            continue
        slack, start = _slack_before(text, quantity.start)
        words = Span(start, end + length).shifted(sentence.span.start)
        return Statement(sentence, words, QuantityValue.of(reading, dimension, factor, slack))
    return None


def _is_range(text: str, first: Quantity, last: Quantity) -> bool:
    """Whether two numbers are the ends of a range: "40 to 50", "between 40 and 50"."""
    joint = text[first.start + len(first.words) : last.start]
    return bool(_RANGE.fullmatch(joint)) or (joint == " and " and text[: first.start].endswith("between "))


def _reading_of(quantity: Quantity, kind: AnswerKind) -> Reading | None:
    """The reading that is of the measure asked for; a bare count where money is asked for, in an unknown currency."""
    measures = {AnswerKind.MONEY: Measure.MONEY, AnswerKind.PERCENTAGE: Measure.PERCENTAGE}
    wanted = measures.get(kind, quantity.measure)
    of_measure = (reading for reading in quantity.readings if reading.measure is wanted)
    return next(of_measure, quantity.readings[0] if kind is AnswerKind.MONEY else None)


def _unit_at(text: str, end: int) -> tuple[str, float, int]:
    """Dimension and factor of the unit that begins at `end`, and its length; ("", 1.0, 0) for none."""
    for dimension, factor, pattern in _UNIT:
        if match := pattern.match(text, end):
            return dimension, factor, len(match.group())
    return "", 1.0, 0


def _slack_before(text: str, start: int) -> tuple[tuple[float, float], int]:
    """What the words before a number leave open, and where these words begin."""
    before = text[:start].rstrip("$€£¥₽₹")
    for pattern, slack in _BEFORE:
        if match := pattern.search(before):
            return slack, match.start()
    return (1.0, 1.0), start


def _name(sentence: ScoredSentence, text: str, place: tuple[int, int], expected: Expectation) -> Statement | None:
    found = expected.names_at(text, place)
    if not found:
        return None
    places = [(start, start + len(_OWNER.sub("", text[start:end]))) for start, end in found]
    words = Span(places[0][0], places[-1][1]).shifted(sentence.span.start)
    return Statement(sentence, words, NameValue(tuple(text[start:end] for start, end in places)))


def _words(sentence: ScoredSentence) -> Statement | None:
    """A few words that are neither date nor quantity nor name."""
    if sentence.answer is None:
        return None
    found = frozenset(_WORD.findall(sentence.answer.of(sentence.article.text).casefold())) - _SMALL_WORDS
    return Statement(sentence, sentence.answer, WordsValue(found)) if 0 < len(found) <= _MOST_WORDS else None


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
