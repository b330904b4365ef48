"""What the verb `watch` does: the files of a folder -> the library, as they appear and change."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from index.article import Article
from index.errors import InputError, LibraryLockedError, LoadingError
from index.library import Library
from index.loading import load
from index.results import AddReport
from index.watching import (
    SETTLE_S,
    FilesGone,
    FilesReady,
    FilesUnsettled,
    FolderBack,
    FolderEvent,
    FolderGone,
    watch_folder,
)
from service.adding import join
from service.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

_FILES_AT_ONCE: Final = 64
_LOCK_RETRY_S: Final = 2.0


class FolderKeeper:
    """Adds the files of a folder as they appear and change, and says so, a line for each event."""

    def __init__(
        self, library: Library, settings: Settings, console: Console, errors: Console, settle_s: float = SETTLE_S
    ) -> None:
        self._library = library
        self._settings = settings
        self._settle_s = settle_s
        self._console = console
        self._errors = errors
        self._stop = Event()
        self._report = AddReport()

    def keep(self, folder: Path, *, once: bool) -> AddReport:
        """Watches until SIGINT or SIGTERM, which let it finish the files at hand; with `once`, goes through it once.

        Returns what became of all files. Raises InputError when there is no such folder at the start; one
        that goes later is waited for.
        """
        if not folder.is_dir():
            raise InputError(f"there is no folder {str(folder)!r}: make it, or name another")
        with self._stopped_by_signals():
            if not once:
                self._say(f"watching {_shown(folder)}; Ctrl-C ends it")
            for event in watch_folder(
                folder, self._stop, once=once, without=self._library.folder, settle_s=self._settle_s
            ):
                self._meet(event, folder, once=once)
        return self._report

    def _meet(self, event: FolderEvent, folder: Path, *, once: bool) -> None:
        match event:
            case FilesReady(paths):
                for start in range(0, len(paths), _FILES_AT_ONCE):
                    self._add(paths[start : start + _FILES_AT_ONCE], once=once)
            case FilesGone(paths):
                first = f"{_shown(paths[0])} is gone" if len(paths) == 1 else f"{len(paths)} files are gone"
                self._say(f"{first}; what was added stays in the library, see pullquote remove")
            case FilesUnsettled(paths):
                for path in paths:
                    self._failed(LoadingError(_shown(path), "is still being written: add it again later"))
            case FolderGone():
                self._warn(f"{_shown(folder)} cannot be read any more: waiting for it")
            case FolderBack():
                self._say(f"{_shown(folder)} is back")

    def _add(self, paths: Sequence[Path], *, once: bool) -> None:
        """Adds files; while another process writes, it is waited for, but with `once` that is an error."""
        is_waiting = False
        while not self._stop.is_set():
            names: dict[str, str] = {}
            try:
                report = self._library.add(self._loaded(paths, names))
            except LibraryLockedError as error:
                if once:
                    raise
                if not is_waiting:
                    self._warn(f"waiting: {error}")
                is_waiting = True
                self._stop.wait(_LOCK_RETRY_S)
                continue
            self._tell(report, names)
            return

    def _loaded(self, paths: Iterable[Path], names: dict[str, str]) -> Iterator[Article | LoadingError]:
        for path in paths:
            if self._stop.is_set():
                return
            for loaded in load(path, self._settings.max_file_bytes):
                if isinstance(loaded, Article):
                    names[loaded.id] = f"{_shown(path)}: {loaded.name}"
                yield loaded

    def _tell(self, report: AddReport, names: dict[str, str]) -> None:
        for verb, ids in (("added", report.added), ("replaced", report.replaced)):
            for article in dict.fromkeys(ids):
                self._say(f"{verb} {article} {names[article]}")
        if report.unchanged:
            self._say(f"{len(report.unchanged)} unchanged")
        for error in report.failed:
            self._errors.print(f"failed: {error}", style="red", markup=False, soft_wrap=True)
        join(self._report, report)

    def _failed(self, error: LoadingError) -> None:
        self._tell(AddReport(failed=[error]), {})

    def _warn(self, line: str) -> None:
        self._errors.print(line, markup=False, highlight=False, soft_wrap=True)

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        handled = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, lambda *_: self._stop.set()) for number in handled]
        try:
            yield
        finally:
            for number, handler in zip(handled, before, strict=True):
                signal.signal(number, handler)


def _shown(path: Path) -> str:
    """A path as it may be printed: a file's name may hold bytes that are no text, and orders to the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(path))
