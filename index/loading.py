"""A file, a record or a text -> Article. What cannot be read becomes a LoadingError that names the place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from index.article import Article, DateSource
from index.cleaning import blocks, clean_blocks, normalised
from index.errors import LoadingError
from index.formats import Document, Record, read_html, read_markdown, read_pdf, read_text
from index.metadata import Header, date_in_dateline, date_in_url, outlet_of, parse_date, read_header

MAX_BYTES: Final = 20_000_000
"""Largest file, or line of JSONL, that is read as one article unless the caller says otherwise."""

_READERS: Final = {
    ".txt": read_text,
    ".md": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
}
_SUFFIXES: Final = (*_READERS, ".json", ".jsonl")

_LARGEST_DATE: Final = 10**8
"""Past the last day that eight digits, such as 20241203, can name."""

Loaded = Article | LoadingError
"""One article, or why there is none: a bad one among good ones stops nothing."""

_FIELDS: Final = {
    "text": ("text", "body", "content", "article"),
    "title": ("title", "headline"),
    "author": ("author", "authors", "byline"),
    "published": ("date", "published", "published_at", "datePublished", "publication_date"),
    "source": ("source", "outlet", "publisher", "site"),
    "url": ("url", "link"),
}


def load(path: Path, max_bytes: int = MAX_BYTES) -> Iterator[Loaded]:
    """The articles in a file, or in every readable file under a folder, in the order of their names.

    Reads .txt .md .html .htm .pdf .json .jsonl. In a folder, other kinds of file and hidden
    ones are passed over; named directly, another kind is a LoadingError.
    """
    if path.is_dir():
        try:
            files = sorted(_files(path))
        except OSError as error:
            yield _from_error(str(path), f"cannot be listed: {error.strerror or error}", error)
            return
        for file in files:
            yield from _load_file(file, max_bytes)
    else:
        yield from _load_file(path, max_bytes)


def load_bytes(data: bytes, place: str, origin: str, max_bytes: int = MAX_BYTES) -> Loaded:
    """An article from plain text of any encoding, such as standard input."""
    try:
        if len(data) > max_bytes:
            raise LoadingError(place, f"over the limit of {max_bytes:,} bytes: split it, or raise max_file_bytes")
        if not data.strip():
            raise LoadingError(place, "there is nothing in it")
        document = read_text(data, place)
        return _article(document, origin, place)
    except LoadingError as error:
        return error


def load_record(record: Record, place: str, origin: str) -> Article:
    """An article from a JSON object: `text` and, where known, `title author date source url`.

    Raises LoadingError, naming `place`, when a field has the wrong type or there is no text.
    """
    text = _field(record, "text", place)
    if text is None:
        raise LoadingError(place, f"no text: give it as one of {', '.join(map(repr, _FIELDS['text']))}")
    return _article(Document(blocks(normalised(text)), record), origin, place)


def _files(folder: Path) -> Iterator[Path]:
    for child in folder.iterdir():
        if child.name.startswith("."):
            continue
        if child.is_dir():
            yield from _files(child)
        elif child.suffix.lower() in _SUFFIXES:
            yield child


def _load_file(path: Path, max_bytes: int) -> Iterator[Loaded]:
    origin = str(path.resolve()).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    place = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    try:
        yield from _articles(path, origin, place, max_bytes)
    except LoadingError as error:
        yield error
    except OSError as error:
        yield _from_error(place, f"cannot be read: {error.strerror or error}", error)


def _articles(path: Path, origin: str, place: str, max_bytes: int) -> Iterator[Loaded]:
    suffix = path.suffix.lower()
    size = path.stat().st_size
    if suffix not in _SUFFIXES:
        kind = repr(path.suffix) if suffix else "a file without a suffix"
        raise LoadingError(place, f"cannot read {kind}: use one of {' '.join(_SUFFIXES)}")
    if suffix == ".jsonl":
        yield from _json_lines(path, origin, place, max_bytes)
        return
    if size > max_bytes:
        raise LoadingError(
            place, f"{size:,} bytes is over the limit of {max_bytes:,}: split it, or raise max_file_bytes"
        )
    data = path.read_bytes()
    if not data.strip():
        raise LoadingError(place, "the file is empty")
    if suffix == ".json":
        yield from _json(data, origin, place)
    else:
        yield _article(_READERS[suffix](data, place), origin, place)


def _from_error(place: str, problem: str, cause: Exception) -> LoadingError:
    error = LoadingError(place, problem)
    error.__cause__ = cause
    return error


def _json(data: bytes, origin: str, place: str) -> Iterator[Loaded]:
    parsed = _parsed_json(data, place)
    if isinstance(parsed, dict):
        yield load_record(parsed, place, origin)
        return
    if not isinstance(parsed, list):
        raise LoadingError(place, "must hold one article object or a list of them")
    if not parsed:
        raise LoadingError(place, "the list holds no articles")
    for number, record in enumerate(parsed, start=1):
        yield from _one_record(record, origin, f"{place}, record {number}", number)


def _json_lines(path: Path, origin: str, place: str, max_bytes: int) -> Iterator[Loaded]:
    number = records = 0
    with path.open("rb") as file:
        while line := file.readline(max_bytes + 1):
            number += 1
            where = f"{place}, line {number}"
            if len(line) > max_bytes:
                yield LoadingError(
                    where, f"longer than the limit of {max_bytes:,} bytes; the rest of the file is left out"
                )
                return
            if not line.strip():
                continue
            records += 1
            try:
                record = _parsed_json(line, where)
            except LoadingError as error:
                yield error
            else:
                yield from _one_record(record, origin, where, number)
    if records == 0:
        raise LoadingError(place, "the file is empty")


def _parsed_json(data: bytes, place: str) -> object:
    try:
        parsed: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LoadingError(place, f"invalid UTF-8 at byte {error.start}: JSON must be UTF-8") from error
    except json.JSONDecodeError as error:
        raise LoadingError(place, f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise LoadingError(place, "not an article: nested too deeply") from error
    except ValueError as error:
        raise LoadingError(place, f"not JSON that can be read: {error}") from error
    return parsed


def _one_record(record: object, origin: str, place: str, number: int) -> Iterator[Loaded]:
    if not isinstance(record, dict):
        yield LoadingError(place, f"must be an object with a text, not {type(record).__name__}")
        return
    key = normalised(str(record["id"])) if record.get("id") not in (None, "") else f"line-{number}"
    try:
        yield load_record(record, place, f"{origin}#{key}")
    except LoadingError as error:
        yield error


def _article(document: Document, origin: str, place: str) -> Article:
    """The article in a document, cleaned; what its record says goes before what its text says."""
    record = document.record
    header = read_header(clean_blocks(document.blocks))
    title = _field(record, "title", place) or header.title
    body = header.body
    if title and header.title and title != header.title:
        body = (header.title, *body) if header.title.casefold() not in title.casefold() else body
    text = "\n\n".join(_without_title(body, title) if title else body)
    if not text.strip():
        raise LoadingError(place, "no article text is left once menus, captions and the like are taken out")
    url = _field(record, "url", place) or header.url
    published, published_from = _published(record, header, url)
    author = _field(record, "author", place) or header.author
    source = _field(record, "source", place) or (outlet_of(url) if url else None)
    return Article(origin, text, title, author, source, published, published_from, url)


def _without_title(body: Sequence[str], title: str) -> list[str]:
    """`body` less the lines near its top that repeat the title, even one broken over up to three lines."""
    for start in range(min(4, len(body))):
        for length in (1, 2, 3):
            if " ".join(body[start : start + length]).casefold() == title.casefold():
                return [*body[:start], *body[start + length :]]
    return list(body)


def _published(record: Record, header: Header, url: str | None) -> tuple[date | None, DateSource | None]:
    """The day of publication and where it was found; a day that is yet to come is passed over as a mistake."""
    # it may be tomorrow already where the article was published
    latest = datetime.now(UTC).date() + timedelta(days=1)
    for found_in, day in _dates(record, header, url):
        if day and day <= latest:
            return day, found_in
    return None, None


def _dates(record: Record, header: Header, url: str | None) -> Iterator[tuple[DateSource, date | None]]:
    for name in _FIELDS["published"]:
        value = record.get(name)
        day = value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None
        # other values of YAML can be endless as text, through aliases or digits
        yield DateSource.METADATA, day or (parse_date(str(value)) if _may_be_date(value) else None)
    yield DateSource.BYLINE, header.published
    yield DateSource.TEXT, date_in_dateline(header.body[0]) if header.body else None
    yield DateSource.URL, date_in_url(url) if url else None


def _may_be_date(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and 0 < value < _LARGEST_DATE)


def _field(record: Record, name: str, place: str) -> str | None:
    """The first of the field's known names that `record` has, as text."""
    for key in _FIELDS[name]:
        value = record.get(key)
        if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value):
            value = ("\n\n" if name == "text" else ", ").join(value)
        if value is not None and not isinstance(value, str):
            raise LoadingError(place, f"{key!r} must be text, not {type(value).__name__}")
        if value and value.strip():
            return value if name == "text" else " ".join(normalised(value).split())
    return None
