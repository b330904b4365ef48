"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from index.library import Library
from service.wire import Health


def health_routes(library: Library) -> APIRouter:
    """What those who keep the service running ask."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    def healthz() -> Health:
        """Whether the process lives."""
        return Health(status="ok")

    @router.get("/readyz")
    def readyz() -> Health:
        """Whether the model is loaded and the indexes agree with the catalogue."""
        if not library.embedder.loaded:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE, "the embedding model is still being loaded: try again shortly"
            )
        library.get_ready()
        return Health(status="ready")

    return router
