"""Traces go to an OpenTelemetry collector where the settings name one; else nowhere, at next to no cost."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from index.errors import SettingsError
from service.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

_EXPORT_S: Final = 5.0
"""Seconds that one batch has to reach the collector, retries in. It leaves from a thread of its own."""
_LAST_EXPORT_S: Final = 2.0
"""Seconds that the end of the process waits for the last spans to leave."""


@contextmanager
def configure_tracing(settings: Settings) -> Iterator[None]:
    """Exports the spans that are made in the block to `settings.otlp_endpoint`; at its end the last ones leave.

    A collector that cannot be reached is told of in the log. It delays nothing but the end, by two seconds at most;
    spans beyond 2,048 that wait are dropped. For one block a process. Raises SettingsError.
    """
    if not settings.otlp_endpoint:
        yield
        return
    from opentelemetry import trace  # the SDK and gRPC take a while to import
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "pullquote", "service.version": version("pullquote")})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = _exporter(settings.otlp_endpoint)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        # the provider alone would wait for half a minute; without its exporter it has nothing left to wait for
        giving_up = threading.Timer(_LAST_EXPORT_S, exporter.shutdown)
        giving_up.start()
        provider.shutdown()
        giving_up.cancel()


def _exporter(endpoint: str) -> OTLPSpanExporter:
    # gRPC writes lines of its own to standard error otherwise, beside the log and in no form of ours
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    address = urlsplit(endpoint)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise SettingsError(
            f"otlp_endpoint = {endpoint!r} is no address of a collector: give one such as 'http://127.0.0.1:4317'"
        )
    return OTLPSpanExporter(endpoint=endpoint, insecure=address.scheme == "http", timeout=_EXPORT_S)
