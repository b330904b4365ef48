"""Whether two texts are one story, and which of several copies is the best to show.

Texts are compared by their shingles, the runs of four words: resemblance and containment as in Broder, On the
resemblance and containment of documents (1997). docs/reprints.md says how the rules and thresholds were chosen.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CHARACTERS_READ: Final = 100_000
"""What follows in a longer text is not compared, so that no article takes longer than a long one."""

ABOUT_AS_FULL: Final = 0.9
"""A copy is about as full as another when it has this share of the other's distinct shingles."""

BAND_COUNT: Final = 64
"""Bands in a signature, of two values each."""

_SHINGLE: Final = 4
_FEWEST_SHINGLES: Final = 40
"""A text of fewer distinct ones is a duplicate of nothing: so short a text may be all formula."""

_CONTAINMENT: Final = 0.5
"""Share of the shorter text's shingles that the longer must have."""

_MOST_OF_IT: Final = 0.5
_ENOUGH_OF_IT: Final = 0.2
"""Share of the longer text's shingles that the shorter must have; the second suffices where it has the opening."""

_OPENING: Final = 0.15
"""Share of the longer text's words within which shared words must begin for it to have the opening."""

_MISSING: Final = (4, 0.35)
_MISSING_IN_SERIES: Final = (2, 0.0)
"""How many facts of the shorter text, and which share of them, make another story when the longer lacks them."""

_OWN_RUN: Final = 25
_OWN_SHARE: Final = 0.25
"""Words in a run that count as the shorter text's own, and the share of its words that may be in such runs."""

