"""Rules for lengths of time: "three years", "a 16-hour flight", "the past decade", "weeks before"."""

from __future__ import annotations

import re
from typing import Final

from rag.time_expressions.expression import TimeExpressionType, TimeModifier
from rag.time_expressions.heads import Head
from rag.time_expressions.rule import Place, Reading, rule
from rag.time_expressions.vocabulary import NUMBER, VAGUE_NUMBER, number_of, singular

LENGTH_UNIT: Final = (
    r"(?P<unit>seconds?|minutes?|hours?|days?|weeks?|weekends?|fortnights?|months?|quarters?|years?|decades?|century"
    r"|centuries)"
)

_CODES: Final = {
    "second": ("PT", "S"), "minute": ("PT", "M"), "hour": ("PT", "H"), "day": ("P", "D"), "week": ("P", "W"),
    "weekend": ("P", "WE"), "fortnight": ("P", "W"), "month": ("P", "M"), "quarter": ("P", "Q"), "year": ("P", "Y"),
    "decade": ("P", "Y"), "century": ("P", "Y"),
}  # fmt: skip
_OPEN_CODES: Final = {"decade": "DE", "century": "CE"}
_TIMES: Final = {"fortnight": 2, "decade": 10, "century": 100}
_HALVES: Final = {"hour": "PT30M", "minute": "PT30S", "day": "PT12H", "year": "P6M", "decade": "P5Y", "century": "P50Y"}
_APPROXIMATIONS: Final = {
    TimeModifier.APPROX: "about|around|roughly|some|approximately",
    TimeModifier.LESS_THAN: "nearly|almost|less than|under",
    TimeModifier.MORE_THAN: "more than|over",
    TimeModifier.EQUAL_OR_MORE: "at least|no less than",
    TimeModifier.EQUAL_OR_LESS: "at most|up to|no more than",
}
_ANY_APPROXIMATION: Final = "|".join(rf"(?P<{modifier}>\b(?:{words}))" for modifier, words in _APPROXIMATIONS.items())
_APPROXIMATELY: Final = re.compile(rf"(?:{_ANY_APPROXIMATION})(?:\s(?:the|a))?\s$", re.IGNORECASE)
_AGE: Final = re.compile(r"[\s-]old\b|\s(?:older|younger|of age)\b")
_ROUND_THE_CLOCK: Final = re.compile(r"(?:24|twenty-four) hours a day|(?:7|seven) days a week")
_QUARTERS_OF_YEARS: Final = re.compile(r"straight|consecutive|past|last|next|previous|several|few", re.IGNORECASE)


def length_value(number: float | None, unit: str) -> str:
    """The TIMEX3 value of a length: "P3D", "PT16H", "P10Y" for a decade, "PXW" for a number that is left open."""
    unit = singular(unit)
    prefix, letter = _CODES[unit]
    if number is None:
        return f"{prefix}X{_OPEN_CODES.get(unit, letter)}"
    if number == 0.5 and unit in _HALVES:
        return _HALVES[unit]
    amount = number * _TIMES.get(unit, 1)
    return f"{prefix}{amount if amount % 1 else int(amount)}{letter}"


def _duration(match: re.Match[str], place: Place) -> Reading | None:
    """A length of time, unless it is an age, a fraction or an idiom."""
    parts, start, end = match.groupdict(), match.start(), match.end()
    if _AGE.match(place.text, end) or _ROUND_THE_CLOCK.search(place.text, max(0, start - 20), end + 10):
        return None
    if match["unit"].lower().startswith("quarter") and not _QUARTERS_OF_YEARS.search(match.group()):
        return None
    number = number_of(parts["number"]) if parts.get("number") else 1 if parts.get("one") else None
    if number is not None and parts.get("half"):
        number += 0.5
    before = _APPROXIMATELY.search(place.text, max(0, start - 24), start)
    modifier = TimeModifier(before.lastgroup) if before and before.lastgroup else None
    return Reading(TimeExpressionType.DURATION, length_value(number, match["unit"]), modifier=modifier)


_SINGLE: Final = r"(?P<unit>minute|hour|day|week|month|quarter|year|decade|century)"
_PLURAL: Final = r"(?P<unit>minutes|hours|days|weeks|months|years|decades|centuries)"
_NEAR: Final = r"(?:the )?(?:past|last|next|first|previous|coming|following|final|recent|preceding|remaining)"
_AND_A_HALF: Final = r"(?P<half>(?:-| )and(?:-| )a(?:-| )half)?"
_KIND: Final = r"(?: (?:more|full|whole|straight|consecutive|long|extra|additional|short))?"
_BEHIND: Final = "|".join(f"(?<={word} )" for word in "for after took within in of the over spent".split())
_NO_NAME: Final = r"(?!(?-i:60 Minutes|48 Hours))"

RULES: Final = (
    rule(
        Head.UNIT,
        rf"(?i:(?<![\w.,$-]){_NO_NAME}(?P<number>{NUMBER}){_AND_A_HALF}{_KIND}"
        rf"[ -](?!second\b)(?:calendar )?{LENGTH_UNIT})\b(?:-long\b)?",
        _duration,
    ),
    rule(Head.UNIT, rf"(?i:(?<![\w-]){_NEAR} (?:(?P<number>{NUMBER})|{VAGUE_NUMBER}) {LENGTH_UNIT})\b", _duration),
    rule(Head.UNIT, rf"(?i:(?<![\w-])(?:the )?(?P<one>past) {_SINGLE})\b", _duration),
    rule(Head.UNIT, rf"(?i:(?<![\w-])(?:the )?(?:past|recent|coming|previous) {_PLURAL})\b", _duration),
    rule(Head.UNIT, rf"(?i:(?<![\w-])(?P<number>an?) {_SINGLE} and a (?P<half>half))\b", _duration),
    rule(Head.UNIT, rf"(?i:(?<![\w-]){VAGUE_NUMBER} (?:more )?{_PLURAL})\b", _duration),
    rule(Head.UNIT, rf"(?i:(?<![\w-])(?:{_BEHIND}){_PLURAL})\b", _duration),
    rule(Head.UNIT, rf"(?i:(?<![\w-]){_PLURAL})\b(?= (?:after|before|later|earlier)\b)", _duration),
    rule(Head.UNIT, rf"(?i:(?<![\w-])(?P<one>{_SINGLE}-long))\b", _duration),
)
