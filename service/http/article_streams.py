"""Articles as a stream: NDJSON of any length in, one line for each article out, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Final, TypeAlias

import anyio
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Receive, Scope

from index.article import Article
from index.errors import InputError, LoadingError, OverloadedError
from index.library import Library
from rag.language_model import Cancellation
from service.http.admission import Admission
from service.wire_articles import ArticleIn, ArticleOutcome

NDJSON: Final = "application/x-ndjson"
STREAM_DESCRIPTION: Final[dict[str, object]] = {
    "requestBody": {"content": {NDJSON: {"schema": {"$ref": "#/components/schemas/ArticleIn"}}}},
    "responses": {"200": {"content": {NDJSON: {"schema": ArticleOutcome.model_json_schema()}}}},
}
"""What the description of the API says of the stream, beside the JSON form of the same route."""

_PATH: Final = "/v1/articles"
_ARTICLES_AT_ONCE: Final = 64
_STREAMS_AT_ONCE: Final = 4
_IN_MEMORY: Final = 1_000_000
"""Bytes of the response that stay in memory; more go to a temporary file."""
_BLOCK: Final = 65_536
_READ_OUT_S: Final = 1.0
"""Seconds for which the rest of a stream that ended early is read and dropped: who still sends may not listen."""
_GONE: Final = 499
"""The status for a client that hung up, as nginx logs it; nobody receives it."""

Spool: TypeAlias = "SpooledTemporaryFile[bytes]"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the stream that is not blank, and its number, from 1."""

    number: int
    data: bytes


class BrokenOffError(Exception):
    """A stream ends before its last line: it is silent for too long, has too long a line, or the service stops."""


def is_article_stream(scope: Scope) -> bool:
    """Whether a request brings a stream of articles, whose length has no bound as a whole."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != _PATH:
        return False
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower() == NDJSON


class _StreamRoute(APIRoute):
    """Takes streams of articles, and leaves other requests of the same path to the next route."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if is_article_stream(scope) else (Match.NONE, {})


def article_stream_routes(
    library: Library, admission: Admission, stopping: Cancellation, max_line_bytes: int
) -> APIRouter:
    """Adds streams of articles to `library`, in lots that take turns with other changes.

    Once `stopping` is cancelled, a stream ends after the lot that is being added.
    """
    router = APIRouter(route_class=_StreamRoute, tags=["articles"])
    open_streams = anyio.CapacityLimiter(_STREAMS_AT_ONCE)

    @router.post(_PATH, include_in_schema=False)
    async def add_stream(request: Request) -> Response:
        """Adds articles, one a line, as they come. What was added stays if the stream breaks off."""
        try:
            open_streams.acquire_on_behalf_of_nowait(request)
        except anyio.WouldBlock as error:
            raise OverloadedError(
                f"{_STREAMS_AT_ONCE} streams of articles are open, which is all there is room for: try again later",
                admission.retry_after,
            ) from error
        outcomes: Spool = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed once the response is sent
        body = StreamBody(request.receive, stopping, admission.seconds, max_line_bytes)
        try:
            await _add_lots(library, admission, body, outcomes)
        except ClientDisconnect:
            outcomes.close()
            return Response(status_code=_GONE)
        except BaseException:
            outcomes.close()
            raise
        finally:
            open_streams.release_on_behalf_of(request)
        outcomes.seek(0)
        blocks = iter(partial(outcomes.read, _BLOCK), b"")
        return StreamingResponse(blocks, media_type=NDJSON, background=BackgroundTask(outcomes.close))

    return router


