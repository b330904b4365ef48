"""The terms of a question, how much each tells, and where a text has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from index.library import Library
from rag.answer_kind import Expectation, Place, expectation, names_and_numbers

_WORD: Final = re.compile(r"[^\W_]+")
_COMMON_PREFIX: Final = 5
_PREFIX_SHARE: Final = 0.7
_LEAST_WEIGHT: Final = 0.25
"""A term that stands everywhere, as "Russia" may in a library about Russia, still has to be matched."""

Matches = Mapping[str, Sequence[Place]]
"""Where a text has each term of the question that it has."""


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """What is looked for: terms by their rarity in the library, names and numbers, and the kind of answer."""

    library: Library
    question: str
    rarity: Mapping[str, float]
    names: tuple[tuple[str, ...], ...]
    expected: Expectation
    _matched_by: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    """For each word that was seen, the terms that it matches: passages share most of their words."""

    @classmethod
    def of(cls, question: str, library: Library) -> QuestionTerms:
        """The terms of `question`, weighed by the library."""
        names = (tuple(library.terms(name)) for name in names_and_numbers(question))
        rarity = {term: max(weight, _LEAST_WEIGHT) for term, weight in library.rarity(question).items()}
        return cls(library, question, rarity, tuple(name for name in names if name), expectation(question))

    def matches(self, text: str) -> Matches:
        """Where `text` has a term of the question, or a word of the same family: intervene, intervention."""
        found: dict[str, list[Place]] = {}
        for word in _WORD.finditer(text):
            matched = self._matched_by.get(word.group())
            if matched is None:
                matched = self._matched_by[word.group()] = self._terms_like(word.group())
            for wanted in matched:
                found.setdefault(wanted, []).append(word.span())
        return found

    def _terms_like(self, word: str) -> tuple[str, ...]:
        terms = self.library.word_terms(word)
        # comparing beginnings first spares most words the whole comparison, and loses none
        return tuple(
            wanted
            for wanted in self.rarity
            for term in terms
            if term[:_COMMON_PREFIX] == wanted[:_COMMON_PREFIX] and same_family(term, wanted)
        )

    def coverage(self, matches: Matches) -> float:
        """Rarity-weighted share of the question's terms that were matched, 0 to 1."""
        total = sum(self.rarity.values())
        return sum(weight for term, weight in self.rarity.items() if term in matches) / total if total else 0.0

    def names_missing(self, matches: Matches) -> float:
        """Share of the question's names and numbers that were not matched, 0 to 1."""
        missing = sum(not all(term in matches for term in name) for name in self.names)
        return missing / len(self.names) if self.names else 0.0


def within(matches: Matches, start: int, end: int) -> Matches:
    """The matches in characters [start, end) of the text, their places counted from `start`."""
    inside = {
        term: [(a - start, b - start) for a, b in places if start <= a and b <= end] for term, places in matches.items()
    }
    return {term: places for term, places in inside.items() if places}


@lru_cache(maxsize=50_000)
def same_family(one: str, other: str) -> bool:
    """Whether two stems are equal, or share at least five letters and 70 % of the longer one; never for numbers."""
    if one == other:
        return True
    if not (one.isalpha() and other.isalpha()):
        return False
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= _COMMON_PREFIX and shared >= _PREFIX_SHARE * max(len(one), len(other))
