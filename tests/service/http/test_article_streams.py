"""POST /v1/articles as NDJSON: any number of articles, in bounded memory, over real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message

from index.library import Library
from rag.language_model import Cancellation
from rag.pipeline import QuestionAnswerer
from service.http.article_streams import NDJSON, BrokenOffError, StreamBody
from service.settings import Settings
from tests.http_server import serving

HEADERS: Final = {"Content-Type": NDJSON}
LINE_BYTES: Final = 2_000


def article(number: int, words: str = "left Port Ellis at dawn for the islands") -> bytes:
    """A line that holds one article."""
    record = {"id": str(number), "title": f"Ferry {number}", "text": f"Ferry {number} {words}."}
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def client(library: Library) -> Iterator[httpx.Client]:
    """A client of a service over an empty library, which waits a second for each part of a stream."""
    chosen = Settings(max_body_bytes=LINE_BYTES, request_timeout_s=1)
    with serving(QuestionAnswerer(library), chosen) as opened:
        yield opened


def outcomes(response: httpx.Response) -> list[dict[str, object]]:
    """What became of each line."""
    assert response.status_code == 200
    assert response.headers["content-type"] == NDJSON
    return [json.loads(line) for line in response.text.splitlines()]


def test_each_line_is_told_what_became_of_it(client: httpx.Client, library: Library) -> None:
    """In order, with the number of the line; a bad one stops nothing, and a later one of the same id replaces it."""
    lines = [article(1), b"{bad\n", b" \n", article(2), b'{"text": "Read More"}\n', article(1), article(1, "sank")]
    told = outcomes(client.post("/v1/articles", content=b"".join(lines), headers=HEADERS))
    assert [(one["line"], one["outcome"]) for one in told] == [
        (1, "added"),
        (2, "failed"),
        (4, "added"),
        (5, "failed"),
        (6, "unchanged"),
        (7, "replaced"),
    ]
    assert "JSON" in str(told[1]["problem"])
    assert "no article text" in str(told[3]["problem"])
    assert told[0]["id"] == told[4]["id"] == told[5]["id"]
    assert {one.text for one in library.articles()} == {
        "Ferry 1 sank.",
        "Ferry 2 left Port Ellis at dawn for the islands.",
    }
    assert library.check() == []


def test_a_stream_may_be_longer_than_a_body_and_slower_than_a_request(client: httpx.Client, library: Library) -> None:
    """Both limits hold for its parts: it brings ten times as much, over more than the time of one request."""

    def slowly() -> Iterator[bytes]:
        for start in range(0, 200, 50):
            yield b"".join(article(number) for number in range(start, start + 50))
            time.sleep(0.35)

    told = outcomes(client.post("/v1/articles", content=slowly(), headers=HEADERS))
    assert [one["outcome"] for one in told] == ["added"] * 200
    assert library.catalogue.count()[0] == 200


def test_what_came_before_too_long_a_line_is_added(client: httpx.Client, library: Library) -> None:
    """The line is named, and nothing after it is read as if it were a line."""
    lines = [article(1), article(2, "x" * LINE_BYTES), article(3)]
    told = outcomes(client.post("/v1/articles", content=b"".join(lines), headers=HEADERS))
    assert [(one["line"], one["outcome"]) for one in told] == [(1, "added"), (2, "failed")]
    assert "2,000 bytes" in str(told[1]["problem"])
    assert library.catalogue.count()[0] == 1


def test_a_stream_without_articles_is_refused(client: httpx.Client) -> None:
    """Nothing was said to add."""
    response = client.post("/v1/articles", content=b"\n \n", headers=HEADERS)
    assert (response.status_code, response.json()["type"]) == (422, "urn:pullquote:input")


def opened(client: httpx.Client) -> socket.socket:
    """A stream that has begun."""
    url = client.base_url
    stream = socket.create_connection((url.host, url.port or 0), timeout=20)
    stream.sendall(
        b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return stream


def send(stream: socket.socket, data: bytes) -> None:
    """One chunk of the body."""
    stream.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def test_a_stream_that_falls_silent_is_told_where(client: httpx.Client, library: Library) -> None:
    """What it brought whole is added; the line that it broke off in is named."""
    with opened(client) as stream:
        send(stream, article(1) + article(2)[:20])
        response = stream.makefile("rb").read(2_000).decode()
    assert " 200 OK" in response
    assert '"line":1,' in response
    assert '{"line":2,"id":null,"outcome":"failed","problem":"this line came no further, since nothing came' in response
    assert [one.title for one in library.articles()] == ["Ferry 1"]


def test_a_client_that_leaves_half_way_leaves_whole_lots(client: httpx.Client, library: Library) -> None:
    """What was committed stays, the rest is not added, and nothing is torn; the next stream can begin."""
    stream = opened(client)
    send(stream, b"".join(article(number) for number in range(100)) + article(100)[:10])
    deadline = time.monotonic() + 30
    while library.catalogue.count()[0] == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    stream.close()
    assert len(outcomes(client.post("/v1/articles", content=article(900), headers=HEADERS))) == 1
    added = sorted(int(one.name.removeprefix("Ferry ")) for one in library.articles())
    assert added == [*range(len(added) - 1), 900]
    assert 1 < len(added) < 101
    assert library.check() == []


def test_a_slow_stream_keeps_no_other_change_waiting(client: httpx.Client, library: Library) -> None:
    """Between its lots an article is added and another deleted; of streams, four are open at most."""
    streams = [opened(client) for _ in range(4)]
    for number, stream in enumerate(streams):
        send(stream, article(number))
    response = client.post("/v1/articles", json={"articles": [{"text": "The market opens at nine."}]})
    (key,) = response.json()["added"]
    assert client.delete(f"/v1/articles/{key}").status_code == 204
    refused = client.post("/v1/articles", content=article(5), headers=HEADERS)
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:pullquote:overloaded")
    for stream in streams:
        stream.sendall(b"0\r\n\r\n")
        with stream, stream.makefile("rb") as told:
            assert told.readline().endswith(b" 200 OK\r\n")


def test_only_the_route_of_articles_takes_a_body_without_bound(client: httpx.Client) -> None:
    """Named as a stream, a body of another route, or of another type on this one, is limited all the same."""
    body = b"".join(article(number) for number in range(50))
    assert client.post("/v1/ask", content=body, headers=HEADERS).status_code == 413
    for kind in ("application/json", "text/plain"):
        assert client.post("/v1/articles", content=body, headers={"Content-Type": kind}).status_code == 413


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.one_of(st.just(b""), st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"x"))), max_size=150
    ),
    cuts=st.lists(st.integers(0, 2_000), max_size=20),
    ends_with_newline=st.booleans(),
)
def test_however_a_body_is_cut_its_lines_are_the_same(
    lines: list[bytes], cuts: list[int], ends_with_newline: bool
) -> None:
    """In lots of 64 at most, and of no more bytes than one line may have, and the line that passes it."""
    body = b"\n".join(lines) + (b"\n" if ends_with_newline else b"")
    places = sorted({0, *(cut for cut in cuts if cut < len(body)), len(body)})
    parts = [body[start:end] for start, end in pairwise(places)] or [b""]
    messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1]["more_body"] = False

    async def receive() -> Message:
        return messages.pop(0)

    async def read() -> list[list[tuple[int, bytes]]]:
        stream = StreamBody(receive, Cancellation(), 10, 100)
        return [[(line.number, line.data) for line in lot] async for lot in stream.lots()]

    lots = anyio.run(read)
    expected = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
    assert [line for lot in lots for line in lot] == expected
    assert all(1 <= len(lot) <= 64 and sum(len(data) for _, data in lot[:-1]) < 100 for lot in lots)


def test_a_stream_ends_with_its_lot_when_the_service_stops() -> None:
    """What came whole is handed on first."""
    stopping = Cancellation()
    messages: list[Message] = [{"type": "http.request", "body": b"one\ntwo\nthr", "more_body": True}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        stopping.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    async def read() -> None:
        stream = StreamBody(receive, stopping, 10, 100)
        lots = stream.lots()
        assert [line.data for line in await anext(lots)] == [b"one", b"two"]
        with pytest.raises(BrokenOffError, match="being stopped"):
            await anext(lots)
        assert stream.line == 3

    anyio.run(read)
