"""Errors as RFC 9457 problem documents: which status each has, and what it may say."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import (
    InputError,
    LanguageModelError,
    LibraryError,
    ModelError,
    PullquoteError,
    UnknownArticleError,
    UnknownModelError,
)
from service.wire import Problem

_log: Final = structlog.get_logger("pullquote.http")

_STATUS: Final[dict[type[PullquoteError], HTTPStatus]] = {
    UnknownArticleError: HTTPStatus.NOT_FOUND,
    UnknownModelError: HTTPStatus.NOT_FOUND,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    LibraryError: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelError: HTTPStatus.SERVICE_UNAVAILABLE,
    LanguageModelError: HTTPStatus.SERVICE_UNAVAILABLE,
}
PROBLEMS: Final[dict[int | str, dict[str, object]]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}}
    for status in (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
}
"""The statuses that any route may answer with, for its description."""


def add_error_handlers(app: FastAPI) -> None:
    """Makes every error of `app` a problem document."""

    @app.exception_handler(PullquoteError)
    async def pullquote_error(_: Request, error: PullquoteError) -> Response:
        status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
        return problem(status, str(error), type(error).__name__.removesuffix("Error"))

    @app.exception_handler(RequestValidationError)
    async def invalid_request(_: Request, error: RequestValidationError) -> Response:
        problems = (f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()[:10])
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(problems), "InvalidRequest")

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        return problem(status, str(error.detail), status.phrase.replace(" ", ""), error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        _log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected failure; the server's log has the details", "InternalError"
        )


def problem(status: HTTPStatus, detail: str, kind: str, headers: object = None) -> Response:
    """A problem document; `kind` in CamelCase becomes its type and title. A 503 says when to try again."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    body = Problem(
        type=f"urn:pullquote:{words.replace(' ', '-')}", title=words.capitalize(), status=status, detail=detail
    )
    extra = dict(headers) if isinstance(headers, dict) else {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", "5")
    return JSONResponse(body.model_dump(), status, headers=extra, media_type="application/problem+json")
