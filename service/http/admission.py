"""Who is let in: so many pieces of work at once, first come first served, so many that wait, and no more."""

from __future__ import annotations

import asyncio
import math
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from statistics import fmean
from time import perf_counter
from typing import Final, TypeVar

import anyio
from anyio.to_thread import run_sync

from index.errors import OverloadedError
from rag.language_model import Cancellation
from service.settings import Settings

Item = TypeVar("Item")

_WRITERS_PER_CORE: Final = 8
"""With a language model a question mostly waits for its server, so that many share a core."""
_WAITING_CHANGES: Final = 8
_RECENT: Final = 32
_LONGEST_RETRY_S: Final = 60
_LAST_WORK_S: Final = 60
"""Seconds that work has to end once nobody waits for it and the service stops."""


def _unheard(_seconds: float) -> None:
    """A wait that nobody listens to."""


class Admission:
    """Blocking work in threads of its own, `at_once` pieces at a time; up to `queue` more wait, in the order they came.

    A place is held until its thread is done, even if nobody waits for it any more. `waiting`, `running` and `refused`
    count pieces of work, `refused` since the start. `observe_wait` is told the seconds that each piece waited.
    `seconds`: how long a client waits for an answer to begin. For one event loop at a time.
    """

    def __init__(self, name: str, at_once: int, queue: int, seconds: float) -> None:
        self.seconds = seconds
        self.waiting = self.running = self.refused = 0
        self.observe_wait: Callable[[float], None] = _unheard
        self._name = name
        self._at_once = at_once
        self._queue = queue
        self._places = anyio.CapacityLimiter(at_once)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._durations: deque[float] = deque(maxlen=_RECENT)

    @property
    def retry_after(self) -> int:
        """Seconds, 1 to 60, until all who wait and one more have likely had their turn, as the last ones tell."""
        mean = fmean(self._durations) if self._durations else 1.0
        return min(max(math.ceil(mean * (self.waiting + 1) / self._at_once), 1), _LONGEST_RETRY_S)

    async def start(
        self, work: Callable[[], Item], cancellation: Cancellation, *, refusable: bool = True
    ) -> Future[Item]:
        """Begins `work` in a thread as soon as there is a place for it, and returns what it will bring.

        Raises OverloadedError at once where too many wait and the work is `refusable`, and ReplyCancelledError when
        it is cancelled before its turn.
        """
        place = object()
        await self._enter(place, cancellation, refusable=refusable)
        loop, started = asyncio.get_running_loop(), perf_counter()

        def leave(_: Future[Item]) -> None:
            with suppress(RuntimeError):  # the loop is closed when the service was stopped by force
                loop.call_soon_threadsafe(self._leave, place, started)

        try:
            future = self._threads.submit(copy_context().run, work)
        except RuntimeError as error:
            self._leave(place, started)
            raise OverloadedError("the service is being stopped: ask again when it is back", 5) from error
        future.add_done_callback(leave)
        return future

    async def close(self) -> None:
        """Lets nothing more begin, and waits for what has begun."""
        with anyio.move_on_after(_LAST_WORK_S):
            await run_sync(self._threads.shutdown, abandon_on_cancel=True)

    async def _enter(self, place: object, cancellation: Cancellation, *, refusable: bool) -> None:
        if refusable and self.running >= self._at_once and self.waiting >= self._queue:
            self.refused += 1
            raise OverloadedError(
                f"{self.running} {self._name} are being worked on and {self.waiting} wait, which is all there is room"
                f" for: try again in {self.retry_after} s",
                self.retry_after,
            )
        since, admitted = perf_counter(), False
        self.waiting += 1
        try:
            with anyio.CancelScope() as scope, cancellation.calling(scope.cancel):
                await self._places.acquire_on_behalf_of(place)
                admitted = True
        finally:
            self.waiting -= 1
        if not admitted:
            cancellation.raise_if_cancelled()
        self.running += 1
        self.observe_wait(perf_counter() - since)

    def _leave(self, place: object, started: float) -> None:
        self.running -= 1
        self._durations.append(perf_counter() - started)
        self._places.release_on_behalf_of(place)


def question_admission(settings: Settings, *, with_language_model: bool) -> Admission:
    """Admission of questions, searches and checks of quotes.

    As many at once as there are cores, since each keeps one busy; eight times as many where a language model writes.
    `concurrent_questions` says otherwise.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    at_once = settings.concurrent_questions or cores * (_WRITERS_PER_CORE if with_language_model else 1)
    return Admission("questions", at_once, settings.waiting_questions, settings.request_timeout_s)


def change_admission(settings: Settings) -> Admission:
    """Admission of adds and deletes: one at a time, since a library has one writer."""
    return Admission("changes", 1, _WAITING_CHANGES, settings.request_timeout_s)
