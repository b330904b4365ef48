"""A running service under so many readers for so long: what they saw, and what it cost the service."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import numpy as np

_LOCUSTFILE: Final = Path(__file__).with_name("locustfile.py")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_SETTLED_S: Final = 120
"""Seconds after which a service has taken the memory that it works in."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Who asks: how many at once, each with `think` seconds between two questions; `distinct`: no request twice."""

    clients: int
    think: tuple[float, float] = (1.0, 5.0)
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was seen of one run. Times are milliseconds, memory is the service's resident set in MB.

    `settled_mb`: memory at minute two, or at the start of a run that is shorter; `added`: articles added meanwhile.
    """

    name: str
    clients: int
    seconds: float
    requests: int
    errors: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    settled_mb: float
    end_mb: float
    added: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """How fast the machine is just now, by two small calculations of always the same size, in milliseconds."""

    python_ms: float
    matrices_ms: float
    cores: int


def measure_machine() -> Machine:
    """The least of five tries of each."""
    matrix = np.random.default_rng(0).standard_normal((512, 512))
    return Machine(
        min(_milliseconds(lambda: sum(range(2_000_000))) for _ in range(5)),
        min(_milliseconds(lambda: matrix @ matrix @ matrix) for _ in range(5)),
        len(os.sched_getaffinity(0)),
    )


def measure(name: str, address: str, pid: int, readers: Readers, seconds: float, *, adding: bool) -> Measurement:
    """Lets `readers` ask for so many seconds; with `adding`, articles go in all the while, as fast as they can."""
    writer = Writer(address) if adding else None
    memory = _Memory(pid)
    with memory:
        if writer:
            writer.start()
        seen = _asked(address, readers, seconds)
        if writer:
            writer.stop()
    return Measurement(
        name=name,
        clients=readers.clients,
        seconds=seconds,
        requests=seen.requests,
        errors=seen.errors,
        per_second=seen.requests / seconds,
        p50_ms=percentile(seen.times, 0.50),
        p95_ms=percentile(seen.times, 0.95),
        p99_ms=percentile(seen.times, 0.99),
        settled_mb=memory.settled_mb,
        end_mb=memory.end_mb,
        added=writer.added if writer else 0,
        problems=tuple(writer.problems) if writer else (),
    )


def percentile(times: Mapping[float, int], share: float) -> float:
    """The least time that `share` of all requests did not exceed; NaN where there are none."""
    wanted, seen = share * sum(times.values()), 0
    for milliseconds in sorted(times):
        seen += times[milliseconds]
        if seen >= wanted:
            return milliseconds
    return math.nan


class Writer:
    """Adds articles through one stream after another, each of a thousand, until it is stopped."""

    def __init__(self, address: str) -> None:
        self.added = 0
        self.problems: list[str] = []
        self._address = address
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._add)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the stream that is open, and waits for its outcomes."""
        self._stopped.set()
        self._thread.join()

    def _add(self) -> None:
        first = 0
        with httpx.Client(timeout=600) as client:
            while not self._stopped.is_set():
                headers = {"Content-Type": "application/x-ndjson"}
                response = client.post(f"{self._address}/v1/articles", content=self._lines(first), headers=headers)
                if response.status_code != 200:
                    self.problems.append(response.text[:200])
                    time.sleep(1)
                    continue
                self.added += sum('"outcome":"added"' in line for line in response.text.splitlines())
                first += 1_000

    def _lines(self, first: int) -> Iterator[bytes]:
        for number in range(first, first + 1_000):
            if self._stopped.is_set() and number > first:
                return
            text = " ".join(f"Ferry {number} passed buoy {buoy} at low tide, its master wrote." for buoy in range(12))
            yield json.dumps({"id": f"load-{number}", "title": f"Ferry {number}", "text": text}).encode() + b"\n"


class _Memory:
    """The memory of a process, looked at every second while the block runs."""

    def __init__(self, pid: int) -> None:
        self._statm = Path(f"/proc/{pid}/statm")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.settled_mb = self.end_mb = self._now()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        started = time.monotonic()
        while not self._over.wait(1):
            self.end_mb = self._now()
            if time.monotonic() - started <= _SETTLED_S:
                self.settled_mb = self.end_mb

    def _now(self) -> float:
        return int(self._statm.read_text().split()[1]) * _PAGE_BYTES / 1e6


@dataclass(frozen=True, slots=True)
class _Counted:
    """What readers counted; `times`: how often each time in milliseconds occurred."""

    requests: int = 0
    errors: int = 0
    times: Mapping[float, int] = field(default_factory=dict)


def _asked(address: str, readers: Readers, seconds: float) -> _Counted:
    """What locust counted; it runs by itself, since it changes how a whole process waits."""
    least, most = readers.think
    command = [sys.executable, "-m", "locust", "--locustfile", str(_LOCUSTFILE), "--host", address, "--headless"]
    command += ["--users", str(readers.clients), "--spawn-rate", str(readers.clients), "--run-time", f"{seconds:g}s"]
    command += ["--stop-timeout", "60", "--json", "--loglevel", "ERROR", "--exit-code-on-error", "0"]
    command += ["--think-least", str(least), "--think-most", str(most), *(["--distinct"] if readers.distinct else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    entries = json.loads(done.stdout[done.stdout.index("[") :])
    if not entries:
        return _Counted()
    times = {float(time): int(often) for time, often in entries[0]["response_times"].items()}
    return _Counted(entries[0]["num_requests"], entries[0]["num_failures"], times)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1_000
