"""The body of a response -> its bytes, with gzip undone and never more of them than allowed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from index.errors import LoadingError

_PLAIN: Final = ("", "identity")
_PACKED: Final = ("gzip", "x-gzip", "deflate")
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_GZIP_MARK: Final = b"\x1f\x8b"


def body_of(parts: Iterable[bytes], coding: str, limit: int, place: str) -> bytes:
    """The whole body, its content coding undone. Reads no more than needed to see that it is over `limit` bytes.

    Raises LoadingError when it is, or when it breaks off or is packed in another way than gzip.
    """
    if coding.lower() in _PLAIN:
        return _gathered(parts, limit, place)
    if coding.lower() in _PACKED:
        return _unpacked(parts, limit, place)
    raise LoadingError(place, f"the server packs the page as {coding!r}, which was not asked for: save it as a file")


def unpacked_file(data: bytes, limit: int, place: str) -> bytes:
    """`data`, unpacked where it is a gzip file, such as `sitemap.xml.gz`."""
    return _unpacked([data], limit, place) if data.startswith(_GZIP_MARK) else data


def _gathered(parts: Iterable[bytes], limit: int, place: str) -> bytes:
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > limit:
            raise too_large(limit, place)
    return bytes(body)


def _unpacked(parts: Iterable[bytes], limit: int, place: str) -> bytes:
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    body = bytearray()
    try:
        for part in parts:
            body += inflate.decompress(part, limit + 1 - len(body))
            if len(body) > limit:
                raise too_large(limit, place)
    except zlib.error as error:
        raise LoadingError(place, "what the server sent is not gzip, as it says: save the page as a file") from error
    if not inflate.eof:
        raise LoadingError(place, "the page broke off before its end: try again")
    return bytes(body)


def too_large(limit: int, place: str) -> LoadingError:
    """That a page has more than `limit` bytes, unpacked."""
    return LoadingError(place, f"over the limit of {limit:,} bytes: raise max_file_bytes, or leave it out")
