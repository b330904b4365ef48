"""What browsers are told: to trust nothing in a response, to keep none, and whose pages may ask."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import SettingsError

_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_DOCS_PATH: Final = "/docs"
_DOCS_POLICY: Final = (
    f"{_NOTHING}; connect-src 'self'; img-src data: https://fastapi.tiangolo.com"
    "; script-src 'unsafe-inline' https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
    "; style-src 'unsafe-inline' https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
)
"""What the page of Swagger UI loads. It shows no text of articles or of users, so its inline script is safe."""

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_CORS_HEADERS: Final = ("Authorization", "Content-Type", "X-Request-ID")
_CORS_EXPOSED: Final = ("RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "X-Request-ID")


class SecurityHeaders:
    """Adds to every response the headers that keep browsers from misusing it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = _DOCS_POLICY if scope["path"] == _DOCS_PATH else _NOTHING

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**_HEADERS, "Content-Security-Policy": policy})
            await send(message)

        await self._app(scope, receive, guarded)


def add_cors(app: FastAPI, cors_origins: str) -> None:
    """Lets pages of these origins ask from a browser; nobody's where there are none. Raises SettingsError."""
    if origins := allowed_origins(cors_origins):
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=_CORS_HEADERS,
            expose_headers=_CORS_EXPOSED,
        )


def allowed_origins(cors_origins: str) -> list[str]:
    """The origins in a setting, with commas between, as browsers write them (RFC 6454).

    Raises SettingsError for anything else, `*` too: every page that a reader opens would read the articles.
    """
    return [_origin(given.strip()) for given in cors_origins.split(",") if given.strip()]


def _origin(given: str) -> str:
    try:
        parts = urlsplit(given)
        whole = f"{parts.scheme}://{parts.netloc}".lower()
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid, whole = False, ""
    if not valid or whole != given.lower() or "@" in given or "*" in given:
        raise SettingsError(
            f"cors_origins = {given!r} is not an origin: give scheme and host, such as 'https://desk.example',"
            " with commas between"
        )
    return whole
