"""Measures retrieval on a data set in BEIR's layout: documents ranked by meaning, by words, by both, and by reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from eval.metrics import ndcg, reciprocal_rank
from eval.yardsticks.beir_format import BeirData, BeirQuery
from eval.yardsticks.report import Count, Section
from eval.yardsticks.scores import mean_score
from index.article import Article
from rag.pipeline import QuestionAnswerer
from rag.question_terms import QuestionTerms
from rag.reranking import rerank
from rag.retrieval import rank

RERANKED: Final = "re-ranked"
FUSED: Final = "fused"
DENSE: Final = "dense alone"
BM25: Final = "BM25 alone"

_DEPTH: Final = 100
"""Documents of a ranking that count."""

_CHUNKS: Final = 300
"""Chunks taken from each index, so that 100 documents come together where a document has up to three."""


@dataclass(frozen=True, slots=True)
class RankingResult:
    """What one ranking of documents is worth for one query, each in [0, 1]."""

    ndcg_at_10: float
    recall_at_100: float
    reciprocal_rank_at_10: float


@dataclass(frozen=True, slots=True)
class BeirResult:
    """What one query brought."""

    id: str
    reranked: RankingResult
    fused: RankingResult
    dense: RankingResult
    bm25: RankingResult


def beir_result(answerer: QuestionAnswerer, query: BeirQuery) -> BeirResult:
    """Ranks the documents for a query. Raises LibraryError or ModelError when the library cannot be searched."""
    found = answerer.library.search(query.text, _CHUNKS)
    terms = QuestionTerms.of(query.text, answerer.library)
    fused = rank(found.dense, found.lexical, terms, answerer.retrieval)
    reranked = rerank(query.text, fused, answerer.model, answerer.reranking)
    return BeirResult(
        query.id,
        reranked=_judged(query, (item.passage.article for item in reranked)),
        fused=_judged(query, (passage.article for passage in fused)),
        dense=_judged(query, (hit.article for hit in found.dense)),
        bm25=_judged(query, (hit.article for hit in found.lexical)),
    )


def documents(query: str, articles: Iterable[Article]) -> list[str]:
    """The first 100 documents of a ranking of chunks, each at the place of its best one.

    A document that has the query's own id is left out, as BEIR's evaluation does: some of its data
    sets ask for what is like a document that is in the corpus.
    """
    found = dict.fromkeys(article.source or "" for article in articles)
    return [document for document in found if document != query][:_DEPTH]


def _judged(query: BeirQuery, articles: Iterable[Article]) -> RankingResult:
    ranked = documents(query.id, articles)
    return RankingResult(
        ndcg_at_10=ndcg(ranked, query.relevant, 10),
        recall_at_100=sum(document in query.relevant for document in ranked) / len(query.relevant),
        reciprocal_rank_at_10=reciprocal_rank(ranked[:10], query.relevant),
    )


def beir_counts(data: BeirData, results: Sequence[BeirResult]) -> tuple[Count, ...]:
    """How large the data set is, and what of it could not be used."""
    return (
        Count("documents", len(data.articles)),
        Count("documents without words, left out", data.wordless),
        Count("queries with a relevant document", len(data.queries)),
        Count("queries without one, left out", data.irrelevant),
        Count("queries asked", len(results)),
        Count("relevant documents that the corpus lacks", data.unknown),
    )


def beir_sections(results: Sequence[BeirResult]) -> tuple[Section, ...]:
    """The scores of each ranking; docs/yardsticks.md defines them."""
    rankings = (
        (RERANKED, [result.reranked for result in results]),
        (FUSED, [result.fused for result in results]),
        (DENSE, [result.dense for result in results]),
        (BM25, [result.bm25 for result in results]),
    )
    return tuple(
        Section(
            title,
            (
                mean_score("nDCG@10", [one.ndcg_at_10 for one in ranking]),
                mean_score("recall@100", [one.recall_at_100 for one in ranking]),
                mean_score("MRR@10", [one.reciprocal_rank_at_10 for one in ranking]),
            ),
        )
        for title, ranking in rankings
    )
