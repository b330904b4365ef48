"""Who is let in to a service under load, who waits, and who is sent away; over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio
import anyio.lowlevel
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import OverloadedError, ReplyCancelledError
from index.library import Library
from rag.language_model import Cancellation
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from service.http.admission import Admission
from service.settings import Settings
from service.wiring import question_answerer
from tests.conftest import BRIDGE, OWLS
from tests.http_server import serving
from tests.language_model_server import Hang, LanguageModelServer

pytest.importorskip("llama_index.llms.openai_like")

QUESTION: Final = "How much did the harbour bridge cost?"
WITH_MODEL: Final = {"model": "pullquote", "messages": [{"role": "user", "content": QUESTION}]}


@pytest.fixture
def stocked(library: Library, reader_model: ReaderModel) -> Library:
    """A library of two short articles; its models are loaded."""
    library.add([BRIDGE, OWLS])
    return library


class BusyService:
    """A service whose questions wait for a language model that never answers, until they are let go."""

    def __init__(self, client: httpx.Client, model: LanguageModelServer) -> None:
        self.client = client
        self.model = model
        self._sockets: list[socket.socket] = []

    def ask(self) -> socket.socket:
        """Asks, and does not wait for the answer; closing the socket hangs up."""
        body = b'{"question": "How much did the harbour bridge cost?"}'
        url = self.client.base_url
        asking = socket.create_connection((url.host, url.port or 0))
        asking.sendall(
            b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        self._sockets.append(asking)
        return asking

    def until_asked(self, questions: int) -> None:
        """Waits until so many questions have reached the language model."""
        until(lambda: len(self.model.requests) >= questions)

    def verify(self, timeout: float = 30) -> httpx.Response:
        """The cheapest work that needs a place."""
        return self.client.post("/v1/verify", json={"quote": "40 million euros"}, timeout=timeout)

    def hang_up(self) -> None:
        for asking in self._sockets:
            asking.close()


def until(holds: Callable[[], bool]) -> None:
    """Waits until `holds`, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def busy_service(library: Library, reader: ReaderModel, **given: object) -> Iterator[BusyService]:
    """A service with these settings over `library`."""
    with LanguageModelServer([Hang(60)]) as model:
        chosen = Settings.model_validate(
            {"data_dir": Path("unused"), "llm": model.setting, "reader": "scores", **given}
        )
        answerer = replace(question_answerer(chosen, library), model=reader)
        with serving(answerer, chosen) as client:
            service = BusyService(client, model)
            try:
                yield service
            finally:
                service.hang_up()


def assert_overloaded(response: httpx.Response, kind: str = "overloaded") -> None:
    """The response is a problem of this kind that says truthfully when to come again."""
    assert response.status_code == 503
    assert response.json()["type"] == f"urn:pullquote:{kind}"
    assert 1 <= int(response.headers["retry-after"]) <= 60


def test_who_comes_when_all_places_are_taken_is_sent_away_at_once(stocked: Library, reader_model: ReaderModel) -> None:
    """Whatever is asked for; what needs no place is still served, and so is a question once a place is free."""
    with busy_service(stocked, reader_model, concurrent_questions=1, waiting_questions=0) as service:
        asking = service.ask()
        service.until_asked(1)
        client = service.client
        assert_overloaded(service.verify())
        assert_overloaded(client.post("/v1/search", json={"query": QUESTION}))
        assert_overloaded(client.post("/v1/chat/completions", json=WITH_MODEL))
        assert_overloaded(client.post("/v1/chat/completions", json={**WITH_MODEL, "stream": True}))
        assert_overloaded(client.post("/v1/ask", json={"question": QUESTION}, headers={"Accept": "text/event-stream"}))
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/articles").json()["total"] == 2
        asking.close()
        until(lambda: service.verify().status_code == 200)


def test_a_client_that_leaves_while_it_waits_gives_its_place_up(stocked: Library, reader_model: ReaderModel) -> None:
    """The one that comes then may wait in its stead, and its turn comes."""
    with busy_service(stocked, reader_model, concurrent_questions=1, waiting_questions=1) as service:
        running = service.ask()
        service.until_asked(1)
        waiting = service.ask()
        until(lambda: service.verify().status_code == 503)
        waiting.close()
        until(lambda: waits(service))
        running.close()
        until(lambda: service.verify().status_code == 200)
        assert len(service.model.requests) == 1, "who left before its turn was never worked for"


