"""The catalogue's file as a whole, of whatever schema: copied while others use it, checked, described."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import LibraryUnusableError

RESTORE: Final = "put a backup in its place with pullquote restore"
"""The cure for a catalogue that is lost or damaged."""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_RESULT_CODE: Final = 0xFF
"""The part of an extended result code that says what kind it is (sqlite.org/rescode.html)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a catalogue holds: its schema, how many changes made it, its articles, and its embedding model."""

    schema: str
    generation: int
    articles: int
    model: str


def snapshot(source: Path, target: Path) -> None:
    """Copies a database as it stands at one moment into the new file `target`, which needs no file beside it.

    Others go on reading and writing (sqlite.org/backup.html). Raises LibraryUnusableError.
    """
    _copy(source, target, "rwc")
    with _opened(target, "rw") as copy:
        copy.execute("PRAGMA journal_mode=DELETE")


def overwrite(source: Path, target: Path) -> None:
    """Puts the contents of a database in place of those of another, in one transaction of that one.

    Who has `target` open sees either the old contents or the new. Raises LibraryUnusableError.
    """
    _copy(source, target, "rw")
    with _opened(target, "rw") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def contents(file: Path) -> Contents:
    """What a catalogue holds. Raises LibraryUnusableError, also when it is no catalogue."""
    with _opened(file, "rw") as database:
        values = dict(database.execute("SELECT key, value FROM meta").fetchall())
        (articles,) = database.execute("SELECT count(*) FROM articles").fetchone()
    generation = str(values.get("generation"))
    if not (generation.isascii() and generation.isdecimal()):
        raise LibraryUnusableError(f"the catalogue {str(file)!r} has no generation, but {generation!r}: {RESTORE}")
    return Contents(str(values.get("schema")), int(generation), articles, str(values.get("model")))


def damage(file: Path) -> list[str]:
    """What is wrong with a catalogue as a database; empty when it is sound. Raises LibraryUnusableError."""
    try:
        with _opened(file, "rw") as database:
            lines = [str(line) for (line,) in database.execute("PRAGMA integrity_check")]
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                lines.append("it holds no catalogue")
    except LibraryUnusableError as error:
        if is_damage(error.__cause__):
            return [str(error.__cause__)]
        raise
    return [line for line in lines if line != "ok"]


def programs(file: Path) -> list[str]:
    """Names of the triggers and views of a database, which run when it is used. Raises LibraryUnusableError."""
    with _opened(file, "rw") as database:
        return [
            name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')")
        ]


def is_damage(error: BaseException | None) -> bool:
    """Whether an error of SQLite says that the file is damaged, or is no database at all."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & _RESULT_CODE in _DAMAGED


def _copy(source: Path, target: Path, mode: str) -> None:
    with _opened(source, "rw") as origin, _opened(target, mode) as copy, _translated(target):
        origin.backup(copy)


@contextmanager
def _opened(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """A connection that makes no file unless `mode` is "rwc"."""
    with (
        _translated(file),
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=30)) as database,
    ):
        yield database


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryUnusableError(
            f"the database {str(file)!r} cannot be used ({error}):"
            " check that its folder is writable, has free space and holds an undamaged database"
        ) from error
