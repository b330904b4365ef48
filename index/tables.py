"""The tables of the catalogue, and their rows as the types that the system is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, TypeVar

import sqlalchemy as sa

from index.article import Article, Chunk, DateSource, Span

_Item = TypeVar("_Item")

_IN_LIST: Final = 5000
"""Values in one IN (...); SQLite takes 32,766."""

TABLES: Final = sa.MetaData()

META: Final = sa.Table(
    "meta", TABLES, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
)

ARTICLES: Final = sa.Table(
    "articles",
    TABLES,
    sa.Column("id", sa.String(12), primary_key=True),
    sa.Column("origin", sa.String, nullable=False, unique=True),
    sa.Column("title", sa.String),
    sa.Column("author", sa.String),
    sa.Column("source", sa.String, index=True),
    sa.Column("published", sa.Date, index=True),
    sa.Column("published_from", sa.String),
    sa.Column("url", sa.String),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("content", sa.String(64), nullable=False, index=True),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
)

CHUNKS: Final = sa.Table(
    "chunks",
    TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("article_id", sa.ForeignKey("articles.id"), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("sentences", sa.Text, nullable=False),
)

CHANGES: Final = sa.Table(
    "changes",
    TABLES,
    sa.Column("chunk_id", sa.String, primary_key=True),
    sa.Column("article_id", sa.String(12), nullable=False),
    sa.Column("drop", sa.Boolean, nullable=False),
)

FETCHES: Final = sa.Table(
    "fetches",
    TABLES,
    sa.Column("url", sa.String, primary_key=True),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("article_id", sa.ForeignKey("articles.id", ondelete="CASCADE"), index=True),
)

SIGNATURES: Final = sa.Table(
    "signatures",
    TABLES,
    sa.Column("article_id", sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("fullness", sa.Integer, nullable=False),
    sa.Column("cluster", sa.String(12), nullable=False, index=True),
)

BANDS: Final = sa.Table(
    "bands",
    TABLES,
    sa.Column("hash", sa.BigInteger, primary_key=True),
    sa.Column("cluster", sa.String(12), primary_key=True),
    sqlite_with_rowid=False,
)


def parts(items: Iterable[_Item], size: int = _IN_LIST) -> Iterator[list[_Item]]:
    """The items in lists of at most `size`, none of them empty: as many as one statement takes."""
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def article_row(article: Article) -> dict[str, object]:
    """The article as a row of `articles`, added now."""
    columns = ("id", "origin", "title", "author", "source", "published", "published_from", "url", "text", "sha256")
    row = {name: getattr(article, name) for name in (*columns, "content")}
    return {**row, "added_at": datetime.now(UTC)}


def article_of(row: sa.Row[tuple[object, ...]]) -> Article:
    """The article that a row of `articles` holds."""
    return Article(
        origin=row.origin,
        text=row.text,
        title=row.title,
        author=row.author,
        source=row.source,
        published=row.published,
        published_from=DateSource(row.published_from) if row.published_from else None,
        url=row.url,
    )


def chunk_of(row: sa.Row[tuple[object, ...]]) -> Chunk:
    """The chunk that a row of `chunks` holds."""
    sentences = tuple(Span(start, end) for start, end in json.loads(row.sentences))
    return Chunk(row.id, row.article_id, row.number, Span(sentences[0].start, sentences[-1].end), sentences)


def chunk_row(chunk: Chunk) -> dict[str, object]:
    """The chunk as a row of `chunks`."""
    sentences = json.dumps([(span.start, span.end) for span in chunk.sentences])
    return {"id": chunk.id, "article_id": chunk.article_id, "number": chunk.number, "sentences": sentences}
