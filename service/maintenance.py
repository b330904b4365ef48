"""Verbs that keep a library sound: doctor, rebuild."""

from __future__ import annotations

from typing import Final

import typer

from service.command_context import console, opened_library, settings_for

_FAILURE: Final = 1


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
        console().print(f"rebuilt {library.catalogue.count()[1]} chunks", highlight=False)
