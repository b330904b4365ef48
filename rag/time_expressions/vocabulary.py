"""The words that time expressions are made of: parts of patterns, and what they mean.

A space in a pattern stands for any white space: `rule` makes it so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rag.time_expressions.expression import TimeModifier
from rag.time_expressions.interval import MONTH_NAMES, WEEKDAY_NAMES
from rag.time_expressions.periods import Unit

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
).split()

MONTH: Final = rf"(?:{'|'.join(MONTH_NAMES)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
LONG_MONTH: Final = rf"(?:{'|'.join(MONTH_NAMES)}|(?:Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.)"
"""A month that needs no day or year beside it to be one."""
WEEKDAY: Final = rf"(?:{'|'.join(WEEKDAY_NAMES)})\b"
SHORT_WEEKDAY: Final = rf"(?:{WEEKDAY}|(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?)"
DAY: Final = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\w%]|[,.:]\d)"
YEAR: Final = r"(?:1\d|20)\d\d(?![\w%]|[.,]\d)"
TO: Final = r"(?: ?[-–—] ?| (?:to|and|or|through|until) (?:the )?)"

SEASON: Final = r"(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)"
SEASON_CODES: Final = {"spring": "SP", "summer": "SU", "autumn": "FA", "fall": "FA", "winter": "WI"}
DAY_PART: Final = r"(?:morning|afternoon|evening|night)"
DAY_PART_CODES: Final = {"morning": "MO", "afternoon": "AF", "evening": "EV", "night": "NI"}

_NUMBER_WORD: Final = rf"(?:(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_ONES[1:10])}))?|{'|'.join(reversed(_ONES[1:]))})"
NUMBER: Final = (
    rf"(?:\d{{1,3}}(?:,\d{{3}}|\.\d{{1,2}})?(?!\d)|{_NUMBER_WORD}|half an?"
    r"|(?:an? |two |half an? )?dozen|an? hundred|an?)"
)
VAGUE_NUMBER: Final = (
    r"(?:several|(?:a )?few|many|(?:a )?couple(?: of)?|some|a number of|countless|dozens of|hundreds of)"
)
CALENDAR_UNIT: Final = r"(?:days?|weeks?|fortnights?|months?|quarters?|years?|decades?|century|centuries)"
_MULTIPLES: Final = {"fortnight": (Unit.WEEK, 2), "decade": (Unit.YEAR, 10), "century": (Unit.YEAR, 100)}

_AT: Final = r"(?:(?:at|near|towards?|around) )?(?:the )?(?:very )?"
PART: Final = (
    rf"(?:(?i:(?P<early>early(?:(?: on)? in| on)?|{_AT}(?:beginning|start) of)"
    rf"|(?P<mid>mid|midway through|(?:in )?(?:the )?middle of)"
    rf"|(?P<late>late(?:(?: on)? in| on)?|{_AT}(?:end|close) of|(?:the )?latter part of))[ -](?:the )?)"
)
"""A word that picks the first, second or last third of what follows, and the space behind it."""

SENTENCE_END: Final = re.compile(
    r"(?<![ap]\.m\.)(?<!\b[A-Z]\.)(?<!\b(?:Mr|Ms|Dr|St|No)\.)"
    r"(?<!\b(?:Mrs|Gov|Sen|Rep|Gen|Col|Jan|Feb|Mar|Apr|Aug|Oct|Nov|Dec)\.)(?<!\bSept\.)"
    r"(?<=[.!?\"'”’)])\s+(?=[\"'“‘(`]*[A-Z])|\n\s*\n"
)
"""Where one sentence ends and another begins."""

_MONTH_NUMBERS: Final = {name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)}
_WEEKDAY_NUMBERS: Final = {name[:3].lower(): number for number, name in enumerate(WEEKDAY_NAMES)}


def month_number(name: str) -> int:
    """The number of a month by its name or abbreviation, 1 to 12."""
    return _MONTH_NUMBERS[name[:3].lower()]


def weekday_number(name: str) -> int:
    """The number of a weekday by its name or abbreviation, 0 for Monday."""
    return _WEEKDAY_NUMBERS[name[:3].lower()]


def digits_of(words: str) -> int:
    """The number in "2nd" or "02"."""
    return int(re.sub(r"\D", "", words))


def singular(unit: str) -> str:
    """The unit that a word such as "weeks" or "centuries" is the plural of."""
    return unit.lower().removesuffix("s").replace("centurie", "century")


def unit_of(word: str) -> Unit:
    """The unit that a word such as "weeks" names. Raises ValueError where it names none."""
    return Unit(singular(word))


def number_of(words: str) -> float | None:
    """The number that `words` say, None where they leave it open, as "several" does."""
    words = words.lower()
    if words[0].isdecimal():
        return float(words.replace(",", ""))
    if words.endswith("dozen"):
        return {"two": 24, "half": 6}.get(words.split()[0], 12)
    if words.endswith("hundred"):
        return 100
    if words.startswith("half"):
        return 0.5
    if words in ("a", "an"):
        return 1
    tens, _, ones = words.partition("-")
    if tens in _TENS:
        return 10 * (_TENS.index(tens) + 2) + (_ONES.index(ones) if ones else 0)
    return _ONES.index(words) if words in _ONES else None


def counted_units(number: str | None, unit: str) -> tuple[Unit, int | None]:
    """What "three decades" counts, and how many: 30 years. None for a number that is left open or not whole."""
    word = singular(unit)
    kind, size = _MULTIPLES[word] if word in _MULTIPLES else (Unit(word), 1)
    count = number_of(number) if number else None
    return kind, None if count is None or count % 1 else int(count) * size


def modifier_of(parts: Mapping[str, str | None]) -> TimeModifier | None:
    """The modifier that the groups of PART say."""
    if parts.get("early"):
        return TimeModifier.START
    if parts.get("mid"):
        return TimeModifier.MID
    return TimeModifier.END if parts.get("late") else None
