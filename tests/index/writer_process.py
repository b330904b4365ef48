"""What a process that will be killed does: it changes a library. The model is loaded with the module."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.library import Library

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


def add(folder: Path, version: int, ready: Connection) -> None:
    """Says that it is ready, then adds one version of the batch."""
    library = Library(folder, EMBEDDER)
    ready.send("ready")
    library.add(batch(version))


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
