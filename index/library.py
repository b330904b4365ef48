"""The library of articles: add, remove, search, rebuild, check. Read this first.

A folder holds the catalogue (SQLite), the vectors (Chroma) and the lexical index (tantivy).
Every change is first a transaction of the catalogue, which also notes what the other two have
yet to do; then they do it, and the notes are struck out. A process that dies in between leaves
notes behind, and whoever opens the library next finishes the work. So the catalogue alone
decides what the library holds, and nothing is lost, doubled or orphaned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.article import Article, ArticleFilter, Span
from index.catalogue import Catalogue, PreparedArticle
from index.checking import problems, refuse_lost_catalogue
from index.chunking import Chunker
from index.derived import DerivedIndexes, Progress, unheard
from index.duplicates import preferred, preferred_first, signature
from index.embedding import Embedder
from index.errors import (
    DamagedIndexError,
    LibraryLockedError,
    LibraryUnusableError,
    LoadingError,
    ModelMismatchError,
    OutOfStepError,
    UnknownArticleError,
)
from index.lock import WriterLock
from index.results import AddReport, Hit, Occurrence, SearchResult
from index.segmenting import CHUNK_TOKENS
from index.spans import span
from index.standing import disagreement
from index.vector_place import ChromaServer, VectorFolder

if TYPE_CHECKING:
    from index.vectors import Scored

_ARTICLES_AT_ONCE: Final = 64


class Library:
    """Articles in one data folder. Any number of readers, one writer; safe to share between threads.

    Raises LibraryUnusableError when the folder cannot be used, LibraryLockedError from a
    writing method while another process writes.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        chunk_tokens: int = CHUNK_TOKENS,
        chroma_server: ChromaServer | None = None,
        writer_lock: WriterLock | None = None,
    ) -> None:
        self.folder = folder
        self.embedder = embedder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryUnusableError(
                f"cannot make the data folder {str(folder)!r} ({error.strerror}):"
                " set PULLQUOTE_DATA_DIR to a folder you may write to"
            ) from error
        refuse_lost_catalogue(folder / "catalogue.sqlite3")
        self.catalogue = Catalogue(folder / "catalogue.sqlite3")
        self._chunker = Chunker(embedder, chunk_tokens)
        self._derived = DerivedIndexes(
            folder, chroma_server or VectorFolder(folder / "vectors"), self.catalogue, self._chunker
        )
        self._writer_lock = writer_lock or WriterLock(folder)
        self._writing = threading.RLock()
        self._seen_generation = -1

    def close(self) -> None:
        """Lets go of every file; the library cannot be used after."""
        self.catalogue.close()
        self._derived.close()

    # Finding

    def article(self, key: str) -> Article:
        """The article with this id, or the only one whose id begins so (4 digits at least).

        Raises UnknownArticleError.
        """
        ids = self.catalogue.article_ids(prefix=key) if len(key) >= 4 else []
        if len(ids) != 1:
            problem = "several articles have an id that begins with" if ids else "no article has the id"
            raise UnknownArticleError(f"{problem} {key!r}: see pullquote list")
        return self.catalogue.articles(ids)[ids[0]]

    def articles(self, only: ArticleFilter | None = None) -> Iterator[Article]:
        """Every article that passes the filter, newest publication first."""
        ids = self.catalogue.article_ids(only)
        for start in range(0, len(ids), _ARTICLES_AT_ONCE):
            yield from self.catalogue.articles(ids[start : start + _ARTICLES_AT_ONCE]).values()

    def clusters(self, article_ids: Collection[str]) -> dict[str, str]:
        """The cluster of each of these articles that is stored: equal ids for near-identical texts.

        An article without near-duplicates is a cluster of its own, under its own id.
        """
        return {copy.article_id: copy.cluster for copy in self.catalogue.copies(article_ids)}

    def cluster(self, article_id: str) -> tuple[Article, ...]:
        """The articles whose text is near-identical to that of this one, itself included, best to show first.

        That is the fullest; of those within a tenth of it, the earliest published, unknown dates last.
        Raises UnknownArticleError.
        """
        article = self.article(article_id)
        (itself,) = self.catalogue.copies([article.id])
        members = [copy.article_id for copy in preferred_first(self.catalogue.copies_in(itself.cluster) or [itself])]
        return tuple(self.catalogue.articles(members).values())

    def representatives(self, article_ids: Collection[str]) -> dict[str, str]:
        """Each of these articles that is stored, with the one among them to show in its place: `cluster`'s first.

        An article that is shown itself stands for itself, so the set of values is what to show.
        """
        return preferred(self.catalogue.copies(article_ids))

    def search(self, text: str, limit: int, only: ArticleFilter | None = None) -> SearchResult:
        """The `limit` best chunks for `text` by meaning, and by words, among the articles that pass the filter."""
        self.get_ready()
        generation = self.catalogue.generation
        articles = self.catalogue.article_ids(only) if only else None
        if generation == 0 or articles == []:
            return SearchResult((), (), generation)
        with span("embed"):
            vector = self.embedder.embed_tokens([text])[0].vector[None]
        with span("dense") as found:
            allowed = None if articles is None else self.catalogue.chunk_ids(articles)
            dense = self._derived.vectors.nearest(vector, limit, allowed)
            found.set_attribute("pullquote.hits", len(dense))
        with span("lexical") as found:
            lexical = self._derived.lexical.search(text, limit, articles)
            found.set_attribute("pullquote.hits", len(lexical))
        dense_hits, lexical_hits = self._hits(dense, lexical)
        return SearchResult(dense_hits, lexical_hits, generation)

    def rarity(self, text: str) -> dict[str, float]:
        """The terms of `text`, each with how rare it is among the chunks: near 0 in all of them, near 1 in none."""
        self.get_ready()
        return self._derived.lexical.rarity(set(self._derived.lexical.terms(text)))

    def terms(self, text: str) -> list[str]:
        """The words of `text` as the lexical index compares them: lower case, accents folded, stemmed."""
        return self._derived.lexical.terms(text)

    def word_terms(self, word: str) -> tuple[str, ...]:
        """As `terms`, for one word, from memory when it was asked lately."""
        return self._derived.lexical.word_terms(word)

    def occurrences(self, words: str, limit: int = 20) -> list[Occurrence]:
        """The first `limit` places where `words` stand verbatim, character for character."""
        found: list[Occurrence] = []
        for article in self.catalogue.articles_saying(words) if words else ():
            start = article.text.find(words)
            while start >= 0 and len(found) < limit:
                found.append(Occurrence(article, Span(start, start + len(words))))
                start = article.text.find(words, start + 1)
        return found

    def get_ready(self) -> None:
        """Opens the indexes, finishes what a dead process left undone, and picks up what others have written.

        Raises ModelMismatchError or OutOfStepError when the library cannot be searched as it is.
        """
        if self.catalogue.generation == self._seen_generation:
            return
        self._check_model()
        if not self._writing.acquire(blocking=False):
            return  # a thread of this process is writing; what is indexed so far can be searched
        try:
            self._catch_up()
        finally:
            self._writing.release()

    def disagreement(self) -> str | None:
        """Why the library cannot be searched as the catalogue has it, in few words; None when it can.

        Takes milliseconds. Raises LibraryError as `get_ready`, and where a part of the library cannot be read.
        """
        self.get_ready()
        return disagreement(self.catalogue, self._derived)

    def _catch_up(self) -> None:
        """Brings this process, and the indexes, to the catalogue's generation."""
        generation = self.catalogue.generation
        if generation == self._seen_generation:
            return
        if self.catalogue.pending(1):
            try:
                self._writer_lock.take()
            except LibraryLockedError:
                return  # its holder is at work on it; what was indexed when this process last looked can be searched
            try:
                self._finish_what_was_begun()
            finally:
                self._writer_lock.release()
        else:
            self._reopen()
            if not self._derived.are_of(generation):
                raise OutOfStepError(
                    f"the indexes in {str(self.folder)!r} are of another generation than the catalogue's {generation}:"
                    " run pullquote rebuild"
                )
            self._seen_generation = generation

    def _finish_what_was_begun(self) -> None:
        """Makes the changes that a dead process left noted; an index file that it left half-written is made anew."""
        try:
            self._reopen()
            self._bring_in_step()
        except DamagedIndexError:
            self._derived.discard_unreadable()
            self.catalogue.forget_derived()
            self._bring_in_step()

    def _reopen(self) -> None:
        if self._seen_generation >= 0:
            self._derived.reopen()

    # Changing

    def add(
        self, loaded: Iterable[Article | LoadingError], on_progress: Callable[[AddReport], None] = lambda _report: None
    ) -> AddReport:
        """Stores articles; one that is stored already, from anywhere, stays as it is, a changed one is replaced.

        Reads `loaded` as it goes, 64 articles at a time, and calls `on_progress` after each lot.
        """
        report = AddReport()
        with span("add") as adding, self._write():
            remaining = iter(loaded)
            while lot := list(islice(remaining, _ARTICLES_AT_ONCE)):
                report.failed.extend(item for item in lot if isinstance(item, LoadingError))
                self._add_lot([item for item in lot if isinstance(item, Article)], report)
                on_progress(report)
            adding.set_attributes({f"pullquote.{outcome}": len(those) for outcome, those in vars(report).items()})
        return report

    def remove(self, key: str) -> Article:
        """Takes one article out of everything and returns it. Raises UnknownArticleError."""
        with self._write():
            article = self.article(key)
            self.catalogue.delete([article.id])
            self._bring_in_step()
        return article

    def rebuild(self, on_progress: Progress = unheard) -> None:
        """Makes chunks, clusters, vectors and lexical index again from the articles, with the embedder at hand.

        `on_progress` is told the chunks done and the chunks there are.
        """
        with self._write(from_scratch=True):
            self._derived.discard_unreadable()
            prepared = (self._prepared(article) for article in self.articles())
            self.catalogue.replace_derived(prepared, self.embedder.fingerprint)
            self._bring_in_step(on_progress)

    def check(self) -> list[str]:
        """Every disagreement between the catalogue, the vectors and the lexical index; empty when there is none."""
        self.get_ready()
        return list(problems(self.catalogue, self._derived, self._chunker))

    # Inside

    @contextmanager
    def _write(self, *, from_scratch: bool = False) -> Iterator[None]:
        """The right to write, with what others have written picked up and what they left undone finished.

        `from_scratch` is for a rebuild, which needs nothing of the indexes that are there.
        """
        with self._writing:
            self._writer_lock.take()
            try:
                if not from_scratch:
                    self._check_model()
                    self._catch_up()
                    self._sign_older_articles()
                yield
            finally:
                self._writer_lock.release()

    def _prepared(self, article: Article) -> PreparedArticle:
        return PreparedArticle(article, self._chunker.chunks_of(article), signature(article.text))

    def _sign_older_articles(self) -> None:
        """Places the articles of a library that was made before there were clusters."""
        while ids := self.catalogue.unsigned(_ARTICLES_AT_ONCE):
            self.catalogue.sign([(one, signature(one.text)) for one in self.catalogue.articles(ids).values()])

    def _bring_in_step(self, on_progress: Progress = unheard) -> None:
        self._derived.synchronise(on_progress)
        self._seen_generation = self.catalogue.generation

    def _check_model(self) -> None:
        made_with = self.catalogue.model
        if made_with and made_with != self.embedder.fingerprint:
            raise ModelMismatchError(
                f"the library in {str(self.folder)!r} was made with the embedding model {made_with!r},"
                f" not {self.embedder.fingerprint!r}:"
                " set PULLQUOTE_EMBEDDING_MODEL back, or run pullquote rebuild to embed everything again"
            )

    def _add_lot(self, lot: Sequence[Article], report: AddReport) -> None:
        latest = {article.origin: article for article in lot}
        report.replaced.extend(article.id for article in lot if latest[article.origin] is not article)
        stored = self.catalogue.digests(list(latest.values()))
        origins = {row.origin: row.content for row in stored}
        contents = {row.content for row in stored}
        to_store: list[Article] = []
        for article in latest.values():
            content = article.content
            if origins.get(article.origin) == content or (article.origin not in origins and content in contents):
                report.unchanged.append(article.id)
                continue
            (report.replaced if article.origin in origins else report.added).append(article.id)
            contents.add(content)
            to_store.append(article)
        if to_store:
            self.catalogue.put([self._prepared(article) for article in to_store], self.embedder.fingerprint)
            try:
                self._bring_in_step()
            except LibraryUnusableError as error:
                raise LibraryUnusableError(
                    f"{len(to_store)} articles are stored, but cannot be searched yet: {error};"
                    " the next search or add goes on from here"
                ) from error

    def _hits(self, *results: Sequence[Scored]) -> Iterator[tuple[Hit, ...]]:
        """Each result with its chunks and articles; what the catalogue no longer holds is left out."""
        found = self.catalogue.chunks({scored.chunk_id for result in results for scored in result})
        articles = self.catalogue.articles({chunk.article_id for chunk in found.values()})
        for result in results:
            yield tuple(
                Hit(articles[chunk.article_id], chunk, scored.score)
                for scored in result
                if (chunk := found.get(scored.chunk_id)) and chunk.article_id in articles
            )