class StreamBody:
    """The lines of a request's body as they come. `line`: the number of the last one that was begun.

    Raises BrokenOffError, and ClientDisconnect when the client hangs up.
    """

    def __init__(self, receive: Receive, stopping: Cancellation, seconds: float, max_line_bytes: int) -> None:
        self.line = 1
        self._more = True
        self._receive = receive
        self._stopping = stopping
        self._seconds = seconds
        self._max_line_bytes = max_line_bytes

    async def lots(self) -> AsyncIterator[list[Line]]:
        """The lines that are not blank, in lots of 64, or of fewer where they are long."""
        lot: list[Line] = []
        size = 0
        try:
            async for line in self._lines():
                lot.append(line)
                size += len(line.data)
                if len(lot) == _ARTICLES_AT_ONCE or size >= self._max_line_bytes:
                    yield lot
                    lot, size = [], 0
        except BrokenOffError:
            if lot:
                yield lot
            raise
        if lot:
            yield lot

    async def read_out(self) -> None:
        """Reads the rest and drops it, for a moment."""
        with anyio.move_on_after(_READ_OUT_S):
            while self._more:
                self._more = (await self._receive()).get("more_body", False)

    async def _lines(self) -> AsyncIterator[Line]:
        begun = bytearray()
        async for chunk in self._chunks():
            *ends, rest = chunk.split(b"\n")
            for end in ends:
                begun += end
                self._check_length(begun)
                if begun.strip():
                    yield Line(self.line, bytes(begun))
                self.line += 1
                begun.clear()
            begun += rest
            self._check_length(begun)
        if begun.strip():
            yield Line(self.line, bytes(begun))
            self.line += 1

    def _check_length(self, line: bytearray) -> None:
        if len(line) > self._max_line_bytes:
            raise BrokenOffError(f"this line is longer than the limit of {self._max_line_bytes:,} bytes")

    async def _chunks(self) -> AsyncIterator[bytes]:
        while self._more:
            with anyio.move_on_after(self._seconds) as scope, self._stopping.calling(scope.cancel):
                message = await self._receive()
            if self._stopping.cancelled.is_set():
                raise BrokenOffError("this line came no further, since the service is being stopped")
            if scope.cancelled_caught:
                raise BrokenOffError(f"this line came no further, since nothing came for {self._seconds:g} s")
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._more = message.get("more_body", False)
            yield message.get("body", b"")


async def _add_lots(library: Library, admission: Admission, body: StreamBody, outcomes: Spool) -> None:
    """Adds what `body` brings, lot by lot, and writes down what became of each line."""
    begun = False
    try:
        async for lot in body.lots():
            # once it has begun, a stream is not sent away, however many wait
            work = partial(_add, library, lot, outcomes)
            future = await admission.start(work, Cancellation(), refusable=not begun)
            await asyncio.wrap_future(future)
            begun = True
    except BrokenOffError as error:
        problem = f"{error}: it and those after it are left out; send them again"
        _write(outcomes, [ArticleOutcome(line=body.line, id=None, outcome="failed", problem=problem)])
        await body.read_out()
    else:
        if not begun:
            raise InputError("the stream holds no articles: send one JSON object a line")


def _add(library: Library, lot: Iterable[Line], outcomes: Spool) -> None:
    for part in _without_repeats(lot):
        report = library.add([loaded for _, loaded in part])
        added, unchanged = set(report.added), set(report.unchanged)
        _write(outcomes, [_outcome(line, loaded, added, unchanged) for line, loaded in part])


_Loaded: TypeAlias = tuple[Line, Article | LoadingError]


def _without_repeats(lot: Iterable[Line]) -> Iterator[list[_Loaded]]:
    """The loaded lines in parts where no article is there twice, so that a part replaces what one before it added."""
    part: list[_Loaded] = []
    seen: set[str] = set()
    for line in lot:
        loaded = _loaded(line)
        if isinstance(loaded, Article):
            if loaded.origin in seen:
                yield part
                part, seen = [], set()
            seen.add(loaded.origin)
        part.append((line, loaded))
    yield part


def _loaded(line: Line) -> Article | LoadingError:
    place = f"line {line.number}"
    try:
        return ArticleIn.model_validate_json(line.data.removeprefix(b"\xef\xbb\xbf")).to_article(place)
    except ValidationError as error:
        problems = (": ".join([*map(str, item["loc"]), item["msg"]]) for item in error.errors(include_input=False)[:10])
        return LoadingError(place, "; ".join(problems))
    except LoadingError as error:
        return error


def _outcome(line: Line, loaded: Article | LoadingError, added: set[str], unchanged: set[str]) -> ArticleOutcome:
    if isinstance(loaded, LoadingError):
        return ArticleOutcome(line=line.number, id=None, outcome="failed", problem=loaded.problem)
    if loaded.id in added:
        return ArticleOutcome(line=line.number, id=loaded.id, outcome="added", problem=None)
    outcome = "unchanged" if loaded.id in unchanged else "replaced"
    return ArticleOutcome.model_validate({"line": line.number, "id": loaded.id, "outcome": outcome, "problem": None})


def _write(outcomes: Spool, lines: Iterable[ArticleOutcome]) -> None:
    outcomes.writelines(line.model_dump_json().encode() + b"\n" for line in lines)
