"""The HTTP service as a process: it listens, and when it is told to stop it finishes what is in flight first."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from index.errors import SettingsError
from rag.language_model import Cancellation
from service.command_context import opened_answerer
from service.http.app import create_app
from service.logs import configure_logging
from service.settings import Settings
from service.tracing import configure_tracing

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)
_BACKLOG: Final = 512
_LONGEST_HEAD: Final = 65_536
"""Bytes that the head of a request may have."""
_HEAD_S: Final = 20
"""Seconds in which the head of a request must come."""
_IDLE_S: Final = 30
"""Seconds that a connection is kept for a next request."""

_log: Final = structlog.get_logger("pullquote.serving")


def run_service(settings: Settings) -> None:
    """Answers over HTTP until SIGINT or SIGTERM; then nobody new is let in, and what is in flight has its time to end.

    A stream of articles ends with the lot that is being added. A second SIGINT ends the process at once, which loses
    nothing that was added. Raises SettingsError when it cannot listen, and what opening the library raises.
    """
    configure_logging(settings)
    with configure_tracing(settings), opened_answerer(settings) as answerer, _listening(settings) as listener:
        app = create_app(answerer, settings)
        _Server(server_configuration(app, settings), app.state.stopping).run(sockets=[listener])
    _log.info("stopped")


def server_configuration(app: Callable[..., object], settings: Settings) -> uvicorn.Config:
    """How uvicorn serves `app`."""
    return uvicorn.Config(
        app,
        http=_Connection,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        backlog=_BACKLOG,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=math.ceil(settings.shutdown_timeout_s),
    )


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket that the service listens on; of a name's addresses the first of IPv4. Raises SettingsError."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = min(found, key=lambda entry: entry[0] is not socket.AF_INET)
        listener = socket.create_server((address[0], address[1]), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on host {settings.host!r}, port {settings.port} ({_reason(error)}):"
            " set another host or port, or stop what listens there"
        ) from error
    with listener:
        yield listener


def _reason(error: OSError) -> str:
    """What the system says; Python adds the address to it, which the message names already."""
    if error.errno is None or isinstance(error, socket.gaierror):
        return error.strerror or str(error)
    return os.strerror(error.errno)


class _Connection(H11Protocol):
    """A connection whose client has some seconds to send the head of a request, from when it connects or begins one.

    h11, whichever other parsers are installed: it bounds the length of the head.
    """

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._time_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle and not self.cycle.response_complete:
            self._forget_head()
        elif self._head_due is None:
            self._time_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

    def _time_head(self) -> None:
        self._head_due = self.loop.call_later(_HEAD_S, self.transport.close)

    def _forget_head(self) -> None:
        if self._head_due:
            self._head_due.cancel()
        self._head_due = None


class _Server(uvicorn.Server):
    """uvicorn's server, with an exit status of 0 once it was told to stop, and streams of articles that end early."""

    def __init__(self, config: uvicorn.Config, stopping: Cancellation) -> None:
        super().__init__(config)
        self._articles_stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            _log.info("listening", address=f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._articles_stopping.cancel()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes the signals to stop while the block runs, and keeps them: uvicorn would raise them again at the end."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.should_exit = True
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        before = {number: signal.signal(number, stop) for number in _STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
