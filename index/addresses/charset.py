"""The bytes of a page -> UTF-8, by the encodings that its header and its first lines declare."""

from __future__ import annotations

import codecs
import re
from typing import Final

_DECLARED: Final = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_HEAD_BYTES: Final = 4_096
_ENCODINGS: Final = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-9": "cp1254",
}
"""What names of encodings mean on the web, where that is more than they say (encoding.spec.whatwg.org)."""
_NO_ENCODINGS_OF_PAGES: Final = ("utf-7", "utf_7", "idna", "punycode", "unicode_escape", "raw_unicode_escape")


def as_utf8(data: bytes, declared: str | None) -> bytes:
    """`data` in UTF-8, by its mark, by being UTF-8, or by the encoding declared in its header or its first lines.

    Where none of these fits, it comes back as it is.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    if not data.isascii() and b"\0" not in data and _decoded(data, "utf-8-sig") is not None:
        return data
    inside = _DECLARED.search(data[:_HEAD_BYTES])
    for name in (declared, inside[1].decode() if inside else None):
        if name and (text := _decoded(data, _ENCODINGS.get(name.lower(), name))) is not None:
            return text.encode()
    return data


def _decoded(data: bytes, encoding: str) -> str | None:
    wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    if wide != (b"\0" in data) or encoding.lower() in _NO_ENCODINGS_OF_PAGES:
        return None
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):
        return None
