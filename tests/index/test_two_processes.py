"""Two processes at one library: readers never fail while another process writes, and writers take turns."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryLockedError
from index.library import Library
from tests.conftest import BRIDGE, OWLS
from tests.index import writer_process


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Makes processes that have the model loaded when they start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.writer_process"])
    return context


def titles(library: Library, words: str) -> set[str | None]:
    """Of the articles that a search brings, by meaning or by words."""
    found = library.search(words, 10)
    return {hit.article.title for hit in (*found.dense, *found.lexical)}


def test_a_reader_goes_on_while_another_process_adds_and_sees_it_in_the_end(
    tmp_path: Path, processes: ForkServerContext, embedder: SentenceTransformerEmbedder
) -> None:
    """No search fails meanwhile, and none loses what was there before."""
    reader = Library(tmp_path, embedder)
    reader.add([OWLS])
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=writer_process.add, args=(tmp_path, 1, theirs))
    process.start()
    assert ours.poll(60)
    while process.is_alive():
        assert OWLS.title in titles(reader, "owls on the roof of a library")
    assert process.exitcode == 0
    assert "Ferry 7 sails" in titles(reader, "Ferry number 7")
    assert reader.check() == []
    reader.close()


def test_a_second_writer_is_told_of_the_first_and_has_its_turn_after_it(
    tmp_path: Path, processes: ForkServerContext, embedder: SentenceTransformerEmbedder
) -> None:
    """The error names the process at work; searching goes on."""
    library = Library(tmp_path, embedder)
    library.add([BRIDGE])
    ours, theirs = processes.Pipe()
    process = processes.Process(target=writer_process.add_until_told, args=(tmp_path, 1, theirs))
    process.start()
    assert ours.poll(60)
    for write in (lambda: library.add([OWLS]), lambda: library.remove(BRIDGE.id), library.rebuild):
        with pytest.raises(LibraryLockedError, match=f"process {process.pid} "):
            write()
    assert titles(library, "harbour bridge") == {BRIDGE.title}
    ours.send("go on")
    process.join(60)
    assert process.exitcode == 0
    assert library.add([OWLS]).added == [OWLS.id]
    assert library.catalogue.count()[0] == 72
    assert library.check() == []
    library.close()


def test_a_reader_outlives_the_rebuild_of_another_process(
    tmp_path: Path, processes: ForkServerContext, embedder: SentenceTransformerEmbedder
) -> None:
    """It goes on with what it has open, and needs no restart after."""
    reader = Library(tmp_path, embedder)
    reader.add([OWLS, *writer_process.batch(1)])
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=writer_process.rebuild, args=(tmp_path, 1, theirs))
    process.start()
    assert ours.poll(60)
    while process.is_alive():
        assert OWLS.title in titles(reader, "owls on the roof of a library")
    assert process.exitcode == 0
    assert OWLS.title in titles(reader, "owls on the roof of a library")
    assert reader.check() == []
    assert reader.add([BRIDGE]).added == [BRIDGE.id]
    assert reader.check() == []
    reader.close()
