"""A full disk and a read-only folder: a clear error, and nothing lost. On real file systems of their own."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

import index.catalogue
import index.lock
import index.tables
from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryError, LibraryUnusableError
from index.library import Library
from rag.pipeline import QuestionAnswerer
from tests.conftest import BRIDGE, OWLS
from tests.service.test_http import served

Remount = Callable[[str], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Remount]]:
    """A small file system of its own, and a way to mount it again with other options."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a file system is not allowed here")

    def remount(options: str) -> None:
        # Chroma closes its SQLite file in a thread of its own, some milliseconds after it was told to
        deadline = time.monotonic() + 10
        while subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=False).returncode != 0:
            assert time.monotonic() < deadline, "a closed library still holds a file open"
            time.sleep(0.05)

    yield folder, remount
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("free_bytes", [0, 60_000, 200_000])
def test_a_full_disk_is_a_clear_error_and_loses_nothing(
    disk: tuple[Path, Remount], embedder: SentenceTransformerEmbedder, free_bytes: int
) -> None:
    """Wherever the space ends, what was there stays, and the add can be repeated once there is space again."""
    folder, remount = disk
    library = Library(folder / "library", embedder)
    library.add([OWLS])
    used = subprocess.run(["du", "-s", "-B1", str(folder)], capture_output=True, text=True, check=True)
    filler = folder / "filler"
    filler.write_bytes(b"x" * max(0, 8_388_608 - int(used.stdout.split()[0]) - 4096 - free_bytes))
    many = [replace(BRIDGE, origin=f"{n}", text=f"{BRIDGE.text} Number {n}. " + "x" * 30_000) for n in range(20)]
    with pytest.raises(LibraryUnusableError, match=r"space|full"):
        library.add(many)
    library.close()
    filler.unlink()
    remount("size=64m")
    library = Library(folder / "library", embedder)
    assert OWLS.id in library.catalogue.article_ids()
    library.add([*many, OWLS])
    assert library.catalogue.count()[0] == 21
    assert library.check() == []
    library.close()


def test_a_read_only_folder_is_a_clear_error(disk: tuple[Path, Remount], embedder: SentenceTransformerEmbedder) -> None:
    """Neither opening nor adding ends in anything but a LibraryError that says what to do."""
    folder, remount = disk
    library = Library(folder / "library", embedder)
    library.add([OWLS])
    library.close()
    remount("ro")
    with pytest.raises(LibraryError, match="writable"):
        Library(folder / "library", embedder).add([BRIDGE])
    with pytest.raises(LibraryUnusableError, match="PULLQUOTE_DATA_DIR"):
        Library(folder / "another", embedder)


def test_a_catalogue_full_of_rubbish_is_refused(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    """The truth is not made up anew behind the user's back."""
    (tmp_path / "catalogue.sqlite3").write_bytes(b"this is not a database at all" * 200)
    with pytest.raises(LibraryUnusableError, match="catalogue"):
        Library(tmp_path, embedder)
    assert (tmp_path / "catalogue.sqlite3").read_bytes().startswith(b"this is not")


def test_a_catalogue_of_a_later_schema_is_refused(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    """A newer Pullquote made it; this one does not touch it."""
    import sqlite3

    library = Library(tmp_path, embedder)
    library.close()
    with sqlite3.connect(tmp_path / "catalogue.sqlite3") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.close()
    with pytest.raises(LibraryUnusableError, match="schema '99'"):
        Library(tmp_path, embedder)


def test_a_service_on_a_full_disk_refuses_articles_and_goes_on_answering(
    disk: tuple[Path, Remount], embedder: SentenceTransformerEmbedder
) -> None:
    """The problem document names no path, and the same add works once there is space."""
    folder, remount = disk
    library = Library(folder / "library", embedder)
    library.add([OWLS])
    used = subprocess.run(["du", "-s", "-B1", str(folder)], capture_output=True, text=True, check=True)
    (folder / "filler").write_bytes(b"x" * max(0, 8_388_608 - int(used.stdout.split()[0]) - 4096))
    batch = {"articles": [{"title": BRIDGE.title, "text": BRIDGE.text + " It is long." * 10_000}]}
    for client in served(QuestionAnswerer(library)):
        refused = client.post("/v1/articles", json=batch)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:pullquote:library-unusable")
        assert str(folder) not in refused.text
        found = client.post("/v1/search", json={"query": "owls on a roof"})
        assert [passage["document_title"] for passage in found.json()["passages"]] == [OWLS.title]
        remount("size=64m")
        assert client.post("/v1/articles", json=batch).status_code == 200
    assert library.check() == []
    library.close()


def test_a_clock_that_was_moved_back_changes_nothing(
    tmp_path: Path, embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what this code reads of the clock nor the times of files decide anything: both are wrong here.

    The clock of native code is the real one; the files it wrote seem to come from the future.
    """

    class LongAgo(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> LongAgo:
            return cls(1999, 12, 31, tzinfo=tz)

    library = Library(tmp_path, embedder)
    library.add([BRIDGE])
    library.close()
    for module in (index.tables, index.lock, index.catalogue):
        monkeypatch.setattr(module, "datetime", LongAgo)
    monkeypatch.setattr(time, "time", lambda: 946_598_400.0)
    for file in tmp_path.rglob("*"):
        os.utime(file, (4_102_444_800, 4_102_444_800))
    library = Library(tmp_path, embedder)
    assert library.search("harbour bridge", 1).dense
    changed = replace(BRIDGE, text="The bridge was closed again after a storm.")
    assert library.add([changed, OWLS]).replaced == [BRIDGE.id]
    assert [hit.article for hit in library.search("storm", 1).lexical] == [changed]
    library.remove(OWLS.id)
    assert library.check() == []
    library.rebuild()
    assert library.check() == []
    library.close()
