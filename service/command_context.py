"""What every verb of the command line begins and ends with: settings, a library, a console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

    from index.library import Library
    from index.lock import WriterLock
    from rag.pipeline import QuestionAnswerer
    from service.settings import Settings


def settings_for(context: typer.Context, **overrides: object) -> Settings:
    """The settings in force, with the data folder that was given before the verb. Raises SettingsError."""
    from service.settings import load_settings

    return load_settings(data_dir=context.obj, **overrides)


@contextmanager
def opened_library(settings: Settings, writer_lock: WriterLock | None = None) -> Iterator[Library]:
    """The library, closed when the block ends; it writes under `writer_lock`, if one is given.

    Raises LibraryUnusableError.
    """
    from service.wiring import open_library

    library = open_library(settings, writer_lock)
    try:
        yield library
    finally:
        library.close()


@contextmanager
def opened_answerer(settings: Settings) -> Iterator[QuestionAnswerer]:
    """What answers questions from the library, which is closed when the block ends."""
    from service.wiring import question_answerer

    with opened_library(settings) as library:
        yield question_answerer(settings, library)


def console(*, stderr: bool = False) -> Console:
    """Standard output, or standard error, as a person sees it."""
    from service.terminal import TerminalConsole

    return TerminalConsole(stderr=stderr)


def print_json(model: BaseModel) -> None:
    """Prints what the HTTP service would send."""
    print(model.model_dump_json(indent=2))
