"""Bounds on what a request may bring, and on how long it may take to bring it."""

from __future__ import annotations

from http import HTTPStatus

import anyio
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.article_streams import is_article_stream
from service.http.problems import problem


class BodyLimit:
    """Refuses a request whose body is longer than `max_bytes`, whatever its headers say.

    A stream of articles has that limit for each line, where its lines are read.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_article_stream(scope):
            await self._app(scope, receive, send)
            return
        too_large = problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body is over the limit of {self._max_bytes:,} bytes: send less at once",
            "RequestEntityTooLarge",
        )
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._max_bytes:
            await too_large(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
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


class BodyDeadline:
    """Refuses a request whose body has not come whole after `seconds`, however steadily it drips.

    A stream of articles has that time for each part of it, where its lines are read.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole_body = scope["type"] == "http" and not is_article_stream(scope)
        timed = self._timed(receive) if whole_body else receive
        await self._app(scope, timed, send)

    def _timed(self, receive: Receive) -> Receive:
        deadline = anyio.current_time() + self._seconds
        whole = False

        async def timed() -> Message:
            nonlocal whole
            if whole:  # what comes now is that the client hangs up, for which there is no hurry
                return await receive()
            try:
                with anyio.fail_after(deadline - anyio.current_time()):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(
                    HTTPStatus.REQUEST_TIMEOUT,
                    f"the body has not come whole in {self._seconds:g} s: send it faster, or less at once",
                    {"Connection": "close"},
                ) from error
            whole = not message.get("more_body", False)
            return message

        return timed
