"""Verbs that keep a library sound: doctor, rebuild, backup, restore, migrate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.command_context import console, opened_library, settings_for

if TYPE_CHECKING:
    from index.lock import WriterLock
    from service.settings import Settings

_FAILURE: Final = 1
_BESIDE: Final = ("keys.json",)
"""Files of the data folder that are backed up with its catalogue."""


def doctor(context: typer.Context) -> None:
    """Prove that the catalogue, the vectors and the lexical index agree; exit status 1 when not."""
    with opened_library(settings_for(context)) as library:
        problems = library.check()
        articles, chunks = library.catalogue.count()
    output = console()
    for problem in problems:
        output.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        output.print("run pullquote rebuild to make the derived indexes again from the catalogue", style="bold")
        raise typer.Exit(_FAILURE)
    agreement = f"{articles} articles, {chunks} chunks: catalogue, vectors and lexical index agree"
    output.print(agreement, style="green", highlight=False)


def rebuild(context: typer.Context) -> None:
    """Make chunks, vectors and lexical index again from the stored articles."""
    from service.terminal import progress

    with opened_library(settings_for(context)) as library:
        with progress("rebuilding") as advance:
            library.rebuild(advance)
        _say(f"rebuilt {library.catalogue.count()[1]} chunks")


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write, such as pullquote.zip.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write the articles, and the API keys' digests, into one file, while the library is in use."""
    from index.backup import backup as write_backup

    manifest = write_backup(settings_for(context).data_dir, file, _BESIDE, overwrite=force)
    _say(f"backed up {manifest.articles} articles (generation {manifest.generation}) to {str(file)!r}")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that pullquote backup wrote.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in place of the stored articles.")] = False,
) -> None:
    """Put a backup in place, and make chunks, vectors and lexical index from its articles."""
    from index.restoring import restore as restore_backup
    from service.terminal import progress

    settings = settings_for(context)
    with _writing(settings) as lock:
        restored = restore_backup(file, settings.data_dir, _BESIDE, replace=replace)
        manifest = restored.manifest
        _say(f"restored {manifest.articles} articles, backed up at {manifest.created:%Y-%m-%d %H:%M %Z}")
        if restored.kept:
            _say(f"the catalogue before is kept in {str(restored.kept)!r}")
        with opened_library(settings, lock) as library:
            with progress("rebuilding") as advance:
                library.rebuild(advance)
            _say(f"rebuilt {library.catalogue.count()[1]} chunks")


def migrate(context: typer.Context) -> None:
    """Bring a library that an earlier version made to the schema of this one; a copy of its catalogue is kept."""
    from index.database import SCHEMA
    from index.database import migrate as migrate_catalogue

    settings = settings_for(context)
    with _writing(settings):
        migration = migrate_catalogue(settings.data_dir / "catalogue.sqlite3", settings.data_dir)
    if migration.kept is None:
        _say(f"already at schema {SCHEMA}")
    else:
        _say(f"migrated from schema {migration.before} to {SCHEMA}; the catalogue before is in {str(migration.kept)!r}")


@contextmanager
def _writing(settings: Settings) -> Iterator[WriterLock]:
    """The right to write to the data folder. Raises LibraryLockedError."""
    from index.lock import WriterLock

    lock = WriterLock(settings.data_dir)
    lock.take()
    try:
        yield lock
    finally:
        lock.release()


def _say(line: str) -> None:
    console().print(line, markup=False, highlight=False, soft_wrap=True)
