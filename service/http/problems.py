"""Errors as RFC 9457 problem documents: which status each has, and what it may say."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import (
    InputError,
    KeysUnusableError,
    LanguageModelError,
    LibraryError,
    LibraryLockedError,
    LibraryUnusableError,
    ModelError,
    ModelMismatchError,
    OutOfStepError,
    OverloadedError,
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
    OverloadedError: HTTPStatus.SERVICE_UNAVAILABLE,
    LanguageModelError: HTTPStatus.SERVICE_UNAVAILABLE,
}
_UNDISCLOSED: Final[dict[type[PullquoteError], str]] = {
    LibraryLockedError: "another process is changing the library: try again shortly",
    LibraryUnusableError: "the library cannot be opened, read or written: the server's log says why",
    KeysUnusableError: "the API keys cannot be read, so nobody is let in: the server's log says why",
    ModelMismatchError: "the library was made with another embedding model: the server's log says which",
    OutOfStepError: "the indexes do not match the catalogue: run pullquote rebuild on the server",
    LibraryError: "the library cannot serve: the server's log says why",
    ModelError: "the embedding model cannot be loaded: the server's log says why",
}
"""What is said in place of messages that tell of the machine: its paths, its processes."""

_MOST_DETAIL: Final = 1_000
PROBLEMS: Final[dict[int | str, dict[str, object]]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}}
    for status in (
        HTTPStatus.BAD_REQUEST,
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
        return error_problem(error)

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
        return _unexpected_problem(error, request.method, request.url.path)


class UnexpectedErrors:
    """Makes an error that nobody foresaw a problem document while every other middleware can still add its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = scope["type"] != "http"

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun:
                raise
            await _unexpected_problem(error, scope["method"], scope["path"])(scope, receive, send)


def error_problem(error: PullquoteError) -> Response:
    """The problem document of an error that is raised on purpose."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, OverloadedError) else None
    return problem(status, disclosed(error), type(error).__name__.removesuffix("Error"), headers)


def disclosed(error: PullquoteError) -> str:
    """What a client is told of `error`: its message, unless that tells of the machine; then the log has it."""
    words = next((_UNDISCLOSED[kind] for kind in type(error).__mro__ if kind in _UNDISCLOSED), None)
    if words is None:
        return str(error)[:_MOST_DETAIL]
    _log.error("cannot serve", problem=str(error), error=type(error).__name__)
    return words


def problem(status: HTTPStatus, detail: str, kind: str, headers: object = None) -> Response:
    """A problem document; `kind` in CamelCase becomes its type and title. A 503 says when to try again.

    `detail` is cut at 1,000 characters, since it may repeat what was sent.
    """
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    body = Problem(
        type=f"urn:pullquote:{words.replace(' ', '-')}",
        title=words.capitalize(),
        status=status,
        detail=detail[:_MOST_DETAIL],
    )
    extra = dict(headers) if isinstance(headers, dict) else {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", "5")
    return JSONResponse(body.model_dump(), status, headers=extra, media_type="application/problem+json")


def _unexpected_problem(error: Exception, method: str, path: str) -> Response:
    _log.error("request failed", method=method, path=path, exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected failure; the server's log has the details", "InternalError"
    )
