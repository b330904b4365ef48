"""Rules for what recurs: "every week", "twice a month", "daily", "on Tuesdays"."""

from __future__ import annotations

import re
from typing import Final

from rag.time_expressions.durations import LENGTH_UNIT, length_value
from rag.time_expressions.expression import TimeExpressionType
from rag.time_expressions.heads import Head
from rag.time_expressions.interval import WEEKDAY_NAMES
from rag.time_expressions.rule import Place, Reading, rule
from rag.time_expressions.vocabulary import NUMBER, WEEKDAY, number_of, weekday_number

_FREQUENCIES: Final = {
    "hourly": "PT1H", "daily": "P1D", "everyday": "P1D", "nightly": "P1D", "weekly": "P1W", "fortnightly": "P2W",
    "monthly": "P1M", "quarterly": "P1Q", "yearly": "P1Y", "annually": "P1Y",
}  # fmt: skip


def _rate(match: re.Match[str], _place: Place) -> Reading:
    """How often something is: every two weeks, each year, twice a day."""
    parts = match.groupdict()
    number = number_of(parts["number"]) if parts.get("number") else 2 if parts.get("other") else 1
    return Reading(TimeExpressionType.SET, length_value(number, match["unit"]))


def _adverb(match: re.Match[str], _place: Place) -> Reading:
    return Reading(TimeExpressionType.SET, _FREQUENCIES[match["word"].lower()])


def _weekday(match: re.Match[str], _place: Place) -> Reading:
    return Reading(TimeExpressionType.SET, f"XXXX-WXX-{weekday_number(match['weekday']) + 1}")


_NO_NEWSPAPER: Final = r"(?! (?:News|Mail|Telegraph|Mirror|Express|Star|Times|Beast)\b)"

RULES: Final = (
    rule(Head.UNIT, rf"(?i:\b(?:every|each|per) (?:(?P<other>other )|(?P<number>{NUMBER}) )?{LENGTH_UNIT})\b", _rate),
    rule(Head.UNIT, rf"(?i:\b(?:once|twice|times) (?:an?|per|every|each) {LENGTH_UNIT})\b", _rate),
    rule(Head.FREQUENCY, rf"\b(?P<word>(?i:{'|'.join(_FREQUENCIES)}))\b{_NO_NEWSPAPER}", _adverb),
    rule(Head.WEEKDAY, rf"\b(?i:every|each) (?P<weekday>{WEEKDAY})", _weekday),
    rule(Head.WEEKDAY, rf"\b(?P<weekday>{'|'.join(WEEKDAY_NAMES)})s\b(?! ago)", _weekday),
)
