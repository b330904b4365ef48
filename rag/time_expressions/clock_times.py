"""Rules for times of a day: "9 a.m.", "1500 GMT", "noon". `clock_joining` finds the day that they are of."""

from __future__ import annotations

import re
from typing import Final

from rag.time_expressions.expression import TimeExpressionType
from rag.time_expressions.heads import Head
from rag.time_expressions.rule import Place, Reading, rule

_NAMED: Final = {"noon": "T12:00", "midday": "T12:00", "midnight": "T24:00"}


def _clock(match: re.Match[str], _place: Place) -> Reading | None:
    """Hours and minutes, in twelve or twenty-four hours."""
    parts = match.groupdict()
    hour, minute = int(match["hour"]), int(parts.get("minute") or 0)
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half.lower() == "p")
    if hour > 24 or minute > 59:
        return None
    return Reading(TimeExpressionType.TIME, f"T{hour:02}:{minute:02}")


def _named(match: re.Match[str], _place: Place) -> Reading:
    return Reading(TimeExpressionType.TIME, _NAMED[match["name"].lower()])


_NO_NUMBER: Final = r"(?<![\w.:,$-])"
_SHORT_ZONE: Final = r"(?:GMT|UTC|[ECMP][SD]?T|BST|CES?T|IST|MSK|local time)"
_ZONE: Final = rf"(?: (?:{_SHORT_ZONE}|Eastern(?: time)?|[Ll]ocal))?"

RULES: Final = (
    rule(
        Head.CLOCK,
        rf"{_NO_NUMBER}(?P<hour>\d\d?)(?:[:.](?P<minute>\d\d))? ?(?P<half>[aApP])(?:\. ?[mM]\b\.?|[mM]\b)(?!\w){_ZONE}",
        _clock,
    ),
    rule(
        Head.CLOCK,
        rf"{_NO_NUMBER}(?P<hour>[0-2]?\d):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?: ?(?:hours|hrs))? {_SHORT_ZONE}(?!\w)",
        _clock,
    ),
    rule(Head.CLOCK, rf"{_NO_NUMBER}(?P<hour>[0-2]\d)(?P<minute>[0-5]\d) (?:hours |hrs )?{_SHORT_ZONE}(?!\w)", _clock),
    rule(Head.CLOCK, r"\b(?<=at )(?P<hour>\d\d?):(?P<minute>[0-5]\d)(?![\d:.-])", _clock),
    rule(Head.CLOCK, r"\b(?P<hour>\d\d?) o['’]clock\b", _clock),
    rule(Head.CLOCK, r"(?i:\b(?P<name>noon|midday|midnight))\b", _named),
)
