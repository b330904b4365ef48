"""Documents with tagged time expressions (TIMEX3), one JSON object a line -> texts, their days, and the tags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from eval.cases import CaseError
from eval.yardsticks.data_files import Published, Words, json_lines
from index.article import Span

LAYOUT: Final = "give one .jsonl or .jsonl.gz file whose lines have dct, text and timex"


class _Timex(Published):
    start: int
    end: int
    text: Words
    type: Words
    value: Words | None = None


class _Document(Published):
    dct: Words
    text: Words
    timex: tuple[_Timex, ...]


@dataclass(frozen=True, slots=True)
class TaggedExpression:
    """A time expression as an annotator tagged it: its place, and TIMEX3's type and value ("" where there is none)."""

    span: Span
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class DatedDocument:
    """A text, the day it was written on, and its time expressions. `number` counts the lines of the file from 0."""

    number: int
    published: date
    text: str
    expressions: tuple[TaggedExpression, ...]


def load_dated_documents(data: Path) -> tuple[DatedDocument, ...]:
    """The documents of a file: `dct` (ISO 8601), `text`, and `timex` with `start`, `end`, `text`, `type`, `value`.

    Raises CaseError with the place for what is missing or malformed, and for a tag that is not where it says.
    """
    if not data.is_file():
        raise CaseError(f"{str(data)!r} is no file: {LAYOUT}")
    documents = [_document(number, place, line) for number, (place, line) in enumerate(json_lines(data, _Document))]
    if not documents:
        raise CaseError(f"{str(data)!r} holds no documents: {LAYOUT}")
    return tuple(documents)


def _document(number: int, place: str, line: _Document) -> DatedDocument:
    try:
        published = date.fromisoformat(line.dct[:10])
    except ValueError as error:
        raise CaseError(f"{place}: dct is no date: {line.dct!r}; write it as 1998-08-07") from error
    for tag in line.timex:
        if not 0 <= tag.start < tag.end or line.text[tag.start : tag.end] != tag.text:
            raise CaseError(f"{place}: {tag.text!r} does not stand at {tag.start} to {tag.end} of the text")
    tagged = (TaggedExpression(Span(tag.start, tag.end), tag.type, tag.value or "") for tag in line.timex)
    return DatedDocument(number, published, line.text, tuple(sorted(tagged, key=lambda tag: tag.span)))
