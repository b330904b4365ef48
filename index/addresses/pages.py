"""A fetched page -> its articles, by the readers that files have too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from index.addresses.address import is_same_site, own_address, without_tracking
from index.addresses.entries import Entry
from index.addresses.recognition import Kind
from index.article import Article, DateSource
from index.errors import LoadingError
from index.formats import Record, read_html, read_markdown, read_pdf, read_text
from index.loading import Loaded, load_record

_READERS: Final = {
    Kind.HTML: read_html,
    Kind.PDF: read_pdf,
    Kind.MARKDOWN: read_markdown,
    Kind.TEXT: read_text,
}
_STATED: Final = (DateSource.METADATA, DateSource.BYLINE)
"""Where a page itself says when it was published. A date in its text, or address, is a sign of it at best."""

_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def articles_in(data: bytes, kind: Kind, url: str, place: str, listed: Entry | None = None) -> Iterator[Loaded]:
    """The articles of a page at `url`, which is their origin, without tracking parameters.

    What the feed says that `listed` the page fills what the page itself does not say.
    """
    if not data.strip():
        yield LoadingError(place, "the page is empty")
        return
    for where, origin, record in _records(data, kind, without_tracking(url), place):
        try:
            if isinstance(record, LoadingError):
                raise record
            yield _completed(load_record(_as_found(record, url), where, origin), listed)
        except LoadingError as error:
            yield error


def _records(data: bytes, kind: Kind, origin: str, place: str) -> Iterator[tuple[str, str, Record | LoadingError]]:
    """Each record of the page, with its place and origin."""
    try:
        found = _parsed(data, place) if kind is Kind.JSON else _record(data, kind, place)
    except LoadingError as error:
        yield place, origin, error
        return
    if isinstance(found, Mapping):
        yield place, origin, found
        return
    for number, record in enumerate(found if isinstance(found, list) else [found], start=1):
        where = f"{place}, record {number}"
        if isinstance(record, Mapping):
            yield where, f"{origin}#{record.get('id') or f'line-{number}'}", record
        else:
            yield where, origin, LoadingError(where, "must be an article object with a text")


def _record(data: bytes, kind: Kind, place: str) -> Record:
    document = _READERS[kind](data, place)
    return {**document.record, "text": "\n\n".join("\n".join(block) for block in document.blocks)}


def _as_found(record: Record, url: str) -> Record:
    """The record, with the address that it may go by, and without an outlet that is the host of another site."""
    address = own_address(record.get("url"), url)
    outlet, host = record.get("source"), urlsplit(url).hostname or ""
    if isinstance(outlet, str) and _HOST.fullmatch(outlet) and not is_same_site(outlet.lower(), host):
        return {**record, "url": address, "source": None}
    return {**record, "url": address}


def _parsed(data: bytes, place: str) -> object:
    try:
        parsed: object = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise LoadingError(place, "not JSON that can be read: give the address of the page itself") from error
    return parsed


def _completed(article: Article, listed: Entry | None) -> Article:
    if listed is None:
        return article
    published, published_from = article.published, article.published_from
    if listed.published and published_from not in _STATED:
        published, published_from = listed.published, DateSource.METADATA
    return replace(
        article,
        title=article.title or listed.title,
        author=article.author or listed.author,
        published=published,
        published_from=published_from,
    )
