"""A file, a record or a text -> Article. What cannot be read becomes a LoadingError that names the place."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from index.article import Article, DateSource
from index.cleaning import Block, blocks, clean_blocks, normalised
from index.errors import LoadingError
from index.metadata import date_in_url, outlet_of, parse_date, read_header

MAX_BYTES: Final = 20_000_000
"""Largest file, or line of JSONL, that is read as one article unless the caller says otherwise."""

Loaded = Article | LoadingError
"""One article, or why there is none: a bad one among good ones stops nothing."""

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_LOOKS_LIKE_MARKDOWN: Final = re.compile(r"^#{1,6} \S|\]\([^)\s]*\)|\*\*\S[^*\n]*\*\*", re.MULTILINE)
_FIELDS: Final = {
    "text": ("text", "body", "content", "article"),
    "title": ("title", "headline"),
    "author": ("author", "authors", "byline"),
    "published": ("date", "published", "published_at", "datePublished", "publication_date"),
    "source": ("source", "outlet", "publisher", "site"),
    "url": ("url", "link"),
}

Record = Mapping[str, object]
"""A parsed JSON object or YAML front matter."""


def load(path: Path, max_bytes: int = MAX_BYTES) -> Iterator[Loaded]:
    """The articles in a file, or in every readable file under a folder, in the order of their names.

    Reads .txt .md .html .htm .pdf .json .jsonl. In a folder, other kinds of file and hidden
    ones are passed over; named directly, another kind is a LoadingError.
    """
    if path.is_dir():
        for file in sorted(_files(path)):
            yield from _load_file(file, max_bytes)
    else:
        yield from _load_file(path, max_bytes)


def load_text(text: str, place: str, origin: str) -> Article:
    """An article from plain text. Raises LoadingError, naming `place`, when it holds no prose."""
    return _from_text(text, {}, origin, place)


def load_record(record: Record, place: str, origin: str) -> Article:
    """An article from a JSON object: `text` and, where known, `title author date source url`.

    Raises LoadingError, naming `place`, when a field has the wrong type or there is no text.
    """
    text = _field(record, "text", place)
    if text is None:
        raise LoadingError(place, f"no text: give it as one of {', '.join(map(repr, _FIELDS['text']))}")
    return _from_blocks(blocks(normalised(text)), record, origin, place)


def _files(folder: Path) -> Iterator[Path]:
    for child in folder.iterdir():
        if child.name.startswith("."):
            continue
        if child.is_dir():
            yield from _files(child)
        elif child.suffix.lower() in _READERS:
            yield child


def _load_file(path: Path, max_bytes: int) -> Iterator[Loaded]:
    origin = str(path.resolve()).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    place = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    reader = _READERS.get(path.suffix.lower())
    try:
        if reader is None:
            raise LoadingError(place, f"cannot read {path.suffix or 'a file without suffix'!r}: use one of {' '.join(_READERS)}")
        if path.suffix.lower() == ".jsonl":
            yield from _json_lines(path, origin, place, max_bytes)
            return
        size = path.stat().st_size
        if size > max_bytes:
            raise LoadingError(place, f"{size:,} bytes is over the limit of {max_bytes:,}: split it, or raise max_file_bytes")
        data = path.read_bytes()
        if not data.strip():
            raise LoadingError(place, "the file is empty")
        yield from reader(data, origin, place)
    except LoadingError as error:
        yield error
    except OSError as error:
        yield _from_error(place, f"cannot be read: {error.strerror or error}", error)


def _from_error(place: str, problem: str, cause: Exception) -> LoadingError:
    error = LoadingError(place, problem)
    error.__cause__ = cause
    return error


def _decoded(data: bytes, place: str) -> str:
    """Text of unknown encoding: UTF-8 or UTF-16 by its mark, otherwise what charset-normalizer finds."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise LoadingError(place, "broken UTF-16: save the file as UTF-8") from error
    if b"\0" in data:
        raise LoadingError(place, "a binary file, not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        repaired = data.decode("utf-8", "replace")
        damaged = repaired.count("\ufffd")
        if sum(char > "\x7f" for char in repaired) > 2 * damaged:
            raise LoadingError(place, f"invalid UTF-8 at byte {error.start}: save the file as UTF-8") from error
    from charset_normalizer import from_bytes  # slow to import, and only odd files need it

    guess = from_bytes(data).best()
    if guess is None:
        raise LoadingError(place, "not text in any known encoding: save the file as UTF-8")
    return str(guess)


def _text(data: bytes, origin: str, place: str) -> Iterator[Loaded]:
    yield _from_text(_decoded(data, place), {}, origin, place)


def _markdown(data: bytes, origin: str, place: str) -> Iterator[Loaded]:
    text = normalised(_decoded(data, place))
    record: Record = {}
    if match := _FRONT_MATTER.match(text):
        record = _front_matter(match["yaml"], place)
        text = text[match.end() :]
    yield _from_blocks(_markdown_blocks(text), record, origin, place)


def _from_text(text: str, record: Record, origin: str, place: str) -> Article:
    text = normalised(text)
    found = _markdown_blocks(text) if _LOOKS_LIKE_MARKDOWN.search(text) else blocks(text)
    return _from_blocks(found, record, origin, place)


def _front_matter(source: str, place: str) -> Record:
    import yaml  # only Markdown needs it

    try:
        record = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError) as error:
        raise LoadingError(place, f"front matter is not YAML: {' '.join(str(error).split())}") from error
    if record is None:
        return {}
    if not isinstance(record, dict):
        raise LoadingError(place, f"front matter must be `key: value` lines, not {type(record).__name__}")
    return record


