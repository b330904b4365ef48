"""The log of a process: one line an event on standard error, for people or as JSON, from every logger there is."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final

from opentelemetry.trace import get_current_span

from service.settings import Settings

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

_HEARD: Final = {"pullquote": logging.INFO, "uvicorn": logging.INFO}
"""Loggers whose information is wanted; of all others, warnings: clients of vendors tell each request they make."""


def configure_logging(settings: Settings) -> None:
    """Sends structlog and the standard library's loggers one way: to standard error, in `settings.log_format`.

    Stack traces are logged without the values of variables, which may hold words of a question.
    """
    import structlog  # the command line does without it

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name, level in _HEARD.items():
        logging.getLogger(name).setLevel(level)


def _rendering(settings: Settings) -> list[Processor]:
    import structlog

    if settings.log_format == "json":
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    ]


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Names the trace that the event belongs to, so that one is found from the other."""
    context = get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
    return event
