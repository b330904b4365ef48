"""Who may do what: the key that a request carries, and the scope that a route asks for.

Keys are asked for wherever others can reach the service. On loopback they are not, unless the
settings want them; there no key is looked at, and LocalOnly sees to it that loopback means this
machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from fastapi.security import HTTPBearer
from starlette.datastructures import Headers, State
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import KeysUnusableError
from service.http.problems import error_problem, problem
from service.keys import ApiKey, KeyStore
from service.keys import Scope as KeyScope
from service.settings import Settings

NO_KEY: Final = None
REQUIRED: Final[Mapping[tuple[str, str], KeyScope | None]] = {
    ("POST", "/v1/ask"): KeyScope.READ,
    ("POST", "/v1/chat/completions"): KeyScope.READ,
    ("GET", "/v1/models"): KeyScope.READ,
    ("POST", "/v1/search"): KeyScope.READ,
    ("POST", "/v1/verify"): KeyScope.READ,
    ("GET", "/v1/articles"): KeyScope.READ,
    ("GET", "/v1/articles/{article_id}"): KeyScope.READ,
    ("POST", "/v1/articles"): KeyScope.WRITE,
    ("DELETE", "/v1/articles/{article_id}"): KeyScope.WRITE,
    ("GET", "/metrics"): KeyScope.ADMIN,
    ("GET", "/healthz"): NO_KEY,
    ("GET", "/readyz"): NO_KEY,
    ("GET", "/docs"): NO_KEY,
    ("HEAD", "/docs"): NO_KEY,
    ("GET", "/openapi.json"): NO_KEY,
    ("HEAD", "/openapi.json"): NO_KEY,
}
"""The scope that each route asks for. A route that is not here asks for ADMIN: what is forgotten stays shut."""

BEARER: Final = HTTPBearer(auto_error=False, description="An API key, as `pullquote keys create` prints it.")
"""Describes the keys in the API's description; a request is refused before its body is read, by Authorization."""

_PATTERNS: Final = [(method, compile_path(path)[0], scope) for (method, path), scope in REQUIRED.items()]


def keys_required(settings: Settings) -> bool:
    """Whether the service asks for keys: where the settings say so, and on any address but loopback."""
    return settings.require_keys or not is_loopback(settings.host)


def is_loopback(host: str) -> bool:
    """Whether `host` is `localhost` or an address such as 127.0.0.1 or ::1. Any other name is not: it may move."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def required_scope(method: str, path: str) -> KeyScope | None:
    """The scope that a request asks for; None where it needs no key."""
    for listed, pattern, scope in _PATTERNS:
        if listed == method and pattern.match(path):
            return scope
    return KeyScope.ADMIN


class Authentication:
    """Finds out whose key a request carries, and puts it into the request's state for those that come after.

    `api_key` and `key_id` are None where it carries none that holds; `keys_error` is set where that cannot
    be known. Lets every request through; Authorization decides.
    """

    def __init__(self, app: ASGIApp, keys: KeyStore) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            token, key, keys_error = _token(scope), None, None
            try:
                key = self._keys.holder(token) if token else None
            except KeysUnusableError as error:
                keys_error = error
            state = Request(scope).state
            state.api_key, state.key_id, state.keys_error = key, key.id if key else None, keys_error
        await self._app(scope, receive, send)


class Authorization:
    """Refuses a request whose key does not reach: 401 without a valid key, 403 with too low a scope (RFC 6750)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refusal(scope, Request(scope).state) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)


class LocalOnly:
    """Guards a service that asks for no keys: it answers this machine only.

    A page of the web can give its own name the address 127.0.0.1 and so make the reader's browser ask
    here (DNS rebinding); its name in `Host` betrays it. And a proxy on this machine may speak for others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = _not_local(scope) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)


def _token(scope: Scope) -> str:
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refusal(scope: Scope, state: State) -> Response | None:
    required = required_scope(scope["method"], scope["path"])
    key: ApiKey | None = state.api_key
    if required is NO_KEY or (key and key.scope.includes(required)):
        return None
    if state.keys_error:
        return error_problem(state.keys_error)
    if key:
        return problem(
            HTTPStatus.FORBIDDEN,
            f"this asks for a key with the scope {required.value!r}, and this one has {key.scope.value!r}",
            "InsufficientScope",
            {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{required}"'},
        )
    if _token(scope):
        return problem(
            HTTPStatus.UNAUTHORIZED,
            "the key is wrong or revoked: ask whoever runs this service for another",
            "InvalidKey",
            {"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "this asks for a key: send it as 'Authorization: Bearer KEY'",
        "MissingKey",
        {"WWW-Authenticate": "Bearer"},
    )


def _not_local(scope: Scope) -> Response | None:
    host, client = Headers(scope=scope).get("host"), scope.get("client")
    if host is not None and not _names_loopback(host):
        return problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            "this service answers on loopback names only, such as localhost; to be reached by others it needs keys:"
            " see the setting require_keys",
            "MisdirectedRequest",
        )
    if client and not is_loopback(client[0]):
        return problem(
            HTTPStatus.FORBIDDEN,
            "this service asks for no keys and so answers its own machine only: see the setting require_keys",
            "Forbidden",
        )
    return None


def _names_loopback(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
