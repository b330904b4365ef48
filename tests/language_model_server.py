"""A server of language models that plays a script, replays recordings or makes them, over real HTTP.

What it speaks stands in `language_model_protocols`.
"""

from __future__ import annotations

import hashlib
import json
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Final, Self, TypeAlias

import httpx

from tests.language_model_protocols import PROTOCOLS

_POLL_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, in so many `parts` where it is streamed, with `delay` seconds before each but the first."""

    text: str
    parts: int = 4
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """An error; "{authorization}" in the body stands for the header that the client sent."""

    code: int
    body: str = '{"error": {"message": "the request failed"}}'
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Not one byte for so many seconds, then a closed connection."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Break:
    """A reply whose connection is closed after so many of its characters."""

    text: str
    after: int


@dataclass(frozen=True, slots=True)
class Empty:
    """A reply of no words."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """A stream that is not of the protocol."""

    text: str = "data: <html>no such thing</html>\n\n"


Behaviour: TypeAlias = Reply | Status | Hang | Break | Empty | Garbage


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a client sent, and when. Names of headers are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, object]
    at: float

    @property
    def messages(self) -> list[dict[str, str]]:
        found = self.body.get("messages")
        assert isinstance(found, list)
        return found

    @property
    def messages_sha256(self) -> str:
        """The digest that a recording of the reply is found by."""
        canonical = json.dumps(self.messages, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


Script: TypeAlias = Sequence[Behaviour] | Callable[[ModelRequest], Behaviour]


class LanguageModelServer:
    """Listens on a free port of 127.0.0.1 from its making until the end of the `with` block.

    `script`: one behaviour for each request, the last one again and again; or what chooses one for a request.
    `requests`: all that came. `hung_up`: set once a client has gone before its reply was complete.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,))
        self.requests: list[ModelRequest] = []
        self.hung_up = threading.Event()
        self.closing = threading.Event()
        self.failures: list[BaseException] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        assert not self.failures, self.failures

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def setting(self) -> str:
        """What `llm` is set to for this server."""
        return f"openai-like:scripted@{self.url}/v1"

    def behaviour(self, request: ModelRequest) -> Behaviour:
        """What `request` is answered with; it counts as received."""
        with self._lock:
            self.requests.append(request)
            if callable(self._script):
                return self._script(request)
            return self._script[min(len(self.requests), len(self._script)) - 1]


class Replay:
    """A script that gives recorded replies; a request that none is of goes to `unknown` and is answered with 404."""

    def __init__(self, recordings: Mapping[str, str]) -> None:
        self._recordings = recordings
        self.unknown: list[ModelRequest] = []

    @classmethod
    def of_file(cls, file: Path) -> Replay:
        """Replays the recordings in a file."""
        return cls({recording.messages_sha256: recording.reply for recording in read_recordings(file)})

    def __call__(self, request: ModelRequest) -> Behaviour:
        if (reply := self._recordings.get(request.messages_sha256)) is not None:
            return Reply(reply)
        self.unknown.append(request)
        return Status(404)


@dataclass(frozen=True, slots=True)
class Recording:
    """A reply of a real model, and the digest of the messages that it is a reply to."""

    messages_sha256: str
    model: str
    question: str
    reply: str


def read_recordings(file: Path) -> list[Recording]:
    """The recordings of a file of JSON lines; none where there is no file."""
    if not file.is_file():
        return []
    with file.open(encoding="utf-8") as lines:
        return [Recording(**json.loads(line)) for line in lines]


