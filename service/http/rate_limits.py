"""How many requests a key, or an address, may make in a minute."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.problems import problem

_WINDOW_S: Final = 60
_ADDRESS_BUCKETS: Final = 4_096
_UNLIMITED: Final = frozenset({"/healthz", "/readyz"})


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to whoever asks. `policy`: "key" or "address"; `reset_s`: seconds until one request more is free."""

    policy: str
    quota: int
    remaining: int
    reset_s: int
    granted: bool

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers names them, and Retry-After for one that is refused."""
        told = {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={_WINDOW_S}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset_s}',
        }
        return told if self.granted else {**told, "Retry-After": str(self.reset_s)}


class RateLimiter:
    """Counts requests over a moving minute: those with a valid key for the key, all others for their address.

    So a newsroom behind one address is not held to the address's share, and wrong keys use that up.
    0 sets no limit. Addresses are counted in a fixed number of buckets, which a secret hash chooses:
    whoever owns many addresses fills no memory, and cannot aim at another's bucket.
    """

    def __init__(self, per_key: int, per_address: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._quotas = {"key": per_key, "address": per_address}
        self._secret = secrets.token_bytes(16)
        self.refused = 0
        """Requests refused so far."""

    def take(self, key_id: str | None, address: str) -> Allowance | None:
        """Counts a request; None where there is no limit."""
        policy, counted = ("key", key_id) if key_id else ("address", self._bucket(address))
        quota = self._quotas[policy]
        if not quota:
            return None
        item = RateLimitItemPerMinute(quota)
        granted = self._limiter.hit(item, policy, counted)
        window = self._limiter.get_window_stats(item, policy, counted)
        self.refused += not granted
        reset_s = max(1, math.ceil(window.reset_time - time.time()))
        return Allowance(policy, quota, max(0, window.remaining), reset_s, granted)

    def _bucket(self, address: str) -> str:
        digest = hashlib.blake2b(network_of(address).encode(), digest_size=8, key=self._secret).digest()
        return str(int.from_bytes(digest) % _ADDRESS_BUCKETS)


class RateLimits:
    """Refuses with 429 what `limiter` does not grant, and tells everybody what is left. Health is not limited."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _UNLIMITED:
            await self._app(scope, receive, send)
            return
        key_id: str | None = getattr(Request(scope).state, "key_id", None)
        allowance = self._limiter.take(key_id, scope["client"][0] if scope.get("client") else "")
        if allowance is None:
            await self._app(scope, receive, send)
        elif allowance.granted:
            await self._app(scope, receive, _telling(allowance, send))
        else:
            detail = (
                f"over {allowance.quota:,} requests a minute for this {allowance.policy}:"
                f" try again in {allowance.reset_s} s"
            )
            refused = problem(HTTPStatus.TOO_MANY_REQUESTS, detail, "TooManyRequests", allowance.headers())
            await refused(scope, receive, send)


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 one, which one customer has."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or IPv6Network((int(ip) >> 64 << 64, 64)))
    return str(ip)


def _telling(allowance: Allowance, send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(allowance.headers())
        await send(message)

    return told
