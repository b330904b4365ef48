"""Spans around stages: what is under what, also where stages hand over items one by one and threads change."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextvars import copy_context

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import get_current_span

from index import spans
from index.spans import span, spanned


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """The spans that have ended."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(spans, "_tracer", provider.get_tracer("test"))
    return exporter


def parents(ended: tuple[ReadableSpan, ...]) -> dict[str, str | None]:
    """The name of each span with that of its parent."""
    names = {one.context.span_id: one.name for one in ended if one.context}
    return {one.name: names.get(one.parent.span_id) if one.parent else None for one in ended}


def stages() -> Generator[int, None, str]:
    """Two items, each made under a span."""
    for number in (1, 2):
        with span(f"stage {number}"):
            pass
        yield number
    return "made"


def test_the_stages_of_a_generator_are_under_its_span_which_no_caller_is_under(
    finished: InMemorySpanExporter,
) -> None:
    """Between two items the caller's own span is the current one again."""
    with span("caller") as caller:
        steps = spanned("ask", stages())
        for _ in steps:
            assert get_current_span() is caller
    assert parents(finished.get_finished_spans()) == {
        "caller": None,
        "ask": "caller",
        "stage 1": "ask",
        "stage 2": "ask",
    }


def test_the_result_of_a_generator_comes_through(finished: InMemorySpanExporter) -> None:
    """A generator under a span can be delegated to like the generator itself."""

    def outer() -> Generator[int, None, str]:
        return (yield from spanned("ask", stages()))

    steps = outer()
    assert [next(steps), next(steps)] == [1, 2]
    with pytest.raises(StopIteration) as stop:
        next(steps)
    assert stop.value.value == "made"


def test_steps_in_several_threads_are_under_one_span(finished: InMemorySpanExporter) -> None:
    """A stream is made a step at a time, each in whichever thread is free."""
    steps = spanned("ask", stages())
    for _ in range(3):
        worker = threading.Thread(target=copy_context().run, args=(next, steps, None))
        worker.start()
        worker.join()
    assert parents(finished.get_finished_spans()) == {"ask": None, "stage 1": "ask", "stage 2": "ask"}


def test_a_generator_that_is_left_ends_its_span_and_itself(finished: InMemorySpanExporter) -> None:
    """A client that hangs up leaves no open span behind, and what is made for it is cleaned up."""
    cleaned_up = []

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            cleaned_up.append(True)

    steps = spanned("ask", endless())
    next(steps)
    steps.close()
    assert cleaned_up
    assert [one.name for one in finished.get_finished_spans()] == ["ask"]


def test_a_span_tells_of_an_error_its_type_alone(finished: InMemorySpanExporter) -> None:
    """Messages of errors may hold words of a question, or paths."""

    def failing() -> Generator[int, None, None]:
        with span("stage"):
            yield int("secret words")

    with pytest.raises(ValueError, match="secret words"):
        next(spanned("ask", failing()))
    ended = finished.get_finished_spans()
    assert [(one.name, one.status.description) for one in ended] == [("stage", "ValueError"), ("ask", "ValueError")]
    assert "secret" not in "".join(one.to_json() for one in ended)
