"""What is wrong with a library: its parts compared with the stored articles, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from index.article import Article
from index.catalogue import Catalogue
from index.chunking import Chunker
from index.derived import DerivedIndexes
from index.duplicates import signature
from index.errors import LibraryUnusableError
from index.tables import parts

_ARTICLES_AT_ONCE: Final = 64


def refuse_lost_catalogue(file: Path) -> None:
    """Raises LibraryUnusableError where a catalogue is missing or empty, and indexes show that there was one."""
    if file.exists() and file.stat().st_size:
        return
    if any(file.with_name("lexical").glob("generation")):
        raise LibraryUnusableError(
            f"the catalogue {str(file)!r} is lost, and the indexes beside it show that there was one:"
            " bring a backup back with pullquote restore, or empty the folder to begin anew"
        )


def problems(catalogue: Catalogue, derived: DerivedIndexes, chunker: Chunker) -> Iterator[str]:
    """Every disagreement between the articles, their chunks and clusters, the vectors and the lexical index."""
    yield from (f"catalogue: {line}" for line in catalogue.integrity_problems())
    yield from derived.problems(catalogue.chunk_ids(), catalogue.generation)
    awaits_signatures = bool(catalogue.unsigned(1))
    if awaits_signatures:
        yield "catalogue: articles have no clusters yet: the next add gives them theirs, and so does pullquote rebuild"
    for ids in parts(catalogue.article_ids(), _ARTICLES_AT_ONCE):
        stored = catalogue.articles(ids)
        articles = list(stored.values())
        yield from _damaged(stored, catalogue)
        for article in articles:
            yield from _chunk_problems(article, catalogue, chunker)
        if not awaits_signatures:
            yield from catalogue.cluster_problems([(article, signature(article.text)) for article in articles])


def _damaged(stored: Mapping[str, Article], catalogue: Catalogue) -> Iterator[str]:
    """Which articles, by the id they are stored under, are not what was stored: SQLite does not see a flipped bit."""
    digests = {digest.origin: digest.content for digest in catalogue.digests(list(stored.values()))}
    for key, article in stored.items():
        if article.id != key or digests.get(article.origin) != article.content:
            yield (
                f"catalogue: article {key!r} is not as it was stored, its SHA-256 is another:"
                " bring a backup back with pullquote restore, or remove it and add it again"
            )


def _chunk_problems(article: Article, catalogue: Catalogue, chunker: Chunker) -> Iterator[str]:
    """Whether the stored chunks are those that the stored article gives."""
    stored = sorted(catalogue.chunks(catalogue.chunk_ids([article.id])).values(), key=lambda chunk: chunk.number)
    if not stored:
        yield f"catalogue: article {article.id!r} has no chunks"
    for chunk in stored:
        if chunk.span.end > len(article.text) or chunk.id != chunker.chunk_id(article, chunk.number, chunk.span):
            yield f"catalogue: chunk {chunk.id!r} does not fit the text of its article"
