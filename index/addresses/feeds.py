"""An RSS or Atom feed -> its entries. The bytes are ours: feedparser fetches nothing."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Final

from index.addresses.entries import READ_AT_MOST, Entry, joined
from index.errors import LoadingError
from index.metadata import parse_date

if TYPE_CHECKING:
    from feedparser import FeedParserDict

_START_OF_ENTRY: Final = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_LONG_WORD: Final = re.compile(rb"[^\s<>]{4000,}+")
"""Nothing that is read of a feed is that long, and feedparser takes time quadratic in the length of an author."""

_TAG: Final = re.compile(r"<[^<>]*>")


def read_feed(data: bytes, url: str, place: str) -> list[Entry]:
    """The entries of a feed that link to a page, in its order, up to the 5,000th. `data` is UTF-8.

    Relative links are relative to `url`, or to what the feed says. A broken feed gives what can be read of it.
    Raises LoadingError when that is nothing.
    """
    import feedparser  # slow to import

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    feed = feedparser.parse(BytesIO(_LONG_WORD.sub(b"", _cut(data))), response_headers=headers)
    entries = [entry for found in feed.entries if (entry := _entry(found, url))]
    if entries:
        return entries
    if feed.entries:
        raise LoadingError(place, "the entries of this feed link to no pages")
    broken = feed.get("bozo_exception") if feed.bozo else None
    problem = f"this feed is broken ({' '.join(str(broken).split())})" if broken else "this feed has no entries"
    raise LoadingError(place, f"{problem}: give the addresses of its articles")


def _cut(data: bytes) -> bytes:
    """`data` up to the first entry that is not read: parsing takes a second for 2,000 of them."""
    beyond = next(islice(_START_OF_ENTRY.finditer(data), READ_AT_MOST, None), None)
    return data[: beyond.start()] if beyond else data


def _entry(found: FeedParserDict, url: str) -> Entry | None:
    link = joined(url, str(found.get("link") or ""))
    if link is None:
        return None
    stated = dict.get(found, "published")
    return Entry(
        link,
        _plain(found.get("title")),
        _plain(found.get("author")),
        parse_date(str(stated)) if stated else None,
        next(_moments(found), None),
    )


def _moments(found: FeedParserDict) -> Iterator[datetime]:
    # FeedParserDict itself would take one for the other, and warn
    for name in ("updated_parsed", "published_parsed"):
        parsed = dict.get(found, name)
        if parsed:
            try:
                yield datetime.fromtimestamp(timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                continue


def _plain(words: object) -> str | None:
    """What a feed says in HTML, as one line of text."""
    return " ".join(unescape(_TAG.sub("", words)).split()) or None if isinstance(words, str) else None
