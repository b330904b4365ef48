"""Blocking work for somebody who may hang up: it runs in a worker thread, and stops when nobody waits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request

from rag.language_model import Cancellation

Item = TypeVar("Item")


async def streamed(start: Callable[[Cancellation], Iterator[Item]]) -> AsyncGenerator[Item]:
    """The items of a blocking iterator as they come; when this is closed or cancelled, so is what makes them."""
    cancellation = Cancellation()
    items = start(cancellation)
    try:
        while (item := await run_sync(next, items, None, abandon_on_cancel=True)) is not None:
            yield item
    finally:
        cancellation.cancel()


async def while_connected(request: Request, work: Callable[[Cancellation], Item]) -> Item:
    """What blocking work brings; it is cancelled when the client of `request` hangs up first."""
    cancellation = Cancellation()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        cancellation.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        brought = await run_sync(work, cancellation)
        group.cancel_scope.cancel()
    return brought
