"""A backup put in place: the old library or the new one, whatever happens. Real files and forgeries."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from index.embedding import SentenceTransformerEmbedder
from index.errors import BackupError, LibraryUnusableError
from index.library import Library
from index.restoring import restore
from tests.conftest import BRIDGE, OWLS
from tests.index import backup_processes

KEYS: Final = "keys.json"
MEMBERS: Final = ["catalogue.sqlite3", KEYS]

Change = Callable[[dict[str, object], dict[str, bytes]], None]
"""Changes a manifest, and the members beside it."""


@pytest.fixture(scope="module")
def four_articles(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Path:
    """The folder of a library of other articles, which has seen more changes; not to be changed."""
    folder = tmp_path_factory.mktemp("backup") / "four"
    library = Library(folder, embedder)
    for number in range(4):
        library.add([backup_processes.numbered(number)])
    library.close()
    return folder


@pytest.fixture
def other_folder(tmp_path: Path, four_articles: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(four_articles, tmp_path / "other")


def origins(library: Library) -> set[str]:
    """Where its articles came from."""
    return {article.origin for article in library.articles()}


def assert_restored(folder: Path, embedder: SentenceTransformerEmbedder) -> None:
    """The library is that of the backup once it is rebuilt, and nothing is left of the work."""
    library = Library(folder, embedder)
    library.rebuild()
    assert library.check() == []
    assert {article.text for article in library.articles()} == {BRIDGE.text, OWLS.text}
    library.close()
    assert not (folder / "restoring").exists()


def forged(archive: Path, target: Path, change: Change) -> Path:
    """A backup whose manifest and members have been changed; digests of changed members are made to fit."""
    with zipfile.ZipFile(archive) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    original = dict(files)
    change(manifest, files)
    for name in [name for name, data in files.items() if data != original.get(name) and name in manifest["members"]]:
        manifest["members"][name] = {
            "bytes": len(files[name]),
            "sha256": hashlib.sha256(files[name]).hexdigest(),
        } | manifest["members"][name].get("claimed", {})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("manifest.json", json.dumps(manifest))
        for name, data in files.items():
            packed.writestr(name, data)
    return target


def test_a_backup_is_restored_into_a_new_folder(
    archive: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """With its articles, word for word, and its keys; whoever opens the library may finish the work instead."""
    folder = tmp_path / "new"
    restored = restore(archive, folder, [KEYS])
    assert restored.kept is None
    assert (folder / KEYS).read_text() == '{"keys": "of the backup"}'
    assert stat.S_IMODE((folder / KEYS).stat().st_mode) == 0o600
    library = Library(folder, embedder)
    assert library.search("snowy owls", 1).lexical[0].article.origin == OWLS.origin
    assert library.check() == []
    library.close()
    assert_restored(folder, embedder)


def test_a_catalogue_is_replaced_only_when_asked_and_is_kept(
    archive: Path, other_folder: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """The generation rises above both, and keys stay those that are in force: a revoked one does not come back."""
    (other_folder / KEYS).write_text('{"keys": "in force"}')
    with pytest.raises(BackupError, match="--replace"):
        restore(archive, other_folder)
    restored = restore(archive, other_folder, [KEYS], replace=True)
    library = Library(other_folder, embedder)
    assert library.catalogue.generation == 5
    assert library.check() == []
    library.close()
    assert (other_folder / KEYS).read_text() == '{"keys": "in force"}'
    assert restored.kept is not None
    with closing(sqlite3.connect(restored.kept)) as kept:
        assert kept.execute("SELECT count(*) FROM articles").fetchone() == (4,)
    assert_restored(other_folder, embedder)


def test_a_library_that_is_open_goes_on_with_what_was_restored(
    archive: Path, other_folder: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """Without being opened again, before and after the indexes are made; no word of the articles before is said."""
    reader = Library(other_folder, embedder)
    assert reader.search("lighthouse", 3).lexical
    restore(archive, other_folder, replace=True)
    writer = Library(other_folder, embedder)
    with writer._write(from_scratch=True):  # as while another process rebuilds
        found = reader.search("lighthouse keeper", 8)
        assert {hit.article.origin for hit in (*found.dense, *found.lexical)} <= {BRIDGE.origin, OWLS.origin}
    writer.rebuild()
    writer.close()
    assert reader.search("snowy owls", 1).lexical[0].article.origin == OWLS.origin
    assert origins(reader) == {BRIDGE.origin, OWLS.origin}
    assert reader.check() == []
    reader.close()


@pytest.mark.parametrize("damage", ["rubbish", "cut off", "empty", "missing"])
def test_a_damaged_catalogue_makes_way_for_the_backup(
    archive: Path, other_folder: Path, embedder: SentenceTransformerEmbedder, damage: str
) -> None:
    """Its log is not played onto the new one, its remains are kept, and an open library finds the new one."""
    file = other_folder / "catalogue.sqlite3"
    reader = Library(other_folder, embedder)
    reader.add([backup_processes.numbered(9)])
    assert (other_folder / "catalogue.sqlite3-wal").stat().st_size, "there is a log that could be played"
    data = file.read_bytes()
    remains = {"rubbish": b"rubbish " * 2000, "cut off": data[: len(data) // 2 + 77], "empty": b"", "missing": b""}
    (other_folder / "new").write_bytes(remains[damage])
    (other_folder / "new").replace(file)
    if damage == "missing":
        file.unlink()
    restored = restore(archive, other_folder, replace=True)
    assert origins(reader) == {BRIDGE.origin, OWLS.origin}
    reader.close()
    library = Library(other_folder, embedder)
    assert library.catalogue.generation > 1_000_000, "above that of the lost one, whatever it was"
    library.close()
    assert_restored(other_folder, embedder)
    if damage == "missing":
        assert restored.kept is None
    else:
        assert restored.kept is not None
        assert restored.kept.read_bytes()[:77] == remains[damage][:77]


def _of_a_later_schema(manifest: dict[str, object], files: dict[str, bytes]) -> None:
    manifest["schema"] = "3"


def _of_a_later_format(manifest: dict[str, object], files: dict[str, bytes]) -> None:
    manifest["format"] = 2


def _larger_than_it_says(manifest: dict[str, object], files: dict[str, bytes]) -> None:
    files["catalogue.sqlite3"] += bytes(50_000_000)
    _member(manifest)["claimed"] = {"bytes": 5000}


def _larger_than_the_disk(manifest: dict[str, object], files: dict[str, bytes]) -> None:
    _member(manifest)["bytes"] = 10**17


def _without_a_catalogue(manifest: dict[str, object], files: dict[str, bytes]) -> None:
    manifest["members"] = {"../evil": {"bytes": 4, "sha256": hashlib.sha256(b"evil").hexdigest()}}
    files["../evil"] = b"evil"


def _changed(statement: str) -> Change:
    """A change of the catalogue that the manifest does not tell, by a statement of SQL."""

    def change(manifest: dict[str, object], files: dict[str, bytes]) -> None:
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(files["catalogue.sqlite3"])
            database.execute(statement)
            database.commit()
            files["catalogue.sqlite3"] = database.serialize()

    return change


def _of_rubbish(manifest: dict[str, object], files: dict[str, bytes]) -> None:
    files["catalogue.sqlite3"] = b"no database " * 1000


def _member(manifest: dict[str, object]) -> dict[str, object]:
    members = manifest["members"]
    assert isinstance(members, dict)
    found = members["catalogue.sqlite3"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_of_a_later_schema, "has schema '3', this version reads up to '2'"),
        (_of_a_later_format, "format"),
        (_larger_than_it_says, "larger than it may be"),
        (_larger_than_the_disk, "free some space"),
        (_without_a_catalogue, "it has no catalogue"),
        (_changed("CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM articles; END"), "it runs 't'"),
        (_of_rubbish, "not a database"),
        (_changed("UPDATE meta SET value = '99' WHERE key = 'schema'"), "is not what the manifest says"),
        (_changed("UPDATE meta SET value = 'many' WHERE key = 'generation'"), "has no generation, but 'many'"),
        (_changed("DROP TABLE articles"), "no such table: articles"),
    ],
)
def test_a_forged_archive_is_refused_and_changes_nothing(
    archive: Path,
    other_folder: Path,
    embedder: SentenceTransformerEmbedder,
    change: Change,
    words: str,
) -> None:
    """No file is left of it, inside the folder or outside, and the library is what it was."""
    file = forged(archive, other_folder.parent / "forged.zip", change)
    before = {path.name for path in other_folder.iterdir()}
    with pytest.raises((BackupError, LibraryUnusableError), match=words):
        restore(file, other_folder, MEMBERS, replace=True)
    assert {path.name for path in other_folder.iterdir()} == before
    assert {path.name for path in other_folder.parent.iterdir()} == {"other", "forged.zip"}
    library = Library(other_folder, embedder)
    assert library.catalogue.count()[0] == 4
    library.close()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    """Nor is a file that is not there; no folder is made."""
    (tmp_path / "text.zip").write_text("not a ZIP file")
    for name in ("text.zip", "missing.zip"):
        with pytest.raises(BackupError, match=f"{name}' cannot be restored"):
            restore(tmp_path / name, tmp_path / "new")
    assert not (tmp_path / "new").exists()
