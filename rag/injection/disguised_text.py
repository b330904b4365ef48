"""A text -> the ways it reads once disguises are off: odd letters, invisible marks, codes, letters set apart."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import groupby
from typing import Final
from urllib.parse import unquote

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"


def _shifted(text: str, shift: int) -> str:
    """`text` with its small letters moved on in the alphabet."""
    return text.translate(str.maketrans(_ALPHABET, _ALPHABET[shift:] + _ALPHABET[:shift]))


_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_LOOKALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјԁһкмнорстухԛԝѵґлвΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıɡɑ‘’“”„«»‹›",
    'ABESIJKMHOPCTYXaesijdhkmhopctyxqwvrлbABEZHIKMNOPTYXaeikvoptuxabcdefghijklmnoprstuvwyziga\'\'"""""\'\'',
)
"""Letters of other scripts that look like Latin ones, and every quotation mark as the straight one."""

_BOXED: Final = (0x1F130, 0x1F150, 0x1F170)
"""Where the alphabets of squared and circled capitals begin."""

_TAGS: Final = range(0xE0020, 0xE007F)
"""Invisible copies of ASCII."""

_LEET: Final = bytes.maketrans(b"013457@$!|", b"oieastasii")
_NOT_LETTERS: Final = bytes(code for code in range(128) if not chr(code).isalpha() and code not in b"013457@$!|")
_TELLING: Final = ("ignore", "disregard", "instruction", "prompt")
"""Words that hardly any text has by accident once its letters are turned, shifted or run together."""

_BACKWARDS: Final = tuple(word[::-1] for word in _TELLING[2:])
_SHIFTED: Final = tuple(
    (shift, tuple(_shifted(word, shift) for word in (*_TELLING, "answer", "reply"))) for shift in range(1, 26)
)
_ATBASH: Final = str.maketrans(_ALPHABET, _ALPHABET[::-1])
_MIRRORED: Final = tuple(word.translate(_ATBASH) for word in _TELLING)
_PIG_LATIN: Final = (
    "ignoreway",
    "isregardday",
    "instructionsway",
    "instructionway",
    "omptpray",
    "answerway",
    "eplyray",
)
_PIG_LATIN_WORD: Final = re.compile(r"\b([a-z]+?)(?:w|([bcdfghjklmnpqrstvwxyz]+))ay\b")
_MORSE: Final = re.compile(r"(?:[.·•−–—-]{1,6}(?:\s*[/|]\s*|\s+)){11,}[.·•−–—-]{1,6}")
_MORSE_DASHES: Final = str.maketrans("·•−–—", "..---")
_MORSE_LETTERS: Final = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
        " ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.".split(),
        _ALPHABET + "0123456789",
        strict=True,
    )
)
_HEX: Final = re.compile(r"(?:(?:0x|\\x)?[0-9a-f]{2}[\s,:-]{0,2}){8,}")
_BINARY: Final = re.compile(r"(?:[01]{8}\s?){8,}")
_OCTAL: Final = re.compile(r"(?:\b[01]?[0-7]{2}\b[\s,;\\-]{1,2}){12,}")
_DECIMAL: Final = re.compile(r"(?:\b(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])\b[\s,;-]{1,2}){12,}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{4,}={0,2}")
_ESCAPE: Final = re.compile(r"\\u\{?([0-9a-f]{4})\}?|\\x([0-9a-f]{2})", re.IGNORECASE)
_SHORTEST_CODE: Final = 16
_IN_WORD: Final = bytes(32 if chr(code).isspace() else ord(".") for code in range(128)) + bytes(128)


def readings(text: str) -> Iterator[str]:
    """The folded text, then what it holds in code or disguise, folded too; a text without any has the one reading."""
    folded = fold(text)
    yield folded
    for once in _decoded(text, folded):
        yield (folded := fold(once))
        yield from map(fold, _decoded(once, folded))


def fold(text: str) -> str:
    """`text` in lower case: compatibility forms, accents and look-alike letters as plain ones, invisible marks gone."""
    return unaccented(text).lower().replace("_", " ")


def unaccented(text: str) -> str:
    """As `fold`, in the case that it has."""
    return text if text.isascii() else _NOT_ASCII.sub(_plain, text)


def run_together(folded: str) -> str | None:
    """The letters of a folded text without what stands between them, digits read as letters; None where no telling
    word comes to light by it.
    """
    letters = folded.encode("ascii", "ignore").translate(_LEET, _NOT_LETTERS).decode("ascii")
    return (
        letters
        if any(letters.count(word) > len(re.findall(rf"\b{word}", folded)) for word in _TELLING if word in letters)
        else None
    )


