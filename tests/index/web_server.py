"""A web server that plays a script, over real HTTP on 127.0.0.1; names lead to it through a resolver of the tests."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Final, Self

_POLL_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response; `length` says another length than that of the body."""

    body: bytes | str = b""
    media_type: str | None = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to that address, or path."""

    location: str
    status: int = 302


@dataclass(frozen=True, slots=True)
class Endless:
    """A body that never ends: `part` again and again, with `delay` seconds between."""

    part: bytes
    media_type: str = "text/html"
    delay: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes sent in place of a response, each part after `delay` seconds."""

    parts: tuple[bytes, ...]
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Versions:
    """A page whose last body is shown, and whose ETag is how many there were; conditional requests are answered."""

    bodies: list[str]


Behaviour = Reply | Redirect | Endless | Raw | Versions


@dataclass(frozen=True, slots=True)
class WebRequest:
    """What a client asked for, and when. Names of headers are in small letters."""

    path: str
    headers: Mapping[str, str]
    at: float

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


class WebServer:
    """Answers each path as `pages` says; a path is tried with the host before it first, such as "a.test/robots.txt".

    A path that is not there is a 404, as a robots.txt that a site does not have.
    """

    def __init__(self, pages: Mapping[str, Behaviour] | None = None) -> None:
        self.pages: dict[str, Behaviour] = dict(pages or {})
        self.requests: list[WebRequest] = []
        self.sent = 0
        self._server = _Server(self)
        self.port = int(self._server.server_address[1])
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path, on a host that leads here."""
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """The paths asked for, in order, robots.txt left out."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def answer(self, host: str, path: str) -> Behaviour:
        """What the script says of a path."""
        return self.pages.get(f"{host.partition(':')[0]}{path}") or self.pages.get(path) or Reply(b"none", status=404)


class _Server(ThreadingHTTPServer):
    """The server below a script."""

    daemon_threads = True

    def __init__(self, web: WebServer) -> None:
        self.web = web
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    """One request, answered as the script says."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is logged."""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = WebRequest(self.path, headers, monotonic())
        self.server.web.requests.append(request)
        self.close_connection = True
        try:
            self._play(self.server.web.answer(request.host, self.path), request)
        except OSError:
            return  # the client has had enough

    def _play(self, behaviour: Behaviour, request: WebRequest) -> None:
        stopping = self.server.web.stopping
        match behaviour:
            case Reply():
                self._whole(behaviour)
            case Redirect():
                self._head(behaviour.status, {"Location": behaviour.location, "Content-Length": "0"})
            case Endless():
                self._head(200, {"Content-Type": behaviour.media_type, **behaviour.headers})
                while not stopping.wait(behaviour.delay):
                    self._send(behaviour.part)
            case Raw():
                for part in behaviour.parts:
                    self._send(part)
                    if _hung_up(self.connection) or stopping.wait(behaviour.delay):
                        return
            case Versions():
                self._version(behaviour, request)

    def _whole(self, reply: Reply) -> None:
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        known = {} if reply.media_type is None else {"Content-Type": reply.media_type}
        length = len(body) if reply.length is None else reply.length
        self._head(reply.status, {**known, "Content-Length": str(length), **reply.headers})
        self._send(body)

    def _version(self, versions: Versions, request: WebRequest) -> None:
        etag = f'"{len(versions.bodies)}"'
        if request.headers.get("if-none-match") == etag:
            self._head(304, {"ETag": etag})
        else:
            self._whole(Reply(versions.bodies[-1], headers={"ETag": etag}))

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.server.web.sent += len(data)


def _hung_up(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and not connection.recv(1, socket.MSG_PEEK)


def leading_to(addresses: Mapping[str, list[str]]) -> Callable[[str, int], list[str]]:
    """A resolver that knows these names, and every IP address as itself; no other."""

    def resolve(host: str, _port: int) -> list[str]:
        if host in addresses:
            return addresses[host]
        try:
            socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
        except OSError as error:
            raise OSError(f"the tests know no host {host!r}") from error
        return [host]

    return resolve
