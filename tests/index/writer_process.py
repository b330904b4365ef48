"""What processes of their own do to a library, which may kill them. The model is loaded with the module."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final
from unittest.mock import patch

from eval.adding_cost import RandomEmbedder
from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryError
from index.library import Library
from tests.conftest import BRIDGE

EMBEDDER = SentenceTransformerEmbedder()
EMBEDDER.count_tokens(["load the tokenizer"])
EMBEDDER.load()


_NOTICE: Final = (
    " The operator asks travellers to be at the quay a quarter of an hour before their boat leaves. Bicycles are"
    " carried free of charge, dogs need a ticket and a lead, and cars must be booked by noon of the day before."
    " In fog or storm the service may be halted without notice; tickets then stay valid until the end of the month."
)


def batch(version: int) -> list[Article]:
    """Seventy near-duplicates, so that an add has two lots; another version has other words in every third."""
    return [
        Article(
            f"article {number}",
            f"Ferry number {number} left Port Ellis at dawn. It carried {number + 3} passengers."
            + _NOTICE
            + (f" Version {version} says that it was late." if number % 3 == 0 else ""),
            f"Ferry {number} sails",
        )
        for number in range(70)
    ]


def thousands() -> list[Article]:
    """Two and a half thousand short articles, no two alike."""
    words = ("harbour", "ferry", "bridge", "mayor", "owl", "library", "tram", "market", "museum", "quarry")
    return [
        Article(f"notice {number}", " ".join(f"{word} {number * 7 + place}" for place, word in enumerate(words)) + ".")
        for number in range(2_500)
    ]


def add_thousands(folder: Path, _version: int, ready: Connection) -> None:
    """Says that it is ready, then adds thousands of articles, whose vectors cost nothing."""
    library = Library(folder, RandomEmbedder())
    ready.send("ready")
    library.add(thousands())


def add(folder: Path, version: int, ready: Connection) -> None:
    """Says that it is ready, then adds one version of the batch."""
    library = Library(folder, EMBEDDER)
    ready.send("ready")
    library.add(batch(version))


def add_until_told(folder: Path, version: int, parent: Connection) -> None:
    """Says that it is adding once it is, and goes on when it is told to."""

    def articles() -> Iterator[Article]:
        parent.send("adding")
        parent.recv()
        yield from batch(version)

    library = Library(folder, EMBEDDER)
    library.add(articles())
    library.close()


def remove(folder: Path, _version: int, ready: Connection) -> None:
    """Says that it is ready, then removes the articles one by one."""
    library = Library(folder, EMBEDDER)
    ready.send("ready")
    for article in list(library.articles()):
        library.remove(article.id)


def rebuild(folder: Path, _version: int, ready: Connection) -> None:
    """Says that it is ready, then rebuilds."""
    library = Library(folder, EMBEDDER)
    ready.send("ready")
    library.rebuild()


def look(folder: Path, _version: int, outcomes: Connection) -> None:
    """Sends the name of each library in `folder`, what a search and a check bring, and what a rebuild leaves."""
    patch("index.vectors._SEALING_S", 0).start()  # nobody else writes here
    for one in sorted(folder.iterdir()):
        outcomes.send((one.name, "begun", []))
        library = Library(one, EMBEDDER)
        outcome = "answered" if (failure := _failure(library)) is None else failure
        try:
            problems = library.check()
        except LibraryError as error:
            problems = [str(error)]
        library.close()
        library = Library(one, EMBEDDER)
        library.rebuild()
        remaining = library.check() + ([again] if (again := _failure(library)) else [])
        library.close()
        outcomes.send((one.name, outcome, problems, remaining))


def _failure(library: Library) -> str | None:
    """How a search of the library fails; None when both indexes find the article that is sought."""
    try:
        found = library.search("What did the harbour bridge cost?", 5)
    except LibraryError as error:
        return str(error)
    for hits in (found.dense, found.lexical):
        if [hit.article for hit in hits][:1] != [BRIDGE]:
            return "the wrong articles were found"
    return None
