"""An address -> the bytes behind it: redirects followed one by one, and bounds on time and size."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from time import monotonic
from typing import Final

import httpcore
import httpx

from index.addresses.address import checked_address, shown_address
from index.addresses.content_coding import body_of, too_large
from index.addresses.guarded_network import Deadline, GuardedBackend, Resolver, system_addresses
from index.addresses.transport import Transport
from index.article import Validators
from index.errors import LoadingError
from index.loading import MAX_BYTES

PRODUCT: Final = "Pullquote"
"""The name under which sites know us, in robots.txt too."""

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = (301, 302, 303, 307, 308)
OK: Final = 200
NOT_MODIFIED: Final = 304
_ACCEPT: Final = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one fetch. `timeout_s` is for all of it, redirects in; `max_bytes` counts bytes unpacked."""

    timeout_s: float = 30.0
    max_bytes: int = MAX_BYTES
    allow_private_addresses: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response. `url` is the address it came from in the end; `data` is empty unless `status` is 200.

    `media_type` is in small letters, "" where it is not said.
    """

    url: str
    status: int
    data: bytes
    media_type: str
    charset: str | None
    validators: Validators


def _anything(_url: str) -> None:
    """Permits every address."""


def _nothing_known(_url: str) -> Validators | None:
    """Says of every address that it was never fetched."""
    return None


class Fetcher:
    """Fetches over http and https. Uses no proxy, since what a proxy connects to cannot be checked."""

    def __init__(self, limits: FetchLimits, resolve: Resolver = system_addresses) -> None:
        self.limits = limits
        self._resolve = resolve
        self._headers = {
            "User-Agent": f"{PRODUCT}/{version('pullquote')}",
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip",
        }

    def fetch(
        self,
        address: str,
        permit: Callable[[str], None] = _anything,
        known: Callable[[str], Validators | None] = _nothing_known,
        readable: Callable[[str], bool] = bool,
    ) -> Fetched:
        """What is behind an address, after at most five redirects.

        `permit` is asked before each request, and raises where there must be none. `known` gives the
        validators to send with it. A media type that is not `readable` ends the fetch before its body.
        Raises LoadingError when nothing can be had; any status of the server's is a result.
        """
        place = shown_address(address)
        deadline = Deadline(self.limits.timeout_s)
        url = str(checked_address(address))
        passed = [url]
        while True:
            started = monotonic()
            permit(url)
            deadline.extend(monotonic() - started)
            with self._response(url, place, deadline, known(url)) as response:
                target = _target(response, place)
                if target is None:
                    return self._read(response, place, readable)
            url = target
            if url in passed:
                raise LoadingError(place, f"a loop of redirects, back to {shown_address(url)}: open it in a browser")
            passed.append(url)
            if len(passed) > _MAX_REDIRECTS + 1:
                raise LoadingError(
                    place,
                    f"more than {_MAX_REDIRECTS} redirects, the last to {shown_address(url)}: give the last address",
                )

    @contextmanager
    def _response(
        self, url: str, place: str, deadline: Deadline, validators: Validators | None
    ) -> Iterator[httpx.Response]:
        headers = dict(self._headers)
        if validators and validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators and validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        backend = GuardedBackend(place, deadline, self._resolve, allow_private=self.limits.allow_private_addresses)
        transport = Transport(httpcore.ConnectionPool(ssl_context=_tls(), network_backend=backend))
        try:
            with (
                httpx.Client(transport=transport, trust_env=False, timeout=self.limits.timeout_s) as client,
                client.stream("GET", url, headers=headers) as response,
            ):
                yield response
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise LoadingError(
                place, f"not had within {self.limits.timeout_s:g} s: try again, or raise fetch_timeout_s"
            ) from error
        except (httpcore.ProtocolError, httpx.ProtocolError) as error:
            raise LoadingError(place, f"the connection broke off, or is not HTTP ({error}): try again") from error
        except (httpcore.NetworkError, httpx.HTTPError, httpcore.UnsupportedProtocol) as error:
            raise LoadingError(place, f"cannot be reached ({error}): check the address, or try again") from error

    def _read(self, response: httpx.Response, place: str, readable: Callable[[str], bool]) -> Fetched:
        media_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        data = b""
        if response.status_code == OK:
            if media_type and not readable(media_type):
                raise LoadingError(place, f"is {media_type!r}, which is no article: give the address of a page")
            declared = response.headers.get("Content-Length", "")
            if len(declared) < 20 and declared.isdecimal() and int(declared) > self.limits.max_bytes:
                raise too_large(self.limits.max_bytes, place)
            coding = response.headers.get("Content-Encoding", "").strip()
            data = body_of(response.iter_raw(), coding, self.limits.max_bytes, place)
        validators = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
        return Fetched(str(response.url), response.status_code, data, media_type, response.charset_encoding, validators)


@cache
def _tls() -> ssl.SSLContext:
    """How certificates are checked; made once, since reading them all takes a while."""
    return httpx.create_ssl_context(trust_env=False)


def _target(response: httpx.Response, place: str) -> str | None:
    """Where a redirect leads, None for any other response. Raises LoadingError where that may not be fetched."""
    location = response.headers.get("Location")
    if response.status_code not in _REDIRECTS or not location:
        return None
    try:
        return str(checked_address(str(response.url.join(location))))
    except LoadingError as error:
        raise type(error)(place, f"redirects to {error.place}: {error.problem}") from error
