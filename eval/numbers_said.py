"""The numbers that a text states, in digits or in words: "1,500", "1.5 million", "17%", "forty-two"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_SMALL: Final = {
    name: number
    for number, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split()
    )
}
_TENS: Final = {
    name: number * 10
    for number, name in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_SCALES: Final = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
_SHORT_SCALES: Final = {"m": 1_000_000, "bn": 1_000_000_000}
"""Written behind an amount of money: "$1.5m", "£3bn"."""

_SCALE: Final = "|".join(_SCALES)
_DIGITS: Final = re.compile(
    r"(?<![\w.,])(?P<sign>(?<![\w-])[-−])?(?P<money>[$€£¥])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?!\d|[.,]\d)(?:[ -](?P<scale>{_SCALE})\b|(?(money)(?P<short>m|bn)\b|(?!))|(?![a-z]))",
    re.IGNORECASE,
)
_WORD: Final = "|".join((*_SMALL, *_TENS, *_SCALES))
_WORDS: Final = re.compile(rf"\b(?:{_WORD})(?:(?:,? and |[ -])(?:{_WORD})\b)*\b", re.IGNORECASE)


def numbers_said(text: str) -> list[float]:
    """The value of each number in `text`, those in digits before those in words.

    Ordinals ("30th"), and plurals that count nothing exact ("thousands"), are not numbers. A percentage
    is its number: 17 for "17%".
    """
    in_digits = [_value(match) for match in _DIGITS.finditer(text)]
    rest = _DIGITS.sub("|", text)
    return in_digits + [float(value) for match in _WORDS.finditer(rest) for value in _word_values(match.group())]


def _value(match: re.Match[str]) -> float:
    # decimal, because 2.3 * 1,000,000 is not 2,300,000 in binary
    scales = _SCALES | _SHORT_SCALES
    scale = (match["scale"] or match["short"] or "").lower()
    value = Decimal(match["digits"].replace(",", "")) * scales.get(scale, 1)
    return float(-value if match["sign"] else value)


def _word_values(words: str) -> list[int]:
    """The numbers in a run of number words: [1500] of "one thousand five hundred", [20, 30] of "twenty, thirty"."""
    values: list[int] = []
    total = part = 0
    said = False
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in _SCALES:
            scale = _SCALES[word]
            part = max(part, 1) * scale
            if scale >= 1_000:
                total, part = total + part, 0
        elif word != "and":
            small = _SMALL.get(word, _TENS.get(word, 0))
            if said and not _fits(total + part, small):
                values.append(total + part)
                total = part = 0
            part += small
        said = said or word != "and"
    return [*values, total + part]


def _fits(before: int, small: int) -> bool:
    """Whether a number below 100 can go on a number that was said: "forty" takes "two", "nineteen" nothing."""
    if before == 0:
        return False
    return before % 100 == 0 or (before % 10 == 0 and before % 100 >= 20 and 0 < small < 10)
