"""The dense index: chunk vectors in Chroma, derived from the catalogue. Only file that imports chromadb."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

import httpx
import numpy as np
from chromadb.api import ServerAPI
from chromadb.api.fastapi import FastAPI
from chromadb.api.models.Collection import Collection as ChromaCollection
from chromadb.api.rust import RustBindingsAPI
from chromadb.config import Settings, System
from chromadb.errors import NotFoundError

from index.embedding import Vectors
from index.errors import DamagedIndexError, LibraryError, LibraryUnusableError, OutOfStepError
from index.native_code import is_panic
from index.sealing import SealedFiles
from index.tables import parts
from index.vector_folder import begin_anew, current_store, files_of_indexes, remove_others
from index.vector_place import ChromaServer, VectorFolder, VectorPlace

_COLLECTION: Final = "chunks"
_OVERFETCH: Final = 500
"""Neighbours fetched before a filter: filtering them is 10 times faster than a filtered query."""
_FOLDER_STEP: Final = 64
"""Vectors written at once: Chroma holds the interpreter while it writes, so all threads wait for one step."""
_SEALING_S: Final = 2.0
"""Seconds in which a writer is done with its files; 100,000 vectors take a fifth of one."""
_SERVER_STEP: Final = 256
_CHECKED_AT_ONCE: Final = 1_000
_LENGTH_TOLERANCE: Final = 1e-3
_SERVER_TIMEOUT: Final = httpx.Timeout(20.0, connect=3.0)


@dataclass(frozen=True, slots=True)
class Scored:
    """A chunk's id and how well it matches; higher is better. Cosine similarity or BM25, by the index."""

    chunk_id: str
    score: float


class VectorIndex:
    """Unit vectors by chunk id, in Chroma. Safe to share between threads.

    Every method raises LibraryUnusableError when Chroma fails, and OutOfStepError when a server
    has less than it had.
    """

    def __init__(self, place: VectorPlace) -> None:
        self._store: _Store = _Server(place) if isinstance(place, ChromaServer) else _Folder(place)

    def reopen(self) -> None:
        """Makes what another process has written visible here."""
        self._store.reopen()

    def close(self) -> None:
        """Lets go of files and connections."""
        self._store.close()

    @property
    def generation(self) -> int:
        """The catalogue's generation that the vectors reflect."""
        return self._store.generation()

    @generation.setter
    def generation(self, value: int) -> None:
        with self._store.collection() as collection:
            collection.modify(metadata={"generation": value})
        self._store.expect(value)

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Stores one vector an id, in place of any it had. Between two steps others may read."""
        step = self._store.step
        for start in range(0, len(ids), step):
            with self._store.writing() as collection:
                collection.upsert(ids=list(ids[start : start + step]), embeddings=vectors[start : start + step])

    def drop(self, ids: Sequence[str]) -> None:
        """Takes these vectors out; ids that are not there are passed over."""
        step = self._store.step
        for start in range(0, len(ids), step):
            with self._store.writing() as collection:
                collection.delete(ids=list(ids[start : start + step]))

    def clear(self) -> None:
        """Takes everything out, even what cannot be read."""
        self._store.clear()

    def ids(self) -> set[str]:
        """Ids of all stored vectors."""
        with self._store.collection() as collection:
            return set(collection.get(include=[])["ids"])

    def count(self) -> int:
        """How many vectors are stored."""
        with self._store.collection() as collection:
            return collection.count()

    def damaged(self) -> list[str]:
        """Ids of the vectors that are not of length 1, as every vector is that was put in."""
        found: list[str] = []
        for ids in parts(self.ids(), _CHECKED_AT_ONCE):
            with self._store.collection() as collection:
                stored = collection.get(ids=ids, include=["embeddings"])
            vectors = np.asarray(stored["embeddings"], dtype=np.float64)
            sound = np.abs(np.linalg.norm(vectors, axis=1) - 1) < _LENGTH_TOLERANCE
            found.extend(key for key, good in zip(stored["ids"], sound, strict=True) if not good)
        return found

    def nearest(self, vector: Vectors, limit: int, allowed: Collection[str] | None = None) -> list[Scored]:
        """The `limit` chunks most similar to `vector`, of shape (1, dimensions), among the `allowed` ids if given."""
        if allowed is None:
            return self._query(vector, limit, None)
        permitted = frozenset(allowed)
        found = [hit for hit in self._query(vector, max(limit, _OVERFETCH), None) if hit.chunk_id in permitted]
        if len(found) >= min(limit, len(permitted)):
            return found[:limit]
        with self._store.collection() as collection:
            present = collection.get(ids=sorted(permitted), include=[])["ids"]
        return self._query(vector, limit, present) if present else []

    def _query(self, vector: Vectors, limit: int, ids: list[str] | None) -> list[Scored]:
        with self._store.collection() as collection:
            result = collection.query(query_embeddings=vector, n_results=limit, ids=ids, include=["distances"])
        distances = result["distances"] or [[]]
        return [Scored(key, 1.0 - distance) for key, distance in zip(result["ids"][0], distances[0], strict=True)]


class _Store(Protocol):
    """Where Chroma keeps the collection of a library, and how it is reached."""

    step: int

    def collection(self) -> AbstractContextManager[ChromaCollection]:
        """The collection for one call; what Chroma raises within the block becomes one of our errors."""

    def writing(self) -> AbstractContextManager[ChromaCollection]:
        """The same, for a call that changes it."""

    def generation(self) -> int:
        """The generation that is noted with the collection."""

    def expect(self, generation: int, /) -> None:
        """Says that the collection is of this generation now."""

    def reopen(self) -> None: ...

    def close(self) -> None: ...

    def clear(self) -> None: ...


class _Folder:
    """Chroma within this process. One call at a time, and none while its files are closed and opened again."""

    step = _FOLDER_STEP

    def __init__(self, place: VectorFolder) -> None:
        self._place = place
        self._lock = threading.RLock()
        self._cleared = False
        self._open()

    @contextmanager
    def collection(self) -> Iterator[ChromaCollection]:
        with self._lock, _translated(self._place):
            yield self._collection

    @contextmanager
    def writing(self) -> Iterator[ChromaCollection]:
        with self.collection() as collection:
            yield collection
            self._files.seal()

    def generation(self) -> int:
        with self._lock, _translated(self._place):
            (self._path / "chroma.sqlite3").stat()  # taken away, it can still be read by who has it open
            return _noted_generation(_existing(self._api, _COLLECTION))

    def expect(self, _generation: int, /) -> None:
        """Removes what was used before the last clear, unless it was this one's: others may be reading it still."""
        with self._lock, _translated(self._place):
            if self._path != self._place.path and not self._cleared:
                remove_others(self._place.path, self._path)
            self._cleared = False

    def reopen(self) -> None:
        with self._lock:
            self.close()
            self._open()

    def close(self) -> None:
        with self._lock, suppress(AttributeError):  # Chroma's, when it is closed already
            self._system.stop()

    def clear(self) -> None:
        with self._lock:
            self.close()
            discard(self._place)
            self._cleared = True
            self._open()

    def _open(self) -> None:
        with _translated(self._place):
            self._path = current_store(self._place.path)
            self._path.mkdir(parents=True, exist_ok=True)
            self._files = SealedFiles(self._path, files_of_indexes)
            deadline = time.monotonic() + _SEALING_S
            while broken := self._files.broken():  # unless another process is writing just now, for good
                if time.monotonic() > deadline:
                    raise DamagedIndexError(
                        f"the vectors in {self._place} cannot be used"
                        f" ({broken[0]!r} is not as it was written): {self._place.cure}"
                    )
                time.sleep(_SEALING_S / 10)
            # not by chromadb's Client: it shares one store among all that open the folder, so none opens it anew
            self._system = System(
                Settings(is_persistent=True, persist_directory=str(self._path), anonymized_telemetry=False)
            )
            self._api = self._system.instance(RustBindingsAPI)
            self._system.start()
            self._collection = _created(self._api, _COLLECTION)


