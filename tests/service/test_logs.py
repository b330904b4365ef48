"""The log of a process: every logger's events on standard error, one line each, in one form."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import logging, warnings
import structlog
from service.logs import configure_logging
from service.settings import Settings

configure_logging(Settings(log_format={form!r}))
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    structlog.get_logger("pullquote.http").info("request", status=200, text="two\\nlines")
    logging.getLogger("pullquote.llm").warning("asked %s times", 3)
logging.getLogger("uvicorn.error").info("started")
logging.getLogger("chatty.vendor").info("a request to https://example.org")
logging.getLogger("chatty.vendor").warning("no room")
warnings.warn("old-fashioned", stacklevel=1)
def fail(question):
    raise RuntimeError("it broke")
try:
    fail("".join(reversed("?ti dekael ohw")))
except RuntimeError as error:
    structlog.get_logger("pullquote.http").error("request failed", exc_info=error)
"""


def logged(form: str) -> subprocess.CompletedProcess[str]:
    """What a process that logs in this form has written."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(form=form)], capture_output=True, text=True, check=True, timeout=60
    )


def test_every_logger_writes_json_of_one_line_with_the_same_fields() -> None:
    """Ours, the web server's and a vendor's: a program reads them alike; vendors' chatter is left out."""
    result = logged("json")
    assert result.stdout == ""
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    told = [(line["logger"], line["level"], line["event"]) for line in lines]
    assert told[:4] == [
        ("pullquote.http", "info", "request"),
        ("pullquote.llm", "warning", "asked 3 times"),
        ("uvicorn.error", "info", "started"),
        ("chatty.vendor", "warning", "no room"),
    ]
    assert told[4][0] == "py.warnings"
    assert told[5:] == [("pullquote.http", "error", "request failed")]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert [line.get("request_id") for line in lines[:3]] == ["r-1", "r-1", None]
    assert lines[0]["text"] == "two\nlines"


def test_a_stack_trace_is_logged_without_the_values_of_variables() -> None:
    """Variables hold questions; the trace itself is there, in both forms, for those who may read the log."""
    for form in ("json", "text"):
        log = logged(form).stderr
        assert "in fail" in log
        assert "RuntimeError: it broke" in log
        assert "leaked" not in log
