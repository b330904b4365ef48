"""GET /readyz through its states: it is true only while the service can answer well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from service.settings import Settings
from tests.conftest import BRIDGE, OWLS
from tests.http_server import serving

SETTINGS = Settings(address_requests_per_minute=0)


@pytest.fixture
def client(library: Library) -> Iterator[httpx.Client]:
    """A server over one article, once it is ready."""
    library.add([BRIDGE])
    with serving(QuestionAnswerer(library), SETTINGS) as client:
        deadline = time.monotonic() + 60
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert client.get("/readyz").json() == {"status": "ready"}
        yield client


def assert_not_ready(client: httpx.Client, words: str, folder: Path) -> None:
    """The service says that it is not ready, and why in these words; it names no path, and lives."""
    response = client.get("/readyz")
    assert (response.status_code, response.json()["type"]) == (503, "urn:pullquote:not-ready")
    assert words in response.json()["detail"]
    assert str(folder) not in response.text
    assert "/" not in response.json()["detail"]
    assert "pullquote_ready 0.0" in client.get("/metrics").text
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("index", "words"), [("vectors", "library cannot be"), ("lexical", "lexical index")])
def test_readiness_goes_with_an_index_and_comes_back_with_it(
    client: httpx.Client, library: Library, index: str, words: str
) -> None:
    """Files that are taken away stay open, so that questions go on; the next process would not find them."""
    taken = library.folder / index
    away = taken.rename(library.folder / "away")
    assert_not_ready(client, words, library.folder)
    away.rename(taken)
    assert client.get("/readyz").status_code == 200


def test_an_index_that_lost_chunks_is_not_ready_until_it_is_made_again(client: httpx.Client, library: Library) -> None:
    """Numbers are compared with the catalogue's; a rebuild by another process is the cure."""
    library._derived.vectors.drop(library.catalogue.chunk_ids())
    assert_not_ready(client, "the vectors hold 0 of 1 chunks", library.folder)
    other = Library(library.folder, library.embedder)
    other.rebuild()
    other.close()
    assert client.get("/readyz").status_code == 200


def test_an_index_of_another_generation_is_not_ready(client: httpx.Client, library: Library) -> None:
    """As when one part of a data folder was put back from a copy."""
    library._derived.lexical.generation = 7
    assert_not_ready(client, "the lexical index are of generation 7", library.folder)
    library._derived.lexical.generation = library.catalogue.generation
    assert client.get("/readyz").status_code == 200


def test_what_a_dead_process_left_undone_is_done_before_the_service_is_ready(
    client: httpx.Client, library: Library
) -> None:
    """Changes that nobody works on are worked on; those that somebody works on do not stand in the way."""
    library.catalogue.put([library._prepared(OWLS)], library.embedder.fingerprint)
    assert library.catalogue.count_pending() == 1
    with library._writing:  # another thread is at work on it
        assert client.get("/readyz").status_code == 200
        assert "pullquote_derived_changes_pending 1.0" in client.get("/metrics").text
    assert client.get("/readyz").status_code == 200
    assert library.catalogue.count_pending() == 0
    assert library.check() == []


def test_indexes_that_are_being_made_from_nothing_are_not_ready(client: httpx.Client, library: Library) -> None:
    """Midway in a rebuild, answers would come from the few articles that are in so far."""
    library.catalogue.replace_derived([library._prepared(BRIDGE)], library.embedder.fingerprint)
    with library._writing:
        assert_not_ready(client, "the indexes are being made", library.folder)
    assert client.get("/readyz").status_code == 200


def test_readiness_waits_for_both_models(library: Library, tmp_path: Path) -> None:
    """Neither the embedding model nor the reader model may be missing."""
    folder = tmp_path / "no model"
    folder.mkdir()
    broken = Library(tmp_path / "other", SentenceTransformerEmbedder(str(folder)))
    with serving(QuestionAnswerer(broken), SETTINGS) as client:
        assert_not_ready(client, "the embedding model is not loaded yet", broken.folder)
        assert client.get("/readyz").headers["retry-after"] == "5"
    broken.close()
    with serving(QuestionAnswerer(library, ReaderModel(folder / "reader.onnx")), SETTINGS) as client:
        assert_not_ready(client, "the reader model is not loaded yet", library.folder)
