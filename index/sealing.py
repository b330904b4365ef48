"""Files that native code reads without a check: their digests are noted when they are written, compared when opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_SEAL: Final = "seal.json"

Stamp = tuple[int, int, int]
"""A file's inode, size in bytes and time of change in nanoseconds: what differs once it is written again."""


class SealedFiles:
    """Some files of a folder, those that `choose` gives, and a note of their SHA-256 in the folder.

    Methods raise OSError, and ValueError for a note that cannot be read.
    """

    def __init__(self, folder: Path, choose: Callable[[Path], Iterable[Path]]) -> None:
        self._folder = folder
        self._choose = choose
        self._stamps: dict[str, Stamp] = {}
        self._digests: dict[str, str] = {}

    def seal(self) -> None:
        """Notes the digests of all files, reading only those that were written since the last time."""
        before = self._stamps
        self._look()
        if self._stamps == before:
            return
        temporary = self._folder / f"{_SEAL}.new"
        temporary.write_text(json.dumps(self._digests, indent=1))
        temporary.replace(self._folder / _SEAL)

    def broken(self) -> list[str]:
        """The files that are not as they were noted, or missing, or new; none where nothing was ever noted."""
        self._look()
        noted = self._noted()
        if noted is None:
            return []
        names = noted.keys() | self._digests.keys()
        return sorted(name for name in names if noted.get(name) != self._digests.get(name))

    def changed(self) -> list[str]:
        """The files that are not as they were noted; one that is missing or new is not among them."""
        self._look()
        noted = self._noted() or {}
        return sorted(name for name in noted.keys() & self._digests.keys() if noted[name] != self._digests[name])

    def _noted(self) -> dict[str, str] | None:
        note = self._folder / _SEAL
        return dict(json.loads(note.read_text())) if note.exists() else None

    def _look(self) -> None:
        """Brings stamps and digests to what the files are now."""
        stamps: dict[str, Stamp] = {}
        digests: dict[str, str] = {}
        for file in self._choose(self._folder):
            name = str(file.relative_to(self._folder))
            with suppress(FileNotFoundError):  # another process may take one away meanwhile
                stamps[name] = _stamp(file)
                unchanged = self._stamps.get(name) == stamps[name]
                digests[name] = self._digests[name] if unchanged else _sha256(file)
        self._stamps, self._digests = stamps, digests


def _stamp(file: Path) -> Stamp:
    status = file.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
