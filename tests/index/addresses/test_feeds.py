"""Feeds of every kind are read, broken ones as far as they go, and none can make the reader fetch or swell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.addresses.entries import READ_AT_MOST, Entry, newest_first
from index.addresses.feeds import read_feed
from index.errors import LoadingError

URL = "https://news.test/feeds/all.xml"

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<item><title>Harbour &lt;i&gt;shut&lt;/i&gt; &amp;amp; quiet</title><link>https://news.test/a?x=1&amp;y=2</link>
<dc:creator>Anna Brandt</dc:creator><pubDate>Mon, 13 May 2024 23:30:00 -0500</pubDate></item>
<item><title><![CDATA[Ferries sail]]></title><link>/b</link></item>
<item><title>No link</title></item></channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.test/x/">
<entry><title type="html">Harbour shut</title><link rel="enclosure" href="/film.mp4"/><link rel="alternate" href="a"/>
<author><name>Anna Brandt</name></author><published>2024-05-13T23:30:00-05:00</published>
<updated>2024-06-01T10:00:00Z</updated></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="x"/><item rdf:about="https://news.test/a"><title>Harbour shut</title><link>https://news.test/a</link>
</item></rdf:RDF>"""


def test_an_rss_feed_gives_its_entries() -> None:
    """Link, title without markup, author and the day as the outlet dates it; a relative link is made whole."""
    entries = read_feed(RSS.encode(), URL, URL)
    assert entries == [
        Entry(
            "https://news.test/a?x=1&y=2",
            "Harbour shut & quiet",
            "Anna Brandt",
            date(2024, 5, 13),
            datetime(2024, 5, 14, 4, 30, tzinfo=UTC),
        ),
        Entry("https://news.test/b", "Ferries sail"),
    ]


def test_an_atom_feed_gives_its_entries() -> None:
    """The alternate link, relative to the feed's own base; published is the day, updated the order."""
    (entry,) = read_feed(ATOM.encode(), URL, URL)
    assert (entry.url, entry.title, entry.author) == ("https://base.test/x/a", "Harbour shut", "Anna Brandt")
    assert (entry.published, entry.changed) == (date(2024, 5, 13), datetime(2024, 6, 1, 10, tzinfo=UTC))


def test_an_rdf_feed_gives_its_entries() -> None:
    """RSS 1.0 has its items beside the channel."""
    assert [entry.url for entry in read_feed(RDF.encode(), URL, URL)] == ["https://news.test/a"]


def test_a_broken_feed_gives_what_can_be_read() -> None:
    """A feed that breaks off, or has a stray ampersand, still has its first entries."""
    broken = RSS.replace("Ferries sail", "Ferries & sail")[: RSS.index("<item><title>No link") + 20]
    assert read_feed(broken.encode(), URL, URL)[0].url == "https://news.test/a?x=1&y=2"


@pytest.mark.parametrize(
    ("feed", "problem"),
    [
        ("<rss><channel><title>Empty</title></channel></rss>", "this feed has no entries"),
        ("<rss><channel><item><title>No link</title></item></channel></rss>", "link to no pages"),
        ("<rss><channel><ti", "this feed is broken"),
    ],
)
def test_a_feed_without_pages_is_told_so(feed: str, problem: str) -> None:
    """No entries, none with a link, or nothing that can be read."""
    with pytest.raises(LoadingError, match=problem):
        read_feed(feed.encode(), URL, URL)


def test_a_feed_never_makes_the_reader_fetch(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Bytes that look like an address or a path are a feed that cannot be read, and nothing is opened."""
    secret = tmp_path_factory.mktemp("secret") / "feed.xml"
    secret.write_text(RSS)
    for data in (str(secret).encode(), b"file://" + str(secret).encode(), b"http://127.0.0.1:9/feed"):
        with pytest.raises(LoadingError):
            read_feed(data, URL, URL)


def test_a_feed_of_a_million_entries_is_read_to_its_bound() -> None:
    """Time is bounded whatever is sent: the entries behind the 5,000th are not parsed."""
    item = "<item><link>/{}</link></item>"
    feed = "<rss><channel>" + "".join(item.format(number) for number in range(5_200)) + "<item/>" * 1_000_000
    started = monotonic()
    assert len(read_feed(feed.encode(), URL, URL)) == READ_AT_MOST
    assert monotonic() - started < 12


@given(st.text(alphabet="<>/!&;[]item entrylinkrss'\"=-", max_size=120))
def test_no_feed_is_too_broken_to_be_told_so(text: str) -> None:
    """Any text gives entries with whole addresses, or an error that says what is wrong."""
    try:
        entries = read_feed(f"<rss><channel>{text}".encode(), URL, URL)
    except LoadingError:
        return
    assert all(entry.url for entry in entries)


def test_the_newest_entries_come_first_and_each_page_once() -> None:
    """Entries without a date come last, in their order; a page that is listed twice counts once."""
    days = [datetime(2024, 5, day, tzinfo=UTC) for day in (1, 2, 3)]
    entries = [
        Entry("https://n.test/undated"),
        Entry("https://n.test/1", changed=days[0]),
        Entry("https://n.test/3?utm_source=a", changed=days[2]),
        Entry("https://n.test/3", changed=days[0]),
        Entry("https://n.test/2", changed=days[1]),
    ]
    assert [entry.url[-1] if entry.changed == days[1] else entry.url for entry in newest_first(entries, 4)] == [
        "https://n.test/3?utm_source=a",
        "2",
        "https://n.test/1",
        "https://n.test/undated",
    ]
    assert len(newest_first(entries, 2)) == 2
