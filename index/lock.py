"""One writer a data folder: a lock that names the process that holds it."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import LibraryLockedError, LibraryUnusableError


class WriterLock:
    """The right to write to a data folder. The system frees it when the process ends, however it ends.

    Counts how often it is taken, so one process may take it again. Not for sharing between threads.
    """

    def __init__(self, folder: Path) -> None:
        self._note = folder / "writer.json"
        self._lock = FileLock(folder / "writer.lock", timeout=0)

    def take(self) -> None:
        """Takes the lock at once or raises LibraryLockedError, naming the process that holds it."""
        try:
            self._lock.acquire()
        except Timeout as error:
            raise LibraryLockedError(self._held_by()) from error
        except OSError as error:
            raise LibraryUnusableError(
                f"cannot lock {str(self._lock.lock_file)!r} for writing ({error.strerror or error}):"
                " make the data folder writable"
            ) from error
        note = {
            "pid": os.getpid(),
            "command": " ".join(sys.argv),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            self._note.write_text(json.dumps(note))
        except OSError as error:
            self._lock.release()
            raise LibraryUnusableError(
                f"cannot write {str(self._note)!r} ({error.strerror}): free some space or make it writable"
            ) from error

    def release(self) -> None:
        """Gives the lock back, once for each time it was taken."""
        self._lock.release()

    def _held_by(self) -> str:
        try:
            note = json.loads(self._note.read_text())
            holder = f"process {note['pid']} ({note['command']}) since {note['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            holder = "another process"
        return f"the library in {str(self._note.parent)!r} is being written by {holder}: wait for it, or stop it"
