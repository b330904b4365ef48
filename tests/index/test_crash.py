"""A process killed with SIGKILL at any moment leaves nothing lost, doubled or orphaned. Real processes, real kills."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from tests.index import writer_process
from tests.index.serving_process import ServingProcess

Work = Callable[[Path, int, Connection], None]


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Makes processes that have the model loaded when they start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.writer_process"])
    return context


@pytest.fixture(scope="module")
def first_version(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Path:
    """A library that holds the first version of the batch."""
    folder = tmp_path_factory.mktemp("crash") / "first"
    library = Library(folder, embedder)
    library.add(writer_process.batch(1))
    library.close()
    return folder


def run(processes: ForkServerContext, work: Work, folder: Path, kill_after: float | None) -> float:
    """Runs `work` in a process of its own, killed `kill_after` seconds into its work; the seconds it took."""
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=work, args=(folder, 2, theirs))
    process.start()
    assert ours.poll(60), "the process did not get ready"
    started = time.monotonic()
    process.join(kill_after)
    if kill_after is not None:
        process.kill()
    process.join(60)
    assert process.exitcode in (0, -9)
    return time.monotonic() - started


def assert_sound(library: Library, versions: tuple[int, ...]) -> None:
    """The three stores agree, and every article is there at most once, whole, in one of its versions."""
    assert library.check() == []
    allowed = {(article.origin, article.text) for version in versions for article in writer_process.batch(version)}
    stored = [(article.origin, article.text) for article in library.articles()]
    assert set(stored) <= allowed
    assert max(Counter(origin for origin, _ in stored).values(), default=1) == 1
    assert len(set(library.clusters(library.catalogue.article_ids()).values())) <= 1, "they are near-duplicates"


@pytest.mark.parametrize(("seed", "kills", "fresh"), [(1, 7, True), (2, 7, False)])
def test_an_add_killed_at_random_moments_is_finished_or_undone(
    tmp_path: Path,
    processes: ForkServerContext,
    first_version: Path,
    embedder: SentenceTransformerEmbedder,
    seed: int,
    kills: int,
    fresh: bool,
) -> None:
    """Fourteen kills in all, in adds to an empty library and in adds that replace; then the add is repeated."""
    moments = random.Random(seed)
    whole = tmp_path / "whole"
    if not fresh:
        shutil.copytree(first_version, whole)
    seconds = run(processes, writer_process.add, whole, None)
    for kill in range(kills):
        folder = tmp_path / f"kill {kill}"
        if not fresh:
            shutil.copytree(first_version, folder)
        run(processes, writer_process.add, folder, moments.uniform(0, seconds))
        library = Library(folder, embedder)
        assert_sound(library, (1, 2))
        if not fresh:
            assert library.catalogue.count()[0] == 70, "an article that is replaced is never lost"
        library.add(writer_process.batch(2))
        assert_sound(library, (2,))
        assert library.catalogue.count()[0] == 70
        library.close()


@pytest.mark.parametrize("work", [writer_process.remove, writer_process.rebuild])
def test_a_removal_or_rebuild_killed_at_random_moments_is_finished_or_undone(
    tmp_path: Path,
    processes: ForkServerContext,
    first_version: Path,
    embedder: SentenceTransformerEmbedder,
    work: Work,
) -> None:
    """Four kills each; what remains can be searched and added to."""
    moments = random.Random(3)
    whole = shutil.copytree(first_version, tmp_path / "whole")
    seconds = run(processes, work, whole, None)
    for kill in range(4):
        folder = shutil.copytree(first_version, tmp_path / f"kill {kill}")
        run(processes, work, folder, moments.uniform(0, seconds))
        library = Library(folder, embedder)
        assert_sound(library, (1,))
        library.add(writer_process.batch(1))
        assert library.catalogue.count()[0] == 70
        assert_sound(library, (1,))
        library.close()


def test_doctor_finishes_the_work_of_a_killed_add_and_finds_nothing_wrong(
    tmp_path: Path, processes: ForkServerContext
) -> None:
    """The next start is a command line of its own: it recovers and exits 0."""
    folder = tmp_path / "library"
    seconds = run(processes, writer_process.add, tmp_path / "whole", None)
    run(processes, writer_process.add, folder, seconds * 0.6)
    command = [sys.executable, "-m", "service", "--data-dir", str(folder), "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "agree" in done.stdout


def test_a_service_killed_in_the_middle_of_an_add_is_finished_or_undone(
    tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """The articles come as a stream over HTTP; the next process to open the library goes on from there."""
    service = ServingProcess(tmp_path / "library")
    adding = threading.Thread(target=service.add, args=(writer_process.batch(1),))
    adding.start()
    opened = Library(tmp_path / "library", embedder)
    while opened.catalogue.count()[0] == 0:
        time.sleep(0.005)
    opened.close()
    service.kill()
    adding.join()
    library = Library(tmp_path / "library", embedder)
    assert library.check() == []
    stored = {article.title for article in library.articles()}
    assert 64 <= len(stored) <= 70
    assert stored <= {article.title for article in writer_process.batch(1)}
    library.close()