class Recorder:
    """A script that asks a real server of chat completions at `url` for what `file` does not hold, and adds it there.

    `question`: what is noted with the next recordings; `failed`: whether the real server did not reply once.
    """

    def __init__(self, url: str, file: Path) -> None:
        self._url = url.rstrip("/")
        self._file = file
        self._recordings = {recording.messages_sha256: recording for recording in read_recordings(file)}
        self._asked: dict[str, None] = {}
        self.question = ""
        self.failed = False

    def __call__(self, request: ModelRequest) -> Behaviour:
        digest = request.messages_sha256
        self._asked[digest] = None
        if digest not in self._recordings:
            body = {name: value for name, value in request.body.items() if not name.startswith("stream")}
            try:
                response = httpx.post(f"{self._url}/chat/completions", json=body, timeout=_PATIENCE_SECONDS)
            except httpx.TransportError:
                self.failed = True
                return Status(502)
            if response.is_error:
                self.failed |= response.is_server_error
                return Status(response.status_code, response.text)
            reply = response.json()["choices"][0]["message"]["content"]
            self._recordings[digest] = Recording(digest, str(request.body["model"]), self.question, reply)
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(_line(self._recordings[digest]))
        return Reply(self._recordings[digest].reply)

    def drop_unasked(self) -> int:
        """Leaves only what was asked for, in that order; says how many recordings went."""
        kept = [self._recordings[digest] for digest in self._asked if digest in self._recordings]
        dropped = len(self._recordings) - len(kept)
        complete = self._file.with_suffix(".new")
        complete.write_text("".join(map(_line, kept)), encoding="utf-8")
        complete.replace(self._file)
        return dropped


def _line(recording: Recording) -> str:
    return f"{json.dumps(asdict(recording), ensure_ascii=False)}\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing the server waits for them

    def __init__(self, owner: LanguageModelServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        if (error := sys.exception()) is not None:
            self.owner.failures.append(error)


class _BrokenOffError(Exception):
    """The script closes the connection."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Says nothing: standard error belongs to the tests."""

    def do_POST(self) -> None:
        self.close_connection = True
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = ModelRequest(self.command, self.path, headers, body, monotonic())
        try:
            self._play(self.server.owner.behaviour(request), request)
        except (BrokenPipeError, ConnectionResetError):
            self.server.owner.hung_up.set()
        except _BrokenOffError:
            pass

    def _play(self, behaviour: Behaviour, request: ModelRequest) -> None:
        match behaviour:
            case Hang(seconds):
                self._wait(seconds)
            case Status(code, body, headers):
                whole = body.replace("{authorization}", request.headers.get("authorization", ""))
                self._send(code, "application/json", headers or {}, whole)
            case Garbage(text):
                self._send(200, "text/event-stream", {}, text)
            case _:
                self._reply(behaviour, request)

    def _reply(self, behaviour: Reply | Break | Empty, request: ModelRequest) -> None:
        protocol, model = PROTOCOLS[self.path], str(request.body["model"])
        parts = self._parts(behaviour)
        if not request.body.get("stream", protocol.streams_unasked):
            self._send(200, "application/json", {}, protocol.whole(model, "".join(parts)))
            return
        self._send(200, protocol.content_type, {"Transfer-Encoding": "chunked"})
        for piece in protocol.stream(model, parts):
            data = piece.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self._wait(0)
        self.wfile.write(b"0\r\n\r\n")

    def _parts(self, behaviour: Reply | Break | Empty) -> Iterator[str]:
        match behaviour:
            case Reply(text, parts, delay):
                size = max(1, -(-len(text) // parts))
                for start in range(0, len(text), size):
                    self._wait(delay if start else 0)
                    yield text[start : start + size]
            case Break(text, after):
                yield text[:after]
                raise _BrokenOffError

    def _send(self, code: int, content_type: str, headers: Mapping[str, str], body: str | None = None) -> None:
        self.send_response(code)
        length = {} if body is None else {"Content-Length": str(len(body.encode()))}
        for name, value in {"Content-Type": content_type, "Connection": "close", **length, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def _wait(self, seconds: float) -> None:
        """Lets time pass. Raises ConnectionResetError when the client goes, _BrokenOffError when the server closes."""
        end = monotonic() + seconds
        while True:
            left = max(0.0, end - monotonic())
            gone, _, _ = select.select([self.connection], [], [], min(left, _POLL_SECONDS))
            if gone and not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError
            if self.server.owner.closing.is_set():
                raise _BrokenOffError
            if not left:
                return
