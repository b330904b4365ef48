"""What an answer says, in a form that can be compared: a run of days, a quantity or a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from rag.facts.names import KnownNames
from rag.facts.quantities import Measure, Reading
from rag.time_expressions.interval import DateInterval

_NEAR_DAYS: Final = 730
_NEAR_SHARE: Final = 0.15
"""Two dates of one event lie within so many days, or within this share of the time since."""

_NEAR_FACTOR: Final = 5
"""Two quantities of one thing differ by less than this factor."""

_ROUNDING: Final = 0.03
"""How far apart, in shares of the larger, two numbers may be of which one is the other, rounded or converted."""

_SHORT_WORD: Final = 4
_LIKE: Final = 0.9
"""From how much likeness two longer words are one in two spellings: "Bannister", "Banister"; not "Hansen", "Jansen"."""


class Relation(StrEnum):
    """How two values for one question stand to each other."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNRELATED = "unrelated"
    """They cannot be compared: a length and a sum of money, a date that cannot be resolved."""


@dataclass(frozen=True, slots=True)
class DateValue:
    """A run of days; None where it cannot be resolved, since the article's own date, `published`, is unknown."""

    interval: DateInterval | None
    published: date | None = field(default=None, compare=False)

    def relation_to(self, other: Value) -> Relation:
        """One that lies within the other is more precise, and agrees; so do two that share days.

        Two that are far apart are unrelated: they are rather of two events than of one that is told in two ways.
        """
        if not isinstance(other, DateValue) or self.interval is None or other.interval is None:
            return Relation.UNRELATED
        if self.interval.overlaps(other.interval):
            return Relation.AGREES
        earlier, later = sorted((self.interval, other.interval), key=lambda interval: interval.earliest)
        told = max((day for day in (self.published, other.published) if day), default=datetime.now(UTC).date())
        near = max(_NEAR_DAYS, _NEAR_SHARE * (told - earlier.earliest).days)
        return Relation.DIFFERS if (later.earliest - earlier.latest).days <= near else Relation.UNRELATED


@dataclass(frozen=True, slots=True)
class QuantityValue:
    """A quantity from `least` to `most`, as far as its words leave it open ("about 500"), in the unit `unit`.

    `unit`: a dimension such as "length", in whose base unit the bounds are, or a currency, or "" for a bare count.
    `factor`: the size of the unit that it is stated in; `rounding`: how far it may be off as a round number.
    """

    measure: Measure
    unit: str
    least: float
    most: float
    factor: float = 1.0
    rounding: float = 0.0

    @classmethod
    def of(
        cls, reading: Reading, unit: str = "", factor: float = 1.0, slack: tuple[float, float] = (1.0, 1.0)
    ) -> QuantityValue:
        """A reading in units of `factor`, with the shares of it that its least and its most may be."""
        least, most = float(reading.least) * factor * slack[0], float(reading.most) * factor * slack[1]
        return cls(reading.measure, unit or reading.currency, least, most, factor, _rounding(reading) * factor)

    def relation_to(self, other: Value) -> Relation:
        """Two that share a value agree, and so do a number and its rounding. Two far apart count different things."""
        if not isinstance(other, QuantityValue) or (self.measure, self.unit) != (other.measure, other.unit):
            return Relation.UNRELATED
        apart = max(self.least, other.least) - min(self.most, other.most)
        size = max(self.most, other.most)
        converted = self.factor != other.factor
        if apart <= 0 or (apart <= _ROUNDING * size and (converted or apart <= max(self.rounding, other.rounding))):
            return Relation.AGREES
        small, large = sorted((self.least, other.least))
        return Relation.DIFFERS if large < _NEAR_FACTOR * small else Relation.UNRELATED


@dataclass(frozen=True, slots=True)
class NameValue:
    """Names of which each is an answer: "Maria Lopez", or "Lopez" and "Grant"."""

    names: tuple[str, ...]

    def relation_to(self, other: Value) -> Relation:
        """Names that have a name in common agree; names that share a word may or may not be one, and are unrelated."""
        if not isinstance(other, NameValue):
            return Relation.UNRELATED
        mine, theirs = KnownNames.of(self.names), KnownNames.of(other.names)
        if _stand_in(self.names, theirs) or _stand_in(other.names, mine) or _alike(self.names, other.names):
            return Relation.AGREES
        shared = any(theirs.bears_out(word) for name in self.names for word in name.split() if word[0].isupper())
        return Relation.UNRELATED if shared else Relation.DIFFERS


@dataclass(frozen=True, slots=True)
class WordsValue:
    """Common words, in small letters: "silver chalice". There may be several such answers: none excludes another."""

    words: frozenset[str]

    def relation_to(self, other: Value) -> Relation:
        """All words of the one in the other agree, no word in common differ."""
        if not isinstance(other, WordsValue):
            return Relation.UNRELATED
        shared = self.words & other.words
        if shared in (self.words, other.words):
            return Relation.AGREES
        return Relation.UNRELATED if shared else Relation.DIFFERS


Value = DateValue | QuantityValue | NameValue | WordsValue


def _rounding(reading: Reading) -> float:
    """How far a number may be off that ends in zeros, or is thirds of a whole: half its last place, or a fiftieth."""
    number = reading.least
    if number != reading.most or number <= 0:
        return 0.0
    if number.denominator % 3 == 0:
        return float(number) / 50
    zeros = next((10**power for power in range(15, 0, -1) if number % 10**power == 0), 0)
    return zeros / 2


def _stand_in(names: Sequence[str], known: KnownNames) -> bool:
    """Whether one of the names stands among those known, word by word."""
    return any(all(known.bears_out(word) for word in name.split() if word[0].isupper()) for name in names)


def _alike(names: Sequence[str], others: Sequence[str]) -> bool:
    return any(_spelt_alike(name, other) for name in names for other in others)


def _spelt_alike(name: str, other: str) -> bool:
    """Whether two names have the same words, each perhaps spelt in two ways."""
    mine, theirs = name.casefold().split(), other.casefold().split()
    return len(mine) == len(theirs) and all(
        a == b or (min(len(a), len(b)) > _SHORT_WORD and SequenceMatcher(None, a, b).ratio() >= _LIKE)
        for a, b in zip(mine, theirs, strict=True)
    )
