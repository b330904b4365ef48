"""Blocking work for clients that hang up, read slowly, or cannot be helped."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import anyio
import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from index.embedding import SentenceTransformerEmbedder
from index.errors import AnswerTimeoutError, ReplyCancelledError
from index.library import Library
from rag.answer import Question
from rag.language_model import Cancellation
from rag.pipeline import QuestionAnswerer
from service.http.admission import Admission
from service.http.background import answered, completed, streamed
from service.settings import Settings
from tests.http_server import serving

QUESTION: Final = "When did Russia intervene?"


class Client:
    """A client that has sent its request; `leave` hangs up."""

    def __init__(self) -> None:
        self._left = asyncio.Event()
        self.request = Request({"type": "http"}, self._receive)

    def leave(self) -> None:
        self._left.set()

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}


def run(scenario: Callable[[Client, Admission], Awaitable[None]], seconds: float = 60) -> None:
    """Runs a scenario with one client and room for one piece of work; in the end the room is empty."""

    async def main() -> None:
        admission = Admission("questions", 1, 0, seconds)
        with anyio.fail_after(30):
            await scenario(Client(), admission)
            while admission.running:
                await anyio.sleep(0.01)

    anyio.run(main)


def until_cancelled(cancellation: Cancellation) -> None:
    """Works until nobody waits."""
    assert cancellation.cancelled.wait(20)
    cancellation.raise_if_cancelled()


def test_work_stops_when_its_client_leaves() -> None:
    """It is told so, and its place is free as soon as it has stopped."""

    async def scenario(client: Client, admission: Admission) -> None:
        async with anyio.create_task_group() as group:

            async def ask() -> None:
                with pytest.raises(ReplyCancelledError):
                    await answered(client.request, admission, until_cancelled)

            group.start_soon(ask)
            await anyio.sleep(0.05)
            assert admission.running == 1
            client.leave()

    run(scenario)


def test_work_that_takes_too_long_is_stopped_and_keeps_its_place_until_then() -> None:
    """The client is told at once; the bound on work at once holds all the same."""
    told_of_the_end = threading.Event()

    def stubborn(cancellation: Cancellation) -> None:
        assert cancellation.cancelled.wait(20)
        told_of_the_end.wait(20)

    async def scenario(client: Client, admission: Admission) -> None:
        with pytest.raises(AnswerTimeoutError, match=r"within 0\.1 s"):
            await answered(client.request, admission, stubborn)
        assert admission.running == 1
        told_of_the_end.set()

    run(scenario, seconds=0.1)


def test_a_stream_holds_its_place_no_longer_than_it_is_worked_on() -> None:
    """A client that reads slowly keeps nobody waiting, and still gets all of it in order."""

    async def scenario(client: Client, admission: Admission) -> None:
        items = await streamed(client.request, admission, lambda _: iter(range(1, 1_000)))
        while admission.running:
            await anyio.sleep(0.01)
        assert [item async for item in items] == list(range(1, 1_000))

    run(scenario)


def test_a_stream_that_is_closed_stops_its_work() -> None:
    """Between two items."""
    made: list[int] = []

    def endless(cancellation: Cancellation) -> Iterator[int]:
        while True:
            made.append(len(made) + 1)
            yield made[-1]
            if cancellation.cancelled.wait(0.001):
                return

    async def scenario(client: Client, admission: Admission) -> None:
        items = await streamed(client.request, admission, endless)
        assert await anext(items) == 1
        await items.aclose()

    run(scenario)
    assert made


@pytest.mark.parametrize("good_items", [0, 1])
def test_a_failure_of_a_stream_comes_where_it_happens(good_items: int) -> None:
    """Before the first item it is raised before anything can have been sent; later, after the items before it."""

    def failing(_: Cancellation) -> Iterator[int]:
        yield from range(1, good_items + 1)
        raise ZeroDivisionError

    async def scenario(client: Client, admission: Admission) -> None:
        if good_items == 0:
            with pytest.raises(ZeroDivisionError):
                await streamed(client.request, admission, failing)
            return
        items = await streamed(client.request, admission, failing)
        assert await anext(items) == 1
        with pytest.raises(ZeroDivisionError):
            await anext(items)

    run(scenario)


def test_a_change_that_has_begun_goes_on_when_its_client_leaves() -> None:
    """It is half done otherwise."""
    left = threading.Event()

    def change(stop: Cancellation) -> str:
        left.wait(20)
        return "stopped" if stop.cancelled.is_set() else "done"

    async def scenario(client: Client, admission: Admission) -> None:
        async with anyio.create_task_group() as group:

            async def make() -> None:
                assert await completed(client.request, admission, change) == "done"

            group.start_soon(make)
            await anyio.sleep(0.05)
            client.leave()
            left.set()

    run(scenario)


def test_an_extractive_answer_is_left_unfinished_when_nobody_waits(answerer: QuestionAnswerer) -> None:
    """At the next step: before the articles are searched, and before an answer is made of what was found."""
    cancellation = Cancellation()
    events = answerer.stream(Question(QUESTION), cancellation)
    cancellation.cancel()
    with pytest.raises(ReplyCancelledError):
        next(events)
    with pytest.raises(ReplyCancelledError):
        answerer.examine(Question(QUESTION), cancellation)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_question_that_cannot_be_worked_on_has_a_status_that_says_so(
    tmp_path: Path, sample_folder: Path, accept: str
) -> None:
    """A stream has not begun before its first event, so that it can still be refused."""
    folder = tmp_path / "model"
    folder.mkdir()
    broken = Library(shutil.copytree(sample_folder, tmp_path / "library"), SentenceTransformerEmbedder(str(folder)))
    with serving(QuestionAnswerer(broken), Settings()) as client:
        response = client.post("/v1/ask", json={"question": QUESTION}, headers={"Accept": accept})
        assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
        assert response.json()["type"] == "urn:pullquote:model-mismatch"
    broken.close()


def test_a_stream_whose_reader_leaves_frees_its_place(answerer: QuestionAnswerer) -> None:
    """Ten readers one after another each leave at the first event; the next one is not sent away for long."""
    one_place = Settings(concurrent_questions=1, waiting_questions=0)
    body, events = {"question": QUESTION}, {"Accept": "text/event-stream"}
    with serving(answerer, one_place) as client:
        for _ in range(10):
            with client.stream("POST", "/v1/ask", json=body, headers=events) as response:
                if response.status_code == 200:
                    assert next(response.iter_lines()) == "event: passages"
        for _ in range(100):
            whole = client.post("/v1/ask", json=body, headers=events)
            if whole.status_code == 200:
                break
        assert _last_event(whole) == ("done", {})


def _last_event(response: httpx.Response) -> tuple[str, object]:
    *_, name, data = response.text.strip().splitlines()
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
