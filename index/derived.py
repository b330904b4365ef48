"""The two indexes that are derived from the catalogue, kept in step with it. Every step may be repeated."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.catalogue import Catalogue, PendingChange
from index.chunking import Chunker
from index.errors import LibraryError, LibraryUnusableError
from index.vector_place import VectorPlace

if TYPE_CHECKING:
    from index.lexical import LexicalIndex
    from index.vectors import VectorIndex

_CHUNKS_AT_ONCE: Final = 256

Progress = Callable[[int, int], None]
"""Told the chunks done, and the chunks there are."""


def unheard(_done: int, _total: int) -> None:
    """Progress that nobody listens to."""


class DerivedIndexes:
    """Vectors and lexical index of one data folder. Each is opened on first use, since that takes time."""

    def __init__(self, folder: Path, vector_place: VectorPlace, catalogue: Catalogue, chunker: Chunker) -> None:
        self._lexical_folder = folder / "lexical"
        self._vector_place = vector_place
        self._catalogue = catalogue
        self._chunker = chunker
        self._opening = threading.Lock()
        self._vectors: VectorIndex | None = None
        self._lexical: LexicalIndex | None = None

    @property
    def vectors(self) -> VectorIndex:
        from index.vectors import VectorIndex  # chromadb is slow to import

        with self._opening:
            if self._vectors is None:
                self._vectors = VectorIndex(self._vector_place)
            return self._vectors

    @property
    def lexical(self) -> LexicalIndex:
        from index.lexical import LexicalIndex  # beside the vectors, for the same reason

        with self._opening:
            if self._lexical is None:
                self._lexical = LexicalIndex(self._lexical_folder)
            return self._lexical

    def close(self) -> None:
        """Lets go of the vectors' files and connections."""
        if self._vectors is not None:
            self._vectors.close()

    def reopen(self) -> None:
        """Makes what another process has written visible here."""
        self.vectors.reopen()
        self.lexical.reopen()

    def are_of(self, generation: int) -> bool:
        """Whether both reflect this generation of the catalogue."""
        return self.vectors.generation == self.lexical.generation == generation

    def synchronise(self, on_progress: Progress) -> None:
        """Makes both do what the catalogue has noted, and strikes the notes out as they are done.

        Both are given the catalogue's generation before the last notes go, so that a process
        that dies at any point leaves either notes, or indexes of the right generation.
        """
        if self._catalogue.wipe_wanted:
            self.vectors.clear()
            self.lexical.clear()
            if not self._catalogue.pending(1):  # the library is empty, and no note will bring the generation
                self.vectors.generation = self.lexical.generation = self._catalogue.generation
            self._catalogue.wiped()
        done, total = 0, self._catalogue.count()[1]
        generation = self._catalogue.generation
        while changes := self._catalogue.pending(_CHUNKS_AT_ONCE + 1):
            batch = changes[:_CHUNKS_AT_ONCE]
            self._apply(batch)
            if batch == changes:
                self.vectors.generation = self.lexical.generation = generation
            self._catalogue.settle(batch)
            done += len(batch)
            on_progress(min(done, total), total)

    def discard_unreadable(self) -> None:
        """Removes an index that cannot even be opened, so that it can be made again."""
        from index.vectors import discard  # chromadb is slow to import

        try:
            self.vectors.ids()
        except LibraryError:
            self._vectors = None
            discard(self._vector_place)
        try:
            self.lexical.ids()
        except LibraryUnusableError:
            self._lexical = None
            shutil.rmtree(self._lexical_folder, ignore_errors=True)

    def problems(self, stored: Collection[str], generation: int) -> Iterator[str]:
        """Where the indexes differ from the chunks that the catalogue holds."""
        expected = set(stored)
        for name, index in (("vectors", self.vectors), ("lexical", self.lexical)):
            held = index.ids()
            if missing := expected - held:
                yield f"{name}: {len(missing)} of {len(expected)} chunks are missing, such as {min(missing)!r}"
            if orphans := held - expected:
                yield f"{name}: {len(orphans)} chunks belong to no article, such as {min(orphans)!r}"
            if index.generation != generation:
                yield f"{name}: generation {index.generation}, the catalogue has {generation}"

        if damaged := self.vectors.damaged():
            yield f"vectors: {len(damaged)} are damaged, such as that of chunk {min(damaged)!r}"

    def disagreement(self, generation: int, chunks: int) -> str | None:
        """How an index differs from a catalogue of this generation and so many chunks, by numbers alone."""
        for name, index in (("vectors", self.vectors), ("lexical index", self.lexical)):
            if (held := index.generation) != generation:
                return f"the {name} are of generation {held}, the catalogue is of {generation}"
            if (count := index.count()) != chunks:
                return f"the {name} hold {count} of {chunks} chunks"
        return None

    def _apply(self, changes: Sequence[PendingChange]) -> None:
        from index.lexical import LexicalDocument

        drop = [change.chunk_id for change in changes if change.drop]
        found = self._catalogue.chunks([change.chunk_id for change in changes if not change.drop])
        articles = self._catalogue.articles({chunk.article_id for chunk in found.values()})
        pairs = [(articles[chunk.article_id], chunk) for chunk in found.values()]
        embedder = self._chunker.embedder
        vectors = embedder.embed([self._chunker.embedded_text(article, chunk.span) for article, chunk in pairs])
        self.vectors.drop(drop)
        self.vectors.put([chunk.id for _, chunk in pairs], vectors)
        documents = [
            LexicalDocument(chunk.id, article.id, article.title or "", chunk.span.of(article.text))
            for article, chunk in pairs
        ]
        self.lexical.change(drop, documents)
