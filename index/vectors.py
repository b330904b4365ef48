"""The dense index: chunk vectors in Chroma, derived from the catalogue. Only file that imports chromadb."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chromadb.api.client import Client
from chromadb.config import Settings
from chromadb.errors import ChromaError

from index.embedding import Vectors
from index.errors import LibraryUnusableError

_COLLECTION: Final = "chunks"
_OVERFETCH: Final = 500
"""Neighbours fetched before a filter: filtering them is 10 times faster than a filtered query."""


_FAILURES: Final = (ChromaError, OSError, ValueError, RuntimeError, AttributeError)
"""What Chroma raises; the last is what its own clean-up meets when its files cannot be opened."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A chunk's id and how well it matches; higher is better. Cosine similarity or BM25, by the index."""

    chunk_id: str
    score: float


class VectorIndex:
    """Unit vectors by chunk id, in an embedded Chroma under `folder`. One thread at a time uses it.

    Every method raises LibraryUnusableError when Chroma fails.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._open()

    def _open(self) -> None:
        with self._lock, _translated(self._folder):
            settings = Settings(is_persistent=True, persist_directory=str(self._folder), anonymized_telemetry=False)
            try:
                self._client = Client(settings=settings)
            except _FAILURES:
                # the half-opened store stays in Chroma's cache until a second attempt fails on it
                with suppress(*_FAILURES):
                    Client(settings=settings).close()
                raise
            self._collection = self._client.get_or_create_collection(
                _COLLECTION,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
                metadata={"generation": 0},
            )

    def reopen(self) -> None:
        """Makes what another process has written visible here."""
        with self._lock:
            self.close()
            self._open()

    def close(self) -> None:
        with self._lock, _translated(self._folder):
            self._client.close()

    @property
    def generation(self) -> int:
        """The catalogue's generation that the vectors reflect."""
        with self._lock, _translated(self._folder):
            metadata = self._client.get_collection(_COLLECTION, embedding_function=None).metadata or {}
        return int(metadata.get("generation", 0))

    @generation.setter
    def generation(self, value: int) -> None:
        with self._lock, _translated(self._folder):
            self._collection.modify(metadata={"generation": value})

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Stores one vector an id, in place of any it had."""
        with self._lock, _translated(self._folder):
            step = self._client.get_max_batch_size()
            for start in range(0, len(ids), step):
                self._collection.upsert(ids=list(ids[start : start + step]), embeddings=vectors[start : start + step])

    def drop(self, ids: Sequence[str]) -> None:
        """Takes these vectors out; ids that are not there are passed over."""
        with self._lock, _translated(self._folder):
            step = self._client.get_max_batch_size()
            for start in range(0, len(ids), step):
                self._collection.delete(ids=list(ids[start : start + step]))

    def clear(self) -> None:
        """Takes everything out."""
        with self._lock, _translated(self._folder):
            self._client.delete_collection(_COLLECTION)
            self.reopen()

    def ids(self) -> set[str]:
        """Ids of all stored vectors."""
        with self._lock, _translated(self._folder):
            return set(self._collection.get(include=[])["ids"])

    def nearest(self, vector: Vectors, limit: int, allowed: Collection[str] | None = None) -> list[Scored]:
        """The `limit` chunks most similar to `vector`, of shape (1, dimensions), among the `allowed` ids if given."""
        if allowed is None:
            return self._query(vector, limit, None)
        permitted = frozenset(allowed)
        found = [hit for hit in self._query(vector, max(limit, _OVERFETCH), None) if hit.chunk_id in permitted]
        if len(found) >= min(limit, len(permitted)):
            return found[:limit]
        with self._lock, _translated(self._folder):
            present = self._collection.get(ids=sorted(permitted), include=[])["ids"]
        return self._query(vector, limit, present) if present else []

    def _query(self, vector: Vectors, limit: int, ids: list[str] | None) -> list[Scored]:
        with self._lock, _translated(self._folder):
            result = self._collection.query(query_embeddings=vector, n_results=limit, ids=ids, include=["distances"])
        distances = result["distances"] or [[]]
        return [Scored(key, 1.0 - distance) for key, distance in zip(result["ids"][0], distances[0], strict=True)]


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise LibraryUnusableError(
            f"the vectors in {str(folder)!r} cannot be used ({error}):"
            " check free space and that it is writable, then run pullquote rebuild"
        ) from error
