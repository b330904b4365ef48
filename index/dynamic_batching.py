"""One model for many threads: calls that wait are run together, and long work lets short calls go first."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Final, Generic, TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

_LONGEST_PATIENCE_S: Final = 0.5
"""After this long, long work has its turn even if short calls wait: a library under load can still be added to."""
_STILL_CALLED_S: Final = 1.0
_REST: Final = 4.0
"""How many times as long as a step took long work rests after it while short calls come: they need the processor."""


@dataclass(slots=True)
class _Call(Generic[_Item, _Made]):
    """One thread's items, and what became of them."""

    items: Sequence[_Item]
    made: list[_Made] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False


class DynamicBatcher(Generic[_Item, _Made]):
    """Runs `make` for one thread at a time, with the items of all threads that wait, `at_most` of them or one call's.

    `make` returns as many results as it is given items, in their order; what it raises is raised in each of
    the threads whose items were in that batch. Safe to share between threads.
    """

    def __init__(self, make: Callable[[Sequence[_Item]], Sequence[_Made]], at_most: int) -> None:
        self._make = make
        self._at_most = at_most
        self._changed = threading.Condition()
        self._busy = False
        self._last_call = -math.inf
        self._waiting: list[_Call[_Item, _Made]] = []

    def __call__(self, items: Sequence[_Item]) -> list[_Made]:
        """What `make` makes of these items, perhaps together with those of other threads."""
        self._last_call = monotonic()
        if not items:
            return []
        call = _Call[_Item, _Made](items)
        with self._changed:
            self._waiting.append(call)
            self._changed.wait_for(lambda: call.done or not self._busy)
            batch = [] if call.done else self._next_batch(call)
        if batch:
            self._run(batch)
        if call.error is not None:
            raise call.error
        return call.made

    @contextmanager
    def patiently(self) -> Iterator[None]:
        """The model for one step of long work, once no call waits; half a second from now at the latest.

        After the step the thread rests if calls have come of late, so that those who ask have most of the processor.
        """
        patience_ends = monotonic() + _LONGEST_PATIENCE_S
        with self._changed:
            while self._busy or (self._waiting and monotonic() < patience_ends):
                self._changed.wait(_LONGEST_PATIENCE_S)
            self._busy = True
        began = monotonic()
        try:
            yield
        finally:
            self._free()
        if monotonic() - self._last_call < _STILL_CALLED_S:
            sleep(_REST * (monotonic() - began))

    def _next_batch(self, first: _Call[_Item, _Made]) -> list[_Call[_Item, _Made]]:
        """`first` and the calls that wait with it, as many as there is room for; the model is taken for them."""
        self._busy = True
        batch, room = [first], self._at_most - len(first.items)
        for call in self._waiting:
            if call is not first and len(call.items) <= room:
                batch.append(call)
                room -= len(call.items)
        self._waiting = [call for call in self._waiting if not any(call is taken for taken in batch)]
        return batch

    def _run(self, batch: Sequence[_Call[_Item, _Made]]) -> None:
        try:
            made = iter(self._make([item for call in batch for item in call.items]))
            for call in batch:
                call.made = [next(made) for _ in call.items]
        except BaseException as error:  # noqa: BLE001 - each of the threads raises it
            for call in batch:
                call.error = error
        finally:
            for call in batch:
                call.done = True
            self._free()

    def _free(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
