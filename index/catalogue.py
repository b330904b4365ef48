"""The catalogue: articles and chunks in SQL. It is the truth; the other indexes are derived from it.

Each change is one transaction. It raises the generation by one and notes, in the table `changes`,
what the derived indexes have yet to do; `settle` strikes a note out once it is done. Only file with SQL.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from index.article import Article, ArticleFilter, Chunk, DateSource, Span
from index.errors import LibraryUnusableError

_SCHEMA: Final = "1"
_Item = TypeVar("_Item")

_IN_LIST: Final = 5000
"""Values in one IN (...); SQLite takes 32,766."""

_tables: Final = sa.MetaData()
_meta: Final = sa.Table(
    "meta", _tables, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
)
_articles: Final = sa.Table(
    "articles",
    _tables,
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
_chunks: Final = sa.Table(
    "chunks",
    _tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("article_id", sa.ForeignKey("articles.id"), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("sentences", sa.Text, nullable=False),
)
_changes: Final = sa.Table(
    "changes",
    _tables,
    sa.Column("chunk_id", sa.String, primary_key=True),
    sa.Column("article_id", sa.String(12), nullable=False),
    sa.Column("drop", sa.Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A chunk that the derived indexes must drop, or else take in."""

    chunk_id: str
    drop: bool


@dataclass(frozen=True, slots=True)
class ArticleDigest:
    """An article as stored: where it came from, and a digest of all that is known about it."""

    origin: str
    content: str


