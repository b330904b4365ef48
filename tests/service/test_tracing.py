"""Traces to a real collector over gRPC: who is under whom, what they never hold, and what a dead collector costs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import grpc  # type: ignore[import-untyped]
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import get_current_span
from structlog.testing import capture_logs

from index import spans
from index.errors import SettingsError
from index.library import Library
from rag.answer import Question
from rag.pipeline import QuestionAnswerer
from service.http.metrics import Metrics
from service.http.observer import Observer
from service.http.readiness import Readiness
from service.settings import Settings
from service.tracing import configure_tracing
from service.wiring import question_answerer
from tests.conftest import BRIDGE, ROOT
from tests.language_model_server import LanguageModelServer, Reply

QUESTION: Final = "When did the Velmora bridge open?"
TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
CALLER: Final = "b7ad6b7169203331"
SPANS_AND_STOP: Final = """
import sys
from index.spans import span
from service.settings import Settings
from service.tracing import configure_tracing

with configure_tracing(Settings(otlp_endpoint=sys.argv[1])):
    with span("a stage"):
        print("answered")
print("stopped")
"""


class Collector(TraceServiceServicer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []

    def Export(  # noqa: N802 - the service's name for it
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        self.requests.append(request)
        return ExportTraceServiceResponse()

    def spans(self) -> dict[str, Span]:
        """The spans of the trace that the client named, by name."""
        return {
            span.name: span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
            if span.trace_id.hex() == TRACE
        }


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    """A collector on a port of this machine, and its address."""
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(2))
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield collector, f"http://127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@contextmanager
def serve(folder: Path, endpoint: str) -> Iterator[tuple[httpx.Client, list[dict[str, Any]]]]:
    """A client of a `pullquote serve` of its own process, and what that logs; at the end it is stopped in order."""
    environment = {
        **os.environ,
        "PULLQUOTE_DATA_DIR": str(folder),
        "PULLQUOTE_PORT": "0",
        "PULLQUOTE_LOG_FORMAT": "json",
        "PULLQUOTE_OTLP_ENDPOINT": endpoint,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    command = [sys.executable, "-m", "service", "serve"]
    lines: list[dict[str, Any]] = []
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            for line in process.stderr:
                lines.append(json.loads(line))
                if lines[-1]["event"] == "listening":
                    break
            reading = threading.Thread(target=lambda log: lines.extend(map(json.loads, log)), args=(process.stderr,))
            reading.start()
            with httpx.Client(base_url=lines[-1]["address"], timeout=60) as client:
                yield client, lines
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            reading.join()
        finally:
            process.kill()


def parent_names(traced: dict[str, Span]) -> dict[str, str]:
    """Each span's name with its parent's."""
    names = {span.span_id.hex(): name for name, span in traced.items()} | {CALLER: "the caller"}
    return {name: names.get(span.parent_span_id.hex(), "nothing") for name, span in traced.items()}


def test_a_question_is_one_trace_from_the_client_to_the_indexes(tmp_path: Path) -> None:
    """Every stage has its span under the right one; the log names the trace; no span and no line has a word of it.

    When the collector is gone, the next question is answered all the same, and the service stops in order.
    """
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    article = {"title": BRIDGE.title, "text": BRIDGE.text}
    with ExitStack() as until_gone:
        collector, endpoint = until_gone.enter_context(collecting())
        with serve(tmp_path / "library", endpoint) as (client, lines):
            client.post("/v1/articles", json={"articles": [article]}, headers=headers)
            assert client.post("/v1/ask", json={"question": QUESTION}, headers=headers).json()["citations"]
            deadline = time.monotonic() + 30
            while "POST /v1/ask" not in collector.spans() and time.monotonic() < deadline:
                time.sleep(0.05)
            until_gone.close()
            assert client.post("/v1/ask", json={"question": QUESTION}).json()["citations"]

    traced = collector.spans()
    assert parent_names(traced) == {
        "POST /v1/articles": "the caller",
        "add": "POST /v1/articles",
        "POST /v1/ask": "the caller",
        "ask": "POST /v1/ask",
        "understand": "ask",
        "retrieve": "ask",
        "embed": "retrieve",
        "dense": "retrieve",
        "lexical": "retrieve",
        "read": "ask",
        "agree": "ask",
    }
    attributes = {item.key: item.value for item in traced["ask"].attributes}
    assert attributes["pullquote.status"].string_value == "answered"
    assert attributes["pullquote.citations"].int_value >= 1
    [resource] = {request.resource_spans[0].resource.SerializeToString() for request in collector.requests}
    assert b"pullquote" in resource
    [answered, _] = [line for line in lines if line["event"] == "question answered"]
    assert answered["trace_id"] == TRACE
    told = f"{collector.requests} {lines}"
    assert not [word for word in ("Velmora", "ribbon", "Calloway") if word in told]


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a collector that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        yield f"http://{host}:{port}"


def test_a_collector_that_says_nothing_delays_no_answer_and_hardly_the_stop(silent: str) -> None:
    """What is waited for at the end is bounded, whatever the collector does."""
    process = subprocess.run(
        [sys.executable, "-c", SPANS_AND_STOP, silent], capture_output=True, text=True, timeout=30, check=True
    )
    assert process.stdout.split() == ["answered", "stopped"]


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4317", "grpc://127.0.0.1:4317", "http://"])
def test_an_address_that_is_none_is_refused_with_the_cure(endpoint: str) -> None:
    """The message shows what an address looks like."""
    with pytest.raises(SettingsError, match="give one such as"), configure_tracing(Settings(otlp_endpoint=endpoint)):
        pass


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """The spans that have ended in this process."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(spans, "_tracer", provider.get_tracer("test"))
    return exporter


def test_a_language_model_writes_under_a_span_of_its_own(library: Library, finished: InMemorySpanExporter) -> None:
    """What its server takes can be told from what we take; it, too, has no word of the question."""
    pytest.importorskip("llama_index.llms.openai_like")
    library.add([BRIDGE])
    finished.clear()
    reply = '{"answered": true, "claims": [{"text": "The bridge opened on May 14, 2024.", "sentences": ["1.1"]}]}'
    with LanguageModelServer([Reply(reply)]) as model:
        answerer = question_answerer(Settings(reader="scores", llm=model.setting, llm_timeout_s=10), library)
        for _ in answerer.stream(Question(QUESTION)):
            assert not get_current_span().get_span_context().is_valid
    ended = {one.name: one for one in finished.get_finished_spans()}
    write, ask = ended["write"], ended["ask"]
    assert (write.parent, ask.parent) == (ask.context, None)
    assert "Velmora" not in "".join(one.to_json() for one in ended.values())


def test_the_words_of_a_question_are_traced_only_where_questions_are_logged(
    library: Library, finished: InMemorySpanExporter
) -> None:
    """One setting decides over log and trace."""
    library.add([BRIDGE])
    answerer = QuestionAnswerer(library)
    metrics = Metrics(library, Readiness(answerer), {})
    for log_questions in (False, True):
        finished.clear()
        with spans.span("request"), capture_logs():
            question = Question(QUESTION)
            Observer(metrics, log_questions=log_questions).answered(question, answerer.ask(question), "ask")
        told = {one.name for one in finished.get_finished_spans() if QUESTION in one.to_json()}
        assert told == ({"request"} if log_questions else set())
