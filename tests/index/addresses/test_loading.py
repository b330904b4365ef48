"""An address becomes articles: a page, or those that a feed or sitemap lists; what fails stops nothing."""

from __future__ import annotations

import gzip
import json
from datetime import date

import pytest

from index.addresses.loading import AddressLoader, Unchanged
from index.article import Article, DateSource
from index.errors import LoadingError
from tests.index.addresses.conftest import MakeLoader, Memory, articles, page
from tests.index.test_loading import PAGE, pdf
from tests.index.web_server import Reply, Versions, WebServer, leading_to

RSS = "application/rss+xml"


def feed(*items: str) -> str:
    """An RSS feed of these items."""
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title>{''.join(items)}</channel></rss>"


def item(link: str, title: str = "From the feed", day: int = 1) -> str:
    """An item of an RSS feed."""
    return f"<item><title>{title}</title><link>{link}</link><pubDate>{day} May 2024 10:00:00 GMT</pubDate></item>"


def test_a_page_becomes_an_article(web: WebServer, loader: MakeLoader) -> None:
    """What the page says about itself counts; its address is where it came from, without tracking."""
    canonical = web.url("/2024/12/03/storm", "news.test")
    web.pages["/storm?id=7&utm_source=mail"] = Reply(
        PAGE.replace("https://www.example.org/2024/12/03/storm", canonical)
    )
    (article,) = articles(loader().load(web.url("/storm?id=7&utm_source=mail#comments", "www.news.test")))
    assert article.origin == web.url("/storm?id=7", "www.news.test")
    assert article.url == canonical
    assert (article.title, article.author, article.source) == (
        "Storm shuts harbour for a week",
        "Anna Brandt",
        "The Morning Tide",
    )
    assert (article.published, article.published_from) == (date(2024, 12, 3), DateSource.METADATA)
    assert "cookies" not in article.text
    assert article.text.startswith("The harbour reopened")


def test_a_page_cannot_pass_for_one_of_another_outlet(web: WebServer, loader: MakeLoader) -> None:
    """A canonical address on another site is not taken, and the outlet is the host that was asked."""
    head = '<link rel="canonical" href="https://other.test/story">'
    web.pages["/a"] = Reply(page("A", head=head))
    (article,) = articles(loader().load(web.url("/a", "www.news.test")))
    assert (article.url, article.source) == (web.url("/a", "www.news.test"), "news.test")


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        (Reply(pdf("The harbour reopened on Tuesday. Ferries left.", "Harbour"), "application/pdf"), "Harbour"),
        (Reply(pdf("The harbour reopened on Tuesday. Ferries left.", "Harbour"), "text/html"), "Harbour"),
        (Reply("Harbour\n\nThe harbour reopened on Tuesday. Ferries left.", "text/plain"), "Harbour"),
        (Reply("---\ntitle: Harbour\n---\nThe harbour reopened.\n\nFerries left.", "text/markdown"), "Harbour"),
        (Reply(json.dumps({"headline": "Harbour", "body": "The harbour reopened."}), "application/json"), "Harbour"),
    ],
    ids=["pdf", "pdf called html", "text", "markdown", "json"],
)
def test_other_kinds_than_html_become_articles_too(
    web: WebServer, loader: MakeLoader, reply: Reply, title: str
) -> None:
    """The readers are those of files."""
    web.pages["/a"] = reply
    (article,) = articles(loader().load(web.url("/a")))
    assert (article.title, article.origin, article.url) == (title, web.url("/a"), web.url("/a"))
    assert "The harbour reopened" in article.text


