"""Libraries of data sets, kept in the user's cache folder, so that only the first run has to embed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from eval.fingerprint import digest, source_digest
from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryUnusableError, OutOfStepError
from index.library import Library
from index.lock import WriterLock
from index.results import AddReport
from service.settings import Settings
from service.wiring import open_library

OnProgress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@contextmanager
def stored_library(
    articles: Sequence[Article], settings: Settings, on_progress: OnProgress
) -> Iterator[tuple[Library, Path]]:
    """A library of exactly these articles, and the folder that keeps it; one process at a time has it.

    It is filled beside its place and moved there when it is complete, so what a killed process
    leaves is gone on with and never measured. Articles need a `source` of their own each, since a
    library stores what it takes for the same article once. Raises LibraryLockedError while another
    process measures on the same data, LibraryUnusableError when the cache folder cannot be used.
    """
    folder = cache_folder() / library_key(articles, settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryUnusableError(
            f"cannot make the cache folder {str(folder)!r} ({error.strerror}): make it writable"
        ) from error
    lock = WriterLock(folder)
    lock.take()
    try:
        library = _complete_library(folder, articles, settings, on_progress)
        try:
            yield library, folder
        finally:
            library.close()
    finally:
        lock.release()


def _complete_library(
    folder: Path, articles: Sequence[Article], settings: Settings, on_progress: OnProgress
) -> Library:
    complete = folder / "library"
    try:
        if not complete.is_dir():
            _fill(folder / "partial", articles, settings, on_progress)
            (folder / "partial").rename(complete)
        library = open_library(settings.model_copy(update={"data_dir": complete}))
        library.get_ready()
    except (LibraryUnusableError, OutOfStepError) as error:
        raise LibraryUnusableError(
            f"the library that is kept in {str(folder)!r} cannot be used: delete that folder and run again ({error})"
        ) from error
    return library


def cache_folder() -> Path:
    """Where libraries of data sets are kept; all of it may be deleted at any time."""
    return user_cache_path("pullquote", appauthor=False) / "yardsticks"


def library_key(articles: Sequence[Article], settings: Settings) -> str:
    """Equal for equal libraries: a digest of the articles, the embedding model and the code that indexes."""
    model = SentenceTransformerEmbedder(settings.embedding_model).fingerprint
    return digest([source_digest(["index"]), model, corpus_digest(articles)])


def corpus_digest(articles: Sequence[Article]) -> str:
    """Equal for the same articles in the same order."""
    return digest(f"{article.origin}\t{article.content}" for article in articles)


def _fill(folder: Path, articles: Sequence[Article], settings: Settings, on_progress: OnProgress) -> None:
    library = open_library(settings.model_copy(update={"data_dir": folder}))

    def told(report: AddReport) -> None:
        on_progress("indexing", len(report.added) + len(report.unchanged), len(articles))

    try:
        library.add(articles, told)
        stored = library.catalogue.count()[0]
    finally:
        library.close()
    if stored != len(articles):
        raise LibraryUnusableError(f"it holds {stored} articles, not {len(articles)}")
