"""The HTTP door: routes, errors as RFC 9457 problems, readiness."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.article import Article, ArticleFilter
from index.errors import (
    InputError,
    LanguageModelError,
    LibraryError,
    LibraryLockedError,
    LoadingError,
    ModelError,
    PullquoteError,
    QuestionError,
    UnknownArticleError,
    UnknownModelError,
)
from index.library import Library
from index.loading import load_record
from rag.pipeline import QuestionAnswerer
from service.completion_routes import completion_routes
from service.question_routes import question_routes
from service.wire import Health, Problem
from service.wire_articles import AddResult, ArticleBatch, ArticleIn, ArticleList, ArticleOut, ArticleWithText

_log: Final = logging.getLogger("pullquote.http")

_STATUS: Final[dict[type[PullquoteError], HTTPStatus]] = {
    UnknownArticleError: HTTPStatus.NOT_FOUND,
    UnknownModelError: HTTPStatus.NOT_FOUND,
    QuestionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    LibraryLockedError: HTTPStatus.SERVICE_UNAVAILABLE,
    LibraryError: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelError: HTTPStatus.SERVICE_UNAVAILABLE,
    LanguageModelError: HTTPStatus.SERVICE_UNAVAILABLE,
}
_PROBLEMS: Final[dict[int | str, dict[str, object]]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}}
    for status in (
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
}


def create_app(answerer: QuestionAnswerer, max_body_bytes: int) -> FastAPI:
    """The HTTP service over one library. It loads the model in the background; /readyz tells when it is done."""
    library = answerer.library

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_warm_up, args=(answerer,), name="warm-up", daemon=True).start()
        yield

    app = FastAPI(
        title="Pullquote",
        version=version("pullquote"),
        summary="Questions to news articles, answered with verbatim quotes.",
        lifespan=lifespan,
        responses=_PROBLEMS,
    )
    app.add_middleware(_BodyLimit, max_bytes=max_body_bytes)
    _add_error_handlers(app)
    app.include_router(question_routes(answerer))
    app.include_router(completion_routes(answerer))

    @app.get("/v1/articles", tags=["articles"])
    def list_articles(
        source: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies the default
        after: date | None = None,
        before: date | None = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> ArticleList:
        """One page of the stored articles, newest publication first."""
        ids = library.catalogue.article_ids(ArticleFilter(tuple(source), after, before))
        page = library.catalogue.articles(ids[offset : offset + limit])
        return ArticleList(articles=[ArticleOut.of(article) for article in page.values()], total=len(ids))

    @app.post("/v1/articles", tags=["articles"])
    def add_articles(batch: ArticleBatch) -> AddResult:
        """Adds articles. One that is there already stays as it is; one of the same id is replaced."""
        result = AddResult.of(library.add(_loaded(batch)))
        if len(result.failed) == len(batch.articles):
            raise InputError("; ".join(f"{item.place}: {item.problem}" for item in result.failed[:10]))
        return result

    @app.get("/v1/articles/{article_id}", tags=["articles"])
    def get_article(article_id: str) -> ArticleWithText:
        """One article with its whole text, which the offsets of citations refer to."""
        article = _article(library, article_id)
        return ArticleWithText.with_copies(
            article, [copy for copy in library.cluster(article.id) if copy.id != article.id]
        )

    @app.delete("/v1/articles/{article_id}", tags=["articles"], status_code=HTTPStatus.NO_CONTENT)
    def delete_article(article_id: str) -> None:
        """Takes an article out of the library."""
        library.remove(_article(library, article_id).id)

    @app.get("/healthz", tags=["health"])
    def healthz() -> Health:
        """Whether the process lives."""
        return Health(status="ok")

    @app.get("/readyz", tags=["health"])
    def readyz() -> Health:
        """Whether the model is loaded and the indexes agree with the catalogue."""
        if not library.embedder.loaded:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE, "the embedding model is still being loaded: try again shortly"
            )
        library.get_ready()
        return Health(status="ready")

    return app


def _article(library: Library, article_id: str) -> Article:
    """The article with exactly this id: over HTTP an id is not shortened."""
    article = library.article(article_id)
    if article.id != article_id:
        raise UnknownArticleError(f"no article has the id {article_id!r}")
    return article


def _warm_up(answerer: QuestionAnswerer) -> None:
    try:
        answerer.warm_up()
    except PullquoteError as error:
        _log.error("not ready: %s", error)


def _loaded(batch: ArticleBatch) -> Iterator[Article | LoadingError]:
    for number, item in enumerate(batch.articles, start=1):
        try:
            yield load_record(item.model_dump(exclude={"id"}), f"article {number}", _origin(item))
        except LoadingError as error:
            yield error


def _origin(item: ArticleIn) -> str:
    """What makes an article that came over HTTP the same one when it comes again."""
    if item.id or item.url:
        return f"http:id:{item.id}" if item.id else f"http:url:{item.url}"
    digest = hashlib.sha256(f"{item.title} {item.text}".encode(errors="replace")).hexdigest()
    return f"http:{digest}"


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(PullquoteError)
    async def pullquote_error(_: Request, error: PullquoteError) -> Response:
        status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
        return _problem(status, str(error), type(error).__name__.removesuffix("Error"))

    @app.exception_handler(RequestValidationError)
    async def invalid_request(_: Request, error: RequestValidationError) -> Response:
        problems = (f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()[:10])
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(problems), "InvalidRequest")

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        return _problem(status, str(error.detail), status.phrase.replace(" ", ""), error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return _problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected failure; the server's log has the details", "InternalError"
        )


def _problem(status: HTTPStatus, detail: str, kind: str, headers: object = None) -> Response:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    body = Problem(
        type=f"urn:pullquote:{words.replace(' ', '-')}", title=words.capitalize(), status=status, detail=detail
    )
    extra = dict(headers) if isinstance(headers, dict) else {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        extra["Retry-After"] = "5"
    return JSONResponse(body.model_dump(), status, headers=extra, media_type="application/problem+json")


class _BodyLimit:
    """Refuses a request whose body is longer than `max_bytes`, whatever its headers say."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        too_large = _problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body is over the limit of {self._max_bytes:,} bytes: send less at once",
            "RequestEntityTooLarge",
        )
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._max_bytes:
            await too_large(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Callable[[], Awaitable[Message]]:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is over the limit of {self._max_bytes:,} bytes"
                )
            return message

        return counted
