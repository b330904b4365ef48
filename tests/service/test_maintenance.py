"""The verbs backup, restore and migrate, as they are typed, and beside a service that runs."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx
import pytest
import uvicorn

from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from index.lock import WriterLock
from rag.pipeline import QuestionAnswerer
from service.http.app import create_app
from service.keys import KeyStore, Scope
from service.settings import Settings
from tests.command_line import Run
from tests.conftest import OWLS, ROOT

SCHEMA_1: Final = ROOT / "tests" / "index" / "catalogues" / "schema_1.sql"


@pytest.fixture
def filled(run: Run) -> Run:
    """A library that holds one short article."""
    article = (
        b"Harbour bridge opens\n\nMay 14, 2024\n\nThe bridge in Velmora opened on Monday. It cost 40 million euros.\n"
    )
    assert run("add", "-", stdin=article).status == 0
    return run


@pytest.fixture
def client(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> Iterator[httpx.Client]:
    """A client of a service over the library, which runs while the test does."""
    library = Library(tmp_path / "library", embedder)
    app = create_app(QuestionAnswerer(library), Settings(data_dir=tmp_path / "library"))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    host, port = listening.getsockname()
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=60) as opened:
        yield opened
    server.should_exit = True
    thread.join()
    listening.close()
    library.close()


def make_old_library(folder: Path) -> None:
    """Makes the catalogue of a library that the first version made."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "catalogue.sqlite3")) as database:
        database.executescript(SCHEMA_1.read_text())


def test_a_library_is_backed_up_and_restored_elsewhere_with_its_keys(filled: Run, tmp_path: Path) -> None:
    """What is printed names the articles and the file; the copy answers as the original does."""
    key = KeyStore(tmp_path / "library").create("newsroom", Scope.READ)
    done = filled("backup", "all.zip")
    assert (done.status, done.err) == (0, "")
    assert done.out == "backed up 1 articles (generation 1) to 'all.zip'\n"
    restored = filled("--data-dir", "copy", "restore", "all.zip")
    assert restored.status == 0
    assert restored.out.startswith("restored 1 articles, backed up at 20")
    assert restored.out.endswith("UTC\nrebuilt 1 chunks\n")
    assert filled("--data-dir", "copy", "verify", "40 million euros").status == 0
    assert filled("--data-dir", "copy", "doctor").status == 0
    assert KeyStore(tmp_path / "copy").holder(key.token) == key.key


def test_nothing_is_overwritten_unasked(filled: Run) -> None:
    """Neither a file by a backup, nor a library by a restore: one line, exit status 2, and the option that asks."""
    assert filled("backup", "all.zip").status == 0
    for verb, option in (("backup", "--force"), ("restore", "--replace")):
        refused = filled(verb, "all.zip")
        assert refused.status == 2
        assert refused.err.startswith("error: ")
        assert option in refused.err
        assert refused.err.count("\n") == 1
        asked = filled(verb, "all.zip", option)
        assert asked.status == 0, asked.err
    assert "the catalogue before is kept in" in asked.out


def test_a_restore_waits_for_no_writer(filled: Run, tmp_path: Path) -> None:
    """While a process writes, it is refused and nothing changes; a backup is not."""
    lock = WriterLock(tmp_path / "library")
    lock.take()
    try:
        assert filled("backup", "all.zip").status == 0
        for arguments in (("restore", "all.zip", "--replace"), ("migrate",)):
            refused = filled(*arguments)
            assert refused.status == 1
            assert "is being written by process" in refused.err
    finally:
        lock.release()


def test_a_lost_catalogue_comes_back_as_the_message_says(filled: Run, tmp_path: Path) -> None:
    """Every verb names the cure, and the cure works."""
    assert filled("backup", "all.zip").status == 0
    file = tmp_path / "library" / "catalogue.sqlite3"
    file.write_bytes(file.read_bytes()[:1000])
    broken = filled("list")
    assert (broken.status, "pullquote restore" in broken.err) == (1, True)
    assert filled("restore", "all.zip", "--replace").status == 0
    assert filled("doctor").status == 0
    assert "Harbour bridge opens" in filled("list").out


def test_an_older_library_is_migrated_once(run: Run, tmp_path: Path) -> None:
    """Until then every verb names the cure; then it is as one of this version, and the catalogue before is kept."""
    make_old_library(tmp_path / "library")
    refused = run("list")
    assert (refused.status, "run pullquote migrate" in refused.err) == (1, True)
    done = run("migrate")
    kept = tmp_path / "library" / "catalogue.schema-1.sqlite3"
    assert done == (0, f"migrated from schema 1 to 2; the catalogue before is in {str(kept)!r}\n", "")
    assert kept.is_file()
    assert run("rebuild").status == 0
    assert run("doctor").status == 0
    assert run("migrate") == (0, "already at schema 2\n", "")


def test_an_older_library_is_backed_up_before_it_is_migrated(run: Run, tmp_path: Path) -> None:
    """What is restored from it is of the latest schema."""
    make_old_library(tmp_path / "library")
    assert run("backup", "old.zip").status == 0
    shutil.rmtree(tmp_path / "library")
    assert run("restore", "old.zip").status == 0
    assert run("doctor").status == 0
    assert "Marrowgate's tram returns" in run("list").out


def test_a_service_that_runs_is_backed_up_and_sees_what_is_restored(
    filled: Run, client: httpx.Client, tmp_path: Path
) -> None:
    """It needs no restart: what was added since is gone, what was there is back, and it goes on taking articles."""
    record = {"id": OWLS.origin, "text": OWLS.text, "title": OWLS.title}
    assert filled("backup", "before.zip").status == 0
    assert client.post("/v1/articles", json={"articles": [record]}).status_code < 300
    assert client.post("/v1/verify", json={"quote": "counted five eggs"}).json()["verbatim"] is True
    assert filled("restore", "before.zip", "--replace").status == 0
    assert client.post("/v1/verify", json={"quote": "counted five eggs"}).json()["verbatim"] is False
    found = client.post("/v1/search", json={"query": "what did the bridge cost"}).json()
    assert [passage["document_title"] for passage in found["passages"]] == ["Harbour bridge opens"]
    assert client.post("/v1/articles", json={"articles": [record]}).status_code < 300
    assert client.post("/v1/verify", json={"quote": "counted five eggs"}).json()["verbatim"] is True
