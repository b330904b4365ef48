"""`pullquote serve` as a process of its own, which may be killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import httpx

from index.article import Article
from tests.conftest import ROOT


class ServingProcess:
    """Serves the library in a folder on a port of its own; ready when it is made."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service", "--data-dir", str(folder), "serve", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PULLQUOTE_READER": "scores"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 120
        while not self._ready():
            assert self.process.poll() is None, "the service ended"
            assert time.monotonic() < deadline, "the service is not ready"
            time.sleep(0.1)

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=30).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        self.process.kill()
        self.process.wait()

    def add(self, articles: Iterable[Article]) -> int:
        """Adds articles as NDJSON; the status of the response, 0 where none came."""
        lines = [json.dumps({"id": one.origin, "title": one.title, "text": one.text}) for one in articles]
        headers = {"Content-Type": "application/x-ndjson"}
        try:
            response = httpx.post(f"{self.url}/v1/articles", content="\n".join(lines), headers=headers, timeout=120)
        except httpx.TransportError:
            return 0
        return response.status_code
