"""A hundred processes killed with SIGKILL at random moments: how many articles are lost, doubled or orphaned."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from eval.adding_cost import RandomEmbedder
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from tests.index import writer_process
from tests.index.serving_process import ServingProcess
from tests.index.test_crash import run

SEED: Final = 20
WORKS: Final = {
    "add to an empty library": (20, writer_process.add, False),
    "add that replaces": (20, writer_process.add, True),
    "remove": (20, writer_process.remove, True),
    "rebuild": (20, writer_process.rebuild, True),
}
SERVED_ADDS: Final = 20
KILLS_AMONG_THOUSANDS: Final = 10
WHOLE_LOTS: Final = (0, 64, 70)
"""How many of the articles of a stream can be there: a lot is stored whole or not at all."""


@dataclass
class Tally:
    """What kills of one kind have left behind, after the next process opened the library."""

    kills: int = 0
    lost: int = 0
    twice: int = 0
    orphans: int = 0

    def count(self, folder: Path, embedder: SentenceTransformerEmbedder, *, kept: set[str], allowed: set[str]) -> None:
        """Counts for one kill; the titles `kept` must be there, and none but those `allowed` may be."""
        library = Library(folder, embedder)
        self.kills += 1
        self.orphans += len(library.check())
        stored = Counter(article.title or "" for article in library.articles())
        self.lost += len(kept - stored.keys())
        self.twice += stored.total() - len(stored)
        self.orphans += len(stored.keys() - allowed)
        library.add(writer_process.batch(2))
        self.lost += max(0, len(allowed) - library.catalogue.count()[0])
        self.orphans += len(library.check())
        library.close()


@pytest.mark.soak
def test_a_hundred_kills_lose_nothing_double_nothing_and_leave_no_orphan(
    tmp_path: Path, embedder: SentenceTransformerEmbedder, capsys: pytest.CaptureFixture[str]
) -> None:
    """Adds, removals and rebuilds by processes of their own, and adds over HTTP; the table is printed."""
    moments = random.Random(SEED)
    first = tmp_path / "first"
    library = Library(first, embedder)
    library.add(writer_process.batch(1))
    library.close()
    table: dict[str, Tally] = {}
    for name, (kills, work, filled) in WORKS.items():
        table[name] = killed_processes(tmp_path / name, first if filled else None, kills, work, moments, embedder)
    table["add over HTTP"] = killed_services(tmp_path / "served", moments, embedder)
    with capsys.disabled():
        print(f"\n{'':26}{'kills':>7}{'lost':>7}{'twice':>7}{'orphans':>9}")
        for name, tally in table.items():
            print(f"{name:26}{tally.kills:7}{tally.lost:7}{tally.twice:7}{tally.orphans:9}")
    assert sum(tally.kills for tally in table.values()) == 100
    assert all((tally.lost, tally.twice, tally.orphans) == (0, 0, 0) for tally in table.values())


@pytest.mark.soak
def test_kills_in_the_middle_of_thousands_of_vectors_are_finished_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every thousand vectors Chroma writes its index files; what is cut off there is made anew, and none is lost."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.writer_process"])
    moments = random.Random(SEED)
    seconds = run(context, writer_process.add_thousands, tmp_path / "whole", None)
    made_anew = 0
    for kill in range(KILLS_AMONG_THOUSANDS):
        folder = tmp_path / f"kill {kill}"
        run(context, writer_process.add_thousands, folder, moments.uniform(0, seconds))
        library = Library(folder, RandomEmbedder())
        before = library.catalogue.generation
        stored = library.catalogue.count()[0]
        assert library.check() == []
        made_anew += library.catalogue.generation > before
        assert library.catalogue.count()[0] == stored
        library.add(writer_process.thousands())
        assert library.catalogue.count()[0] == len(writer_process.thousands())
        assert library.check() == []
        library.close()
        shutil.rmtree(folder)
    with capsys.disabled():
        print(f"\n{KILLS_AMONG_THOUSANDS} kills among thousands of vectors: indexes made anew after {made_anew}")


def killed_processes(
    folder: Path,
    first: Path | None,
    kills: int,
    work: Callable[..., None],
    moments: random.Random,
    embedder: SentenceTransformerEmbedder,
) -> Tally:
    """Kills a process at work on a copy of `first`, as many times."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.writer_process"])
    everything = {article.title or "" for article in writer_process.batch(1)}
    kept = set() if first is None or work is writer_process.remove else everything

    def copy(name: str) -> Path:
        target = folder / name
        if first is not None:
            shutil.copytree(first, target)
        return target

    seconds = run(context, work, copy("whole"), None)
    tally = Tally()
    for kill in range(kills):
        target = copy(f"kill {kill}")
        run(context, work, target, moments.uniform(0, seconds))
        tally.count(target, embedder, kept=kept, allowed=everything)
        shutil.rmtree(target)
    return tally


def killed_services(folder: Path, moments: random.Random, embedder: SentenceTransformerEmbedder) -> Tally:
    """Kills a service while articles stream in."""
    everything = {article.title or "" for article in writer_process.batch(1)}
    tally = Tally()
    for kill in range(SERVED_ADDS):
        target = folder / f"kill {kill}"
        service = ServingProcess(target)
        adding = threading.Thread(target=service.add, args=(writer_process.batch(1),))
        adding.start()
        time.sleep(moments.uniform(0, 2))
        service.kill()
        adding.join()
        library = Library(target, embedder)
        tally.kills += 1
        tally.orphans += len(library.check())
        stored = Counter(article.title or "" for article in library.articles())
        tally.twice += stored.total() - len(stored)
        tally.orphans += len(stored.keys() - everything)
        tally.lost += 0 if len(stored) in WHOLE_LOTS else 70 - len(stored)
        library.close()
    return tally
