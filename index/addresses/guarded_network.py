"""Connections to public addresses only, each to exactly the address that was checked, within a deadline."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Thread
from time import monotonic
from typing import Final

import httpcore

from index.errors import AddressRefusedError, LoadingError

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port -> its IP addresses, as text. Raises OSError where there are none."""

SocketOptions = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as a network without IPv4 writes them (RFC 6052): the last 32 bits say where they lead."""


def system_addresses(host: str, port: int) -> list[str]:
    """What the system's resolver knows of `host`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; one that wraps an IPv4 address counts as that."""
    plain = _unwrapped(address)
    if plain is None or plain.is_multicast or plain.is_reserved:
        return False
    return plain.is_global and (isinstance(plain, IPv4Address) or plain in _GLOBAL_UNICAST)


def _is_never_a_page(address: str) -> bool:
    """Whether not even a private network has pages there: link-local addresses are those of a cloud's machines."""
    plain = _unwrapped(address)
    return plain is None or plain.is_link_local or plain.is_multicast or plain.is_unspecified


def _unwrapped(address: str) -> IPv4Address | IPv6Address | None:
    """The address, or the IPv4 address that it wraps; None where it is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv4Address):
        return parsed
    if parsed in _TRANSLATED:
        return IPv4Address(parsed.packed[-4:])
    return parsed.ipv4_mapped or parsed.sixtofour or parsed


class Deadline:
    """A point in time until which all of a fetch is to be done."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds left, and not more than `at_most`. Raises httpcore.ReadTimeout when there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return left if at_most is None else min(left, at_most)

    def extend(self, seconds: float) -> None:
        """Moves the deadline: for time that was spent on something else."""
        self._end += seconds


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves a host once, refuses it unless every address is public, and connects to the addresses checked.

    The name stays what TLS and the Host header are about. `place` is what errors name.
    """

    def __init__(self, place: str, deadline: Deadline, resolve: Resolver, *, allow_private: bool) -> None:
        self._place = place
        self._deadline = deadline
        self._resolve = resolve
        self._allow_private = allow_private
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._checked_addresses(host, port)
        failure: Exception | None = None
        for number, address in enumerate(addresses):
            share = self._deadline.left(timeout) / (len(addresses) - number)
            try:
                stream = self._system.connect_tcp(address, port, share, local_address, socket_options)
                return _TimedStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no address")

    def _checked_addresses(self, host: str, port: int) -> Sequence[str]:
        addresses = self._resolved(host, port)
        for address in addresses:
            if is_public(address) or (self._allow_private and not _is_never_a_page(address)):
                continue
            cure = "give another" if self._allow_private else "set allow_private_addresses if it may be read"
            raise AddressRefusedError(self._place, f"{host!r} leads to {address}, which is no public address: {cure}")
        return addresses

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        answer: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.set_exception(error)

        # the system's resolver cannot be given a time limit, so it may be left behind
        Thread(target=ask, daemon=True).start()
        try:
            found = answer.result(self._deadline.left())
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("its name is not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise LoadingError(self._place, f"no host is named {host!r}: check the address") from error
        if not found:
            raise LoadingError(self._place, f"no host is named {host!r}: check the address")
        return found


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no read or write outlasts the deadline, however slowly bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(secure, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
