"""What a feed or a sitemap lists: addresses of pages, with what it says about each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import httpx

from index.addresses.address import without_tracking

READ_AT_MOST: Final = 5_000
"""Entries of one feed or sitemap that are looked at, so that an endless one has an end."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a feed or sitemap lists. `changed` is when the page was last changed, or else published."""

    url: str
    title: str | None = None
    author: str | None = None
    published: date | None = None
    changed: datetime | None = None


def newest_first(entries: Iterable[Entry], limit: int) -> list[Entry]:
    """The newest `limit` entries, each address once; those without a date come last, in the order given."""
    by_page: dict[str, Entry] = {}
    for entry in entries:
        by_page.setdefault(without_tracking(entry.url), entry)
    return sorted(by_page.values(), key=lambda entry: entry.changed or _LONG_AGO, reverse=True)[:limit]


def joined(base: str, link: str) -> str | None:
    """The address that `link` means on a page at `base`; None where it means none."""
    try:
        return str(httpx.URL(base).join(link.strip())) if link.strip() else None
    except httpx.InvalidURL:
        return None


def moment(words: str) -> datetime | None:
    """The moment that an ISO 8601 date, with a time or without, states; UTC where it does not say."""
    try:
        stated = datetime.fromisoformat(words.strip())
    except ValueError:
        return None
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)