def _markdown_blocks(text: str) -> list[Block]:
    """The paragraphs, headings and list items of Markdown as plain lines; images and raw HTML go."""
    from markdown_it import MarkdownIt  # only Markdown needs it

    found: list[Block] = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "inline":
            line = "".join(
                {"softbreak": " ", "hardbreak": "\n"}.get(child.type, child.content)
                for child in token.children or ()
                if child.type not in ("image", "html_inline")
            )
            found.append([part.strip() for part in line.split("\n") if part.strip()])
        elif token.type in ("fence", "code_block"):
            found.append([line.strip() for line in token.content.split("\n") if line.strip()])
    return [block for block in found if block]


def _html(data: bytes, origin: str, place: str) -> Iterator[Loaded]:
    from trafilatura import bare_extraction  # slow to import

    page = bare_extraction(
        _decoded(data, place),
        with_metadata=True,
        include_comments=False,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if page is None or isinstance(page, dict) or not page.text:
        raise LoadingError(place, "no article text found in this HTML")
    record = {"title": page.title, "author": page.author, "date": page.date, "source": page.sitename, "url": page.url}
    yield _from_blocks([[line] for line in normalised(page.text).split("\n") if line.strip()], record, origin, place)


def _pdf(data: bytes, origin: str, place: str) -> Iterator[Loaded]:
    from pypdf import PdfReader  # slow to import
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise LoadingError(place, "the PDF is encrypted: save it without its password")
        text = "\n".join(page.extract_text() for page in reader.pages)
        known = reader.metadata
        record = {"title": known.title, "author": known.author} if known else {}
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, NotImplementedError) as error:
        raise LoadingError(place, f"a broken or truncated PDF ({type(error).__name__}): save or download it again") from error
    if not text.strip():
        raise LoadingError(place, "the PDF holds no text, perhaps only scanned pages: run OCR on it first")
    yield _from_blocks(blocks(normalised(text)), record, origin, place)


def _json(data: bytes, origin: str, place: str) -> Iterator[Loaded]:
    parsed = _parsed_json(data, place)
    if isinstance(parsed, dict):
        yield load_record(parsed, place, origin)
        return
    if not isinstance(parsed, list):
        raise LoadingError(place, "must hold one article object or a list of them")
    for number, record in enumerate(parsed, start=1):
        yield from _one_record(record, origin, f"{place}, record {number}", number)


def _json_lines(path: Path, origin: str, place: str, max_bytes: int) -> Iterator[Loaded]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(max_bytes + 1):
            number += 1
            where = f"{place}, line {number}"
            if len(line) > max_bytes:
                yield LoadingError(where, f"longer than the limit of {max_bytes:,} bytes; the rest of the file is left out")
                return
            if not line.strip():
                continue
            try:
                record = _parsed_json(line, where)
            except LoadingError as error:
                yield error
            else:
                yield from _one_record(record, origin, where, number)
    if number == 0:
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
    return parsed


def _one_record(record: object, origin: str, place: str, number: int) -> Iterator[Loaded]:
    if not isinstance(record, dict):
        yield LoadingError(place, f"must be an object with a text, not {type(record).__name__}")
        return
    key = record.get("id", number)
    try:
        yield load_record(record, place, f"{origin}#{key}")
    except LoadingError as error:
        yield error


def _from_blocks(found: Iterable[Block], record: Record, origin: str, place: str) -> Article:
    """The article whose cleaned text is `found`; what `record` says goes before what the text says."""
    header = read_header(clean_blocks(found))
    title = _field(record, "title", place) or header.title
    body = header.body
    if title and header.title and title != header.title:
        body = (header.title, *body) if header.title.casefold() not in title.casefold() else body
    text = "\n\n".join(_without_title(body, title) if title else body)
    if not text.strip():
        raise LoadingError(place, "no article text is left once menus, captions and the like are taken out")
    url = _field(record, "url", place) or header.url
    published, published_from = _published(record, header.published, url)
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


def _published(record: Record, in_text: date | None, url: str | None) -> tuple[date | None, DateSource | None]:
    for name in _FIELDS["published"]:
        value = record.get(name)
        day = value.date() if isinstance(value, datetime) else value if isinstance(value, date) else parse_date(str(value))
        if day:
            return day, DateSource.METADATA
    if in_text:
        return in_text, DateSource.TEXT
    if url and (day := date_in_url(url)):
        return day, DateSource.URL
    return None, None


def _field(record: Record, name: str, place: str) -> str | None:
    """The first of the field's known names that `record` has, as text."""
    for key in _FIELDS[name]:
        value = record.get(key)
        if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value):
            value = ", ".join(value)
        if value is not None and not isinstance(value, str):
            raise LoadingError(place, f"{key!r} must be text, not {type(value).__name__}")
        if value and value.strip():
            return value if name == "text" else " ".join(normalised(value).split())
    return None


_READERS: Final = {
    ".txt": _text,
    ".md": _markdown,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".json": _json,
    ".jsonl": _json,
}
