"""A model's reply, part by part -> draft claims, each as soon as it is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic_core import from_json

from index.segmenting import sentences
from rag.prompts import NOT_IN_ARTICLES

_ID: Final = r"\d{1,3}\.\d{1,3}"
_IDS: Final = re.compile(_ID)
_MARKER: Final = re.compile(rf"\[\s*(?:{_ID})(?:\s*[,;]\s*(?:{_ID}))*\s*\]")
_MARKERS: Final = re.compile(rf"(?:{_MARKER.pattern}[\s,;]*)+")
_UNFINISHED: Final = re.compile(r"[\s,;]*(?:\[[\d.,;\s]*)?")
_THOUGHTS: Final = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_OPENING: Final = re.compile(r"\s*(?:```(?:json)?\s*)?\{")
_BULLET: Final = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A claim as a model wrote it, and the ids that it points at; neither is checked yet."""

    text: str
    ids: tuple[str, ...]


class ReplyParser:
    """Reads one reply, whether it is JSON or text with markers such as [2.3].

    `complete`: whether the reply, as far as it is fed, is whole; a JSON object must be closed.
    `silent`: whether the reply says that the articles do not answer.
    """

    def __init__(self) -> None:
        self.text = ""
        self._given = 0

    @property
    def complete(self) -> bool:
        body = _THOUGHTS.sub("", self.text).strip()
        if not _OPENING.match(body):
            return bool(body)
        return _parsed(body, partial=False) is not None

    @property
    def silent(self) -> bool:
        body = _THOUGHTS.sub("", self.text)
        if _OPENING.match(body):
            found = _parsed(body, partial=False) or {}
            return found.get("claims") == [] or (found.get("answered") is False and not _json_claims(body))
        return NOT_IN_ARTICLES.casefold() in body.casefold() and not _text_claims(body, whole=True)

    def feed(self, part: str) -> Iterator[DraftClaim]:
        """The claims that are complete with this part of the reply and were not before."""
        self.text += part
        return self._new(whole=False)

    def end(self) -> Iterator[DraftClaim]:
        """The claims that only the end of the reply completes."""
        return self._new(whole=True)

    def _new(self, *, whole: bool) -> Iterator[DraftClaim]:
        body = _THOUGHTS.sub("", self.text)
        claims = _json_claims(body) if _OPENING.match(body) else _text_claims(body, whole=whole)
        new, self._given = claims[self._given :], max(self._given, len(claims))
        return iter(new)


def _parsed(body: str, *, partial: bool) -> dict[str, object] | None:
    """The JSON object of a reply without what surrounds it; None when there is none or, unless `partial`, it is cut."""
    start, end = body.index("{"), len(body) if partial else body.rfind("}") + 1
    try:
        found = from_json(body[start:end], allow_partial="trailing-strings" if partial else False)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _json_claims(body: str) -> Sequence[DraftClaim]:
    """The claims that are complete: in an unfinished reply the last one may still grow."""
    listed = (_parsed(body, partial=True) or {}).get("claims")
    if not isinstance(listed, list):
        return []
    unclosed = body.rstrip(", \n\t")
    whole = any(_parsed(unclosed + closing, partial=False) is not None for closing in ("", "}", "]}"))
    return [claim for item in (listed if whole else listed[:-1]) if (claim := _claim(item))]


def _claim(item: object) -> DraftClaim | None:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return None
    listed = item.get("sentences")
    ids = [found for value in listed for found in _IDS.findall(str(value))] if isinstance(listed, list) else []
    text = str(item["text"])
    ids += [found for marker in _MARKER.findall(text) for found in _IDS.findall(marker)]
    return _draft(_MARKERS.sub(" ", text), ids)


def _text_claims(body: str, *, whole: bool) -> Sequence[DraftClaim]:
    """Each sentence that ends in markers; one without any is a claim that nothing supports."""
    claims: list[DraftClaim] = []
    start = 0
    for markers in _MARKERS.finditer(body):
        if not whole and _UNFINISHED.fullmatch(body, markers.end()):
            break  # more markers may follow
        claims += _unit_claims(body[start : markers.start()], _IDS.findall(markers.group()))
        start = markers.end()
    if whole:
        claims += _unit_claims(body[start:], [])
    return claims


def _unit_claims(words: str, ids: Sequence[str]) -> Iterator[DraftClaim]:
    """The sentences before a run of markers; only the last is what the markers support."""
    words = words.lstrip(" .,;:\n")
    if not words or words.casefold().rstrip(". \n").endswith(NOT_IN_ARTICLES.casefold()):
        return
    spans = sentences(words)
    for number, span in enumerate(spans, start=1):
        if draft := _draft(span.of(words), ids if number == len(spans) else ()):
            yield draft


def _draft(words: str, ids: Sequence[str]) -> DraftClaim | None:
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_BULLET.sub("", words.strip()).split()))
    return DraftClaim(text, tuple(dict.fromkeys(ids))) if any(letter.isalnum() for letter in text) else None
