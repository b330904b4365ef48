"""Sitemaps and indexes of them are read safely, newest pages first, within bounds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from index.addresses.entries import READ_AT_MOST, Entry
from index.addresses.sitemaps import indexed_entries, read_sitemap
from index.errors import LoadingError

URL = "https://news.test/sitemap.xml"
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://news.test/a </loc><lastmod>2024-05-14T10:00:00+02:00</lastmod>
<image:image><image:loc>https://news.test/a.png</image:loc><image:title>A picture</image:title></image:image></url>
<url><loc>https://news.test/b</loc><news:news><news:publication><news:name>The Tide</news:name></news:publication>
<news:publication_date>2024-05-13T23:30:00-05:00</news:publication_date><news:title>Harbour  shut</news:title>
</news:news></url>
<url><loc>/c</loc><lastmod>last week</lastmod></url><url><lastmod>2024-05-14</lastmod></url></urlset>"""


def test_a_sitemap_gives_its_pages() -> None:
    """Addresses with the day of the last change; of news, title and publication date too."""
    assert read_sitemap(SITEMAP.encode(), URL, URL) == [
        Entry("https://news.test/a", changed=datetime(2024, 5, 14, 8, tzinfo=UTC)),
        Entry(
            "https://news.test/b",
            "Harbour shut",
            published=date(2024, 5, 13),
            changed=datetime(2024, 5, 14, 4, 30, tzinfo=UTC),
        ),
        Entry("https://news.test/c"),
    ]


def test_a_sitemap_without_namespace_is_read_too() -> None:
    """Many sites leave it out."""
    assert read_sitemap(b"<urlset><url><loc>https://n.test/a</loc></url></urlset>", URL, URL) == [
        Entry("https://n.test/a")
    ]


@pytest.mark.parametrize(
    ("sitemap", "problem"),
    [("<urlset><url><loc>https://n.test/a</loc></urlset>", "broken"), ("<urlset/>", "lists no pages"), ("", "broken")],
)
def test_a_sitemap_without_pages_is_told_so(sitemap: str, problem: str) -> None:
    """One that is not well-formed, and an empty one, say so."""
    with pytest.raises(LoadingError, match=problem):
        read_sitemap(sitemap.encode(), URL, URL)


def test_entities_are_not_expanded_and_files_not_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither a file's words nor a billion laughs come out of a sitemap, even past the check of its head."""
    secret = tmp_path_factory.mktemp("secret") / "secret.txt"
    secret.write_text("a-secret")
    laughs = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {two} "{f"&{one};" * 10}">' for one, two in pairwise("abcdefghij"))
    for entities, name in ((laughs, "j"), (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "x")):
        data = f"<!DOCTYPE urlset [{entities}]><urlset><url><loc>https://n.test/&{name};</loc></url></urlset>"
        try:
            found = repr(read_sitemap(data.encode(), URL, URL))
        except LoadingError as error:
            found = str(error)
        assert "secret" not in found
        assert "haha" not in found


def test_a_sitemap_of_any_length_is_read_to_its_bound() -> None:
    """The addresses behind the 5,000th are not looked at."""
    many = "".join(f"<url><loc>/{number}</loc></url>" for number in range(60_000))
    assert len(read_sitemap(f"<urlset>{many}</urlset>".encode(), URL, URL)) == READ_AT_MOST


def dated(name: str, day: int) -> Entry:
    """A page, or a sitemap, that changed on that day of May."""
    return Entry(f"https://n.test/{name}", changed=datetime(2024, 5, day, tzinfo=UTC))


def test_an_index_is_read_newest_first_and_no_further_than_needed() -> None:
    """Sitemaps that changed before the oldest page that is wanted cannot have a newer one."""
    sitemaps = {
        dated("old", 1).url: [dated("a", 1)],
        dated("new", 9).url: [dated("b", 9), dated("c", 4)],
        dated("middle", 5).url: [dated("d", 5), dated("e", 3)],
    }
    asked: list[str] = []

    def read(address: str) -> tuple[list[Entry], bool]:
        asked.append(address)
        return sitemaps[address], False

    index = [dated("old", 1), dated("new", 9), dated("middle", 5)]
    assert [entry.url[-1] for entry in indexed_entries(index, read, 2, URL)] == ["b", "d"]
    assert asked == ["https://n.test/new", "https://n.test/middle"]


def test_indexes_may_be_nested_but_not_without_end() -> None:
    """An index that lists itself, and one that lists ever more, are read so far and no further."""
    asked: list[str] = []

    def read(address: str) -> tuple[list[Entry], bool]:
        asked.append(address)
        return [Entry(f"{address}/{number}") for number in range(60)], True

    with pytest.raises(LoadingError, match="lists no pages"):
        indexed_entries([Entry("https://n.test/index")], read, 10, URL)
    assert len(asked) <= 50


def test_a_sitemap_that_fails_leaves_the_others() -> None:
    """The index goes on; where nothing is left, the error is that of the last sitemap."""

    def read(address: str) -> tuple[list[Entry], bool]:
        if address.endswith("bad"):
            raise LoadingError(address, "out of order")
        return [dated("a", 1)], False

    bad, good = dated("bad", 2), dated("good", 1)
    assert indexed_entries([bad, good], read, 10, URL) == [dated("a", 1)]
    with pytest.raises(LoadingError, match="out of order"):
        indexed_entries([bad], read, 10, URL)
