"""A question -> ranked passages: dense and BM25 search, fused by rank, without near-identical text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from index.library import Hit, Library
from rag.answer import Passage, Question

_SHINGLE: Final = 4

Shingles = set[tuple[str, ...]]
"""The four-word runs of a text."""


@dataclass(frozen=True, slots=True)
class RetrievalParameters:
    """`candidates`: hits taken from each index; `passages`: passages kept; `rank_constant`: the k of RRF;
    `same_text`: share of the shorter passage's four-word runs in another from which the two are one text.
    """

    candidates: int = 50
    passages: int = 12
    rank_constant: int = 60
    same_text: float = 0.5


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first, and the generation of the index that they come from."""

    passages: tuple[Passage, ...]
    generation: int


def retrieve(library: Library, question: Question, parameters: RetrievalParameters) -> Retrieved:
    """The passages nearest to the question, at most `parameters.passages`, no two with near-identical text."""
    result = library.search(question.text, parameters.candidates, question.only)
    ranked = fuse(result.dense, result.lexical, parameters.rank_constant)
    return Retrieved(tuple(_distinct(ranked, library, parameters)), result.generation)


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit], rank_constant: int) -> list[Passage]:
    """Reciprocal rank fusion: each list adds 1 / (rank_constant + rank) to a chunk's score.

    Cormack, Clarke and Büttcher, SIGIR 2009. Ties go to the chunk id, so the order is stable.
    """
    hits = {hit.chunk.id: hit for hit in (*dense, *lexical)}
    ranks = [{hit.chunk.id: rank for rank, hit in enumerate(found, start=1)} for found in (dense, lexical)]
    similarity = {hit.chunk.id: hit.score for hit in dense}
    bm25 = {hit.chunk.id: hit.score for hit in lexical}
    passages = [
        Passage(
            hit.article,
            hit.chunk,
            sum(1 / (rank_constant + rank[key]) for rank in ranks if key in rank),
            similarity.get(key),
            bm25.get(key),
        )
        for key, hit in hits.items()
    ]
    return sorted(passages, key=lambda passage: (-passage.score, passage.chunk.id))


def overlap(first: Shingles, second: Shingles) -> float:
    """Share of the shorter text's four-word runs that the other has too: 0 for none, 1 for a copy."""
    return len(first & second) / max(1, min(len(first), len(second)))


def _distinct(ranked: Iterable[Passage], library: Library, parameters: RetrievalParameters) -> Iterable[Passage]:
    kept: list[Shingles] = []
    for passage in ranked:
        if len(kept) == parameters.passages:
            return
        words = shingles(library.terms(passage.text))
        if all(overlap(words, earlier) < parameters.same_text for earlier in kept):
            kept.append(words)
            yield passage


def shingles(words: Sequence[str]) -> Shingles:
    """The four-word runs of a text, for `overlap`."""
    return {tuple(words[start : start + _SHINGLE]) for start in range(max(1, len(words) - _SHINGLE + 1))}
