"""Spans of OpenTelemetry around the stages of the work; without an exporter in the process they go nowhere."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, TypeVar

from opentelemetry.trace import Span, StatusCode, get_tracer, use_span

Item = TypeVar("Item")
Result = TypeVar("Result")

_tracer: Final = get_tracer("pullquote")


@contextmanager
def span(name: str) -> Iterator[Span]:
    """A span that is current in the block.

    Of an error that leaves the block it tells the type alone: messages may hold words of a question, or paths.
    """
    with _ended(_tracer.start_span(name)) as current, _current(current):
        yield current


def spanned(name: str, steps: Generator[Item, None, Result]) -> Generator[Item, None, Result]:
    """The same items under a span, which is current while each is made, and never while the caller holds one.

    Each step may run in another thread, as those of a stream do.
    """
    with _ended(_tracer.start_span(name)) as current:
        try:
            while True:
                with _current(current):
                    try:
                        item = next(steps)
                    except StopIteration as stop:
                        result: Result = stop.value
                        return result
                yield item
        finally:
            steps.close()


@contextmanager
def _ended(started: Span) -> Iterator[Span]:
    try:
        yield started
    except Exception as error:
        started.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        started.end()


def _current(started: Span) -> AbstractContextManager[Span]:
    return use_span(started, record_exception=False, set_status_on_exception=False)
