"""Only public addresses are connected to, and only the one that was checked."""

from __future__ import annotations

import ipaddress
import socket
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.addresses.fetching import Fetcher, FetchLimits
from index.addresses.guarded_network import is_public
from index.errors import AddressRefusedError, LoadingError
from tests.index.web_server import Redirect, Reply, WebServer, leading_to

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1",
    "ff02::1", "2001:db8::1", "2001::1", "100::1", "not an address",
]  # fmt: skip
PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_internet_is_not_public(address: str) -> None:
    """Loopback, private, link-local, shared, reserved, multicast, and IPv6 addresses that wrap one of these."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    """IPv4, IPv6, and public IPv4 addresses in the forms that networks without IPv4 give them."""
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_a_wrapped_address_is_as_public_as_the_address_in_it(number: int) -> None:
    """No way to write an IPv4 address as IPv6 changes whether it may be reached."""
    plain = ipaddress.IPv4Address(number)
    mapped = ipaddress.IPv6Address(0xFFFF << 32 | number)
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | number)
    six_to_four = ipaddress.IPv6Address(0x2002 << 112 | number << 80 | 1)
    assert {is_public(str(address)) for address in (mapped, translated, six_to_four)} == {is_public(str(plain))}


@pytest.mark.parametrize("host", ["127.0.0.1", "inside.test", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_refused_by_default(web: WebServer, host: str) -> None:
    """The server is there and gets no request; the message names the setting that would allow it."""
    web.pages["/a"] = Reply("secret")
    fetcher = Fetcher(FetchLimits(), leading_to({"inside.test": ["127.0.0.1"]}))
    with pytest.raises(AddressRefusedError, match="no public address: set allow_private_addresses"):
        fetcher.fetch(web.url("/a", host))
    assert not web.requests


def test_a_name_with_one_private_address_among_public_ones_is_refused(web: WebServer) -> None:
    """Every address counts: a client that tries one after the other would come to the private one."""
    fetcher = Fetcher(FetchLimits(), leading_to({"mixed.test": ["93.184.215.14", "127.0.0.1"]}))
    with pytest.raises(AddressRefusedError, match=r"'mixed.test' leads to 127\.0\.0\.1"):
        fetcher.fetch(web.url("/a", "mixed.test"))
    assert not web.requests


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/", "http://metadata.test/", "http://[fe80::1]/", "http://[64:ff9b::a9fe:a9fe]/"]
)
def test_a_redirect_to_the_address_of_a_machine_is_refused_even_with_private_addresses_allowed(
    web: WebServer, target: str
) -> None:
    """Link-local addresses belong to the machines of a cloud, and no newspaper is there."""
    web.pages["/a"] = Redirect(target)
    names = leading_to({"metadata.test": ["169.254.169.254"]})
    fetcher = Fetcher(FetchLimits(allow_private_addresses=True), names)
    with pytest.raises(AddressRefusedError, match="no public address"):
        fetcher.fetch(web.url("/a"))


def test_a_name_is_resolved_once_and_the_connection_goes_where_that_said(web: WebServer) -> None:
    """A name server that answers otherwise the second time changes nothing; the Host header stays the name."""
    web.pages["/a"] = Reply("hello")
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    fetcher = Fetcher(FetchLimits(allow_private_addresses=True), lambda _host, _port: next(answers))
    assert fetcher.fetch(web.url("/a", "turning.test")).data == b"hello"
    assert web.requests[0].host == f"turning.test:{web.port}"
    assert list(answers) == [["169.254.169.254"]]


def test_tls_is_about_the_name_and_not_about_the_address() -> None:
    """The server learns the name before it shows a certificate, although the connection went to an IP address."""
    hello = b""

    def take_hello(listener: socket.socket) -> None:
        nonlocal hello
        connection, _ = listener.accept()
        with connection:
            hello = connection.recv(4_096)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Thread(target=take_hello, args=(listener,))
        server.start()
        fetcher = Fetcher(FetchLimits(allow_private_addresses=True), leading_to({"secure.test": ["127.0.0.1"]}))
        with pytest.raises(LoadingError, match="cannot be reached"):
            fetcher.fetch(f"https://secure.test:{listener.getsockname()[1]}/")
        server.join()
    assert b"secure.test" in hello


def test_the_next_address_of_a_name_is_tried_when_the_first_does_not_answer(web: WebServer) -> None:
    """A machine without IPv6, or a dead server among several, does not make a site unreachable."""
    web.pages["/a"] = Reply("hello")
    names = leading_to({"twofold.test": ["::1", "127.0.0.1"]})
    fetcher = Fetcher(FetchLimits(allow_private_addresses=True), names)
    assert fetcher.fetch(web.url("/a", "twofold.test")).data == b"hello"


def test_a_name_that_nobody_knows_is_told_so() -> None:
    """The message names the host."""
    with pytest.raises(LoadingError, match=r"no host is named 'nowhere\.test'"):
        Fetcher(FetchLimits(), leading_to({})).fetch("http://nowhere.test/a")


def test_no_proxy_is_taken_from_the_environment(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy connects to cannot be checked, so a request goes straight to its host."""
    with WebServer({"/a": Reply("from the proxy")}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url(""))
        monkeypatch.setenv("ALL_PROXY", proxy.url(""))
        web.pages["/a"] = Reply("from the site")
        fetched = Fetcher(FetchLimits(allow_private_addresses=True)).fetch(web.url("/a"))
    assert fetched.data == b"from the site"
    assert not proxy.requests