def test_a_list_of_records_becomes_several_articles(web: WebServer, loader: MakeLoader) -> None:
    """Each has an origin of its own, by its id or its number; one that is no article is told."""
    records = [{"id": "x", "text": "The harbour reopened."}, {"text": "Ferries left."}, 7, {"title": "No text"}]
    web.pages["/a"] = Reply(json.dumps(records), "application/json")
    found = list(loader().load(web.url("/a")))
    assert [item.origin for item in found if isinstance(item, Article)] == [web.url("/a#x"), web.url("/a#line-2")]
    problems = [str(item) for item in found if isinstance(item, LoadingError)]
    assert [problem.split(": ")[0] for problem in problems] == [web.url("/a, record 3"), web.url("/a, record 4")]


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply("", status=404), "there is no such page"),
        (Reply("", status=403), "the site refuses it .*save the page"),
        (Reply("", status=429), "asked too often"),
        (Reply("", status=500), "answers with status 500"),
        (Reply("", status=304), "answers with status 304"),
        (Reply(""), "the page is empty"),
        (Reply("<html><body></body></html>"), "no article text found"),
        (Reply("{", "application/json"), "not JSON"),
        (Reply(b"\0\1\2", "application/octet-stream"), "a binary file"),
        (Reply("x", "image/png"), "'image/png', which is no article"),
        (Reply("hello", "text/xml"), "neither a feed nor a sitemap but not XML"),
        (Reply(PAGE, RSS), "neither a feed nor a sitemap but a web page"),
        (Reply("<rss><channel/></rss>", RSS), "this feed has no entries"),
        (Reply(gzip.compress(b"<urlset/>")[:-4], "application/gzip"), "broke off"),
        (Reply(gzip.compress(b"\0" * 10**7), "application/gzip"), "over the limit"),
    ],
)
def test_what_gives_no_article_says_why(web: WebServer, loader: MakeLoader, reply: Reply, problem: str) -> None:
    """Each failure names the address and a cure, and is one error."""
    web.pages["/a"] = reply
    (error,) = loader().load(web.url("/a"))
    assert isinstance(error, LoadingError)
    assert error.place == web.url("/a")
    with pytest.raises(LoadingError, match=problem):
        raise error


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("windows-1251", "Мост в гавани открылся в понедельник утром."), ("shift_jis", "港の橋は月曜日の朝に開通した。")],
)
def test_pages_in_other_character_sets_are_read(web: WebServer, loader: MakeLoader, encoding: str, words: str) -> None:
    """By the header, and by what the page itself declares."""
    body = f"<html><head><title>{words}</title></head><body><article><p>{words * 3}</p></article></body></html>"
    declared = body.replace("<title>", f'<meta charset="{encoding}"><title>')
    web.pages["/header"] = Reply(body.encode(encoding), f"text/html; charset={encoding}")
    web.pages["/meta"] = Reply(declared.encode(encoding), "text/html")
    for path in ("/header", "/meta"):
        (article,) = articles(loader().load(web.url(path)))
        assert article.title == words
        assert words in article.text


def test_a_feed_gives_the_articles_it_lists(web: WebServer, loader: MakeLoader) -> None:
    """Newest first, each fetched from its own page; what the page lacks comes from the feed."""
    rich = page(
        "Dated",
        head='<meta property="article:published_time" content="2024-04-01"><meta name="author" content="Ann Lee">',
    )
    web.pages |= {
        "/feed": Reply(feed(item("/old", "Older", 2), item(web.url("/new", "other.test"), "Newer", 5)), RSS),
        "/old": Reply("The harbour reopened on Tuesday.\n\nFerries left.", "text/plain"),
        "/new": Reply(rich),
    }
    new, old = articles(loader().load(web.url("/feed", "news.test")))
    assert (new.title, new.author, new.published) == ("Dated", "Ann Lee", date(2024, 4, 1))
    assert (old.title, old.published, old.published_from) == ("Older", date(2024, 5, 2), DateSource.METADATA)
    assert old.origin == web.url("/old", "news.test")


def test_an_entry_that_fails_stops_nothing(web: WebServer, loader: MakeLoader) -> None:
    """A missing page, a private machine, a feed within the feed and a forbidden page are errors among articles."""
    web.pages |= {
        "/robots.txt": Reply("User-agent: *\nDisallow: /shut", "text/plain"),
        "/feed": Reply(
            feed(*map(item, ["/none", "http://169.254.169.254/", "/feed", "/shut", "mailto:a@b", "/good"])), RSS
        ),
        "/good": Reply(page("Good")),
    }
    found = list(loader().load(web.url("/feed")))
    problems = [error.problem for error in found if isinstance(error, LoadingError)]
    for problem, words in zip(
        problems, ("no such page", "no public", "within a feed", "forbids", "begins with"), strict=True
    ):
        assert words in problem
    assert [article.title for article in found if isinstance(article, Article)] == ["Good"]


