"""A question -> ranked passages: dense and BM25 search, fused, best sentences counted, without near-identical text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.library import Library
from index.results import Hit, SearchResult
from rag.answer import Passage, Question
from rag.prompt_injection import asks_about_instructions, is_hostile
from rag.question_terms import QuestionTerms, within
from rag.recency import asks_for_latest, recent_preferred

_SHINGLE: Final = 4
_WIDEST_SEARCH: Final = 10
"""How many times the hits that are wanted are looked through at most, when copies or hostile articles crowd them."""

Shingles = set[tuple[str, ...]]
"""The four-word runs of a text."""


@dataclass(frozen=True, slots=True)
class RetrievalParameters:
    """`candidates`: hits taken from each index; `passages`: passages kept; `lexical_weight`: share of BM25 in the
    fused score, the cosine has the rest; `sentence_weight`: what a passage gains whose best sentence has every
    term of the question, given to the first `sentence_candidates`; `same_text`: share of the shorter passage's
    four-word runs in another from which the two are one text; `recency_weight`: what the most recent passage gains
    where it is asked how things stand now.

    docs/ablations.md has what each brings.
    """

    candidates: int = 50
    passages: int = 12
    lexical_weight: float = 0.3
    sentence_weight: float = 0.3
    sentence_candidates: int = 24
    same_text: float = 0.5
    recency_weight: float = 0.15


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first, and the generation of the index that they come from."""

    passages: tuple[Passage, ...]
    generation: int


def retrieve(question: Question, terms: QuestionTerms, parameters: RetrievalParameters) -> Retrieved:
    """The passages nearest to the question, at most `parameters.passages`, no two with near-identical text."""
    result = search_usable(question, terms.library, parameters.candidates)
    ranked = rank(result.dense, result.lexical, terms, parameters)
    return Retrieved(tuple(_distinct(ranked, terms.library, parameters)), result.generation)


def search_usable(question: Question, library: Library, candidates: int) -> SearchResult:
    """The `candidates` best hits of each index in articles that may be quoted.

    Of copies of one story, those of the fullest and earliest are kept. Articles that speak to a machine are left out
    before scores are compared, so that they change none; and whole, since what stands beside an instruction is no
    evidence. A question that asks about instructions to a machine is given them.
    """
    hostile_too = asks_about_instructions(question.text)
    limit = candidates
    while True:
        result = library.search(question.text, limit, question.allowed)
        dense, lexical = (_usable(hits, library, hostile_too=hostile_too) for hits in (result.dense, result.lexical))
        withheld = max(len(result.dense) - len(dense), len(result.lexical) - len(lexical))
        if withheld <= limit - candidates or limit >= _WIDEST_SEARCH * candidates:
            return SearchResult(dense[:candidates], lexical[:candidates], result.generation)
        limit = candidates + 2 * withheld


def rank(
    dense: Sequence[Hit], lexical: Sequence[Hit], terms: QuestionTerms, parameters: RetrievalParameters
) -> list[Passage]:
    """All found passages, best first: fused, and the first ones scored by their best sentence too."""
    fused = fuse(dense, lexical, parameters.lexical_weight)
    first, rest = fused[: parameters.sentence_candidates], fused[parameters.sentence_candidates :]
    gain = parameters.sentence_weight
    scored = [replace(passage, score=passage.score + gain * best_coverage(passage, terms)) for passage in first]
    if asks_for_latest(terms.question):
        return sorted(recent_preferred([*scored, *rest], parameters.recency_weight), key=_best_first)
    return sorted([*scored, *rest], key=_best_first)


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit], lexical_weight: float) -> list[Passage]:
    """Convex combination of cosine and BM25, the latter divided by the best one found: at most 1, best first.

    A chunk that only one index found gets the other's lowest score: the cosine of its last hit, or a BM25 of 0.
    Bruch, Gai and Ingber, ACM TOIS 2023. Ties go to the chunk id, so the order is stable.
    """
    hits = {hit.chunk.id: hit for hit in (*dense, *lexical)}
    similarity = {hit.chunk.id: hit.score for hit in dense}
    bm25 = {hit.chunk.id: hit.score for hit in lexical}
    lowest, highest = min(similarity.values(), default=0.0), max(bm25.values(), default=1.0)
    passages = [
        Passage(
            hit.article,
            hit.chunk,
            (1 - lexical_weight) * similarity.get(key, lowest) + lexical_weight * bm25.get(key, 0.0) / highest,
            similarity.get(key),
            bm25.get(key),
        )
        for key, hit in hits.items()
    ]
    return sorted(passages, key=_best_first)


def best_coverage(passage: Passage, terms: QuestionTerms) -> float:
    """Rarity-weighted share of the question's terms in the sentence of `passage` that has most of them, 0 to 1."""
    matches, offset = terms.matches(passage.text), passage.chunk.span.start
    sentences = passage.chunk.sentences if matches else ()
    return max(
        (terms.coverage(within(matches, span.start - offset, span.end - offset)) for span in sentences), default=0.0
    )


def overlap(first: Shingles, second: Shingles) -> float:
    """Share of the shorter text's four-word runs that the other has too: 0 for none, 1 for a copy."""
    return len(first & second) / max(1, min(len(first), len(second)))


def shingles(words: Sequence[str]) -> Shingles:
    """The four-word runs of a text, for `overlap`."""
    return {tuple(words[start : start + _SHINGLE]) for start in range(max(1, len(words) - _SHINGLE + 1))}


def _usable(hits: Sequence[Hit], library: Library, *, hostile_too: bool) -> tuple[Hit, ...]:
    # first, or a hostile copy would stand for the honest story and take it along
    allowed = [hit for hit in hits if hostile_too or not is_hostile(hit.article)]
    shown = library.representatives({hit.article.id for hit in allowed})
    return tuple(hit for hit in allowed if shown.get(hit.article.id) == hit.article.id)


def _best_first(passage: Passage) -> tuple[float, str]:
    return -passage.score, passage.chunk.id


def _distinct(ranked: Iterable[Passage], library: Library, parameters: RetrievalParameters) -> Iterable[Passage]:
    kept: list[Shingles] = []
    for passage in ranked:
        if len(kept) == parameters.passages:
            return
        words = shingles(library.terms(passage.text))
        if all(overlap(words, earlier) < parameters.same_text for earlier in kept):
            kept.append(words)
            yield passage
