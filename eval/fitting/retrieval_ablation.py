"""What each choice of retrieval brings: fusions and chunk sizes, on one data set with answers and one with judgements.

For each question both indexes are searched once, and every fusion ranks what they found.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Final

from eval.metrics import ndcg, reciprocal_rank
from eval.yardsticks.stored_library import stored_library
from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from index.results import SearchResult
from index.segmenting import CHUNK_TOKENS
from rag.answer import Passage
from rag.question_terms import QuestionTerms
from rag.reader_model import ReaderModel
from rag.reranking import ReadPassage, RerankingParameters, rerank, scaled
from rag.retrieval import RetrievalParameters, rank
from service.settings import load_settings

_CANDIDATES: Final = 300
"""Chunks taken from each index, as a ranking of 100 documents needs."""

_RECIPROCAL_RANK_CONSTANT: Final = 60

Fusion = Callable[[SearchResult, QuestionTerms], list[Passage]]
"""Ranks what both indexes found, best first."""


@dataclass(frozen=True, slots=True)
class RankedQuestion:
    """Words to search for, and by the `source` of articles how relevant each relevant one is."""

    text: str
    relevant: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RankingScores:
    """Shares and means over the questions, each in [0, 1]."""

    hit_at_1: float
    hit_at_5: float
    reciprocal_rank: float
    ndcg_at_10: float


def reciprocal_rank_fusion(found: SearchResult, _terms: QuestionTerms) -> list[Passage]:
    """Each list adds 1 / (60 + rank) to a chunk's score: Cormack, Clarke and Büttcher, SIGIR 2009."""
    scores: dict[str, float] = {}
    hits = {hit.chunk.id: hit for hit in chain(found.dense, found.lexical)}
    for ranked in (found.dense, found.lexical):
        for place, hit in enumerate(ranked, start=1):
            scores[hit.chunk.id] = scores.get(hit.chunk.id, 0.0) + 1 / (_RECIPROCAL_RANK_CONSTANT + place)
    passages = [Passage(hit.article, hit.chunk, scores[key], None, None) for key, hit in hits.items()]
    return sorted(passages, key=lambda passage: (-passage.score, passage.chunk.id))


def convex(lexical_weight: float, sentence_weight: float) -> Fusion:
    """The production ranking with these weights."""
    parameters = replace(RetrievalParameters(), lexical_weight=lexical_weight, sentence_weight=sentence_weight)
    return lambda found, terms: rank(found.dense, found.lexical, terms, parameters)


class Rereading:
    """The production ranking, its first passages read by a model and put in order with any weight.

    The passages of one question are read once, however many weights are compared.
    """

    def __init__(self, model: ReaderModel) -> None:
        self._model = model
        self._question = ""
        self._read: tuple[ReadPassage, ...] = ()

    def weighing(self, weight: float) -> Fusion:
        """The ranking in which the model's word counts for so much."""
        return lambda found, terms: self._ranked(found, terms, weight)

    def _ranked(self, found: SearchResult, terms: QuestionTerms, weight: float) -> list[Passage]:
        if terms.question != self._question:
            passages = rank(found.dense, found.lexical, terms, RetrievalParameters())
            self._read = rerank(terms.question, passages, self._model, RerankingParameters(weight=0.0))
            self._question = terms.question
        first = [
            (item.passage.score + weight * scaled(item.reading.answers), item) for item in self._read if item.reading
        ]
        first.sort(key=lambda pair: (-pair[0], pair[1].passage.chunk.id))
        return [*(item.passage for _, item in first), *(item.passage for item in self._read if not item.reading)]


def fusions(model: ReaderModel) -> dict[str, Fusion]:
    """Every fusion that is compared, by its name."""
    compared: dict[str, Fusion] = {
        "dense alone": convex(0.0, 0.0),
        "BM25 alone": convex(1.0, 0.0),
        "reciprocal rank fusion": reciprocal_rank_fusion,
    }
    for lexical in (0.2, 0.3, 0.4, 0.5):
        compared[f"convex, BM25 {lexical}"] = convex(lexical, 0.0)
    for sentence in (0.1, 0.2, 0.3, 0.4):
        compared[f"convex, BM25 0.3, best sentence {sentence}"] = convex(0.3, sentence)
    rereading = Rereading(model)
    for weight in (0.05, 0.1, 0.2, 0.3, 0.5, 1.0):
        compared[f"the same with 0.3, first ten read by the model, weight {weight}"] = rereading.weighing(weight)
    return compared


@contextmanager
def chunked_library(articles: Sequence[Article], chunk_tokens: int) -> Iterator[Library]:
    """A library of `articles` with chunks of at most `chunk_tokens` tokens; the usual size is kept for the next run."""
    if chunk_tokens == CHUNK_TOKENS:
        with stored_library(articles, load_settings(), lambda _step, _done, _total: None) as (library, _):
            yield library
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), SentenceTransformerEmbedder(), chunk_tokens)
        try:
            library.add(articles)
            yield library
        finally:
            library.close()


def compare(
    library: Library, questions: Sequence[RankedQuestion], compared: Mapping[str, Fusion]
) -> dict[str, RankingScores]:
    """The scores of each fusion."""
    rankings: dict[str, list[list[str]]] = {name: [] for name in compared}
    for question in questions:
        terms = QuestionTerms.of(question.text, library)
        found = library.search(question.text, _CANDIDATES)
        for name, fusion in compared.items():
            rankings[name].append(_sources(fusion(found, terms)))
    return {name: _scores(ranked, questions) for name, ranked in rankings.items()}


def _sources(passages: Iterable[Passage]) -> list[str]:
    return list(dict.fromkeys(passage.article.source or "" for passage in passages))


def _scores(rankings: Sequence[Sequence[str]], questions: Sequence[RankedQuestion]) -> RankingScores:
    both = list(zip(rankings, (question.relevant for question in questions), strict=True))
    return RankingScores(
        hit_at_1=fmean(not relevant.keys().isdisjoint(ranked[:1]) for ranked, relevant in both),
        hit_at_5=fmean(not relevant.keys().isdisjoint(ranked[:5]) for ranked, relevant in both),
        reciprocal_rank=fmean(reciprocal_rank(ranked, relevant) for ranked, relevant in both),
        ndcg_at_10=fmean(ndcg(ranked, relevant, 10) for ranked, relevant in both),
    )