def test_a_feed_gives_no_more_articles_than_wanted(web: WebServer, loader: MakeLoader) -> None:
    """The newest ones, however many it lists, and no other page is asked for."""
    web.pages["/feed"] = Reply(feed(*(item(f"/{day}", day=day) for day in range(1, 29))), RSS)
    web.pages |= {f"/{day}": Reply(page(f"Day {day}")) for day in range(1, 29)}
    found = articles(loader(max_entries=3).load(web.url("/feed")))
    assert [article.title for article in found] == ["Day 28", "Day 27", "Day 26"]
    assert web.paths() == ["/feed", "/28", "/27", "/26"]


def test_a_feed_in_another_character_set_is_read(web: WebServer, loader: MakeLoader) -> None:
    """By its XML declaration, and UTF-16 by its mark."""
    text = feed(item("/a", "Мост открылся"))
    web.pages |= {
        "/1251": Reply(text.replace("?>", " encoding='windows-1251'?>", 1).encode("windows-1251"), "application/xml"),
        "/utf-16": Reply(text.encode("utf-16"), "application/xml"),
        "/a": Reply("The harbour reopened on Tuesday.", "text/plain"),
    }
    for path in ("/1251", "/utf-16"):
        assert [article.title for article in articles(loader().load(web.url(path)))] == ["Мост открылся"]


def test_a_sitemap_gives_the_articles_it_lists(web: WebServer, loader: MakeLoader) -> None:
    """By way of an index, and packed."""
    sitemap = (
        "<urlset>" + "".join(f"<url><loc>/{n}</loc><lastmod>2024-05-0{n}</lastmod></url>" for n in (1, 2)) + "</urlset>"
    )
    web.pages |= {
        "/index.xml": Reply("<sitemapindex><sitemap><loc>/s.xml.gz</loc></sitemap></sitemapindex>", "text/xml"),
        "/s.xml.gz": Reply(gzip.compress(sitemap.encode()), "application/octet-stream"),
        "/1": Reply(page("One")),
        "/2": Reply(page("Two")),
    }
    assert [article.title for article in articles(loader().load(web.url("/index.xml")))] == ["Two", "One"]


def test_a_page_that_has_not_changed_is_not_loaded_again(web: WebServer, loader: MakeLoader) -> None:
    """Its validators are kept once its article is stored; with another ETag it is loaded anew."""
    versions = Versions([page("First")])
    web.pages |= {"/a": versions, "/feed": Reply(feed(item("/a?utm_source=rss")), RSS), "/a?utm_source=rss": versions}
    memory = Memory()
    one = loader(memory)
    (first,) = articles(one.load(web.url("/a")))
    assert list(loader(memory).load(web.url("/a"))) == [first]
    one.remember()
    assert list(loader(memory).load(web.url("/a"))) == [Unchanged(first.id)]
    versions.bodies.append(page("Second"))
    (second,) = articles(loader(memory).load(web.url("/a")))
    assert (second.id, second.title) == (first.id, "Second")
    (from_feed,) = articles(loader(memory).load(web.url("/feed")))
    assert from_feed.id == first.id


def test_private_addresses_are_refused_unless_they_are_allowed(web: WebServer) -> None:
    """Without the setting, neither the page nor its robots.txt is asked for."""
    web.pages["/a"] = Reply(page("A"))
    (error,) = AddressLoader(Memory(), resolve=leading_to({"inside.test": ["127.0.0.1"]})).load(
        web.url("/a", "inside.test")
    )
    assert isinstance(error, LoadingError)
    assert "'inside.test' leads to 127.0.0.1, which is no public address" in error.problem
    assert not web.requests
