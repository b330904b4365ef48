"""One line in the log for each request, under an id that the response carries too."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

REQUEST_ID: Final = "X-Request-ID"
UNKNOWN_ROUTE: Final = "unknown"
"""The route of a path that the service does not have, and of a request that is refused before its path is looked at."""
PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that machines ask every few seconds; they are logged at level debug, and not traced."""

_CLIENT_LEFT: Final = 499
"""Not of RFC 9110, but what proxies log where a client hung up before it had its response."""
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_log: Final = structlog.get_logger("pullquote.http")


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """A request whose response has been sent, or whose client has left (`status` 499).

    `method` and `route` are of a bounded set, whatever was sent. `bytes_sent`: those of the response's body.
    """

    method: str
    route: str
    status: int
    seconds: float
    bytes_sent: int
    client: str | None
    key_id: str | None


class RequestLog:
    """Gives each request an id, logs it when its response ends, and tells `on_finished`.

    An id that the client sends is taken where it has 1 to 64 letters, digits, dots, underscores and hyphens. It is
    bound to every event that the request logs, in worker threads too.
    """

    def __init__(self, app: ASGIApp, on_finished: Callable[[FinishedRequest], None]) -> None:
        self._app = app
        self._on_finished = on_finished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})  # what the request learns of its key is looked up here afterwards
        request_id = _request_id(scope)
        exchange = _Exchange(receive, send, request_id)
        with bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, exchange.receive, exchange.send)
            finally:
                finished = exchange.finished(scope)
                _tell(finished)
                self._on_finished(finished)


class _Exchange:
    """A request and its response on their way, and what can be seen of them from outside."""

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self._started = perf_counter()
        self._bytes_sent = 0
        self._complete = False
        self._client_left = False
        self._status: int | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self._complete:
            self._client_left = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID] = self._request_id
        elif message["type"] == "http.response.body":
            self._bytes_sent += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
        await self._send(message)

    def finished(self, scope: Scope) -> FinishedRequest:
        """What is known once the application has returned."""
        key_id = scope["state"].get("key_id")
        return FinishedRequest(
            method=scope["method"] if scope["method"] in _METHODS else "other",
            route=_route(scope),
            status=_CLIENT_LEFT if self._client_left else self._status or HTTPStatus.INTERNAL_SERVER_ERROR,
            seconds=perf_counter() - self._started,
            bytes_sent=self._bytes_sent,
            client=scope["client"][0] if scope.get("client") else None,
            key_id=str(key_id) if key_id else None,
        )


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _WELL_FORMED.fullmatch(given) else str(uuid.uuid4())


def _route(scope: Scope) -> str:
    """The path as it is declared, such as /v1/articles/{article_id}: a path as sent may be anything."""
    if declared := getattr(scope.get("route"), "path", None):
        return str(declared)
    # of a page such as /docs the path alone is known; without parameters it is the declared one
    return str(scope["path"]) if "endpoint" in scope and not scope.get("path_params") else UNKNOWN_ROUTE


def _tell(request: FinishedRequest) -> None:
    failed = request.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    log = _log.debug if request.route in PROBES else _log.warning if failed else _log.info
    log(
        "request",
        method=request.method,
        route=request.route,
        status=int(request.status),
        duration_ms=round(request.seconds * 1000, 1),
        bytes=request.bytes_sent,
        client=request.client,
        key=request.key_id,
    )
