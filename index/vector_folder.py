"""The folder of the vectors: which of its subfolders Chroma uses, and what takes its place when all is made again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

_CURRENT: Final = "current"


def current_store(folder: Path) -> Path:
    """The folder in `folder` that Chroma uses; libraries of old have it in `folder` itself."""
    note = folder / _CURRENT
    if not note.exists():
        return folder if (folder / "chroma.sqlite3").exists() else folder / "first"
    name = note.read_text()
    if not name.isalnum():
        raise ValueError(f"{str(note)!r} holds {name[:40]!r}")
    return folder / name


def files_of_indexes(folder: Path) -> Iterator[Path]:
    """The files that Chroma loads; without its metadata an index has none, and what there is gets overwritten."""
    for metadata in folder.glob("*/index_metadata.pickle"):
        yield from metadata.parent.iterdir()


def begin_anew(folder: Path) -> None:
    """Makes another folder in `folder` the one that Chroma uses. The one before stays, for those who have it open.

    Its name is new: who still has the old SQLite file open would take the journal of one of the same name for its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = uuid4().hex
    temporary = folder / f"{_CURRENT}.new"
    temporary.write_text(name)
    temporary.replace(folder / _CURRENT)


def remove_others(folder: Path, current: Path) -> None:
    """Removes what Chroma used before."""
    for left in folder.iterdir():
        if left.is_dir() and left != current:
            shutil.rmtree(left, ignore_errors=True)
        elif left.is_file() and left.name != _CURRENT:
            left.unlink()
