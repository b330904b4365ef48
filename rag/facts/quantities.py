"""The quantities that a text states: counts, ordinals, fractions, percentages and amounts of money."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import zip_longest
from typing import Final, NamedTuple


class Measure(StrEnum):
    """What a quantity is a quantity of."""

    COUNT = "count"
    PERCENTAGE = "percentage"
    MONEY = "money"


class Reading(NamedTuple):
    """One way to read a quantity: from `least` to `most`, which are equal but for words such as "hundreds"."""

    measure: Measure
    least: Fraction
    most: Fraction
    currency: str = ""

    def covers(self, other: Reading) -> bool:
        """Whether who says `other` says this too: a percentage is no count, and two currencies must agree."""
        percentages = (self.measure is Measure.PERCENTAGE, other.measure is Measure.PERCENTAGE)
        agree = not (self.currency and other.currency) or self.currency == other.currency
        return agree and percentages[0] == percentages[1] and self.least <= other.least and other.most <= self.most


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity in a text, in every way in which it may be read.

    `firm` is false for words that state a quantity only at times, as "one", "both" and "first" do.
    """

    readings: tuple[Reading, ...]
    words: str
    start: int
    firm: bool = True

    @property
    def measure(self) -> Measure:
        """That of the likeliest reading."""
        return self.readings[0].measure

    def stands_in(self, stated: Iterable[Quantity]) -> bool:
        """Whether one of the quantities `stated` says this one too."""
        others = [reading for quantity in stated for reading in quantity.readings]
        return any(mine.covers(other) for mine in self.readings for other in others)


