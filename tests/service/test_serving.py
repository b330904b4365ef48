"""The service as a process: real signals, while real clients wait for it."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from index.embedding import SentenceTransformerEmbedder
from index.errors import SettingsError
from index.library import Library
from service.http.app import create_app
from service.serving import run_service, server_configuration
from service.settings import Settings
from service.wiring import question_answerer
from tests.language_model_server import Hang, LanguageModelServer, Reply
from tests.service.service_process import ServiceProcess

pytest.importorskip("llama_index.llms.openai_like")

QUESTION: Final = "When did Russia intervene?"
REPLY: Final = (
    '{"answered": true, "claims": [{"text": "Russia intervened on September 30, 2015.", "sentences": ["1.1"]}]}'
)
EVENTS: Final = {"Accept": "text/event-stream"}
HALF_A_REQUEST: Final = (
    b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n"
)
NDJSON: Final = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def folder(tmp_path: Path, sample_folder: Path) -> Path:
    """A copy of the sample library."""
    return Path(shutil.copytree(sample_folder, tmp_path / "served"))


def article(number: int) -> bytes:
    """A line that holds one article."""
    return json.dumps({"id": str(number), "text": f"Ferry {number} left Port Ellis at dawn."}).encode() + b"\n"


def articles_for_long() -> Iterator[bytes]:
    """A hundred lines at once, then nothing for as long as a client waits."""
    yield b"".join(article(number) for number in range(100))
    time.sleep(4)
    yield article(100)


def ferries(library: Library) -> int:
    """How many of these articles it holds."""
    return sum(one.text.startswith("Ferry") for one in library.articles())


def until(holds: Callable[[], bool]) -> None:
    """Waits until `holds`, for a minute at most."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_in_flight_is_finished_before_the_service_stops(
    folder: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """A question, a stream of events and a stream of articles are all answered whole; nobody new is let in."""
    with (
        LanguageModelServer([Reply(REPLY, parts=10, delay=0.3)]) as model,
        ServiceProcess(folder, {"llm": model.setting}) as service,
        ThreadPoolExecutor(3) as threads,
    ):
        service.until_ready()
        ask, add = f"{service.address}/v1/ask", f"{service.address}/v1/articles"
        adding = threads.submit(httpx.post, add, content=articles_for_long(), headers=NDJSON, timeout=60)
        asking = threads.submit(httpx.post, ask, json={"question": QUESTION}, timeout=60)
        following = threads.submit(httpx.post, ask, json={"question": QUESTION}, headers=EVENTS, timeout=60)
        until(lambda: len(model.requests) == 2 and httpx.get(add).json()["total"] > 70)
        service.signal(signal.SIGTERM)
        answer = asking.result()
        events = following.result().text
        outcomes = [json.loads(line) for line in adding.result().text.splitlines()]
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{service.address}/healthz")
        assert service.exit_status() == 0, service.log
    assert answer.status_code == 200
    assert answer.json()["status"] == "answered"
    assert events.endswith("event: done\ndata: {}\n\n")
    assert [one["outcome"] for one in outcomes[:-1]] == ["added"] * 100
    assert outcomes[-1]["line"] == 101
    assert "being stopped" in outcomes[-1]["problem"]
    library = Library(folder, embedder)
    assert library.check() == []
    assert ferries(library) == 100
    library.remove(next(library.articles()).id)
    library.close()


@contextmanager
def in_this_process(app: FastAPI, settings: Settings) -> Iterator[str]:
    """The address where `app` is served as the service is, until the block ends: then it is told to stop."""
    server = uvicorn.Server(server_configuration(app, settings))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_work_that_outlasts_the_time_to_stop_is_cancelled(copy_of_samples: Callable[[], Library]) -> None:
    """A question lets go of its language model, and an add commits its lot, before the library may be closed."""
    library = copy_of_samples()
    with LanguageModelServer([Hang(60)]) as model, ThreadPoolExecutor(2) as threads:
        chosen = Settings(data_dir=library.folder, llm=model.setting, reader="scores", shutdown_timeout_s=1)
        with in_this_process(create_app(question_answerer(chosen, library), chosen), chosen) as address:
            asking = threads.submit(httpx.post, f"{address}/v1/ask", json={"question": QUESTION}, timeout=60)
            until(lambda: bool(model.requests))
            batch = {"articles": [json.loads(article(number)) for number in range(1_000)]}
            adding = threads.submit(httpx.post, f"{address}/v1/articles", json=batch, timeout=60)
            until(lambda: ferries(library) > 0)
        added = ferries(library)
        assert model.hung_up.wait(5)
        for response in (asking.result(), adding.result()):
            assert (response.status_code, response.json()["type"]) == (503, "urn:pullquote:overloaded")
    assert added % 64 == 0
    assert 64 <= added < 1_000
    assert library.check() == []
    assert ferries(library) == added


def test_a_request_that_never_comes_whole_does_not_keep_the_service_from_stopping(tmp_path: Path) -> None:
    """Its time is up after a second."""
    with ServiceProcess(tmp_path / "library", {"shutdown_timeout_s": "1"}) as service:
        address = urlsplit(service.address)
        with socket.create_connection((address.hostname, address.port), timeout=60) as client:
            client.sendall(HALF_A_REQUEST)
            assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
            service.signal(signal.SIGTERM)
            assert service.exit_status() == 0, service.log


def test_a_second_interrupt_ends_the_service_at_once(tmp_path: Path) -> None:
    """The first one waits for a request whose body is still to come."""
    with ServiceProcess(tmp_path / "library", {"shutdown_timeout_s": "3600"}) as service:
        address = urlsplit(service.address)
        with socket.create_connection((address.hostname, address.port), timeout=60) as client:
            client.sendall(HALF_A_REQUEST)
            assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
            service.signal(signal.SIGINT)
            until(lambda: "Waiting for connections to close" in service.log)
            service.signal(signal.SIGINT)
            assert service.exit_status() == -signal.SIGINT
            assert client.recv(100) == b""


def drip(client: socket.socket) -> None:
    """A request without an end, a little at a time, for five seconds."""
    for _ in range(100):
        client.sendall(b"GET / HTTP/1.1\r\nX: ")
        time.sleep(0.05)


def test_a_client_that_drips_the_head_of_a_request_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its first request and at a later one, however steadily it drips; a request that came in time is answered."""
    monkeypatch.setattr("service.serving._HEAD_S", 0.5)
    with in_this_process(FastAPI(), Settings()) as address:
        place = urlsplit(address)
        for earlier_requests in (0, 1):
            with socket.create_connection((place.hostname, place.port), timeout=20) as client:
                for _ in range(earlier_requests):
                    client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    assert client.recv(100_000).startswith(b"HTTP/1.1 200 OK")
                with pytest.raises(ConnectionError):
                    drip(client)


def test_an_address_that_is_taken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its cure."""
    monkeypatch.setattr("service.serving.configure_logging", lambda _: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} \(Address already in use\): set another host or port"):
            run_service(Settings(data_dir=tmp_path / "library", reader="scores", port=port))
