"""The HTTP service: its parts, put together. Read this first."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

import structlog
from fastapi import FastAPI

from index.errors import PullquoteError
from rag.pipeline import QuestionAnswerer
from service.http.article_routes import article_routes
from service.http.completion_routes import completion_routes
from service.http.health_routes import health_routes
from service.http.problems import PROBLEMS, add_error_handlers
from service.http.question_routes import question_routes
from service.http.request_limits import BodyLimit
from service.settings import Settings

_log: Final = structlog.get_logger("pullquote.http")


def create_app(answerer: QuestionAnswerer, settings: Settings) -> FastAPI:
    """The HTTP service over one library. It loads the model in the background; /readyz tells when it is done."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_warm_up, args=(answerer,), name="warm-up", daemon=True).start()
        yield

    app = FastAPI(
        title="Pullquote",
        version=version("pullquote"),
        summary="Questions to news articles, answered with verbatim quotes.",
        lifespan=lifespan,
        responses=PROBLEMS,
    )
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    add_error_handlers(app)
    app.include_router(question_routes(answerer))
    app.include_router(completion_routes(answerer))
    app.include_router(article_routes(answerer.library))
    app.include_router(health_routes(answerer.library))
    return app


def _warm_up(answerer: QuestionAnswerer) -> None:
    try:
        answerer.warm_up()
    except PullquoteError as error:
        _log.error("not ready", problem=str(error))
