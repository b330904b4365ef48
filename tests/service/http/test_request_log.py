"""One line a request, under an id that the response, the events and the worker threads carry."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import anyio
import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from index.library import Library
from rag.answer import Question
from rag.language_model import Cancellation
from rag.pipeline import QuestionAnswerer
from service import keys
from service.http.request_log import RequestLog
from service.settings import Settings
from tests.conftest import BRIDGE
from tests.http_server import bearer, serving

QUESTION: Final = "How much did the harbour bridge cost?"
SETTINGS: Final = Settings(address_requests_per_minute=0)
Events = list[Any]


@pytest.fixture
def events() -> Iterator[Events]:
    """What is logged while the test runs, each event with what is bound to its context."""
    with capture_logs(processors=[merge_contextvars]) as logged:
        yield logged


@pytest.fixture
def answerer(library: Library) -> QuestionAnswerer:
    """Answers questions from one article."""
    library.add([BRIDGE])
    return QuestionAnswerer(library)


def wait_for(found: Callable[[], bool]) -> None:
    """Waits until it is found; the response may be there before the line of the log."""
    deadline = time.monotonic() + 30
    while not found() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert found()


def lines(events: Events, count: int = 1) -> Events:
    """The lines of so many requests."""
    wait_for(lambda: sum(event["event"] == "request" for event in events) >= count)
    return [event for event in events if event["event"] == "request"]


def test_a_request_is_one_line_that_names_the_route_and_not_the_path(
    answerer: QuestionAnswerer, events: Events
) -> None:
    """Paths may be anything; the line has the route as declared, and what became of the request."""
    with serving(answerer, SETTINGS) as client:
        response = client.get("/v1/articles/no-such-article-1234")
        client.get("/no/such/path")
        client.get("/docs")
        found, unknown, page = lines(events, 3)
    assert (found["method"], found["route"], found["status"]) == ("GET", "/v1/articles/{article_id}", 404)
    assert (found["bytes"], found["client"], found["key"]) == (len(response.content), "127.0.0.1", None)
    assert found["duration_ms"] > 0
    assert found["request_id"] == response.headers["x-request-id"]
    assert (unknown["route"], page["route"]) == ("unknown", "/docs")
    assert "1234" not in str(events)


def test_an_id_that_the_client_sends_is_kept_where_it_is_well_formed(library: Library) -> None:
    """A proxy's id joins its log with ours; anything else is replaced, so that it cannot forge lines."""
    with serving(QuestionAnswerer(library), SETTINGS) as client:

        def answered_id(sent: bytes) -> str:
            return str(client.get("/healthz", headers={b"x-request-id": sent}).headers["x-request-id"])

        assert answered_id(b"Proxy_7.a-b") == "Proxy_7.a-b"
        for malformed in (b"", b"x" * 65, b"a b", b'a"b', "\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1")):
            assert re.fullmatch(r"[0-9a-f-]{36}", answered_id(malformed))


@given(st.binary(max_size=80))
def test_no_id_that_is_sent_can_write_more_than_an_id(sent: bytes) -> None:
    """Whatever bytes come, the id is 1 to 64 harmless characters."""
    headers = sent_back(sent)
    assert re.fullmatch(rb"[A-Za-z0-9._-]{1,64}", dict(headers)[b"x-request-id"])


