"""Bounds on what a request brings and how long it takes, over raw sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from index.embedding import Embedder
from index.library import Library
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from tests.http_server import serving

MAX_BODY = 5_000
SECONDS = 1.0


@pytest.fixture(scope="module")
def shared_library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    """An empty library, for all tests of this file."""
    library = Library(tmp_path_factory.mktemp("shared") / "library", embedder)
    yield library
    library.close()


@pytest.fixture(scope="module")
def client(shared_library: Library) -> Iterator[httpx.Client]:
    """A server that has little patience."""
    settings = Settings(max_body_bytes=MAX_BODY, request_timeout_s=SECONDS)
    with serving(QuestionAnswerer(shared_library), settings) as client:
        yield client


def connected(client: httpx.Client) -> socket.socket:
    """A connection that sends what a test wants."""
    return socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=20)


def head(*lines: str) -> bytes:
    """The head of a request that brings JSON."""
    return "\r\n".join(
        ["POST /v1/verify HTTP/1.1", "Host: localhost", "Content-Type: application/json", *lines, "", ""]
    ).encode()


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    whole = b""
    while part := connection.recv(65_536):
        whole += part
    return whole


@pytest.mark.parametrize("framing", ["Content-Length: 4000", "Transfer-Encoding: chunked"])
def test_a_body_that_drips_is_cut_off(client: httpx.Client, framing: str) -> None:
    """Each byte comes in time, the whole does not: 408, and the connection is closed."""
    with connected(client) as connection:
        connection.sendall(head(framing))
        connection.settimeout(0.1)
        response = b""
        for _ in range(100):
            connection.sendall(b"1\r\n \r\n" if "chunked" in framing else b" ")
            try:
                response = connection.recv(65_536)
                break
            except TimeoutError:
                continue
        assert response.startswith(b"HTTP/1.1 408")


def test_a_body_that_never_comes_is_cut_off_and_others_are_served(client: httpx.Client) -> None:
    """Whoever waits costs a connection and nothing else."""
    stalled = [connected(client) for _ in range(20)]
    for connection in stalled:
        connection.sendall(head("Content-Length: 10"))
    assert client.get("/healthz").status_code == 200
    for connection in stalled:
        response = received(connection)
        assert response.startswith(b"HTTP/1.1 408")
        assert b"urn:pullquote:request-timeout" in response
        connection.close()


def test_a_body_in_pieces_that_comes_in_time_is_taken(client: httpx.Client) -> None:
    """Slow is not wrong."""

    def pieces() -> Iterator[bytes]:
        for piece in (b'{"quote": ', b'"words"', b"}"):
            time.sleep(SECONDS / 10)
            yield piece

    response = client.post("/v1/verify", content=pieces(), headers={"Content-Type": "application/json"})
    assert response.json() == {"verbatim": False, "citations": []}


@pytest.mark.parametrize("length", ["-1", "+5", "1e3", "5001", "9" * 400])
def test_a_length_that_is_too_large_or_none_is_refused(client: httpx.Client, length: str) -> None:
    """Before a byte of the body comes."""
    with connected(client) as connection:
        connection.sendall(head(f"Content-Length: {length}"))
        assert connection.recv(12) in {b"HTTP/1.1 413", b"HTTP/1.1 400"}
    assert client.get("/healthz").status_code == 200