def _plain(match: re.Match[str]) -> str:
    return "".join(map(_plain_letter, match.group()))


@lru_cache(maxsize=20_000)
def _plain_letter(char: str) -> str:
    code = ord(char)
    if code in _TAGS:
        return chr(code - _TAGS.start + 0x20)
    for first in _BOXED:
        if first <= code < first + 26:
            return chr(code - first + ord("a"))
    parts = unicodedata.normalize("NFKD", char.translate(_LOOKALIKES))
    seen = (part for part in parts if unicodedata.category(part) not in ("Cf", "Mn", "Me"))
    return "".join(seen).translate(_LOOKALIKES)


def _decoded(text: str, folded: str) -> Iterator[str]:
    if any(word in folded for word in _BACKWARDS):
        yield folded[::-1]
    for shift, telling in _SHIFTED:
        if any(word in folded for word in telling):
            yield _shifted(folded, 26 - shift)
    if any(word in folded for word in _MIRRORED):
        yield folded.translate(_ATBASH)
    if any(word in folded for word in _PIG_LATIN):
        yield _PIG_LATIN_WORD.sub(lambda match: f"{match[2] or ''}{match[1]}", folded)
    for code in _MORSE.finditer(text):
        yield _from_morse(code.group())
    if "&#" in folded or "&lt;" in folded:
        yield html.unescape(text)
    if "%2" in folded or "%6" in folded:
        yield unquote(text, errors="ignore")
    if "=6" in folded and "=2" in folded:
        yield quopri.decodestring(text.encode()).decode("utf-8", "ignore")
    if "\\u" in folded or "\\x" in folded:
        yield _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
    if "\\n" in folded:
        yield text.replace("\\n", "\n")
    yield from _base64_decoded(text)
    yield from _from_numbers(folded)


def _from_morse(code: str) -> str:
    words = re.split(r"\s*[/|]\s*|\s{2,}", code.translate(_MORSE_DASHES))
    return " ".join("".join(_MORSE_LETTERS.get(letter, "?") for letter in word.split()) for word in words)


def _from_numbers(folded: str) -> Iterator[str]:
    """What is written as the hexadecimal, binary, octal or decimal numbers of its characters."""
    if "6e" in folded and "65" in folded:
        for match in _HEX.finditer(folded):
            yield from _readable(bytes.fromhex(re.sub(r"0x|\\x|[^0-9a-f]", "", match.group())))
    if "0110" in folded:
        for match in _BINARY.finditer(folded):
            yield from _readable(bytes(int(octet, 2) for octet in re.findall(r"[01]{8}", match.group())))
    if "151" in folded and "156" in folded:
        for match in _OCTAL.finditer(folded):
            yield from _readable(bytes(int(octet, 8) for octet in re.findall(r"\d+", match.group())))
    if "110" in folded and "101" in folded:
        for match in _DECIMAL.finditer(folded):
            yield from _readable(bytes(map(int, re.findall(r"\d+", match.group()))))


def _base64_decoded(text: str) -> Iterator[str]:
    # most texts have no word of such length, which this finds without a list of them
    if b"." * _SHORTEST_CODE not in text.encode("ascii", "replace").translate(_IN_WORD):
        return
    words = text.split()
    # a code that is wrapped over lines comes as several long words in a row
    for is_long, run in groupby(words, key=lambda word: len(word) >= _SHORTEST_CODE):
        if is_long:
            for part in _BASE64.findall("".join(run)):
                yield from _base64_part(part)


def _base64_part(part: str) -> Iterator[str]:
    code = part.rstrip("=").translate(str.maketrans("-_", "+/"))
    if len(code) < _SHORTEST_CODE:
        return
    code = code[: len(code) - (len(code) % 4 == 1)]
    with suppress(binascii.Error):
        yield from _readable(base64.b64decode(code + "=" * (-len(code) % 4)))
    if code.isupper():
        with suppress(binascii.Error):
            yield from _readable(base64.b32decode(code + "=" * (-len(code) % 8)))


def _readable(data: bytes) -> Iterator[str]:
    """The text that `data` is, if it is one."""
    text = data.decode("utf-8", "ignore")
    if text and sum(char.isprintable() or char.isspace() for char in text) >= 0.95 * len(data.decode("latin-1")):
        yield text
