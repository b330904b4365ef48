"""What processes do while backups are made and put in place. The model is loaded with the module."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from index.article import Article
from index.library import Library
from index.lock import WriterLock
from index.restoring import restore
from tests.index.writer_process import EMBEDDER


def numbered(number: int) -> Article:
    """One of many short articles; no two say the same."""
    words = f"Lighthouse {number} on the Marrow coast was painted in {1900 + number}. Its keeper counts {number} steps."
    return Article(f"lighthouse {number}", words, f"Lighthouse {number}")


def add_one_by_one(folder: Path, wanted: Connection) -> None:
    """Adds and now and then removes articles, one a transaction, until it is told to stop."""
    library = Library(folder, EMBEDDER)
    number = 0
    while not wanted.poll():
        library.add([numbered(number)])
        if number % 5 == 4:
            library.remove(numbered(number - 2).id)
        number += 1
    library.close()


def restore_and_rebuild(archive: Path, folder: Path, told: Connection) -> None:
    """Puts a backup in place of what is there, and tells how far it is."""
    lock = WriterLock(folder)
    told.send("ready")
    lock.take()
    restore(archive, folder, replace=True)
    told.send("restored")
    library = Library(folder, EMBEDDER, writer_lock=lock)
    library.rebuild()
    library.close()
    lock.release()
    told.send("rebuilt")