class Catalogue:
    """Articles, their chunks, the generation, and what the derived indexes have yet to do.

    Every method raises LibraryUnusableError when the database cannot be opened, read or written.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})
        sa.event.listen(self._engine, "connect", _prepare_connection)
        with self._transaction() as connection:
            _tables.create_all(connection)
            schema = _read_meta(connection, "schema")
            if schema is None:
                _write_meta(connection, {"schema": _SCHEMA, "generation": "0", "model": "", "wipe": ""})
            elif schema != _SCHEMA:
                raise LibraryUnusableError(
                    f"the catalogue {str(file)!r} has schema {schema!r}, this version reads {_SCHEMA!r}:"
                    " use the Pullquote that made it"
                )

    def close(self) -> None:
        self._engine.dispose()

    # What it holds

    @property
    def generation(self) -> int:
        """How many changes have been made; the derived indexes carry the one that they reflect."""
        return int(self._meta("generation"))

    @property
    def model(self) -> str:
        """Fingerprint of the embedding model that the library is made with; "" before the first article."""
        return self._meta("model")

    @property
    def wipe_wanted(self) -> bool:
        """Whether the derived indexes must be emptied before pending changes are applied."""
        return self._meta("wipe") != ""

    def count(self) -> tuple[int, int]:
        """How many articles and how many chunks there are."""
        with self._transaction() as connection:
            return tuple(
                connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in (_articles, _chunks)
            )  # type: ignore[return-value]

    def article_ids(self, only: ArticleFilter | None = None, prefix: str = "") -> list[str]:
        """Ids of the articles that pass the filter and begin with `prefix`, newest publication first."""
        query = sa.select(_articles.c.id).order_by(_articles.c.published.desc().nulls_last(), _articles.c.origin)
        if prefix:
            query = query.where(_articles.c.id.startswith(prefix, autoescape=True))
        if only and only.sources:
            query = query.where(_articles.c.source.in_(self._sources_like(only.sources)))
        if only and only.after:
            query = query.where(_articles.c.published >= only.after)
        if only and only.before:
            query = query.where(_articles.c.published <= only.before)
        with self._transaction() as connection:
            return list(connection.scalars(query))

    def _sources_like(self, names: Collection[str]) -> list[str]:
        """The stored outlets with these names, in any case of any script's letters."""
        wanted = {name.casefold() for name in names}
        with self._transaction() as connection:
            stored = connection.scalars(sa.select(_articles.c.source).distinct()).all()
        return [source for source in stored if source and source.casefold() in wanted]

    def articles(self, ids: Collection[str]) -> dict[str, Article]:
        """The stored ones of these articles, by id, in the order of `ids`."""
        with self._transaction() as connection:
            rows = [
                row
                for part in _parts(ids)
                for row in connection.execute(sa.select(_articles).where(_articles.c.id.in_(part)))
            ]
        found = {row.id: _article(row) for row in rows}
        return {key: found[key] for key in ids if key in found}

    def articles_saying(self, words: str) -> Iterator[Article]:
        """The articles whose text contains `words` exactly."""
        with self._transaction() as connection:
            likely = connection.scalars(
                sa.select(_articles.c.id).where(_articles.c.text.contains(words, autoescape=True))
            ).all()
        for part in _parts(likely, 100):
            yield from (article for article in self.articles(part).values() if words in article.text)

    def digests(self, articles: Sequence[Article]) -> list[ArticleDigest]:
        """What is stored of the same origin or of the same content as any of these articles."""
        columns = (_articles.c.origin, _articles.c.content)
        with self._transaction() as connection:
            rows = [
                row
                for part in _parts(articles)
                for row in connection.execute(
                    sa.select(*columns).where(
                        sa.or_(
                            _articles.c.origin.in_([article.origin for article in part]),
                            _articles.c.content.in_([article.content for article in part]),
                        )
                    )
                )
            ]
        return [ArticleDigest(row.origin, row.content) for row in rows]

    def chunks(self, ids: Collection[str]) -> dict[str, Chunk]:
        """The stored ones of these chunks, by id, in the order of `ids`."""
        with self._transaction() as connection:
            rows = [
                row
                for part in _parts(ids)
                for row in connection.execute(sa.select(_chunks).where(_chunks.c.id.in_(part)))
            ]
        found = {row.id: _chunk(row) for row in rows}
        return {key: found[key] for key in ids if key in found}

    def chunk_ids(self, article_ids: Collection[str] | None = None) -> list[str]:
        """Ids of all chunks, or of the chunks of these articles."""
        with self._transaction() as connection:
            if article_ids is None:
                return list(connection.scalars(sa.select(_chunks.c.id)))
            wanted = [sa.select(_chunks.c.id).where(_chunks.c.article_id.in_(part)) for part in _parts(article_ids)]
            return [key for query in wanted for key in connection.scalars(query)]

    def pending(self, limit: int) -> list[PendingChange]:
        """Up to `limit` changes that the derived indexes have yet to make, those to drop first."""
        query = (
            sa.select(_changes)
            .order_by(_changes.c.drop.desc(), _changes.c.article_id, _changes.c.chunk_id)
            .limit(limit)
        )
        with self._transaction() as connection:
            return [PendingChange(row.chunk_id, row.drop) for row in connection.execute(query)]

    def integrity_problems(self) -> list[str]:
        """What the database itself finds wrong with its file; empty when it is sound."""
        with self._transaction() as connection:
            lines = connection.scalars(sa.text("PRAGMA integrity_check")).all()
        return [str(line) for line in lines if line != "ok"]

    # What changes it

    def put(self, prepared: Sequence[tuple[Article, Sequence[Chunk]]], model: str) -> None:
        """Stores each article with its chunks, in place of the version that has the same origin."""
        with self._transaction() as connection:
            self._delete(connection, [article.id for article, _ in prepared])
            self._insert(connection, prepared)
            self._next_generation(connection, model=model)

    def delete(self, article_ids: Collection[str]) -> None:
        """Takes these articles and their chunks out."""
        with self._transaction() as connection:
            self._delete(connection, article_ids)
            self._next_generation(connection)

    def replace_chunks(self, prepared: Iterable[tuple[Article, Sequence[Chunk]]], model: str) -> None:
        """Puts new chunks in place of all there are; the derived indexes are to be emptied and filled again."""
        with self._transaction() as connection:
            connection.execute(sa.delete(_changes))
            connection.execute(sa.delete(_chunks))
            for _, chunks in prepared:
                self._insert_chunks(connection, chunks)
            self._next_generation(connection, model=model, wipe="wanted")

    def wiped(self) -> None:
        """Says that the derived indexes have been emptied."""
        with self._transaction() as connection:
            _write_meta(connection, {"wipe": ""})

    def settle(self, changes: Sequence[PendingChange]) -> None:
        """Says that the derived indexes have made these changes."""
        with self._transaction() as connection:
            for part in _parts(changes):
                connection.execute(
                    sa.delete(_changes).where(_changes.c.chunk_id.in_([change.chunk_id for change in part]))
                )

    def _delete(self, connection: sa.Connection, article_ids: Collection[str]) -> None:
        for part in _parts(article_ids):
            gone = connection.execute(
                sa.select(_chunks.c.id, _chunks.c.article_id).where(_chunks.c.article_id.in_(part))
            ).all()
            self._note(connection, [(row.id, row.article_id) for row in gone], drop=True)
            connection.execute(sa.delete(_chunks).where(_chunks.c.article_id.in_(part)))
            connection.execute(sa.delete(_articles).where(_articles.c.id.in_(part)))

    def _insert(self, connection: sa.Connection, prepared: Sequence[tuple[Article, Sequence[Chunk]]]) -> None:
        if not prepared:
            return
        now = datetime.now(UTC)
        rows = [
            {
                **{
                    name: getattr(article, name)
                    for name in ("id", "origin", "title", "author", "source", "published", "url", "text", "sha256")
                },
                "published_from": article.published_from,
                "content": article.content,
                "added_at": now,
            }
            for article, _ in prepared
        ]
        connection.execute(sa.insert(_articles), rows)
        self._insert_chunks(connection, [chunk for _, chunks in prepared for chunk in chunks])

    def _insert_chunks(self, connection: sa.Connection, chunks: Sequence[Chunk]) -> None:
        if not chunks:
            return
        rows = [
            {
                "id": chunk.id,
                "article_id": chunk.article_id,
                "number": chunk.number,
                "sentences": json.dumps([(span.start, span.end) for span in chunk.sentences]),
            }
            for chunk in chunks
        ]
        connection.execute(sa.insert(_chunks), rows)
        self._note(connection, [(chunk.id, chunk.article_id) for chunk in chunks], drop=False)

    def _note(self, connection: sa.Connection, chunks: Sequence[tuple[str, str]], *, drop: bool) -> None:
        """Notes a change for each chunk, in place of any earlier one."""
        for part in _parts(chunks):
            connection.execute(sa.delete(_changes).where(_changes.c.chunk_id.in_([chunk_id for chunk_id, _ in part])))
            connection.execute(
                sa.insert(_changes),
                [{"chunk_id": chunk_id, "article_id": article_id, "drop": drop} for chunk_id, article_id in part],
            )

    def _next_generation(self, connection: sa.Connection, **values: str) -> None:
        generation = int(_read_meta(connection, "generation") or 0) + 1
        _write_meta(connection, {"generation": str(generation), **values})

    def _meta(self, key: str) -> str:
        with self._transaction() as connection:
            return _read_meta(connection, key) or ""

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise LibraryUnusableError(
                f"the catalogue {str(self._file)!r} cannot be used ({cause}): check that its folder is writable,"
                " has free space and holds an undamaged catalogue"
            ) from error


def _prepare_connection(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _read_meta(connection: sa.Connection, key: str) -> str | None:
    return connection.scalar(sa.select(_meta.c.value).where(_meta.c.key == key))


def _write_meta(connection: sa.Connection, values: dict[str, str]) -> None:
    connection.execute(sa.delete(_meta).where(_meta.c.key.in_(values)))
    connection.execute(sa.insert(_meta), [{"key": key, "value": value} for key, value in values.items()])


def _parts(items: Iterable[_Item], size: int = _IN_LIST) -> Iterator[list[_Item]]:
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def _article(row: sa.Row[tuple[object, ...]]) -> Article:
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


def _chunk(row: sa.Row[tuple[object, ...]]) -> Chunk:
    sentences = tuple(Span(start, end) for start, end in json.loads(row.sentences))
    return Chunk(row.id, row.article_id, row.number, Span(sentences[0].start, sentences[-1].end), sentences)
