"""A real `pullquote serve` in a process of its own, on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+")
_PATIENCE_S: Final = 120


class ServiceProcess:
    """`pullquote serve` over one data folder while the block runs; `settings` are given in the environment.

    `address` is where it listens, `log` what it has written to standard error so far.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        given = {f"PULLQUOTE_{name.upper()}": value for name, value in (settings or {}).items()}
        self._command = [sys.executable, "-m", "service", "--data-dir", str(folder), "serve", "--port", "0"]
        self._environment = {**os.environ, "OMP_NUM_THREADS": "1", "PULLQUOTE_LOG_FORMAT": "json", **given}
        self._listening = threading.Event()
        self.log = ""
        self.address = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True, env=self._environment)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self._listening.wait(_PATIENCE_S)
        assert self.address, self.log
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self.exit_status()

    @property
    def pid(self) -> int:
        return self._process.pid

    def until_ready(self) -> None:
        """Waits until /readyz says so."""
        deadline = time.monotonic() + _PATIENCE_S
        while httpx.get(f"{self.address}/readyz").status_code != 200:
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def exit_status(self) -> int:
        """Waits for the process to end."""
        status = self._process.wait(_PATIENCE_S)
        self._reader.join()
        assert self._process.stderr
        self._process.stderr.close()
        return status

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self.log += line
            if not self._listening.is_set() and (found := _ADDRESS.search(line)):
                self.address = found.group()
                self._listening.set()
        self._listening.set()
