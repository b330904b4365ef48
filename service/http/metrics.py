"""The metrics of the service, for Prometheus. docs/observability.md says what each means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Final, Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from index.errors import PullquoteError
from index.library import Library
from rag.answer import Answer
from service.http.readiness import Readiness
from service.http.request_log import FinishedRequest

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Queue(Protocol):
    """What is seen of an admission: pieces of work that wait, that are worked on, and that were refused so far."""

    waiting: int
    running: int
    refused: int


class Metrics:
    """Counts and times what happens in one service, in a registry of its own.

    Every label has a bounded number of values, whatever clients send.
    """

    def __init__(self, library: Library, readiness: Readiness, queues: Mapping[str, Queue]) -> None:
        # no second series beside each counter, which would say when it began
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry(auto_describe=True)
        self._questions = Counter(
            "pullquote_questions", "Questions answered.", ["status", "door"], registry=self.registry
        )
        self._abstentions = Counter(
            "pullquote_abstentions", "Questions that the articles do not answer.", ["reason"], registry=self.registry
        )
        self._citations = Counter("pullquote_citations", "Citations given.", registry=self.registry)
        self._degraded = Counter(
            "pullquote_degraded_answers", "Answers that the language model failed to word.", registry=self.registry
        )
        self._stages = Histogram(
            "pullquote_stage_seconds", "Time of each stage.", ["stage"], buckets=_SECONDS, registry=self.registry
        )
        self._requests = Histogram(
            "pullquote_request_seconds",
            "Time from a request's head to its response's end.",
            ["route", "method", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._rate_limited = Counter(
            "pullquote_rate_limited", "Requests beyond the limit of a key or an address.", registry=self.registry
        )
        build = Info("pullquote_build", "The version that runs.", registry=self.registry)
        build.info({"version": version("pullquote")})
        self.registry.register(_QueueCollector(queues))
        self.registry.register(_LibraryCollector(library, readiness))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def observe_answer(self, answer: Answer, door: str) -> None:
        """Counts an answer and its citations, and how long its stages took."""
        self._questions.labels(answer.status.value, door).inc()
        if answer.reason:
            self._abstentions.labels(answer.reason.value).inc()
        self._citations.inc(len(answer.citations))
        if answer.writing.degraded:
            self._degraded.inc()
        self._stages.labels("retrieve").observe(answer.timings.retrieve_ms / 1000)
        self._stages.labels("read").observe(answer.timings.read_ms / 1000)
        if answer.timings.write_ms:
            self._stages.labels("write").observe(answer.timings.write_ms / 1000)

    def observe_wait(self, seconds: float) -> None:
        """Notes how long a question waited for its turn."""
        self._stages.labels("wait").observe(seconds)

    def observe_request(self, request: FinishedRequest) -> None:
        """Notes how long a request took, and whether it was beyond a limit."""
        self._requests.labels(request.route, request.method, str(int(request.status))).observe(request.seconds)
        if request.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._rate_limited.inc()


class _QueueCollector(Collector):
    """How full the queues are at the moment of a scrape."""

    def __init__(self, queues: Mapping[str, Queue]) -> None:
        self._queues = queues

    def collect(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("pullquote_queue_waiting", "Work that waits for its turn.", labels=["queue"])
        running = GaugeMetricFamily("pullquote_queue_running", "Work that is being done.", labels=["queue"])
        refused = CounterMetricFamily("pullquote_queue_refused", "Work for which there was no room.", labels=["queue"])
        for name, queue in self._queues.items():
            waiting.add_metric([name], queue.waiting)
            running.add_metric([name], queue.running)
            refused.add_metric([name], queue.refused)
        yield from (waiting, running, refused)


class _LibraryCollector(Collector):
    """What the library holds at the moment of a scrape; what cannot be read is left out, and told by `ready`."""

    def __init__(self, library: Library, readiness: Readiness) -> None:
        self._library = library
        self._readiness = readiness

    def describe(self) -> Iterator[Metric]:
        """Spares a look at the library when the collector is registered."""
        yield GaugeMetricFamily("pullquote_ready", "")

    def collect(self) -> Iterator[Metric]:
        ready = self._readiness.hindrance() is None
        yield GaugeMetricFamily("pullquote_ready", "Whether the service is ready, 1 or 0.", int(ready))
        catalogue = self._library.catalogue
        try:
            articles, chunks = catalogue.count()
            generation, pending = catalogue.generation, catalogue.count_pending()
        except PullquoteError:
            return
        yield GaugeMetricFamily("pullquote_index_articles", "Stored articles.", articles)
        yield GaugeMetricFamily("pullquote_index_chunks", "Stored chunks.", chunks)
        yield GaugeMetricFamily("pullquote_index_generation", "How many changes the library has seen.", generation)
        yield GaugeMetricFamily(
            "pullquote_derived_changes_pending",
            "Changes that the two indexes have yet to make.",
            pending,
        )
