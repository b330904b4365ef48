"""What was fetched: a feed, a sitemap, a web page, a PDF, text or records; by its content before its label."""

from __future__ import annotations

import re
from enum import Enum, auto
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from index.errors import LoadingError


class Kind(Enum):
    """What a response holds."""

    FEED = auto()
    SITEMAP = auto()
    SITEMAP_INDEX = auto()
    HTML = auto()
    PDF = auto()
    MARKDOWN = auto()
    TEXT = auto()
    JSON = auto()


_ROOTS: Final = {
    "rss": Kind.FEED,
    "feed": Kind.FEED,
    "rdf": Kind.FEED,
    "urlset": Kind.SITEMAP,
    "sitemapindex": Kind.SITEMAP_INDEX,
    "html": Kind.HTML,
}
_TYPES: Final = {
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "application/pdf": Kind.PDF,
    "application/x-pdf": Kind.PDF,
    "text/markdown": Kind.MARKDOWN,
    "text/x-markdown": Kind.MARKDOWN,
    "application/json": Kind.JSON,
}
_SUFFIXES: Final = {
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".pdf": Kind.PDF,
    ".md": Kind.MARKDOWN,
    ".txt": Kind.TEXT,
    ".json": Kind.JSON,
}
_UNTOLD: Final = (
    "",
    "text/plain",
    "application/octet-stream",
    "binary/octet-stream",
    "application/gzip",
    "application/x-gzip",
)
"""Labels that servers put on anything."""

_LIST_SUFFIXES: Final = (".xml", ".rss", ".atom", ".rdf", ".gz")
_PROLOG: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?P<prolog>(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?>[^\[>]*(?>\[.*?\]\s*)?)>)*+)(?:<(?:[\w.-]+:)?(?P<root>[\w.-]+))?",
    re.DOTALL | re.IGNORECASE,
)
_HTML_MARK: Final = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_HEAD_BYTES: Final = 4_096


def is_readable(media_type: str) -> bool:
    """Whether a response of that media type may hold articles, or lists of them."""
    return media_type in _TYPES or media_type in _UNTOLD or _is_xml(media_type)


def is_pdf(data: bytes) -> bool:
    """Whether `data` begins like a PDF, whatever its label says."""
    return data[:_HEAD_BYTES].lstrip().startswith(b"%PDF-")


def recognised(data: bytes, media_type: str, url: str, place: str) -> Kind:
    """What `data` is: UTF-8, unpacked. Raises LoadingError where XML was promised and neither feed nor sitemap came.

    So does a document type that declares entities: nothing that lists articles needs them.
    """
    if is_pdf(data):
        return Kind.PDF
    head = _PROLOG.match(data)
    root = head["root"].decode().lower() if head and head["root"] else ""
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    kind = _ROOTS.get(root)
    if kind is not None and kind is not Kind.HTML:
        if head and b"<!ENTITY" in head["prolog"].upper():
            raise LoadingError(place, "its XML declares entities, which are not read: give the addresses of articles")
        return kind
    if (_is_xml(media_type) or suffix in _LIST_SUFFIXES) and media_type != "application/xhtml+xml":
        what = "a web page" if root == "html" else f"XML with the root {root!r}" if root else "not XML"
        raise LoadingError(place, f"neither a feed nor a sitemap but {what}: open the address in a browser")
    return kind or _TYPES.get(media_type) or _untold(data, suffix)


def _is_xml(media_type: str) -> bool:
    return media_type.endswith(("/xml", "+xml"))


def _untold(data: bytes, suffix: str) -> Kind:
    if _HTML_MARK.search(data[:_HEAD_BYTES]):
        return Kind.HTML
    return _SUFFIXES.get(suffix, Kind.TEXT)