_ONES: Final = "one two three four five six seven eight nine".split()
_TEENS: Final = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_FIRST: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth"
).split()
_TENTHS: Final = [ten.removesuffix("y") + "ieth" for ten in _TENS]
_VALUES: Final = {
    **{word: value for value, word in enumerate(["zero", *_ONES, *_TEENS])},
    **{word: value for value, word in enumerate(_FIRST, start=1)},
    **{word: value * 10 for words in (_TENS, _TENTHS) for value, word in enumerate(words, start=2)},
}
_PARTS: Final = {"half": 2, "quarter": 4} | {word: _VALUES[word] for word in _FIRST[2:]}
_SCALES: Final = {
    "ten": 10, "dozen": 12, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "m": 10**6, "mn": 10**6, "mln": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
_UNITS_TOO: Final = ("k", "m")
"""Short for a scale, and for kilometres and metres."""

_GLYPHS: Final = {glyph: Fraction(part) for glyph, part in zip("½¼¾⅓⅔", "1/2 1/4 3/4 1/3 2/3".split(), strict=True)}
_IMPLIED: Final[dict[str, int | Fraction]] = {
    "no": 0, "none": 0, "nobody": 0, "single": 1, "sole": 1, "once": 1, "both": 2, "couple": 2, "pair": 2, "twin": 2,
    "twins": 2, "twice": 2, "double": 2, "doubled": 2, "trio": 3, "tripled": 3, "decade": 10, "century": 100,
    "half": Fraction(1, 2), "halved": Fraction(1, 2), "quarter": Fraction(1, 4),
}  # fmt: skip
_SYMBOLS: Final = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₽": "rouble", "₹": "rupee", "₴": "hryvnia"}
_CURRENCIES: Final = {
    "usd": "dollar", "eur": "euro", "gbp": "pound", "sterling": "pound", "jpy": "yen", "rub": "rouble",
    "ruble": "rouble", "renminbi": "yuan", "cny": "yuan", "chf": "franc",
}  # fmt: skip


def _either(words: Iterable[str]) -> str:
    return rf"(?:{'|'.join(words)})"


_BELOW_HUNDRED: Final = (
    rf"(?:{_either(_TENS)}(?:[ -]{_either(_ONES)}\b)?|{_either(_TEENS)}|{_either(['zero', *_ONES])})\b"
)
_BELOW_THOUSAND: Final = rf"(?:(?:{_BELOW_HUNDRED}|a) hundred\b(?:(?: and)? {_BELOW_HUNDRED})?|{_BELOW_HUNDRED})"
_WORDED: Final = rf"{_BELOW_THOUSAND}(?:[ -]thousand\b(?:(?:,| and)? {_BELOW_THOUSAND})?)?"
_DIGITS: Final = r"(?:\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3}){1,9}(?!\d)|\d{1,30})(?:\.\d{1,30})?"
_ORDINAL: Final = (
    rf"(?:{_either(_TENS)}[ -])?{_either(_FIRST)}\b|{_either(_TENTHS)}\b"
    r"|\d{1,30}(?:,\d{3}){0,9}(?=(?:st|nd|rd|th)\b)"
)
_LONG_SCALE: Final = r"(?:dozen|hundred|thousand|million|billion|trillion)"
_FRACTION: Final = (
    rf"(?:(?P<numerator>an?|{_either(_ONES)}|\d{{1,30}})[ -])"
    rf"(?P<part>half|quarter|{_either(_FIRST[2:])})(?P<parts>s?)\b"
    rf"(?![ -]{_LONG_SCALE}\b)"
)
_VAGUE: Final = (
    rf"(?:(?P<tens>ten|dozen|hundred|thousand)s of )?(?P<vague>{_LONG_SCALE})s\b"
    rf"|(?:several|few|many) (?P<several>{_LONG_SCALE})\b"
)
_CURRENCY_WORDS: Final = (
    r"dollars?|euros?|pounds?|yen|yuan|renminbi|rou?bles?|rupees?|francs?|pesos?|liras?|hryvnias?|shekels?|sterling"
    r"|USD|EUR|GBP|JPY|RUB|CNY|CHF"
)
_QUANTITY: Final = re.compile(
    rf"(?<![\w.])(?<!\d,)(?:(?:(?:US|AU|CA|NZ|HK|A|C)?(?P<symbol>[$€£¥₽₹₴])|(?P<code>USD|EUR|GBP|JPY|RUB|CNY|CHF)) ?)?"
    rf"(?:{_VAGUE}|{_FRACTION}|(?P<ordinal>{_ORDINAL})"
    rf"|(?:(?P<digits>{_DIGITS})(?P<glyph>[½¼¾⅓⅔])?(?!\d)|(?P<worded>{_WORDED})"
    rf"|(?P<article>an?|(?:a )?half(?: an?)?)(?=[ -]{_LONG_SCALE}\b))"
    rf"(?: and an? (?P<more>half|quarter|third)\b)?"
    rf"(?:[ -](?P<scale>{_LONG_SCALE})\b| ?(?P<short>bn|mn|mln|tn|m|k)\b)?)"
    r"(?:[ -]?(?P<percent>%|per ?cent\b|pct\b|percentage[ -]points?\b)"
    rf"|[ -](?:of )?(?:[A-Z][\w.]* )?(?P<currency>{_CURRENCY_WORDS})\b)?\w*",
    re.IGNORECASE | re.ASCII,  # else "ſ" would stand for "s"
)
_WORD: Final = re.compile(r"[a-z]+", re.IGNORECASE | re.ASCII)
_DESIGNATION: Final = re.compile(r"\b(?!US\$)[A-Z][A-Za-z]*-?\d+[A-Za-z]*\b")
_BETWEEN: Final = re.compile(r" ?[-–—] ?| (?:to|and|or) |, (?:and |or )?")
_TIME: Final = re.compile(r"\b(\d{1,2})\.(\d\d)(?= ?[ap]\.?m\b)", re.IGNORECASE)
_BACKWARD: Final = re.compile(r"\b(?:the|these|those|its|their|his|her|other|per|an?|\d+)[ -]$", re.IGNORECASE)
"""Before a small number in words, points back to what was counted ("the two"), or at a unit ("per second")."""


def quantities(text: str) -> list[Quantity]:
    """The quantities in `text`, and words such as "both" that may stand for one; not the numbers in "F-16" or "G7".

    A number before another one, as in "3 to 5 percent", may have the scale and the unit of that one.
    Times of day and years are read as the numbers that they are made of; signs are passed over.
    """
    text = _DESIGNATION.sub(lambda match: "|" * len(match.group()), text)
    text = _TIME.sub(r"\1:\2", text)
    matches = list(_QUANTITY.finditer(text))
    found: list[Quantity] = []
    for match, following in zip_longest(matches, matches[1:]):
        joined = following is not None and _BETWEEN.fullmatch(text, match.end(), following.start())
        readings = (*_readings(match), *(_readings(match, following) if joined and following else ()))
        found.append(Quantity(readings, match.group(), match.start(), _is_firm(text, match)))
    return found + list(_implied(text))


def _readings(match: re.Match[str], following: re.Match[str] | None = None) -> tuple[Reading, ...]:
    """The readings of one number, with the scale and the unit of the number that follows, if that is given."""
    unit = following or match
    currency = _currency(match) or _currency(unit)
    measure = Measure.PERCENTAGE if unit["percent"] else Measure.MONEY if currency else Measure.COUNT
    if vague := match["vague"] or match["several"]:
        scale = Fraction(_SCALES[vague.lower()] * (_SCALES[match["tens"].lower()] if match["tens"] else 1))
        return (Reading(measure, scale, scale * 1000, currency),)
    if match["part"]:
        return _fraction(match, measure, currency)
    scale_word = (match["scale"] or match["short"] or unit["scale"] or unit["short"] or "").lower()
    value = _value(match)
    values = [value * _SCALES.get(scale_word, 1)]
    if scale_word in _UNITS_TOO and not currency:
        values.append(value)
    if currency == "pound" and not match["symbol"]:
        return tuple(Reading(kind, each, each) for each in values for kind in (Measure.MONEY, Measure.COUNT))
    return tuple(Reading(measure, each, each, currency) for each in values)


def _fraction(match: re.Match[str], measure: Measure, currency: str) -> tuple[Reading, ...]:
    """A fraction is a share as well: "half" may be 50 %. "A third" may be the third of a row."""
    count = match["numerator"].lower()
    part = _PARTS[match["part"].lower()]
    share = Fraction(1 if count.startswith("a") else _VALUES.get(count) or int(count), part)
    readings = [Reading(measure, share, share, currency), Reading(Measure.PERCENTAGE, share * 100, share * 100)]
    if part > 2 and not match["parts"]:
        readings.append(Reading(measure, Fraction(part), Fraction(part), currency))
    return tuple(readings)


def _value(match: re.Match[str]) -> Fraction:
    if match["digits"]:
        return Fraction(re.sub(r"[^\d.]", "", match["digits"])) + _GLYPHS.get(match["glyph"], 0)
    if match["article"]:
        return Fraction(1, 2) if "half" in match["article"].lower() else Fraction(1)
    words = match["ordinal"] or match["worded"]
    if words[0].isdigit():
        return Fraction(words.replace(",", ""))
    total = part = 0
    for word in _WORD.findall(words.lower()):
        if word == "thousand":
            total, part = part * 1000, 0
        elif word == "hundred":
            part = max(part, 1) * 100
        else:
            part += _VALUES.get(word, 0)
    more = Fraction(1, _PARTS[match["more"].lower()]) if match["more"] else 0
    return Fraction(total + part) + more


def _currency(match: re.Match[str]) -> str:
    if match["symbol"]:
        return _SYMBOLS[match["symbol"]]
    word = (match["code"] or match["currency"] or "").lower()
    return _CURRENCIES.get(word) or _CURRENCIES.get(word.removesuffix("s")) or word.removesuffix("s")


def _is_firm(text: str, match: re.Match[str]) -> bool:
    """Whether the words surely state a number: not "one", "first", or "the two", which points back."""
    words = (match["worded"] or match["ordinal"] or "").lower()
    if not words or match["percent"] or _currency(match) or match["scale"]:
        return True
    small = _VALUES.get(words, 4)
    return small > 3 or (small > 1 and not _BACKWARD.search(text, 0, match.start()))


def _implied(text: str) -> Iterator[Quantity]:
    for match in _WORD.finditer(text):
        word = match.group().lower()
        if word not in _IMPLIED:
            continue
        value = Fraction(_IMPLIED[word])
        count, share = Reading(Measure.COUNT, value, value), Reading(Measure.PERCENTAGE, value * 100, value * 100)
        firm = word == "half" and text.startswith(" of ", match.end())
        yield Quantity((count, share) if value < 1 else (count,), match.group(), match.start(), firm)
