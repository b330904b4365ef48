"""A sitemap -> the pages, or the further sitemaps, that it lists (sitemaps.org, and Google's tags for news)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from index.addresses.entries import READ_AT_MOST, Entry, joined, moment, newest_first
from index.errors import LoadingError
from index.metadata import parse_date

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_SITEMAPS: Final = 50
_MAX_DEPTH: Final = 3


def read_sitemap(data: bytes, url: str, place: str) -> list[Entry]:
    """What a sitemap, or an index of sitemaps, lists: up to 5,000 addresses, in its order. `data` is UTF-8.

    Raises LoadingError when it is not well-formed or lists nothing.
    """
    from lxml import etree  # slow to import

    entries: list[Entry] = []
    try:
        for element in _listed(data):
            if entry := _entry(element, url):
                entries.append(entry)
                if len(entries) == READ_AT_MOST:
                    break
    except etree.XMLSyntaxError as error:
        raise LoadingError(place, f"this sitemap is broken: {error.msg}") from error
    if not entries:
        raise LoadingError(place, "this sitemap lists no pages: give the addresses of the articles")
    return entries


def indexed_entries(
    sitemaps: Iterable[Entry], read: Callable[[str], tuple[list[Entry], bool]], wanted: int, place: str
) -> list[Entry]:
    """The pages that the sitemaps of an index list, newest sitemap first, until the newest `wanted` are surely there.

    `read` gives what the sitemap at an address lists, and whether that are sitemaps again. At most 50 are
    read, three deep; one that cannot be is left out. Raises LoadingError when that leaves no pages.
    """
    waiting = [(sitemap, 1) for sitemap in newest_first(sitemaps, _MAX_SITEMAPS)]
    entries: list[Entry] = []
    problem = LoadingError(place, "this index of sitemaps lists no pages: give the addresses of the articles")
    for _ in range(_MAX_SITEMAPS):
        if not waiting or _is_enough(entries, wanted, waiting[0][0]):
            break
        sitemap, depth = waiting.pop(0)
        try:
            listed, is_index = read(sitemap.url)
        except LoadingError as error:
            problem = error
            continue
        if not is_index:
            entries = newest_first([*entries, *listed], wanted)
        elif depth < _MAX_DEPTH:
            waiting = [*((nested, depth + 1) for nested in newest_first(listed, _MAX_SITEMAPS)), *waiting]
    if not entries:
        raise problem
    return entries


def _is_enough(entries: Sequence[Entry], wanted: int, following: Entry) -> bool:
    """Whether the pages of the sitemap `following` cannot be newer than those at hand."""
    if len(entries) < wanted or following.changed is None:
        return False
    oldest = entries[-1].changed
    return oldest is not None and following.changed < oldest


def _listed(data: bytes) -> Iterator[_Element]:
    """The elements `url` and `sitemap`, one at a time; each is emptied before the next."""
    from lxml import etree  # slow to import

    parser = etree.iterparse(
        BytesIO(data),
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in parser:
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _entry(element: _Element, url: str) -> Entry | None:
    address = joined(url, element.findtext("{*}loc") or "")
    if address is None:
        return None
    published = element.findtext(".//{*}publication_date") or ""
    return Entry(
        address,
        title=" ".join((element.findtext(".//{*}news/{*}title") or "").split()) or None,
        published=parse_date(published) if published else None,
        changed=moment(element.findtext("{*}lastmod") or published),
    )
