"""robots.txt is obeyed, for every address and at every redirect."""

from __future__ import annotations

import pytest

from index.errors import AddressRefusedError
from tests.index.addresses.conftest import MakeLoader, articles, page
from tests.index.web_server import Behaviour, Endless, Redirect, Reply, WebServer

TEXT = "text/plain"


def problem(found: object) -> str:
    """The one thing that went wrong, which must be a refusal."""
    (error,) = list(found)  # type: ignore[call-overload]
    assert isinstance(error, AddressRefusedError)
    return error.problem


def test_what_a_site_forbids_is_not_fetched(web: WebServer, loader: MakeLoader) -> None:
    """A page under a Disallow gets no request; the rule with the longest path counts."""
    web.pages |= {
        "/robots.txt": Reply("User-agent: *\nDisallow: /inside\nAllow: /inside/open", TEXT),
        "/inside/a": Reply(page("Forbidden")),
        "/inside/open/a": Reply(page("Allowed")),
    }
    assert "forbids programs to fetch it: save the page" in problem(loader().load(web.url("/inside/a")))
    assert [article.title for article in articles(loader().load(web.url("/inside/open/a")))] == ["Allowed"]
    assert web.paths() == ["/inside/open/a"]


def test_rules_for_us_by_name_go_before_those_for_all(web: WebServer, loader: MakeLoader) -> None:
    """A group that names Pullquote replaces the group of all."""
    rules = "User-agent: *\nAllow: /\n\nUser-agent: pullquote\nDisallow: /"
    web.pages |= {"/robots.txt": Reply(rules, TEXT), "/a": Reply(page("A"))}
    assert "forbids" in problem(loader().load(web.url("/a")))


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_rules_permits_all(web: WebServer, loader: MakeLoader, status: int) -> None:
    """RFC 9309: a robots.txt that is unavailable (4xx) restricts nothing."""
    web.pages |= {"/robots.txt": Reply("", status=status), "/a": Reply(page("A"))}
    assert articles(loader().load(web.url("/a")))


@pytest.mark.parametrize(
    "reply",
    [Reply("", status=500), Reply("", status=503), Redirect("/robots.txt"), Endless(b"# no end\n" * 1000, TEXT)],
    ids=["500", "503", "loop", "endless"],
)
def test_rules_that_cannot_be_had_forbid_all(web: WebServer, loader: MakeLoader, reply: Behaviour) -> None:
    """RFC 9309: an unreachable robots.txt means complete disallow; the message says what is wrong with it."""
    web.pages |= {"/robots.txt": reply, "/a": Reply(page("A"))}
    assert "forbids every page of the site" in problem(loader().load(web.url("/a")))
    assert web.paths() == []


def test_rules_are_fetched_once_a_site_and_asked_at_each_redirect(web: WebServer, loader: MakeLoader) -> None:
    """A page that redirects to another site meets the rules of that site too."""
    web.pages |= {
        "news.test/robots.txt": Reply("", TEXT),
        "other.test/robots.txt": Reply("User-agent: *\nDisallow: /shut", TEXT),
        "/one": Redirect(web.url("/shut/a", "other.test")),
        "/two": Redirect(web.url("/open/a", "other.test")),
        "/open/a": Reply(page("Open")),
    }
    one = loader()
    assert "forbids programs" in problem(one.load(web.url("/one", "news.test")))
    assert articles(one.load(web.url("/two", "news.test")))
    assert [request.path for request in web.requests].count("/robots.txt") == 2
    assert "/shut/a" not in web.paths()


def test_a_site_that_asks_for_a_pause_gets_it(web: WebServer, loader: MakeLoader, waits: list[float]) -> None:
    """Crawl-delay is kept between two requests, and one of an hour is cut to ten seconds."""
    web.pages |= {
        "news.test/robots.txt": Reply("User-agent: *\nCrawl-delay: 2", TEXT),
        "other.test/robots.txt": Reply("User-agent: *\nCrawl-delay: 3600", TEXT),
        "/a": Reply(page("A")),
    }
    one = loader()
    for host in ("news.test", "other.test"):
        assert articles(one.load(web.url("/a", host)))
    assert waits == []
    for host in ("news.test", "other.test"):
        assert articles(one.load(web.url("/a", host)))
    assert waits == [pytest.approx(2, abs=1.5), pytest.approx(10, abs=1.5)]


def test_odd_rules_hurt_nobody(web: WebServer, loader: MakeLoader) -> None:
    """Bytes that are no UTF-8, wildcards without number and pages of HTML are read as far as they go."""
    stars = b"Disallow: /" + b"*a" * 2_000 + b"*zz$\n"
    web.pages |= {"/robots.txt": Reply(b"\xff\xfe\x00<html>\nUser-agent: *\n" + stars * 20, TEXT)}
    web.pages["/" + "a" * 2_000] = Reply(page("A"))
    assert articles(loader().load(web.url("/" + "a" * 2_000)))
