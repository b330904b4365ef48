"""The verb serve: the HTTP service, until it is told to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from service.command_context import settings_for


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Answer over HTTP until interrupted; /docs describes the API."""
    from service.serving import run_service  # brings FastAPI

    run_service(settings_for(context, host=host, port=port))
