"""A folder -> its files as they appear and change, each once it is no longer being written."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic, time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from watchfiles.main import FileChange

READABLE: Final = (".txt", ".md", ".html", ".htm", ".pdf", ".json", ".jsonl")
"""The kinds of file that are watched: those that are loaded from a folder."""

SETTLE_S: Final = 1.0
"""Seconds for which size and time of a file must be still before it counts as written."""

_LOOK_S: Final = 3.0
"""Network folders tell of no change, so the folder is looked through this often whatever the system tells."""

_ONCE_PATIENCE_S: Final = 30.0
_MOMENT_S: Final = 0.1

Stamp = tuple[int, int]
"""Size and time of the last change, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class FilesReady:
    """Files that are new or have changed, and are no longer being written."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class FilesGone:
    """Files that were there and are not any more."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class FilesUnsettled:
    """Files that were still being written when a single look through the folder had to end."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class FolderGone:
    """The folder cannot be read, as when a network folder is not mounted; it is waited for."""


@dataclass(frozen=True, slots=True)
class FolderBack:
    """The folder can be read again."""


FolderEvent = FilesReady | FilesGone | FilesUnsettled | FolderGone | FolderBack


def watch_folder(
    folder: Path,
    stop: Event,
    *,
    once: bool = False,
    without: Path | None = None,
    settle_s: float = SETTLE_S,
    look_s: float = _LOOK_S,
) -> Iterator[FolderEvent]:
    """What happens in a folder and those below it, until `stop` is set; first what is there already.

    Hidden files, other kinds than `READABLE`, and what is in the folder `without` are passed over. With
    `once` it ends when every file that is there has been told of, or is still being written after half a minute.
    """
    watched = _WatchedFolder(settle_s)
    is_there = True
    started = monotonic()
    with _Bell(folder, stop) as bell:
        while not stop.is_set():
            bell.listen()
            found = _files(folder, without)
            if (found is not None) != is_there:
                is_there = found is not None
                yield FolderBack() if is_there else FolderGone()
            if found is not None:
                yield from watched.look(found)
            if once and (found is None or not watched.unsettled or monotonic() - started > _ONCE_PATIENCE_S):
                if watched.unsettled:
                    yield FilesUnsettled(tuple(watched.unsettled))
                return
            bell.wait(settle_s / 4 if watched.unsettled else look_s)


class _WatchedFolder:
    """What is known of the files of a folder, from one look to the next."""

    def __init__(self, settle_s: float) -> None:
        self.unsettled: dict[Path, tuple[Stamp, float]] = {}
        self._settle_s = settle_s
        self._told: dict[Path, Stamp] = {}
        self._there: frozenset[Path] = frozenset()
        self._is_first_look = True

    def look(self, found: Mapping[Path, Stamp]) -> Iterator[FilesReady | FilesGone]:
        """What is new since the last look. A file is unsettled from the look at which its stamp was new."""
        gone = sorted(self._there - found.keys())
        self._there = frozenset(found)
        if gone:
            yield FilesGone(tuple(gone))
        now = monotonic()
        unsettled: dict[Path, tuple[Stamp, float]] = {}
        for path, stamp in found.items():
            if self._told.get(path) == stamp:
                continue
            before = self.unsettled.get(path)
            since = before[1] if before and before[0] == stamp else now - self._stillness(stamp)
            unsettled[path] = (stamp, since)
        ready = sorted(path for path, (_, since) in unsettled.items() if now - since >= self._settle_s)
        self._told.update((path, unsettled.pop(path)[0]) for path in ready)
        self.unsettled = unsettled
        self._is_first_look = False
        if ready:
            yield FilesReady(tuple(ready))

    def _stillness(self, stamp: Stamp) -> float:
        """Seconds for which a file has surely been still when it is first seen.

        Its own time says so for the files that are there at the start. Later it says nothing: a copy may
        take over the time of its original before it is whole.
        """
        return max(0.0, time() - stamp[1] / 1e9) if self._is_first_look else 0.0


class _Bell:
    """Wakes whoever waits for a change in a folder, as soon as the system tells of one."""

    def __init__(self, folder: Path, stop: Event) -> None:
        self._folder = folder
        self._stop = stop
        self._identity: tuple[int, int] | None = None
        self._changes: Generator[set[FileChange], None, None] | None = None

    def __enter__(self) -> _Bell:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def listen(self) -> None:
        """Hears of every change from now on, in the folder that is now there; another may be mounted in its place."""
        identity = _identity(self._folder)
        if identity != self._identity:
            self._hang_up()
            self._identity = identity
            if identity is not None:
                self._changes = self._heard()
                self._rings()

    def wait(self, seconds: float) -> None:
        """Returns when something changes, when `stop` is set, or after so many seconds."""
        end = monotonic() + seconds
        while not self._stop.is_set() and monotonic() < end:
            if self._rings() or _identity(self._folder) != self._identity:
                return

    def _rings(self) -> bool:
        """Whether something changes within a moment."""
        if self._changes is not None:
            try:
                return bool(next(self._changes, None))
            except (OSError, RuntimeError):  # the folder has just gone, or the system watches no more folders
                self._hang_up()
        self._stop.wait(_MOMENT_S)
        return False

    def _heard(self) -> Generator[set[FileChange], None, None]:
        from watchfiles import watch  # slow to import

        return watch(
            self._folder,
            watch_filter=None,
            debounce=100,
            stop_event=self._stop,
            rust_timeout=int(_MOMENT_S * 1_000),
            yield_on_timeout=True,
            debug=False,
            raise_interrupt=False,
            force_polling=False,
            ignore_permission_denied=True,
        )

    def _hang_up(self) -> None:
        if self._changes is not None:
            self._changes.close()
            self._changes = None


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _files(folder: Path, without: Path | None) -> dict[Path, Stamp] | None:
    """The readable files in and below a folder, less those in `without`; None where the folder cannot be read."""
    found: dict[Path, Stamp] = {}
    waiting, seen = [folder], {_identity(without) if without else None}
    while waiting:
        inside = waiting.pop()
        try:
            status = inside.stat()
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                continue
            seen.add(identity)
            with os.scandir(inside) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir():
                        waiting.append(Path(entry.path))
                    elif entry.name.lower().endswith(READABLE):
                        known = entry.stat()
                        found[Path(entry.path)] = (known.st_size, known.st_mtime_ns)
        except OSError:  # a folder that has just gone, or may not be read
            if inside == folder:
                return None
    return found
