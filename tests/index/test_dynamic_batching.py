"""One model for many threads: what waits is run together, and questions go before long work. Real threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import dynamic_batching
from index.dynamic_batching import DynamicBatcher


class SlowSquares:
    """Squares numbers, once it is let; notes the batches that it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.started = threading.Semaphore(0)
        self.may_go_on = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.started.release()
        assert self.may_go_on.wait(10)
        if 13 in numbers:
            raise ValueError("no thirteen")
        return [number * number for number in numbers]


def waiting(batcher: DynamicBatcher[int, int], calls: int) -> None:
    """Returns once so many calls wait."""
    while len(batcher._waiting) < calls:
        threading.Event().wait(0.001)


def test_calls_that_wait_while_another_runs_are_run_together() -> None:
    """Each thread gets the results of its own items, and the model ran twice for four calls."""
    squares = SlowSquares()
    batcher = DynamicBatcher(squares, at_most=8)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(batcher, [1])
        squares.started.acquire()
        others = [threads.submit(batcher, [number, -number]) for number in (2, 3, 4)]
        waiting(batcher, 3)
        squares.may_go_on.set()
        assert first.result() == [1]
        assert [one.result() for one in others] == [[4, 4], [9, 9], [16, 16]]
    assert [len(batch) for batch in squares.batches] == [1, 6]


def test_a_batch_holds_no_more_than_its_limit_unless_one_call_alone_does() -> None:
    """A long call runs by itself; those behind it share the next run."""
    squares = SlowSquares()
    batcher = DynamicBatcher(squares, at_most=3)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(batcher, [0])
        squares.started.acquire()
        long = threads.submit(batcher, [1, 2, 3, 4, 5])
        waiting(batcher, 1)
        short = [threads.submit(batcher, [number]) for number in (6, 7)]
        waiting(batcher, 3)
        squares.may_go_on.set()
        assert long.result() == [1, 4, 9, 16, 25]
        assert [one.result() for one in (first, *short)] == [[0], [36], [49]]
    assert max(len(batch) for batch in squares.batches if len(batch) != 5) <= 3


def test_what_a_batch_raises_is_raised_for_each_call_in_it_and_the_next_one_works() -> None:
    """Nobody waits for ever on a run that failed."""
    squares = SlowSquares()
    batcher = DynamicBatcher(squares, at_most=8)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(batcher, [1])
        squares.started.acquire()
        failing = [threads.submit(batcher, [number]) for number in (13, 5)]
        waiting(batcher, 2)
        squares.may_go_on.set()
        assert first.result() == [1]
        for call in failing:
            with pytest.raises(ValueError, match="no thirteen"):
                call.result()
    assert batcher([6]) == [36]


def test_long_work_waits_for_calls_but_not_for_ever() -> None:
    """Between two steps of long work the calls that wait have their turn; and it goes on though calls never end."""
    squares = SlowSquares()
    squares.may_go_on.set()
    batcher = DynamicBatcher(squares, at_most=8)
    order: list[str] = []

    def ask() -> None:
        batcher([1])
        order.append("call")

    with ThreadPoolExecutor() as threads:
        with batcher.patiently():
            asked = threads.submit(ask)
            waiting(batcher, 1)
        with batcher.patiently():
            order.append("step")
        asked.result()
        assert order == ["call", "step"]
        stop = threading.Event()

        def ask_on_and_on() -> None:
            while not stop.is_set():
                batcher([1])

        crowd = [threads.submit(ask_on_and_on) for _ in range(3)]
        for _ in range(3):
            with batcher.patiently():
                order.append("step")
        stop.set()
        for one in crowd:
            one.result()
    assert order.count("step") == 4


def test_long_work_rests_while_calls_come_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as long as its step took; even where the call found all it needed in memory."""
    rests: list[float] = []
    monkeypatch.setattr(dynamic_batching, "sleep", rests.append)
    batcher = DynamicBatcher(SlowSquares(), at_most=8)
    with batcher.patiently():
        pass
    assert rests == []
    assert batcher([]) == []
    with batcher.patiently():
        threading.Event().wait(0.05)
    assert len(rests) == 1
    assert rests[0] >= 0.2


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=5), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_every_caller_gets_exactly_its_own_results(calls: list[list[int]]) -> None:
    """Whatever is asked by however many threads at once, in order."""

    def squares(numbers: Sequence[int]) -> list[int]:
        return [number * number for number in numbers]

    batcher = DynamicBatcher(squares, at_most=7)
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(batcher, calls))
    assert results == [[number * number for number in call] for call in calls]
