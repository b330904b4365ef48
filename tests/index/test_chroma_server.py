"""Vectors on a Chroma server that stops, hangs, returns, and returns with less. Real servers, real kills."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import index.vectors
from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryUnusableError, OutOfStepError, SettingsError
from index.library import Library
from index.vector_place import ChromaServer
from rag.pipeline import QuestionAnswerer
from tests.conftest import BRIDGE, OWLS, ROOT
from tests.service.test_http import served


class RunningChroma:
    """`chroma run` on a port of its own, which is the same after each start."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start(folder)

    def start(self, folder: Path) -> None:
        """Starts it over this folder and waits until it answers."""
        chroma = Path(sys.executable).with_name("chroma")
        arguments = ["run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(
            [chroma, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder.parent
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat").raise_for_status()
            except httpx.HTTPError:
                assert time.monotonic() < deadline, "chroma run does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[RunningChroma]:
    """A server without any collection."""
    server = RunningChroma(tmp_path / "chroma")
    yield server
    server.kill()


@pytest.fixture
def remote(tmp_path: Path, chroma: RunningChroma, embedder: SentenceTransformerEmbedder) -> Iterator[Library]:
    """A library with its vectors on the server, and one article in it."""
    library = Library(tmp_path / "library", embedder, chroma_server=ChromaServer(chroma.url, "news"))
    library.add([BRIDGE])
    yield library
    library.close()


def dense(library: Library, words: str) -> list[str]:
    """The titles of the articles that are found by meaning."""
    return [hit.article.title or "" for hit in library.search(words, 5).dense]


def test_a_server_that_is_killed_and_started_again_loses_nothing(
    tmp_path: Path, chroma: RunningChroma, remote: Library
) -> None:
    """Questions fail cleanly meanwhile; an add keeps its articles, and the next search brings them in."""
    assert dense(remote, "a new bridge") == [BRIDGE.title]
    assert remote.check() == []
    chroma.kill()
    with pytest.raises(LibraryUnusableError, match="see that the server runs"):
        remote.search("a new bridge", 5)
    with pytest.raises(LibraryUnusableError, match="1 articles are stored, but cannot be searched yet"):
        remote.add([OWLS])
    assert OWLS.id in remote.catalogue.article_ids()
    chroma.start(tmp_path / "chroma")
    assert dense(remote, "owls on a roof") == [OWLS.title, BRIDGE.title]
    assert remote.check() == []
    assert remote.remove(BRIDGE.id) == BRIDGE
    assert remote.check() == []


def test_a_server_that_returns_with_less_is_out_of_step_until_a_rebuild(
    tmp_path: Path, chroma: RunningChroma, remote: Library
) -> None:
    """Neither an empty server nor one brought back from an old copy answers in silence."""
    chroma.kill()
    shutil.copytree(tmp_path / "chroma", tmp_path / "old copy")
    chroma.start(tmp_path / "chroma")
    remote.add([OWLS])
    for folder in ("empty", "old copy"):
        chroma.kill()
        chroma.start(tmp_path / folder)
        with pytest.raises(OutOfStepError, match="run pullquote rebuild"):
            remote.search("owls on a roof", 5)
        remote.rebuild()
        assert dense(remote, "owls on a roof") == [OWLS.title, BRIDGE.title]
        assert remote.check() == []


def test_a_collection_that_another_process_deletes_is_noticed(chroma: RunningChroma, remote: Library) -> None:
    """It is not made anew behind the user's back."""
    collections = f"{chroma.url}/api/v2/tenants/default_tenant/databases/default_database/collections"
    httpx.delete(f"{collections}/news").raise_for_status()
    with pytest.raises(OutOfStepError, match="run pullquote rebuild"):
        remote.search("a new bridge", 5)


def test_two_libraries_share_a_server_by_the_names_of_their_collections(
    tmp_path: Path, chroma: RunningChroma, remote: Library, embedder: SentenceTransformerEmbedder
) -> None:
    """Neither finds the other's articles, and a rebuild of one leaves the other alone."""
    other = Library(tmp_path / "other", embedder, chroma_server=ChromaServer(chroma.url, "archive"))
    other.add([OWLS])
    other.rebuild()
    assert dense(remote, "owls on a roof") == [BRIDGE.title]
    assert dense(other, "owls on a roof") == [OWLS.title]
    assert remote.check() == other.check() == []
    other.close()


def test_a_server_that_hangs_holds_no_question_for_long(
    tmp_path: Path, embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request to it has a time limit of its own; here it is a short one."""
    monkeypatch.setattr(index.vectors, "_SERVER_TIMEOUT", httpx.Timeout(0.3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = "http://{}:{}".format(*silent.getsockname())
        library = Library(tmp_path / "library", embedder, chroma_server=ChromaServer(url, "news"))
        with pytest.raises(LibraryUnusableError, match="timed out"):
            library.add([BRIDGE])
        library.close()
    assert index.vectors._SERVER_TIMEOUT.read == 0.3


def test_over_http_a_question_is_a_503_while_the_server_is_away(
    tmp_path: Path, chroma: RunningChroma, remote: Library
) -> None:
    """The service itself needs no restart."""
    for client in served(QuestionAnswerer(remote)):
        chroma.kill()
        response = client.post("/v1/ask", json={"question": "What did the harbour bridge cost?"})
        assert (response.status_code, response.json()["type"]) == (503, "urn:pullquote:library-unusable")
        chroma.start(tmp_path / "chroma")
        found = client.post("/v1/search", json={"query": "harbour bridge"}).json()
        assert [passage["document_title"] for passage in found["passages"]] == [BRIDGE.title]


def test_the_doctor_works_over_a_server(tmp_path: Path, chroma: RunningChroma, remote: Library) -> None:
    """The command line finds it by its settings."""
    remote.add([replace(OWLS, origin="more")])
    environment = {**os.environ, "PULLQUOTE_CHROMA_URL": chroma.url, "PULLQUOTE_CHROMA_COLLECTION": "news"}
    command = [sys.executable, "-m", "service", "--data-dir", str(tmp_path / "library"), "doctor"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 articles" in done.stdout
    assert not (tmp_path / "library" / "vectors").exists()


@pytest.mark.parametrize("url", ["127.0.0.1:8001", "ftp://127.0.0.1", "http://", "http://name:secret@127.0.0.1:8001"])
def test_an_address_that_is_no_servers_is_refused_and_shows_no_password(url: str) -> None:
    """What is wrong is said when the library is opened."""
    with pytest.raises(SettingsError, match="chroma_url") as refused:
        ChromaServer(url, "news")
    assert "secret" not in str(refused.value)
