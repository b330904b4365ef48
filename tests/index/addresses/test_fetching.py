"""A fetch has bounds in time, size and redirects, and a server cannot pass them."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
import zlib
from time import monotonic

import pytest

from index.addresses.fetching import Fetcher, FetchLimits
from index.article import Validators
from index.errors import LoadingError
from tests.index.addresses.conftest import NAMES
from tests.index.web_server import Behaviour, Endless, Raw, Redirect, Reply, Versions, WebServer, leading_to

LIMIT = 300_000


def fetcher(timeout_s: float = 5.0) -> Fetcher:
    """One that may read 127.0.0.1, and LIMIT bytes."""
    return Fetcher(FetchLimits(timeout_s, LIMIT, allow_private_addresses=True), leading_to(NAMES))


def test_a_page_is_fetched_as_it_is(web: WebServer) -> None:
    """Bytes, type, character set and validators come as the server sent them, and the server learns who asks."""
    headers = {"ETag": 'W/"7"', "Last-Modified": "Tue, 14 May 2024 10:00:00 GMT"}
    web.pages["/a?b=c"] = Reply("hällo".encode("cp1252"), "Text/HTML; charset=ISO-8859-1", headers=headers)
    fetched = fetcher().fetch(web.url("/a?b=c#d"))
    assert (fetched.url, fetched.status, fetched.data) == (web.url("/a?b=c"), 200, b"h\xe4llo")
    assert (fetched.media_type, fetched.charset) == ("text/html", "iso-8859-1")
    assert fetched.validators == Validators('W/"7"', "Tue, 14 May 2024 10:00:00 GMT")
    assert web.requests[0].headers["user-agent"].startswith("Pullquote/")


def test_redirects_are_followed_across_hosts(web: WebServer) -> None:
    """Up to five, relative ones too; the address of the last one is that of the page."""
    web.pages |= {f"/{number}": Redirect(f"{number + 1}", status) for number, status in enumerate((301, 302, 303, 307))}
    web.pages |= {"/4": Redirect(web.url("/5", "other.test")), "/5": Reply("there")}
    fetched = fetcher().fetch(web.url("/0", "news.test"))
    assert (fetched.url, fetched.data) == (web.url("/5", "other.test"), b"there")


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        ({"/0": Redirect("/1"), "/1": Redirect("/0")}, "a loop of redirects, back to http://127.0.0.1:[0-9]+/0"),
        ({"/0": Redirect("/0#part")}, "a loop of redirects"),
        ({f"/{n}": Redirect(f"/{n + 1}") for n in range(9)}, "more than 5 redirects, the last to http://.*:[0-9]+/6"),
        ({"/0": Redirect("file:///etc/passwd")}, "redirects to file:/.*/passwd: not an address that begins with http"),
        ({"/0": Redirect("http://ann:s3cret@news.test/")}, "redirects to http://news.test/: the address holds a user"),
        ({"/0": Redirect("http://[")}, "redirects to .*: the address names no host"),
        ({"/0": Redirect("http://a:port/")}, "Invalid URL in location header"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_named(web: WebServer, pages: dict[str, Behaviour], problem: str) -> None:
    """Loops, long chains, other schemes, credentials and nonsense end with the address that they led to."""
    web.pages |= pages
    with pytest.raises(LoadingError, match=problem):
        fetcher().fetch(web.url("/0"))
    assert len(web.requests) <= 6


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"x", length=10**10),
        Endless(b"x" * 65_536),
        Endless(gzip.compress(b"\0" * 10**7), headers={"Content-Encoding": "gzip"}),
        Endless(zlib.compress(b"\0" * 10**7), headers={"Content-Encoding": "deflate"}),
        Reply(gzip.compress(b"\0" * 10**8), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["length", "endless", "endless gzip", "endless deflate", "bomb"],
)
def test_a_response_over_the_limit_stops_there(web: WebServer, reply: Behaviour) -> None:
    """Whether it says so, never ends, or is small until it is unpacked: memory stays flat."""
    web.pages["/a"] = reply
    tracemalloc.start()
    try:
        with pytest.raises(LoadingError, match="over the limit of 300,000 bytes"):
            fetcher().fetch(web.url("/a"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * LIMIT + 3_000_000


@pytest.mark.parametrize(
    "reply",
    [
        Endless(b"<p>", delay=0.02),
        Raw(tuple(bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 500), delay=0.02),
        Raw((b"HTTP/1.1 103 Early Hints\r\n\r\n",) * 500, delay=0.02),
        Raw((b"",) * 500, delay=0.02),
    ],
    ids=["body", "headers", "interim responses", "silence"],
)
def test_a_page_that_drips_is_given_up_in_time(web: WebServer, reply: Behaviour) -> None:
    """The time limit is for the whole fetch: a byte now and then does not put it off."""
    web.pages["/a"] = reply
    started = monotonic()
    with pytest.raises(LoadingError, match=r"not had within 0\.3 s"):
        fetcher(timeout_s=0.3).fetch(web.url("/a"))
    assert monotonic() - started < 1.5


def test_a_name_that_is_not_resolved_in_time_is_given_up() -> None:
    """The system's resolver has no time limit, and the fetch has one all the same."""
    held = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        held.wait(5)
        return ["127.0.0.1"]

    with pytest.raises(LoadingError, match=r"not had within 0\.2 s"):
        Fetcher(FetchLimits(0.2), slow).fetch("http://news.test/")
    held.set()


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Raw((b"hello\r\n\r\n",)), "broke off, or is not HTTP"),
        (Raw((b"",)), "broke off, or is not HTTP"),
        (Reply("half", length=100), "broke off, or is not HTTP"),
        (Raw((b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",)), "broke off, or is not HTTP"),
        (Reply(gzip.compress(b"hello there")[:-9], headers={"Content-Encoding": "gzip"}), "broke off before its end"),
        (Reply("plain", headers={"Content-Encoding": "gzip"}), "not gzip, as it says"),
        (Reply("odd", headers={"Content-Encoding": "br"}), "packs the page as 'br'"),
        (Reply("odd", headers={"Content-Encoding": "gzip, gzip"}), "packs the page as"),
    ],
)
def test_a_broken_response_says_what_is_broken(web: WebServer, reply: Behaviour, problem: str) -> None:
    """Half a body, no HTTP, headers without an end, or another packing than was asked for."""
    web.pages["/a"] = reply
    with pytest.raises(LoadingError, match=problem):
        fetcher().fetch(web.url("/a"))


def test_nobody_listening_is_told() -> None:
    """A refused connection names the address, and a cure."""
    with WebServer() as gone:
        address = gone.url("/a")
    with pytest.raises(LoadingError, match=r"/a: cannot be reached \(.*refused.*\): check the address"):
        fetcher().fetch(address)


def test_a_media_type_that_is_not_wanted_ends_before_the_body(web: WebServer) -> None:
    """A film of any length costs nothing."""
    web.pages["/a"] = Endless(b"x" * 65_536, "video/mp4")
    with pytest.raises(LoadingError, match="'video/mp4', which is no article"):
        fetcher().fetch(web.url("/a"), readable=lambda media_type: media_type.startswith("text/"))


def test_validators_go_with_the_request_for_their_own_page_only(web: WebServer) -> None:
    """Each address on the way is asked with what is known of it, and an unchanged page has no body."""
    web.pages |= {"/a": Redirect("/b"), "/b": Versions(["one"])}
    known = {web.url("/a"): Validators('"1"', None), web.url("/b"): Validators('"1"', "Tue, 14 May 2024 10:00:00 GMT")}
    fetched = fetcher().fetch(web.url("/a"), known=known.get)
    assert (fetched.status, fetched.url, fetched.data) == (304, web.url("/b"), b"")
    assert "if-modified-since" not in web.requests[0].headers
    assert web.requests[1].headers["if-modified-since"] == "Tue, 14 May 2024 10:00:00 GMT"


def test_no_cookie_is_kept(web: WebServer) -> None:
    """Every request is that of a stranger."""
    web.pages["/a"] = Reply("hello", headers={"Set-Cookie": "seen=1"})
    one = fetcher()
    one.fetch(web.url("/a"))
    one.fetch(web.url("/a"))
    assert "cookie" not in web.requests[1].headers
