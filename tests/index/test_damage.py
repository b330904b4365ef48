"""Damaged files: every one is noticed before it is used, or does no harm, and `pullquote rebuild` cures it."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryError, LibraryUnusableError
from index.library import Library
from tests.conftest import BRIDGE, OWLS
from tests.index import writer_process

PAGE = 4096


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Path:
    """A library of two articles, with so many vectors beside theirs that Chroma writes all its files."""
    folder = tmp_path_factory.mktemp("damage") / "sound"
    library = Library(folder, embedder)
    library.add([BRIDGE, OWLS])
    strangers = np.random.default_rng(1).standard_normal((1_100, 384)).astype(np.float32)
    strangers /= np.linalg.norm(strangers, axis=1, keepdims=True)
    library._derived.vectors.put([f"stranger {number}" for number in range(1_100)], strangers)
    library.close()
    return folder


def derived_files(folder: Path) -> Iterator[Path]:
    """One file of each kind that Chroma and tantivy write, the largest of each."""
    kinds: dict[tuple[str, str], Path] = {}
    for part in ("vectors", "lexical"):
        for file in sorted((folder / part).rglob("*"), key=lambda file: file.stat().st_size if file.is_file() else 0):
            if file.is_file() and file.suffix != ".lock":
                segment = part == "lexical" and len(file.stem) == 32
                kinds[part, file.suffix if segment else file.name] = file
    yield from kinds.values()


def damage(file: Path, kind: str) -> None:
    """Cuts a file to half or to nothing, overwrites up to 4 KB in its middle, or removes it."""
    content = bytearray(file.read_bytes())
    middle = max(0, len(content) // 2 - PAGE // 2)
    if kind == "delete":
        file.unlink()
    elif kind == "middle":
        content[middle : middle + PAGE] = random.Random(7).randbytes(min(PAGE, len(content)))
        file.write_bytes(content)
    else:
        file.write_bytes(content[: len(content) // 2] if kind == "half" else b"")


@pytest.mark.parametrize(
    "kind",
    ["middle", *(pytest.param(kind, marks=pytest.mark.soak) for kind in ("half", "empty", "delete"))],
)
def test_a_damaged_index_ends_no_process_and_is_cured_by_a_rebuild(tmp_path: Path, sound: Path, kind: str) -> None:
    """Each file in turn, in a process of its own: it answers as before, or it names the cure, which works."""
    for number, file in enumerate(derived_files(sound)):
        copy = tmp_path / f"{number:02} {file.name}"
        shutil.copytree(sound, copy)
        damage(copy / file.relative_to(sound), kind)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.writer_process"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=writer_process.look, args=(tmp_path, 1, theirs))
    process.start()
    theirs.close()
    outcomes: list[tuple[str, str, list[str]] | tuple[str, str, list[str], list[str]]] = []
    while True:
        try:
            assert ours.poll(120), f"the process hangs, after {outcomes[-1:]}"
            outcomes.append(ours.recv())
        except EOFError:
            break
    process.join()
    assert process.exitcode == 0, f"the process ended by {process.exitcode} with {outcomes[-1]}"
    finished = [outcome for outcome in outcomes if len(outcome) == 4]
    assert len(finished) >= 14
    for name, outcome, _, remaining in finished:
        assert outcome == "answered" or "run pullquote rebuild" in outcome, name
        assert remaining == [], name
    refused = {name[3:].partition(".")[2] for name, outcome, _, _ in finished if outcome != "answered"}
    assert {"idx", "term", "store", "fieldnorm", "bin", "pickle"} <= refused


@pytest.mark.parametrize("file", ["data_level0.bin", "index_metadata.pickle", "*.store"])
def test_an_index_file_that_a_dead_process_left_half_written_is_made_anew(
    tmp_path: Path, sound: Path, embedder: SentenceTransformerEmbedder, file: str
) -> None:
    """Its notes show that it died at work: whoever comes next finishes it, and need not be told to rebuild."""
    folder = shutil.copytree(sound, tmp_path / "library")
    library = Library(folder, embedder)
    article = replace(BRIDGE, origin="another", text=f"{BRIDGE.text} The old one is to be a museum.")
    library.catalogue.put([library._prepared(article)], embedder.fingerprint)
    library.close()
    damage(max(folder.rglob(file), key=lambda found: found.stat().st_size), "half")
    library = Library(folder, embedder)
    assert article.id in {hit.article.id for hit in library.search("a museum in the old bridge", 3).dense}
    assert library.check() == []
    library.close()
    library = Library(folder, embedder)
    library.get_ready()
    assert library.check() == []
    library.close()


def test_the_doctor_finds_a_vector_whose_numbers_were_changed(
    tmp_path: Path, sound: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """It is in a file of SQLite, which does not see it."""
    folder = shutil.copytree(sound, tmp_path / "library")
    library = Library(folder, embedder)
    library.rebuild()
    assert library.check() == []
    library.close()
    in_use = folder / "vectors" / (folder / "vectors" / "current").read_text()
    with sqlite3.connect(in_use / "chroma.sqlite3") as connection:
        connection.execute("UPDATE embeddings_queue SET vector = zeroblob(length(vector) - 4) || x'0000a040'")
    connection.close()
    library = Library(folder, embedder)
    assert any("are damaged" in problem for problem in library.check())
    library.close()


@pytest.mark.parametrize("kind", ["half", "empty", "delete"])
def test_a_lost_catalogue_is_refused_and_never_made_anew(
    tmp_path: Path, sound: Path, embedder: SentenceTransformerEmbedder, kind: str
) -> None:
    """The indexes show that there was one; the cure is a backup."""
    folder = shutil.copytree(sound, tmp_path / "library")
    catalogue = folder / "catalogue.sqlite3"
    damage(catalogue, kind)
    left = catalogue.read_bytes() if catalogue.exists() else None
    with pytest.raises(LibraryUnusableError, match="pullquote restore"):
        Library(folder, embedder)
    assert (catalogue.read_bytes() if catalogue.exists() else None) == left


def test_an_overwritten_page_of_the_catalogue_is_found_by_the_doctor(
    tmp_path: Path, sound: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """Whichever page it is, no check passes and nothing crashes."""
    pages = (sound / "catalogue.sqlite3").stat().st_size // PAGE
    for page in range(0, pages, 3):
        folder = shutil.copytree(sound, tmp_path / f"page {page}")
        content = bytearray((folder / "catalogue.sqlite3").read_bytes())
        content[page * PAGE : (page + 1) * PAGE] = random.Random(page).randbytes(PAGE)
        (folder / "catalogue.sqlite3").write_bytes(content)
        try:
            library = Library(folder, embedder)
        except LibraryError:
            continue
        try:
            assert any("stranger" not in problem for problem in library.check())
        except LibraryError:
            pass
        finally:
            library.close()


def test_one_changed_letter_in_a_stored_text_is_found_by_the_doctor(
    tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """It is the digest that tells: the database is sound, and the chunks have other words."""
    library = Library(tmp_path / "library", embedder)
    library.add([BRIDGE])
    library.close()
    catalogue = tmp_path / "library" / "catalogue.sqlite3"
    content = catalogue.read_bytes()
    assert content.count(b"40 million euros") == 1
    catalogue.write_bytes(content.replace(b"40 million euros", b"41 million euros"))
    library = Library(tmp_path / "library", embedder)
    assert any("its SHA-256 is another" in problem and "pullquote restore" in problem for problem in library.check())
    library.close()


def test_an_empty_library_is_sound_after_a_rebuild(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    """Nothing is noted to be put in, yet its indexes are of the catalogue's generation."""
    library = Library(tmp_path / "library", embedder)
    library.rebuild()
    library.close()
    library = Library(tmp_path / "library", embedder)
    assert library.check() == []
    assert library.add([OWLS]).added
    library.close()
