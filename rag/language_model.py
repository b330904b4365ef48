"""What the system needs of a language model, and how a reply of it is stopped from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from index.errors import ReplyCancelledError

JsonSchema: TypeAlias = Mapping[str, object]


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: Role
    text: str


class Cancellation:
    """Whether somebody still waits for a reply. Safe to share between threads."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], object]] = []

    def cancel(self) -> None:
        """Stops whatever runs under this cancellation now or later."""
        with self._lock:
            self.cancelled.set()
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()

    def raise_if_cancelled(self) -> None:
        """Raises ReplyCancelledError where nobody waits any more; work calls it between its steps."""
        if self.cancelled.is_set():
            raise ReplyCancelledError("whoever asked has gone: the answer is left unfinished")

    @contextmanager
    def calling(self, callback: Callable[[], object]) -> Iterator[None]:
        """Calls `callback` when the reply is cancelled within the block, or was before."""
        with self._lock:
            self._callbacks.append(callback)
            already = self.cancelled.is_set()
        try:
            if already:
                callback()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)


class LanguageModel(Protocol):
    """A model that continues messages. Safe to share between threads."""

    @property
    def name(self) -> str:
        """What to call it, in answers and errors; without a key."""

    @property
    def constrains(self) -> bool:
        """Whether its server can hold a reply to a JSON schema."""

    def reply(
        self, messages: Sequence[Message], schema: JsonSchema | None, seconds: float, cancellation: Cancellation
    ) -> Iterator[str]:
        """The parts of one reply as they come, held to `schema` where the server can do that.

        Raises LanguageModelError: when the reply is not complete after `seconds`, for every failure of
        the server, and when it is cancelled.
        """
