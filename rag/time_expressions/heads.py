"""The words that time expressions turn on. Rules are tried around these alone, which keeps tagging fast."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rag.time_expressions.interval import MONTH_NAMES, WEEKDAY_NAMES

_REACH: Final = 60
"""How many characters before and behind its head an expression may begin and end."""


class Head(StrEnum):
    """Kinds of words, of which a rule needs one."""

    MONTH = "month"
    WEEKDAY = "weekday"
    HOLIDAY = "holiday"
    UNIT = "unit"
    SEASON = "season"
    NUMBER = "number"
    CLOCK = "clock"
    DAY = "day"
    FREQUENCY = "frequency"
    REFERENCE = "reference"


_WORDS: Final = {
    Head.CLOCK: (
        r"\d\d?(?:[:.]\d\d)?\s?[AaPp]\.?\s?[Mm]\b|\d\d?:\d\d|\d\d?\so['’]clock|\d{4}\s(?:GMT|UTC|E[SD]T|hours|hrs|local)"
        r"|[Nn]oon|[Mm]idday|[Mm]idnight"
    ),
    Head.NUMBER: r"\d[\d/.:'’-]*\d|Q[1-4]|[1-4]Q|H[12]|(?:twen|thir|for|fif|six|seven|eigh|nine)ties",
    Head.HOLIDAY: r"(?:Thanksgiving|Christmas|Easter|Halloween|Day|Eve|Good|Ash|Palm|Fourth|fourth)\b",
    Head.MONTH: rf"(?:{'|'.join(MONTH_NAMES)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b)",
    Head.WEEKDAY: rf"(?:{'|'.join(WEEKDAY_NAMES)})s?\b",
    Head.UNIT: (
        r"(?i:seconds?|minutes?|hours?|days?|week(?:end)?s?|fortnights?|months?|quarters?|half|years?|decades?|century"
        r"|centuries)\b"
    ),
    Head.SEASON: r"(?i:spring|summer|autumn|fall|winter)\b",
    Head.DAY: r"(?i:yesterday|today|tomorrow|tonight|morning|afternoon|evening|night)\b",
    Head.FREQUENCY: r"(?i:hourly|daily|everyday|nightly|weekly|fortnightly|monthly|quarterly|yearly|annually)\b",
    Head.REFERENCE: r"(?i:now|currently|present(?:ly)?|nowadays|moment|times?|recently|past|future|ago)\b",
}
_HEADS: Final = re.compile(rf"\b(?:{'|'.join(f'(?P<{head}>{words})' for head, words in _WORDS.items())})")


def windows(text: str) -> Mapping[Head, list[tuple[int, int]]]:
    """The stretches of `text` around the words of each kind, as offsets, in order and apart from each other."""
    found: dict[Head, list[tuple[int, int]]] = defaultdict(list)
    for match in _HEADS.finditer(text):
        places = found[Head(match.lastgroup or "")]
        start, end = max(0, match.start() - _REACH), min(len(text), match.end() + _REACH)
        if places and start <= places[-1][1]:
            places[-1] = (places[-1][0], end)
        else:
            places.append((start, end))
    return found
