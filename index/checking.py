"""What is wrong with a library: its parts compared with the stored articles, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from index.article import Article
from index.catalogue import Catalogue
from index.chunking import Chunker
from index.derived import DerivedIndexes
from index.duplicates import signature
from index.tables import parts

_ARTICLES_AT_ONCE: Final = 64


def problems(catalogue: Catalogue, derived: DerivedIndexes, chunker: Chunker) -> Iterator[str]:
    """Every disagreement between the articles, their chunks and clusters, the vectors and the lexical index."""
    yield from (f"catalogue: {line}" for line in catalogue.integrity_problems())
    yield from derived.problems(catalogue.chunk_ids(), catalogue.generation)
    awaits_signatures = bool(catalogue.unsigned(1))
    if awaits_signatures:
        yield "catalogue: articles have no clusters yet: the next add gives them theirs, and so does pullquote rebuild"
    for ids in parts(catalogue.article_ids(), _ARTICLES_AT_ONCE):
        articles = list(catalogue.articles(ids).values())
        for article in articles:
            yield from _chunk_problems(article, catalogue, chunker)
        if not awaits_signatures:
            yield from catalogue.cluster_problems([(article, signature(article.text)) for article in articles])


def _chunk_problems(article: Article, catalogue: Catalogue, chunker: Chunker) -> Iterator[str]:
    """Whether the stored chunks are those that the stored article gives."""
    stored = sorted(catalogue.chunks(catalogue.chunk_ids([article.id])).values(), key=lambda chunk: chunk.number)
    if not stored:
        yield f"catalogue: article {article.id!r} has no chunks"
    for chunk in stored:
        if chunk.span.end > len(article.text) or chunk.id != chunker.chunk_id(article, chunk.number, chunk.span):
            yield f"catalogue: chunk {chunk.id!r} does not fit the text of its article"
