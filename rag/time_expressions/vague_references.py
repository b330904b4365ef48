"""Rules for words that say past, present or future and no more: "now", "recently", "the future"."""

from __future__ import annotations

import re
from typing import Final

from rag.time_expressions.expression import TimeExpressionType
from rag.time_expressions.heads import Head
from rag.time_expressions.rule import Place, Reading, Rule, rule

_WORDS: Final = {
    "PRESENT_REF": (
        "right now|just now|now|currently|presently|nowadays|at present|at the moment|the present|at this time"
    ),
    "PAST_REF": "recently|in the past|the past|in recent times|once upon a time|long ago|years ago",
    "FUTURE_REF": "(?:in )?the (?:near |foreseeable |immediate )?future|in future|future",
}


def _reference(head: Head, value: str, words: str) -> Rule:
    def read(_match: re.Match[str], _place: Place) -> Reading:
        return Reading(TimeExpressionType.DATE, value)

    return rule(head, rf"(?i:(?<![\w-])(?:{words}))\b(?!-)", read)


RULES: Final = (
    *(_reference(Head.REFERENCE, value, words) for value, words in _WORDS.items()),
    _reference(Head.UNIT, "PRESENT_REF", "these days"),
)