def sent_back(request_id: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of the response to a request with this id."""
    messages: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", request_id)]}
    with capture_logs():
        anyio.run(RequestLog(app, lambda _: None), scope, receive, send)
    headers: list[tuple[bytes, bytes]] = messages[0]["headers"]
    return headers


def test_events_in_a_worker_thread_carry_the_id_of_their_request(
    answerer: QuestionAnswerer, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is done in other threads than the request is read in."""

    def occurrences(*_: object) -> list[object]:
        structlog.get_logger("test").info("at work", thread=threading.current_thread().name)
        return []

    monkeypatch.setattr(Library, "occurrences", occurrences)
    with serving(answerer, SETTINGS) as client:
        client.post("/v1/verify", json={"quote": "x"}, headers={"X-Request-ID": "mine"})
        [at_work] = [event for event in events if event["event"] == "at work"]
        [request] = lines(events)
    assert at_work["request_id"] == request["request_id"] == "mine"
    assert at_work["thread"] != threading.current_thread().name


@pytest.mark.parametrize("log_questions", [False, True])
def test_the_words_of_questions_are_logged_only_where_that_is_asked_for(
    answerer: QuestionAnswerer, events: Events, log_questions: bool
) -> None:
    """By every door the answer's status, timings and generation are logged; the question by itself is not."""
    with serving(answerer, Settings(log_questions=log_questions)) as client:
        ask(client, {})
        ask(client, {"Accept": "text/event-stream"})
        chat = {"model": "pullquote", "messages": [{"role": "user", "content": QUESTION}]}
        client.post("/v1/chat/completions", json=chat)
        client.post("/v1/chat/completions", json=chat | {"stream": True})
        client.post("/v1/search", json={"query": QUESTION})
        lines(events, 5)
    answered = [event for event in events if event["event"] == "question answered"]
    assert [event["door"] for event in answered] == ["ask", "ask", "chat", "chat"]
    assert all((event["generation"], event["writer"]) == (1, "extractive") for event in answered)
    assert {event["status"] for event in answered} <= {"answered", "not_in_articles"}
    [searched] = [event for event in events if event["event"] == "search answered"]
    assert searched["passages"] == 1
    told = [event.get("question") for event in [*answered, searched]]
    assert told == ([QUESTION] * 5 if log_questions else [None] * 5)
    assert ("harbour" in str(events)) == log_questions


def ask(client: httpx.Client, headers: dict[str, str]) -> None:
    """Asks the question, and reads the answer to its end."""
    assert client.post("/v1/ask", json={"question": QUESTION}, headers=headers).status_code == 200


def test_a_client_that_left_is_logged_as_such(
    answerer: QuestionAnswerer, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 499, as proxies log it: nothing failed here."""
    at_work = threading.Event()

    def ask(_: QuestionAnswerer, _question: Question, cancellation: Cancellation) -> None:
        at_work.set()
        cancellation.cancelled.wait(30)
        cancellation.raise_if_cancelled()

    monkeypatch.setattr(QuestionAnswerer, "ask", ask)
    body = json.dumps({"question": QUESTION})
    with serving(answerer, SETTINGS) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as connection:
            head = f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{head}Content-Type: application/json\r\n\r\n{body}".encode())
            assert at_work.wait(30)
        [request] = lines(events)
    assert (request["route"], request["status"]) == ("/v1/ask", 499)


def test_an_unexpected_failure_is_logged_with_its_trace_under_the_id_that_the_client_got(
    answerer: QuestionAnswerer, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reports a failure names its id, and the log has the rest."""

    def explode(*_: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(Library, "occurrences", explode)
    with serving(answerer, SETTINGS) as client:
        response = client.post("/v1/verify", json={"quote": "x"})
        [request] = lines(events)
    [failed] = [event for event in events if event["event"] == "request failed"]
    assert isinstance(failed["exc_info"], ZeroDivisionError)
    assert failed["request_id"] == request["request_id"] == response.headers["x-request-id"]
    assert (request["status"], request["log_level"]) == (500, "warning")


def test_a_line_names_the_key_by_its_id_and_never_by_its_secret(library: Library, events: Events) -> None:
    """Who asked can be told from the log; what opens the door cannot."""
    created = keys.KeyStore(library.folder).create("newsroom", keys.Scope.READ)
    with serving(QuestionAnswerer(library), Settings(require_keys=True)) as client:
        client.get("/v1/models", headers=bearer(created.token))
        client.get("/v1/models")
        known, refused = lines(events, 2)
    assert (known["key"], known["status"]) == (created.key.id, 200)
    assert (refused["key"], refused["status"], refused["route"]) == (None, 401, "unknown")
    assert created.token.rsplit("_", 1)[1] not in str(events)
