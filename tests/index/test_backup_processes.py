"""Backups beside a process that writes, and restores that are killed with SIGKILL. Real processes, real kills."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from collections.abc import Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from index.article import Article
from index.backup import Manifest, backup
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from index.restoring import restore
from tests.conftest import BRIDGE, OWLS
from tests.index.backup_processes import add_one_by_one, numbered, restore_and_rebuild


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Makes processes that have the model loaded when they start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.backup_processes"])
    return context


def filled(folder: Path, embedder: SentenceTransformerEmbedder, articles: Sequence[Article]) -> Path:
    """The folder, with a library that holds these articles."""
    library = Library(folder, embedder)
    library.add(articles)
    library.close()
    return folder


def run_restore(
    processes: ForkServerContext,
    archive: Path,
    folder: Path,
    seconds: dict[str, float],
    kill_in: str = "",
    share: float = 0.0,
) -> None:
    """Restores and rebuilds in a process, killed in a stage when a share of the seconds that it took has passed."""
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=restore_and_rebuild, args=(archive, folder, theirs))
    process.start()
    assert ours.poll(60)
    assert ours.recv() == "ready"
    for stage in ("restored", "rebuilt"):
        started = time.monotonic()
        if stage == kill_in:
            process.join(share * seconds[stage])
            process.kill()
            break
        assert ours.poll(60)
        assert ours.recv() == stage
        seconds.setdefault(stage, time.monotonic() - started)
    process.join(60)


def origins(library: Library) -> set[str]:
    """Where its articles came from."""
    return {article.origin for article in library.articles()}


def test_backups_of_a_library_that_is_written_to_are_each_of_one_moment(
    tmp_path: Path, processes: ForkServerContext, embedder: SentenceTransformerEmbedder
) -> None:
    """A process adds and removes all the while; each backup is sound, of a generation between, and none waits."""
    folder = tmp_path / "library"
    library = Library(folder, embedder)
    library.add([BRIDGE])
    ours, theirs = processes.Pipe()
    process = processes.Process(target=add_one_by_one, args=(folder, theirs))
    process.start()
    spans: list[tuple[int, Manifest, int]] = []
    for number in range(3):
        passed = library.catalogue.generation
        deadline = time.monotonic() + 60
        while library.catalogue.generation < passed + 2:
            assert time.monotonic() < deadline, "the process adds nothing"
            time.sleep(0.01)
        before = library.catalogue.generation
        manifest = backup(folder, tmp_path / f"{number}.zip")
        spans.append((before, manifest, library.catalogue.generation))
    ours.send("stop")
    process.join(60)
    assert process.exitcode == 0
    library.close()
    for number, (before, manifest, after) in enumerate(spans):
        assert before <= manifest.generation <= after
        restored_folder = tmp_path / f"restored {number}"
        restore(tmp_path / f"{number}.zip", restored_folder)
        restored = Library(restored_folder, embedder)
        assert restored.check() == []
        assert restored.catalogue.count()[0] == manifest.articles
        restored.close()


def test_a_restore_killed_at_random_moments_leaves_the_old_library_or_the_new(
    tmp_path: Path, processes: ForkServerContext, embedder: SentenceTransformerEmbedder
) -> None:
    """Five kills, three of them before the indexes are made anew; a restore, or a rebuild, finishes each."""
    old = {article.origin for article in map(numbered, range(4))}
    new = {BRIDGE.origin, OWLS.origin}
    archive, before = tmp_path / "new.zip", tmp_path / "before"
    filled(before, embedder, [numbered(number) for number in range(4)])
    backup(filled(tmp_path / "new", embedder, [BRIDGE, OWLS]), archive)
    moments = random.Random(7)

    seconds: dict[str, float] = {}
    whole = shutil.copytree(before, tmp_path / "whole")
    run_restore(processes, archive, whole, seconds)
    for number in range(5):
        folder = shutil.copytree(before, tmp_path / f"kill {number}")
        kill_in = "restored" if number < 3 else "rebuilt"
        run_restore(processes, archive, folder, seconds, kill_in, moments.random())
        library = Library(folder, embedder)
        found = origins(library)
        library.close()
        assert found in ((old, new) if number < 3 else (new,))
        if found == old or number % 2:
            restore(archive, folder, replace=True)
        library = Library(folder, embedder)
        library.rebuild()
        assert library.check() == []
        assert origins(library) == new
        library.close()
        assert not (folder / "restoring").exists()
