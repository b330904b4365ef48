"""The HTTP service: its parts, put together. Read this first."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Final

import structlog
from fastapi import FastAPI, Security
from fastapi.telemetry import TelemetryConfig

from index.errors import PullquoteError
from rag.language_model import Cancellation
from rag.pipeline import QuestionAnswerer
from service.http.access import BEARER, Authentication, Authorization, LocalOnly, keys_required
from service.http.admission import Admission, change_admission, question_admission
from service.http.article_routes import article_routes
from service.http.article_streams import article_stream_routes
from service.http.completion_routes import completion_routes
from service.http.health_routes import health_routes
from service.http.metrics import Metrics
from service.http.observer import Observer
from service.http.problems import PROBLEMS, UnexpectedErrors, add_error_handlers
from service.http.question_routes import question_routes
from service.http.rate_limits import RateLimiter, RateLimits
from service.http.readiness import Readiness
from service.http.request_limits import BodyDeadline, BodyLimit
from service.http.request_log import PROBES, RequestLog
from service.http.security_headers import SecurityHeaders, add_cors
from service.keys import KeyStore
from service.settings import Settings

_log: Final = structlog.get_logger("pullquote.http")

_TELEMETRY: Final[TelemetryConfig] = {
    "auto_configure": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "exclude": lambda scope: scope.get("path") in PROBES,
}
"""FastAPI opens a span for each request, under the trace that the client names; no words of requests are in it."""


def create_app(answerer: QuestionAnswerer, settings: Settings) -> FastAPI:
    """The HTTP service over one library. It loads the model in the background; /readyz tells when it is done.

    Cancelling `state.stopping` ends streams of articles; whoever stops the service does so first.
    """
    questions = question_admission(settings, with_language_model=answerer.writer is not None)
    changes = change_admission(settings)
    stopping = Cancellation()

    readiness = Readiness(answerer)
    metrics = Metrics(answerer.library, readiness, {"questions": questions, "changes": changes})
    questions.observe_wait = metrics.observe_wait
    observer = Observer(metrics, log_questions=settings.log_questions)
    app = FastAPI(
        title="Pullquote",
        version=version("pullquote"),
        summary="Questions to news articles, answered with verbatim quotes.",
        lifespan=_lifespan(answerer, questions, changes),
        responses=PROBLEMS,
        telemetry=_TELEMETRY,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    _guard(app, KeyStore(answerer.library.folder), settings)
    app.add_middleware(RequestLog, on_finished=metrics.observe_request)
    add_error_handlers(app)
    app.state.stopping = stopping
    asked = [Security(BEARER)] if keys_required(settings) else []
    app.include_router(question_routes(answerer, questions, observer), dependencies=asked)
    app.include_router(completion_routes(answerer, questions, observer), dependencies=asked)
    app.include_router(
        article_stream_routes(answerer.library, changes, stopping, settings.max_body_bytes), dependencies=asked
    )
    app.include_router(article_routes(answerer.library, changes), dependencies=asked)
    app.include_router(health_routes(readiness, metrics))
    return app


def _lifespan(
    answerer: QuestionAnswerer, *admissions: Admission
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What is done when the service starts, and when it stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_warm_up, args=(answerer,), name="warm-up", daemon=True).start()
        yield
        for admission in admissions:
            await admission.close()

    return lifespan


def _guard(app: FastAPI, keys: KeyStore, settings: Settings) -> None:
    """Locks the doors. What is added last meets a request first and its response last.

    So every refusal carries the headers, a page of an allowed origin can read it, the limits know
    whose key it is, wrong keys use them up, and no body is read of a request that is refused.
    Raises KeysUnusableError, and SettingsError where an origin is none.
    """
    asks_for_keys = keys_required(settings)
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(BodyDeadline, seconds=settings.request_timeout_s)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    if asks_for_keys:
        app.add_middleware(Authorization)
    limiter = RateLimiter(settings.key_requests_per_minute, settings.address_requests_per_minute)
    app.add_middleware(RateLimits, limiter=limiter)
    if asks_for_keys:
        app.add_middleware(Authentication, keys=keys)
    else:
        app.add_middleware(LocalOnly)
    add_cors(app, settings.cors_origins)
    app.add_middleware(SecurityHeaders)
    if asks_for_keys and not keys.keys():
        _log.warning("nobody can use the service: it asks for keys and has none; run pullquote keys create")


def _warm_up(answerer: QuestionAnswerer) -> None:
    try:
        answerer.warm_up()
    except PullquoteError as error:
        _log.error("not ready", problem=str(error))
