"""A backup of a library in use: whole or not at all, and readable as it was written or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.backup import backup, opened_backup
from index.embedding import SentenceTransformerEmbedder
from index.errors import BackupError, LibraryUnusableError
from index.library import Library
from index.restoring import restore

RELEASED: Final = sorted((Path(__file__).parent / "catalogues").glob("schema_*.sql"))
KEYS: Final = "keys.json"
MEMBERS: Final = ["catalogue.sqlite3", KEYS]


def test_a_backup_says_what_it_holds_and_only_its_owner_may_read_it(two_articles: Path, tmp_path: Path) -> None:
    """Beside it nothing is left; the manifest that is returned is the one that is read again."""
    file = tmp_path / "pull quote.zip"
    manifest = backup(two_articles, file, [KEYS, "not there"])
    assert (manifest.articles, manifest.generation, manifest.schema) == (2, 2, "2")
    assert sorted(manifest.members) == MEMBERS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    with opened_backup(file) as opened:
        assert opened.manifest == manifest
    with zipfile.ZipFile(file) as packed:
        assert sorted(packed.namelist()) == [*MEMBERS, "manifest.json"]


def test_a_file_that_is_there_is_overwritten_only_when_asked(two_articles: Path, tmp_path: Path) -> None:
    """The message says how."""
    file = tmp_path / "taken.zip"
    file.write_text("somebody's")
    with pytest.raises(BackupError, match="--force"):
        backup(two_articles, file)
    assert file.read_text() == "somebody's"
    backup(two_articles, file, overwrite=True)
    assert zipfile.is_zipfile(file)


def test_what_cannot_be_backed_up_leaves_no_file(two_articles: Path, tmp_path: Path) -> None:
    """Neither a folder without a library, nor a damaged catalogue, nor a place that does not exist."""
    with pytest.raises(LibraryUnusableError, match="no library is in"):
        backup(tmp_path, tmp_path / "backup.zip")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    data = bytearray((two_articles / "catalogue.sqlite3").read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    (damaged / "catalogue.sqlite3").write_bytes(data)
    with pytest.raises(LibraryUnusableError, match=r"damaged .*pullquote restore"):
        backup(damaged, tmp_path / "backup.zip")
    with pytest.raises(BackupError, match="choose a folder that exists"):
        backup(two_articles, tmp_path / "nowhere" / "backup.zip")
    assert list(tmp_path.iterdir()) == [damaged]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a file system is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_leaves_no_half_backup(two_articles: Path, small_disk: Path) -> None:
    """Not even when it is to take the place of another, which stays; the message says what to do."""
    file = small_disk / "backup.zip"
    file.write_bytes(b"the one before" * 10_000)
    with pytest.raises((BackupError, LibraryUnusableError), match="free space"):
        backup(two_articles, file, overwrite=True)
    assert file.read_bytes() == b"the one before" * 10_000
    assert list(small_disk.iterdir()) == [file]


@pytest.mark.parametrize("dump", RELEASED, ids=lambda dump: dump.stem)
def test_a_library_of_any_released_schema_is_backed_up_and_restored(
    tmp_path: Path, embedder: SentenceTransformerEmbedder, dump: Path
) -> None:
    """It need not be migrated first; what is restored has the latest schema."""
    old = tmp_path / "old"
    old.mkdir()
    with closing(sqlite3.connect(old / "catalogue.sqlite3")) as database:
        database.executescript(dump.read_text())
    assert backup(old, tmp_path / "old.zip").schema == dump.stem.removeprefix("schema_")
    restore(tmp_path / "old.zip", tmp_path / "new")
    library = Library(tmp_path / "new", embedder)
    library.rebuild()
    assert library.check() == []
    assert library.catalogue.count()[0] == 3
    library.close()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bits=st.integers(0, 255), data=st.data())
def test_a_damaged_archive_is_refused_or_holds_what_it_held(
    archive: Path, tmp_path: Path, place: float, bits: int, data: st.DataObject
) -> None:
    """Wherever a byte is changed (`bits`), or the file cut off (0), no other byte ever comes out of it."""
    whole = archive.read_bytes()
    at = int(place * len(whole))
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :] if bits else whole[:at])
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    try:
        with opened_backup(damaged) as opened:
            names = opened.unpack(MEMBERS, out)
    except BackupError:
        return
    with zipfile.ZipFile(archive) as packed:
        assert {name: (out / name).read_bytes() for name in names} == {name: packed.read(name) for name in MEMBERS}
