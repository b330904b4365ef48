"""Blocking work for somebody who may hang up: it waits for its place, runs in a thread, and stops when nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeVar

import anyio
from starlette.requests import Request

from index.errors import AnswerTimeoutError, OverloadedError
from rag.language_model import Cancellation
from service.http.admission import Admission

Item = TypeVar("Item")

_BACK_AGAIN_S: Final = 5


async def answered(request: Request, admission: Admission, work: Callable[[Cancellation], Item]) -> Item:
    """What `work` brings; it is cancelled when the client of `request` hangs up first, or waits for too long.

    Raises OverloadedError, AnswerTimeoutError after `admission.seconds`, ReplyCancelledError, and what `work` raises.
    """
    async with _while_connected(request) as cancellation:
        try:
            with anyio.fail_after(admission.seconds):
                future = await admission.start(partial(work, cancellation), cancellation)
                brought = await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise _too_late(admission) from error
        finally:
            cancellation.cancel()
    return brought


async def streamed(
    request: Request, admission: Admission, start: Callable[[Cancellation], Iterator[Item]]
) -> AsyncGenerator[Item]:
    """The items of a blocking iterator as they come; when this is closed, what makes them is cancelled.

    Returns once the first item is there, so that a failure before it is raised here; raises as `answered`. The work
    does not wait for a client that reads slowly: its items are kept until they are read, which is little for an answer.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[Item | None] = asyncio.Queue()

    def produce(cancellation: Cancellation) -> None:
        try:
            for item in start(cancellation):
                loop.call_soon_threadsafe(items.put_nowait, item)
        finally:
            loop.call_soon_threadsafe(items.put_nowait, None)

    async with _while_connected(request) as cancellation:
        try:
            with anyio.fail_after(admission.seconds):
                future = await admission.start(partial(produce, cancellation), cancellation)
                first = await items.get()
                if first is None:
                    await asyncio.wrap_future(future)
        except BaseException as error:
            cancellation.cancel()
            if isinstance(error, TimeoutError):
                raise _too_late(admission) from error
            raise
    return _from(first, items, future, cancellation)


async def completed(request: Request, admission: Admission, work: Callable[[Cancellation], Item]) -> Item:
    """What `work` brings; once begun it goes on when the client hangs up, and is cancelled when the service must end.

    Raises as `answered`; the time is that for its turn to come.
    """
    stop = Cancellation()
    async with _while_connected(request) as waiting:
        try:
            with anyio.fail_after(admission.seconds):
                future = await admission.start(partial(work, stop), waiting)
        except TimeoutError as error:
            raise _too_late(admission) from error
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError as error:
        raise _stopped() from error
    finally:
        stop.cancel()


async def _from(
    first: Item | None, items: asyncio.Queue[Item | None], future: Future[None], cancellation: Cancellation
) -> AsyncGenerator[Item]:
    try:
        item = first
        while item is not None:
            yield item
            item = await items.get()
        await asyncio.wrap_future(future)
    finally:
        cancellation.cancel()


@asynccontextmanager
async def _while_connected(request: Request) -> AsyncIterator[Cancellation]:
    """A cancellation that the client of `request` causes by hanging up while the block runs."""
    cancellation = Cancellation()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        cancellation.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield cancellation
    except asyncio.CancelledError as error:
        raise _stopped() from error
    finally:
        watching.cancel()


def _stopped() -> OverloadedError:
    """What a client is told whose time is up because the service must end: only then is a request cancelled."""
    return OverloadedError("the service is being stopped: ask again when it is back", _BACK_AGAIN_S)


def _too_late(admission: Admission) -> AnswerTimeoutError:
    return AnswerTimeoutError(
        f"no answer began within {admission.seconds:g} s: try again in {admission.retry_after} s", admission.retry_after
    )
