"""A circuit breaker: a server that keeps failing is left alone for a while (Nygard, Release It!, 2007)."""

from __future__ import annotations

import threading
from time import monotonic


class CircuitBreaker:
    """Counts failures in a row, of whichever callers. Safe to share between threads.

    After `failures` of them nobody may call for `rest` seconds; then one caller at a time may try. What says
    nothing about the server, such as a caller who stops waiting, is told to nobody.
    """

    def __init__(self, failures: int, rest: float) -> None:
        self.failures = failures
        self.rest = rest
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._closed_until = 0.0

    def lets_through(self) -> bool:
        """Whether a call may be made now; the one that ends a rest keeps the others out while it is made."""
        with self._lock:
            if self._in_a_row < self.failures:
                return True
            if monotonic() < self._closed_until:
                return False
            self._closed_until = monotonic() + self.rest
            return True

    def failed(self) -> None:
        """A call failed."""
        with self._lock:
            self._in_a_row += 1
            self._closed_until = monotonic() + self.rest

    def succeeded(self) -> None:
        """A call succeeded: the circuit is closed again."""
        with self._lock:
            self._in_a_row = 0
