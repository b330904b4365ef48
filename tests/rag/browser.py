"""A headless Chromium that shows what a link marks: driven over the DevTools protocol, on pages served from here."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from websockets.sync.client import ClientConnection, connect

from index.article import Span

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STYLE: Final = (
    "<style>body { font: 16px/24px serif; margin: 16px }"
    " ::target-text, .quoted { background: rgb(255,0,255); color: rgb(255,0,255) }</style>"
)
"""What a link marks and what stands in an element `quoted` become areas of one colour."""

_MAGENTA: Final = (255, 0, 255)
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--window-size=800,900",
    "--remote-debugging-port=0",
)
_PATIENCE_S: Final = 30.0
_PAINTED: Final = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: an article's text, the quote in it, its title, and what the page shows in place of some characters."""

    text: str
    quote: str
    nth: int = 0
    title: str | None = None
    shown: tuple[tuple[str, str], ...] = ()

    @property
    def span(self) -> Span:
        start = [match.start() for match in re.finditer(re.escape(self.quote), self.text)][self.nth]
        return Span(start, start + len(self.quote))

    def html(self, *, quoted: bool) -> str:
        """The page, with the quoted words in elements `quoted` if it is asked for; no two kerned across their edge."""
        lines, start = [f"<nav>Home It ended Bridges Sport</nav><h1>{html.escape(self.title or 'News')}</h1>"], 0
        for line in self.text.split("\n"):
            begin, end = (min(max(at - start, 0), len(line)) for at in (self.span.start, self.span.end))
            before, words, after = (self._shown(part) for part in (line[:begin], line[begin:end], line[end:]))
            mark = ' class="quoted"' if quoted else ""
            lines.append(f"<p>{before}<span{mark}>{words}</span>{after}</p>")
            start += len(line) + 1
        return "".join(lines)

    def _shown(self, part: str) -> str:
        part = html.escape(part)
        for stored, shown in self.shown:
            part = part.replace(stored, shown)
        return part


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What the window shows: which pixels are marked, by row and column, and how many are scrolled away at the top."""

    marked: NDArray[np.bool_]
    scrolled: float

    def marks_the_same(self, other: View) -> bool:
        """Whether exactly the same pixels are marked, and some are."""
        return bool(self.marked.any()) and np.array_equal(self.marked, other.marked)


@dataclass(slots=True)
class PageServer:
    """Pages by their path, such as "/bridge", which may be added at any time; `address` has no path."""

    address: str
    pages: dict[str, str] = field(default_factory=dict)


@contextmanager
def page_server() -> Iterator[PageServer]:
    """A server on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.pages.get(urlsplit(self.path).path, "")
            data = f'<!doctype html><meta charset="utf-8">{STYLE}{body}'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Requests are not news."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pages = PageServer(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield pages
        finally:
            server.shutdown()
            thread.join()


class Browser:
    """One tab of a running Chromium."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._calls = 0
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def view(self, address: str, scrolled: float | None = None) -> View:
        """What the window shows once `address` is loaded and painted, scrolled to `scrolled` where that is given."""
        self._call("Page.navigate", url="about:blank")  # from one fragment to another, a page would not load again
        self._call("Page.navigate", url=address)
        deadline = time.monotonic() + _PATIENCE_S
        while self._evaluate("document.readyState") != "complete":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{address!r} did not load")
            time.sleep(0.01)
        self._evaluate(_PAINTED)
        if scrolled is not None:
            self._evaluate(f"scrollTo(0, {scrolled})")
            self._evaluate(_PAINTED)
        data = self._call("Page.captureScreenshot", format="png")["data"]
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
        return View((pixels == _MAGENTA).all(axis=2), float(str(self._evaluate("scrollY"))))

    def close(self) -> None:
        """Ends the whole browser."""
        self._session = None
        self._call("Browser.close")

    def _evaluate(self, expression: str) -> object:
        return self._call("Runtime.evaluate", expression=expression, awaitPromise=True)["result"].get("value")

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": parameters}
        self._connection.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while True:
            reply = json.loads(self._connection.recv(timeout=_PATIENCE_S))
            if reply.get("id") == self._calls:
                if "error" in reply:
                    raise RuntimeError(f"{method} failed: {reply['error']}")
                return dict(reply["result"])


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own, with a new profile. Raises FileNotFoundError where there is no Chromium."""
    if CHROMIUM is None:
        raise FileNotFoundError("no Chromium is installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(_debugger_address(Path(profile)), max_size=None) as connection:
                browser = Browser(connection)
                yield browser
                browser.close()
                process.wait(_PATIENCE_S)
        finally:
            process.kill()
            process.wait()


def _debugger_address(profile: Path) -> str:
    """Where the browser listens, which it writes into its profile once it does."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        file = profile / "DevToolsActivePort"
        if file.is_file() and len(lines := file.read_text().split()) == 2:
            port, path = lines
            return f"ws://127.0.0.1:{port}{path}"
        time.sleep(0.02)
    raise TimeoutError(f"Chromium did not start within {_PATIENCE_S:.0f} s")