class _Server:
    """Chroma in a process of its own. The collection is looked up for each call, so a server may go and return."""

    step = _SERVER_STEP

    def __init__(self, place: ChromaServer) -> None:
        self._place = place
        self._newest = 0
        settings = Settings(chroma_server_host=place.url, chroma_server_http_port=0, anonymized_telemetry=False)
        with _translated(place):
            self._api = _BoundedClient(System(settings))

    @contextmanager
    def collection(self) -> Iterator[ChromaCollection]:
        with _translated(self._place):
            yield self._found()

    writing = collection

    def generation(self) -> int:
        with _translated(self._place):
            return _noted_generation(self._found())

    def expect(self, generation: int, /) -> None:
        self._newest = generation

    def reopen(self) -> None:
        self._newest = 0

    def close(self) -> None:
        self._api.close()

    def clear(self) -> None:
        discard(self._place)
        self._newest = 0

    def _found(self) -> ChromaCollection:
        """The collection, made where there never was one."""
        try:
            collection = _existing(self._api, self._place.collection)
        except NotFoundError:
            if self._newest == 0:
                return _created(self._api, self._place.collection)
            generation = 0
        else:
            generation = _noted_generation(collection)
            if generation >= self._newest:
                self._newest = generation
                return collection
        raise OutOfStepError(
            f"{self._place} is of generation {generation}, and was of {self._newest} before:"
            " run pullquote rebuild, unless one is running"
        )


class _BoundedClient(FastAPI):
    """chromadb's client of a server, which waits for ever by itself."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._session.timeout = _SERVER_TIMEOUT

    def close(self) -> None:
        """Lets go of the connections."""
        self._session.close()


def discard(place: VectorPlace) -> None:
    """Removes all vectors there, without reading any. Raises LibraryUnusableError."""
    with _translated(place):
        if isinstance(place, VectorFolder):
            begin_anew(place.path)
            return
        server = _Server(place)
        try:
            with suppress(NotFoundError):
                server._api.delete_collection(place.collection)
        finally:
            server.close()


def _created(api: ServerAPI, name: str) -> ChromaCollection:
    model = api.get_or_create_collection(name, configuration={"hnsw": {"space": "cosine"}}, metadata={"generation": 0})
    return ChromaCollection(client=api, model=model, embedding_function=None)


def _existing(api: ServerAPI, name: str) -> ChromaCollection:
    return ChromaCollection(client=api, model=api.get_collection(name), embedding_function=None)


def _noted_generation(collection: ChromaCollection) -> int:
    return int((collection.metadata or {}).get("generation", 0))


@contextmanager
def _translated(place: VectorPlace) -> Iterator[None]:
    try:
        yield
    except LibraryError:
        raise
    except BaseException as error:  # Chroma's client raises a bare Exception for what a server says
        if not (isinstance(error, Exception) or is_panic(error)):
            raise
        raise LibraryUnusableError(f"the vectors in {place} cannot be used ({error}): {place.cure}") from error
