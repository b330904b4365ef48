"""What the readers of data sets share: a file's text, a line of JSON, an even sample. Bad data become CaseErrors."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from eval.cases import CaseError

_Record = TypeVar("_Record", bound=BaseModel)
_Item = TypeVar("_Item")


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half a character (\\u{ord(text[error.start]):04x}) at position {error.start}") from error
    return text


Words = Annotated[str, AfterValidator(_encodable)]
"""Text that can be stored: JSON can spell half a character, which UTF-8 cannot."""


class Published(BaseModel):
    """A record of a data set; fields that nothing here needs are passed over, and a number will do as an id."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


def text_of(file: Path) -> str:
    """The text of a file, in UTF-8 with or without its mark, unpacked when it is .gz. Raises CaseError."""
    try:
        data = file.read_bytes()
        return (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8-sig")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CaseError(f"{str(file)!r} cannot be unpacked ({error}): get the file again") from error
    except OSError as error:
        raise CaseError(f"{str(file)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CaseError(f"{str(file)!r} is not UTF-8 at byte {error.start}: get the file again") from error


def parsed(text: str, file: Path, first_line: int = 1) -> object:
    """What a piece of JSON says, `first_line` of `file` being its first. Raises CaseError with file and line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise CaseError(f"{file}, line {line}: not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise CaseError(f"{file}, line {first_line}: JSON nested too deeply") from error


def checked(model: type[_Record], value: object, place: str) -> _Record:
    """`value` as a record of this kind. Raises CaseError with the place and the first three things that are wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        items = error.errors()
        problems = [f"{'.'.join(map(str, item['loc'])) or 'record'}: {item['msg']}" for item in items[:3]]
        more = f"; and {len(items) - 3} more" if len(items) > 3 else ""
        raise CaseError(f"{place}: {'; '.join(problems)}{more}") from error


def json_lines(file: Path, model: type[_Record]) -> Iterator[tuple[str, _Record]]:
    """Each line of a JSONL file as a record, with its place; blank lines are passed over. Raises CaseError."""
    for number, line in enumerate(text_of(file).split("\n"), start=1):
        if line.strip():
            place = f"{file}, line {number}"
            yield place, checked(model, parsed(line, file, number), place)


def evenly(items: Sequence[_Item], limit: int | None) -> tuple[_Item, ...]:
    """At most `limit` of the items, the same ones each time, as far apart as can be; all without a limit.

    Raises ValueError for a limit below 1.
    """
    if limit is None or limit >= len(items):
        return tuple(items)
    if limit < 1:
        raise ValueError(f"a sample has at least 1 item, not {limit}")
    return tuple(items[number * len(items) // limit] for number in range(limit))
