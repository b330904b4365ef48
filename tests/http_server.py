"""The HTTP service on a real port of this machine, while a test runs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from rag.pipeline import QuestionAnswerer
from service.http.app import create_app
from service.settings import Settings


@contextmanager
def serving(answerer: QuestionAnswerer, settings: Settings) -> Iterator[httpx.Client]:
    """A client of the service with these settings, which stops when the block ends."""
    config = uvicorn.Config(create_app(answerer, settings), http="h11", log_level="error", server_header=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        host, port = listening.getsockname()
        try:
            with httpx.Client(base_url=f"http://{host}:{port}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def bearer(token: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {token}"}