def waits(service: BusyService) -> bool:
    """Whether who comes now may wait; it leaves soon."""
    try:
        return service.verify(timeout=0.3).status_code != 503
    except httpx.ReadTimeout:
        return True


def test_an_answer_that_does_not_begin_in_time_is_given_up(stocked: Library, reader_model: ReaderModel) -> None:
    """Whether it is being worked on or waits for its turn; its work is stopped, and its place is free again."""
    with (
        busy_service(
            stocked, reader_model, concurrent_questions=1, waiting_questions=5, request_timeout_s=1.0
        ) as service,
        ThreadPoolExecutor(2) as threads,
    ):
        ask = lambda: service.client.post("/v1/ask", json={"question": QUESTION})  # noqa: E731
        for answer in [threads.submit(ask) for _ in range(2)]:
            assert_overloaded(answer.result(), "answer-timeout")
        assert service.model.hung_up.wait(5)
        until(lambda: service.verify().status_code == 200)


def test_reads_go_on_while_more_is_added_than_can_be(answerer: QuestionAnswerer, library: Library) -> None:
    """Of thirty adds at once one is at work and eight wait; the others are sent away, and none is torn."""
    with serving(replace(answerer, library=library), Settings()) as client, ThreadPoolExecutor(30) as threads:
        start = threading.Barrier(30)

        def add(number: int) -> httpx.Response:
            texts = [f"Ferry {number}.{part} left Port Ellis at dawn for the islands." for part in range(20)]
            start.wait()
            return client.post("/v1/articles", json={"articles": [{"text": text} for text in texts]})

        adds = [threads.submit(add, number) for number in range(30)]
        until(lambda: any(one.done() for one in adds))
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/articles").status_code == 200
        responses = [one.result() for one in adds]
    for response in responses:
        if response.status_code != 200:
            assert_overloaded(response)
    landed = [response for response in responses if response.status_code == 200]
    assert 1 <= len(landed) < 30
    assert library.catalogue.count()[0] == 20 * len(landed)
    assert library.check() == []


async def settled() -> None:
    """Lets every task go as far as it can."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


@settings(max_examples=20, deadline=None)
@given(
    at_once=st.integers(1, 3),
    queue=st.integers(0, 4),
    leaves=st.lists(st.booleans(), min_size=1, max_size=12),
)
def test_work_is_begun_in_the_order_it_came_and_within_bounds(at_once: int, queue: int, leaves: list[bool]) -> None:
    """However many come at once, and whichever of them leave while they wait."""
    begun: list[int] = []
    at_work: list[int] = []
    go = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        at_work.append(number)
        assert len(at_work) <= at_once
        go.wait()
        at_work.remove(number)
        return number

    async def run() -> None:
        admission = Admission("questions", at_once, queue, 60)
        kept, refused = [], []

        async def come(number: int, cancellation: Cancellation) -> None:
            try:
                future = await admission.start(lambda: work(number), cancellation)
            except (OverloadedError, ReplyCancelledError) as error:
                refused.append((number, type(error)))
            else:
                kept.append(number)
                with anyio.fail_after(30):
                    while not future.done():
                        await anyio.sleep(0.001)
                assert future.result() == number

        cancellations = [Cancellation() for _ in leaves]
        async with anyio.create_task_group() as group:
            for number, cancellation in enumerate(cancellations):
                group.start_soon(come, number, cancellation)
                await settled()
                assert admission.waiting <= queue
            waiting = range(at_once, min(at_once + queue, len(leaves)))
            gone = [number for number in waiting if leaves[number]]
            for number in gone:
                cancellations[number].cancel()
            go.set()
        let_in = [number for number in range(min(at_once + queue, len(leaves))) if number not in gone]
        sent_away = range(at_once + queue, len(leaves))
        assert sorted(kept) == let_in
        assert sorted(refused) == sorted(
            [*((number, OverloadedError) for number in sent_away), *((number, ReplyCancelledError) for number in gone)],
            key=lambda entry: entry[0],
        )
        assert sorted(begun) == let_in
        assert at_once > 1 or begun == let_in
        with anyio.fail_after(30):
            while admission.running:
                await anyio.sleep(0.001)
        assert (admission.waiting, admission.refused) == (0, len(sent_away))
        await admission.close()
        with pytest.raises(OverloadedError, match="being stopped"):
            await admission.start(lambda: 0, Cancellation())

    anyio.run(run)
