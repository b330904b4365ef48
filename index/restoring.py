"""A backup put in place of a library's catalogue: whole or not at all, under the eyes of those who read it.

All that can fail is done on a copy in the folder `restoring`. Then one transaction of the live catalogue takes
the new contents over, so whoever has it open goes on with the one or the other. The derived indexes are noted as
to be emptied and filled, as after a rebuild that was cut short: whoever opens the library next can finish it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.backup import CATALOGUE, Manifest, OpenedBackup, opened_backup, sync
from index.catalogue import Catalogue
from index.database import migrate
from index.database_copy import contents, damage, overwrite, programs, snapshot
from index.errors import BackupError, LibraryUnusableError

_STAGE: Final = "restoring"
_DERIVED: Final = ("vectors", "lexical")
_UNKNOWN_CHANGES: Final = 1_000_000
"""More changes than a lost catalogue can have seen since its backup: its generation is passed over so."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where the catalogue lies that was there before, if there was one."""

    manifest: Manifest
    kept: Path | None


def restore(archive: Path, folder: Path, beside: Sequence[str] = (), *, replace: bool = False) -> Restored:
    """Puts the catalogue of a backup into `folder`; the derived indexes are then to be made by `Library.rebuild`.

    Whoever calls holds the writer's lock. `beside`: names of files that belong to a library, restored where the
    folder has none of that name. Raises BackupError for a backup that is damaged or of a later version, or when
    there is a catalogue and it is not to be replaced; LibraryUnusableError when the folder cannot be written.
    """
    with opened_backup(archive) as backup:
        if (folder / CATALOGUE).exists() and not replace:
            raise BackupError(f"{str(folder)!r} has a catalogue: add --replace to put the backup in its place")
        return Restored(backup.manifest, _restore(backup, folder, beside))


def _restore(backup: OpenedBackup, folder: Path, beside: Sequence[str]) -> Path | None:
    """Returns where the catalogue before is kept."""
    live = folder / CATALOGUE
    with _stage(folder) as stage:
        names = backup.unpack([CATALOGUE, *beside], stage)
        unsound = damage(live) if live.exists() else []
        _prepare(stage / CATALOGUE, backup, _generation_before(live, backup, unsound=bool(unsound)))
        kept = _put_in_place(stage, live, unsound=bool(unsound))
        for name in names:
            if name != CATALOGUE and not (folder / name).exists():
                sync(stage / name)
                (stage / name).replace(folder / name)
        sync(folder)
        return kept


@contextmanager
def _stage(folder: Path) -> Iterator[Path]:
    """An empty folder to work in, without what a killed process left there."""
    stage = folder / _STAGE
    try:
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(mode=0o700, parents=True)
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise LibraryUnusableError(
            f"cannot restore into {str(folder)!r} ({error.strerror or error}): free some space or make it writable"
        ) from error


def _generation_before(live: Path, backup: OpenedBackup, *, unsound: bool) -> int:
    if live.exists() and not unsound:
        return contents(live).generation
    had = live.exists() or any((live.parent / name).exists() for name in _DERIVED)
    return backup.manifest.generation + _UNKNOWN_CHANGES if had else 0


def _prepare(staged: Path, backup: OpenedBackup, generation: int) -> None:
    """Checks the catalogue of a backup, and makes it the next generation of the library, of the latest schema."""
    problems = damage(staged) or [f"it runs {name!r}" for name in programs(staged)]
    if not problems and contents(staged) != backup.manifest.contents:
        problems = ["it is not what the manifest says"]
    if problems:
        raise BackupError(f"the catalogue in {str(backup.archive)!r} is not sound ({problems[0]}): give another backup")
    migrate(staged)
    catalogue = Catalogue(staged)
    try:
        catalogue.forget_derived(generation)
    finally:
        catalogue.close()


def _put_in_place(stage: Path, live: Path, *, unsound: bool) -> Path | None:
    """Makes the staged catalogue the live one; returns where the one before is kept."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    kept = live.with_name(f"{live.stem}.before-restore-{moment}{live.suffix}")
    if live.exists() and not unsound:
        snapshot(live, stage / kept.name)
        (stage / kept.name).replace(kept)
        sync(live.parent)
        overwrite(stage / CATALOGUE, live)
        return kept
    had = live.exists()
    for suffix in ("", "-wal", "-shm"):  # what is left of another catalogue's log would be played onto this one
        left = live.with_name(live.name + suffix)
        if left.exists():
            left.replace(kept.with_name(kept.name + suffix))
    sync(live.parent)
    (stage / CATALOGUE).replace(live)
    return kept if had else None