_ROWS: Final = 2
_SEED: Final = 1
_SHINGLES_AT_ONCE: Final = 4096
_LEAST_LIKENESS: Final = 0.1
"""Estimated resemblance from which texts are compared; near-duplicates have 0.18 at least in the pairs measured."""

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese are written without spaces: each character counts as a word."""

_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+|[.!?:\n]")
_STOPS: Final = frozenset(".!?:\n")
_WITHIN_NUMBERS: Final = re.compile(r"(?<=\d)[.,](?=\d)")
_CALENDAR: Final = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August"
    " September October November December".split()
)
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Signature:
    """MinHash of a text's shingles: 128 values of 32 bits as bytes, none where the text is too short to compare.

    `fullness` is how many distinct shingles there are. Broder et al., Min-wise independent permutations (1998).
    """

    values: bytes
    fullness: int

    @property
    def bands(self) -> tuple[int, ...]:
        """A hash for each two values, 64 of them: texts with one in common are compared. None where there are none."""
        values = self._array.astype(np.uint64).reshape(-1, _ROWS)
        numbers = np.arange(len(values), dtype=np.uint64) + np.uint64(1)
        hashes = ((values[:, 0] << np.uint64(32)) | values[:, 1]) ^ (numbers * _MULTIPLIER)
        return tuple(hashes.view(np.int64).tolist())

    def likeness(self, other: Signature) -> float:
        """Estimate of the resemblance, 0 to 1."""
        return float(np.mean(self._array == other._array)) if self.values and other.values else 0.0

    def may_be_near(self, other: Signature) -> bool:
        """Whether the texts need to be compared; the estimate lies far below what a near-duplicate has."""
        return self.likeness(other) >= _LEAST_LIKENESS

    @property
    def _array(self) -> NDArray[np.uint32]:
        return np.frombuffer(self.values, dtype="<u4")


@dataclass(frozen=True, slots=True, eq=False)
class ComparedText:
    """What of a text is compared: a hash for the shingle that begins at each word, each hash once, and the facts.

    `figures` are numbers, days of the week and months; `names` are other words with a capital in mid-sentence.
    """

    words: tuple[str, ...]
    shingles: Hashes
    distinct: Hashes
    figures: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, text: str) -> ComparedText:
        """Reads the first 100,000 characters of `text`."""
        words: list[str] = []
        figures: set[str] = set()
        names: set[str] = set()
        opens = True
        for match in _TOKEN.finditer(_WITHIN_NUMBERS.sub("", text[:_CHARACTERS_READ])):
            token = match.group()
            if token in _STOPS:
                opens = True
                continue
            word = token.casefold()
            words.append(word)
            if token in _CALENDAR or any(character.isdigit() for character in token):
                figures.add(word)
            elif token[0].isupper() and not opens:
                names.add(word)
            opens = False
        shingles = _shingles(words)
        return cls(tuple(words), shingles, np.unique(shingles), frozenset(figures), frozenset(names))

    @property
    def too_short(self) -> bool:
        """Whether so little is said that equal words are no sign of a copy."""
        return len(self.distinct) < _FEWEST_SHINGLES


def signature(text: str) -> Signature:
    """The MinHash by which likely duplicates of a text are found."""
    read = ComparedText.of(text)
    if read.too_short:
        return Signature(b"", len(read.distinct))
    # slow to import, for the parts that are not needed here; it has no types
    from datasketch import MinHash  # type: ignore[import-untyped]

    sketch = MinHash(BAND_COUNT * _ROWS, seed=_SEED, hashfunc=int, scheme="affine32")
    shingles = read.distinct & np.uint64(0xFFFFFFFF)
    for start in range(0, len(shingles), _SHINGLES_AT_ONCE):
        sketch.update_batch(shingles[start : start + _SHINGLES_AT_ONCE])
    return Signature(sketch.hashvalues.astype("<u4").tobytes(), len(read.distinct))


def near_duplicates(first: ComparedText, second: ComparedText, *, of_one_series: bool = False) -> bool:
    """Whether one text is a reprint of the other: whole, cut short, edited, in another order or among clutter.

    Half of the shorter one's shingles stand in the longer one, of which they are half, or a fifth that includes
    its opening. Two stories in one template are told apart by their facts, and two amid the same lines by the
    passages that the shorter one has to itself. `of_one_series`: one outlet printed them on different days, so
    that a few other facts make another story.
    """
    short, long = sorted((first, second), key=lambda text: (len(text.distinct), text.words))
    if short.too_short:
        return False
    shared = np.intersect1d(short.distinct, long.distinct, assume_unique=True)
    if len(shared) < _CONTAINMENT * len(short.distinct):
        return False
    common = _common_words(long, shared)
    opens = int(np.argmax(common)) <= _OPENING * len(common)
    if len(shared) < (_ENOUGH_OF_IT if opens else _MOST_OF_IT) * len(long.distinct):
        return False
    limits = _MISSING_IN_SERIES if of_one_series else _MISSING
    if _lacks(long, short.figures, limits) or _lacks(long, short.names, limits):
        return False
    return _own_words(short, shared) <= _OWN_SHARE * len(short.words)


def _shingles(words: list[str]) -> Hashes:
    """A hash for each run of four words, by where it begins."""
    known = {word: hashlib.blake2b(word.encode(), digest_size=8).digest() for word in set(words)}
    hashes = np.frombuffer(b"".join(known[word] for word in words), dtype="<u8").astype(np.uint64)
    count = max(0, len(hashes) - _SHINGLE + 1)
    shingles = np.zeros(count, dtype=np.uint64)
    for offset in range(_SHINGLE):
        shingles = shingles * _MULTIPLIER + hashes[offset : offset + count]
    return shingles


def _lacks(text: ComparedText, facts: frozenset[str], limits: tuple[int, float]) -> bool:
    """Whether more of the facts are not in the text than the limits allow."""
    missing = len(facts.difference(text.words))
    count, share = limits
    return missing >= count and missing >= share * len(facts)


def _common_words(text: ComparedText, shared: Hashes) -> NDArray[np.bool_]:
    """For each word whether it is in a shared shingle."""
    begins = np.isin(text.shingles, shared)
    common = np.zeros(len(text.words), dtype=np.bool_)
    for offset in range(_SHINGLE):
        common[offset : offset + len(begins)] |= begins
    return common


def _own_words(text: ComparedText, shared: Hashes) -> int:
    """How many words stand in runs of 25 and more that are in no shared shingle."""
    edges = np.diff(np.concatenate(([True], _common_words(text, shared), [True])).astype(np.int8))
    lengths = np.flatnonzero(edges == 1) - np.flatnonzero(edges == -1)
    return int(lengths[lengths >= _OWN_RUN].sum())


@dataclass(frozen=True, slots=True)
class Copy:
    """An article as one of a cluster: `fullness` is how many distinct shingles its text has."""

    article_id: str
    cluster: str
    fullness: int
    published: date | None


def preferred_first(copies: Iterable[Copy]) -> list[Copy]:
    """The copies of one cluster, the fullest first; of those within a tenth of it the earliest published first.

    Unknown dates come last among these. Copies of less than nine tenths come after all of these, in the same manner.
    """
    remaining = sorted(copies, key=lambda copy: (-copy.fullness, copy.article_id))
    ordered: list[Copy] = []
    while remaining:
        least = remaining[0].fullness * ABOUT_AS_FULL
        alike = [copy for copy in remaining if copy.fullness >= least]
        ordered.extend(sorted(alike, key=lambda copy: (copy.published is None, copy.published or date.max)))
        remaining = remaining[len(alike) :]
    return ordered


def preferred(copies: Iterable[Copy]) -> dict[str, str]:
    """Each article, with the one that `preferred_first` puts first of those of its cluster."""
    clusters: defaultdict[str, list[Copy]] = defaultdict(list)
    for copy in copies:
        clusters[copy.cluster].append(copy)
    first = {cluster: preferred_first(members)[0].article_id for cluster, members in clusters.items()}
    return {copy.article_id: first[copy.cluster] for members in clusters.values() for copy in members}
