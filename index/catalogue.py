"""The catalogue: articles and chunks in SQL. It is the truth; the other indexes are derived from it.

Each change is one transaction. It raises the generation by one and notes, in the table `changes`,
what the derived indexes have yet to do; `settle` strikes a note out once it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from index.article import Article, ArticleFilter, Chunk, Validators
from index.clusters import Clusters
from index.database import Database, read_meta, write_meta
from index.duplicates import Copy, Signature
from index.tables import ARTICLES, CHANGES, CHUNKS, FETCHES, article_of, article_row, chunk_of, chunk_row, parts


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A chunk that the derived indexes must drop, or else take in."""

    chunk_id: str
    drop: bool


@dataclass(frozen=True, slots=True)
class PreparedArticle:
    """An article to be stored, with all that is made of its text."""

    article: Article
    chunks: Sequence[Chunk]
    signature: Signature


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
        self._database = Database(file)

    def close(self) -> None:
        self._database.close()

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
        with self._database.transaction() as connection:
            return tuple(
                connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in (ARTICLES, CHUNKS)
            )  # type: ignore[return-value]

    def article_ids(self, only: ArticleFilter | None = None, prefix: str = "") -> list[str]:
        """Ids of the articles that pass the filter and begin with `prefix`, newest publication first."""
        query = sa.select(ARTICLES.c.id).order_by(ARTICLES.c.published.desc().nulls_last(), ARTICLES.c.origin)
        if prefix:
            query = query.where(ARTICLES.c.id.startswith(prefix, autoescape=True))
        if only and only.sources:
            query = query.where(ARTICLES.c.source.in_(self._sources_like(only.sources)))
        if only and only.after:
            query = query.where(ARTICLES.c.published >= only.after)
        if only and only.before:
            query = query.where(ARTICLES.c.published <= only.before)
        with self._database.transaction() as connection:
            return list(connection.scalars(query))

    def _sources_like(self, names: Collection[str]) -> list[str]:
        """The stored outlets with these names, in any case of any script's letters."""
        wanted = {name.casefold() for name in names}
        with self._database.transaction() as connection:
            stored = connection.scalars(sa.select(ARTICLES.c.source).distinct()).all()
        return [source for source in stored if source and source.casefold() in wanted]

    def articles(self, ids: Collection[str]) -> dict[str, Article]:
        """The stored ones of these articles, by id, in the order of `ids`."""
        with self._database.transaction() as connection:
            rows = [
                row
                for part in parts(ids)
                for row in connection.execute(sa.select(ARTICLES).where(ARTICLES.c.id.in_(part)))
            ]
        found = {row.id: article_of(row) for row in rows}
        return {key: found[key] for key in ids if key in found}

    def articles_saying(self, words: str) -> Iterator[Article]:
        """The articles whose text contains `words` exactly."""
        with self._database.transaction() as connection:
            likely = connection.scalars(
                sa.select(ARTICLES.c.id).where(ARTICLES.c.text.contains(words, autoescape=True))
            ).all()
        for part in parts(likely, 100):
            yield from (article for article in self.articles(part).values() if words in article.text)

    def digests(self, articles: Sequence[Article]) -> list[ArticleDigest]:
        """What is stored of the same origin or of the same content as any of these articles."""
        columns = (ARTICLES.c.origin, ARTICLES.c.content)
        with self._database.transaction() as connection:
            rows = [
                row
                for part in parts(articles)
                for row in connection.execute(
                    sa.select(*columns).where(
                        sa.or_(
                            ARTICLES.c.origin.in_([article.origin for article in part]),
                            ARTICLES.c.content.in_([article.content for article in part]),
                        )
                    )
                )
            ]
        return [ArticleDigest(row.origin, row.content) for row in rows]

    def chunks(self, ids: Collection[str]) -> dict[str, Chunk]:
        """The stored ones of these chunks, by id, in the order of `ids`."""
        with self._database.transaction() as connection:
            rows = [
                row for part in parts(ids) for row in connection.execute(sa.select(CHUNKS).where(CHUNKS.c.id.in_(part)))
            ]
        found = {row.id: chunk_of(row) for row in rows}
        return {key: found[key] for key in ids if key in found}

    def chunk_ids(self, article_ids: Collection[str] | None = None) -> list[str]:
        """Ids of all chunks, or of the chunks of these articles."""
        with self._database.transaction() as connection:
            if article_ids is None:
                return list(connection.scalars(sa.select(CHUNKS.c.id)))
            wanted = [sa.select(CHUNKS.c.id).where(CHUNKS.c.article_id.in_(part)) for part in parts(article_ids)]
            return [key for query in wanted for key in connection.scalars(query)]

    def pending(self, limit: int) -> list[PendingChange]:
        """Up to `limit` changes that the derived indexes have yet to make, those to drop first."""
        query = (
            sa.select(CHANGES).order_by(CHANGES.c.drop.desc(), CHANGES.c.article_id, CHANGES.c.chunk_id).limit(limit)
        )
        with self._database.transaction() as connection:
            return [PendingChange(row.chunk_id, row.drop) for row in connection.execute(query)]

    def count_pending(self) -> int:
        """How many changes the derived indexes have yet to make."""
        with self._database.transaction() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(CHANGES)) or 0

    def integrity_problems(self) -> list[str]:
        """What the database itself finds wrong with its file; empty when it is sound."""
        with self._database.transaction() as connection:
            lines = connection.scalars(sa.text("PRAGMA integrity_check")).all()
        return [str(line) for line in lines if line != "ok"]

    def copies(self, article_ids: Collection[str]) -> list[Copy]:
        """The stored ones of these articles, each with its cluster; one without a signature is its own."""
        with self._database.transaction() as connection:
            return Clusters(connection).copies(article_ids)

    def copies_in(self, cluster: str) -> list[Copy]:
        """The members of a cluster."""
        with self._database.transaction() as connection:
            return Clusters(connection).members(cluster)

    def validators(self, url: str) -> Validators | None:
        """The HTTP validators of the page at `url` as last fetched.

        None where it was never fetched, or where the article that came from there is no longer stored as it came.
        """
        with self._database.transaction() as connection:
            row = connection.execute(sa.select(FETCHES).where(FETCHES.c.url == url)).one_or_none()
        return Validators(row.etag, row.last_modified) if row else None

    def unsigned(self, limit: int) -> list[str]:
        """Ids of up to `limit` articles that were stored before there were signatures, and have none yet."""
        with self._database.transaction() as connection:
            return Clusters(connection).unsigned(limit) if read_meta(connection, "unsigned") else []

    def cluster_problems(self, signed: Sequence[tuple[Article, Signature]]) -> list[str]:
        """What is wrong with the stored signatures and clusters of these articles."""
        with self._database.transaction() as connection:
            return list(Clusters(connection).problems(signed))

    # What changes it

    def remember_fetched(self, url: str, validators: Validators, article_id: str | None) -> None:
        """Keeps the validators of a page until the article that it gave is replaced or deleted.

        `article_id` is None for a page that gave none, such as a feed. Where that article is not stored,
        nothing is kept. The generation stays.
        """
        row = {"etag": validators.etag, "last_modified": validators.last_modified, "fetched_at": datetime.now(UTC)}
        with self._database.transaction() as connection:
            connection.execute(sa.delete(FETCHES).where(FETCHES.c.url == url))
            stored = sa.select(ARTICLES.c.id).where(ARTICLES.c.id == article_id)
            if article_id is None or connection.scalar(stored) is not None:
                connection.execute(sa.insert(FETCHES), {"url": url, "article_id": article_id, **row})

    def put(self, prepared: Sequence[PreparedArticle], model: str) -> None:
        """Stores each article with its chunks and its cluster, in place of the version that has the same origin."""
        with self._database.transaction() as connection:
            self._delete(connection, [one.article.id for one in prepared])
            self._insert(connection, prepared)
            Clusters(connection).add([(one.article, one.signature) for one in prepared])
            self._next_generation(connection, model=model)

    def delete(self, article_ids: Collection[str]) -> None:
        """Takes these articles and their chunks out."""
        with self._database.transaction() as connection:
            self._delete(connection, article_ids)
            self._next_generation(connection)

    def replace_derived(self, prepared: Iterable[PreparedArticle], model: str) -> None:
        """Puts new chunks and clusters in place of all there are; the derived indexes are to be emptied and filled."""
        with self._database.transaction() as connection:
            connection.execute(sa.delete(CHANGES))
            connection.execute(sa.delete(CHUNKS))
            clusters = Clusters(connection)
            clusters.clear()
            for one in prepared:
                self._insert_chunks(connection, one.chunks)
                clusters.add([(one.article, one.signature)])
            self._next_generation(connection, model=model, wipe="wanted", unsigned="")

    def forget_derived(self, above: int = 0) -> None:
        """Says that the derived indexes are of other articles: they are to be emptied and filled.

        The generation becomes the next one `above` that number, and above what it was.
        """
        with self._database.transaction() as connection:
            connection.execute(sa.delete(CHANGES))
            noted = sa.select(CHUNKS.c.id, CHUNKS.c.article_id, sa.false())
            connection.execute(sa.insert(CHANGES).from_select(["chunk_id", "article_id", "drop"], noted))
            generation = max(above, int(read_meta(connection, "generation") or 0)) + 1
            write_meta(connection, {"generation": str(generation), "wipe": "wanted"})

    def sign(self, signed: Sequence[tuple[Article, Signature]]) -> None:
        """Gives stored articles that have none their signatures and clusters; the generation stays."""
        with self._database.transaction() as connection:
            clusters = Clusters(connection)
            clusters.add(signed)
            if not clusters.unsigned(1):
                write_meta(connection, {"unsigned": ""})

    def wiped(self) -> None:
        """Says that the derived indexes have been emptied."""
        with self._database.transaction() as connection:
            write_meta(connection, {"wipe": ""})

    def settle(self, changes: Sequence[PendingChange]) -> None:
        """Says that the derived indexes have made these changes."""
        with self._database.transaction() as connection:
            for part in parts(changes):
                connection.execute(
                    sa.delete(CHANGES).where(CHANGES.c.chunk_id.in_([change.chunk_id for change in part]))
                )

    def _delete(self, connection: sa.Connection, article_ids: Collection[str]) -> None:
        Clusters(connection).remove(article_ids)
        for part in parts(article_ids):
            gone = connection.execute(
                sa.select(CHUNKS.c.id, CHUNKS.c.article_id).where(CHUNKS.c.article_id.in_(part))
            ).all()
            self._note(connection, [(row.id, row.article_id) for row in gone], drop=True)
            connection.execute(sa.delete(CHUNKS).where(CHUNKS.c.article_id.in_(part)))
            connection.execute(sa.delete(ARTICLES).where(ARTICLES.c.id.in_(part)))

    def _insert(self, connection: sa.Connection, prepared: Sequence[PreparedArticle]) -> None:
        if not prepared:
            return
        connection.execute(sa.insert(ARTICLES), [article_row(one.article) for one in prepared])
        self._insert_chunks(connection, [chunk for one in prepared for chunk in one.chunks])

    def _insert_chunks(self, connection: sa.Connection, chunks: Sequence[Chunk]) -> None:
        if chunks:
            connection.execute(sa.insert(CHUNKS), [chunk_row(chunk) for chunk in chunks])
            self._note(connection, [(chunk.id, chunk.article_id) for chunk in chunks], drop=False)

    def _note(self, connection: sa.Connection, chunks: Sequence[tuple[str, str]], *, drop: bool) -> None:
        """Notes a change for each chunk, in place of any earlier one."""
        for part in parts(chunks):
            connection.execute(sa.delete(CHANGES).where(CHANGES.c.chunk_id.in_([chunk_id for chunk_id, _ in part])))
            connection.execute(
                sa.insert(CHANGES),
                [{"chunk_id": chunk_id, "article_id": article_id, "drop": drop} for chunk_id, article_id in part],
            )

    def _next_generation(self, connection: sa.Connection, **values: str) -> None:
        generation = int(read_meta(connection, "generation") or 0) + 1
        write_meta(connection, {"generation": str(generation), **values})

    def _meta(self, key: str) -> str:
        with self._database.transaction() as connection:
            return read_meta(connection, key) or ""
