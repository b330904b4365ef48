"""An address -> its articles: of one page, or of the pages that a feed or a sitemap lists. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import sleep
from typing import Final, Protocol

from index.addresses.address import shown_address, without_tracking
from index.addresses.charset import as_utf8
from index.addresses.content_coding import unpacked_file
from index.addresses.entries import Entry, newest_first
from index.addresses.feeds import read_feed
from index.addresses.fetching import NOT_MODIFIED, OK, Fetched, Fetcher, FetchLimits
from index.addresses.guarded_network import Resolver, system_addresses
from index.addresses.pages import articles_in
from index.addresses.permission import RobotsRules
from index.addresses.recognition import Kind, is_pdf, is_readable, recognised
from index.addresses.sitemaps import indexed_entries, read_sitemap
from index.article import Article, Validators, article_id
from index.errors import LoadingError
from index.loading import Loaded

MAX_ENTRIES: Final = 100
"""Pages of one feed or sitemap that are added unless the caller says otherwise."""

_LISTS: Final = (Kind.FEED, Kind.SITEMAP, Kind.SITEMAP_INDEX)
_PROBLEMS: Final = {
    401: "the site wants a login: save the page and add the file",
    402: "the site wants payment: save the page and add the file",
    403: "the site refuses it (403): save the page and add the file",
    404: "there is no such page (404): check the address",
    410: "the page is gone (410)",
    429: "the site was asked too often (429): try again later",
    451: "the site may not show it (451)",
    503: "the site is not available (503): try again later",
}


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page that is as it was when it was last fetched; its article is stored."""

    article_id: str


class FetchMemory(Protocol):
    """What is known of pages fetched before."""

    def validators(self, url: str) -> Validators | None:
        """Those of the page as last fetched; None where its article is not stored."""

    def remember_fetched(self, url: str, validators: Validators, article_id: str | None) -> None:
        """Keeps the validators of a page that gave that article."""


class AddressLoader:
    """Loads articles from addresses; robots.txt is asked once a site. Not for sharing between threads."""

    def __init__(
        self,
        memory: FetchMemory,
        limits: FetchLimits | None = None,
        max_entries: int = MAX_ENTRIES,
        *,
        resolve: Resolver = system_addresses,
        wait: Callable[[float], None] = sleep,
    ) -> None:
        self._memory = memory
        self._limits = limits or FetchLimits()
        self._max_entries = max_entries
        self._fetcher = Fetcher(self._limits, resolve)
        self._robots = RobotsRules(self._fetcher, wait)
        self._to_remember: list[tuple[str, Validators, str]] = []

    def load(self, address: str) -> Iterator[Loaded | Unchanged]:
        """The article at an address, or, of a feed or a sitemap, those of its newest pages, one by one.

        What cannot be had is a LoadingError; the others go on.
        """
        place = shown_address(address)
        try:
            fetched = self._fetch(address)
            if fetched.status == NOT_MODIFIED:
                yield _unchanged(fetched)
                return
            data, kind = self._content(fetched, place)
            if kind not in _LISTS:
                yield from self._articles(fetched, data, kind, place)
                return
            entries = self._entries(fetched, data, kind, place)
        except LoadingError as error:
            yield error
            return
        for entry in entries:
            yield from self._listed(entry)

    def remember(self) -> None:
        """Keeps the validators of the pages whose articles were given so far; to be called once these are stored."""
        for url, validators, found in self._to_remember:
            self._memory.remember_fetched(url, validators, found)
        self._to_remember.clear()

    def _fetch(self, address: str) -> Fetched:
        fetched = self._fetcher.fetch(address, self._robots.permit, self._memory.validators, is_readable)
        is_unchanged = fetched.status == NOT_MODIFIED and self._memory.validators(fetched.url) is not None
        if fetched.status != OK and not is_unchanged:
            problem = _PROBLEMS.get(fetched.status, f"the site answers with status {fetched.status}: try again later")
            raise LoadingError(shown_address(address), problem)
        return fetched

    def _content(self, fetched: Fetched, place: str) -> tuple[bytes, Kind]:
        data = unpacked_file(fetched.data, self._limits.max_bytes, place)
        if not is_pdf(data):
            data = as_utf8(data, fetched.charset)
        return data, recognised(data, fetched.media_type, fetched.url, place)

    def _listed(self, entry: Entry) -> Iterator[Loaded | Unchanged]:
        place = shown_address(entry.url)
        try:
            fetched = self._fetch(entry.url)
            if fetched.status == NOT_MODIFIED:
                yield _unchanged(fetched)
                return
            data, kind = self._content(fetched, place)
            if kind in _LISTS:
                raise LoadingError(place, "a feed or sitemap within a feed is not followed: give its address itself")
            yield from self._articles(fetched, data, kind, place, entry)
        except LoadingError as error:
            yield error

    def _articles(
        self, fetched: Fetched, data: bytes, kind: Kind, place: str, listed: Entry | None = None
    ) -> Iterator[Loaded]:
        origin = without_tracking(fetched.url)
        for loaded in articles_in(data, kind, fetched.url, place, listed):
            has_validators = fetched.validators.etag or fetched.validators.last_modified
            if isinstance(loaded, Article) and loaded.origin == origin and has_validators:
                self._to_remember.append((fetched.url, fetched.validators, loaded.id))
            yield loaded

    def _entries(self, fetched: Fetched, data: bytes, kind: Kind, place: str) -> list[Entry]:
        if kind is Kind.FEED:
            return newest_first(read_feed(data, fetched.url, place), self._max_entries)
        listed = read_sitemap(data, fetched.url, place)
        if kind is Kind.SITEMAP_INDEX:
            listed = indexed_entries(listed, self._sitemap, self._max_entries, place)
        return newest_first(listed, self._max_entries)

    def _sitemap(self, address: str) -> tuple[list[Entry], bool]:
        """What a sitemap lists, and whether that are sitemaps again."""
        place = shown_address(address)
        fetched = self._fetch(address)
        data, kind = self._content(fetched, place)
        if kind not in (Kind.SITEMAP, Kind.SITEMAP_INDEX):
            raise LoadingError(place, "no sitemap, although an index of sitemaps lists it")
        return read_sitemap(data, fetched.url, place), kind is Kind.SITEMAP_INDEX


def _unchanged(fetched: Fetched) -> Unchanged:
    return Unchanged(article_id(without_tracking(fetched.url)))
