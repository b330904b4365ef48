"""The bytes of one file -> the blocks of text in it and what it says about itself, one function a format."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Final

from index.cleaning import Block, blocks, normalised, unwrapped
from index.errors import LoadingError
from index.hidden_html import drop_hidden
from index.markup_limits import check_markup, check_tree

if TYPE_CHECKING:
    from pypdf import PdfReader

Record = Mapping[str, object]
"""A parsed JSON object, YAML front matter or what else a file says about itself."""

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_LOOKS_LIKE_MARKDOWN: Final = re.compile(r"^#{1,6} \S|\]\([^)\s]{0,500}\)|\*\*\S[^*\n]*\*\*", re.MULTILINE)

_CHAOS_MARGIN: Final = 0.1

_MARKDOWN_CHARACTERS: Final = 300_000
_PARAGRAPH_CHARACTERS: Final = 20_000
"""Longer Markdown, or Markdown with a longer paragraph, is read as plain text: its parser is slower than linear."""

_FRONT_MATTER_CHARACTERS: Final = 20_000
_PDF_OPERATIONS: Final = 1_000_000
_PDF_SECONDS: Final = 60.0
"""What reading one PDF may take: a small file can name the same page or form a million times."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds. Clutter is still in the blocks."""

    blocks: Sequence[Block]
    record: Record = field(default_factory=dict)


def read_text(data: bytes, place: str) -> Document:
    """Plain text of any encoding; read as Markdown where it has Markdown's headings, links or bold."""
    text = normalised(decoded(data, place))
    if not _is_readable_markdown(text) or not _LOOKS_LIKE_MARKDOWN.search(text):
        return Document(blocks(text))
    return Document(unwrapped(_markdown_blocks(text, softbreak="\n")))


def read_markdown(data: bytes, place: str) -> Document:
    """Markdown, with YAML front matter or without. Raises LoadingError when that is malformed."""
    text = normalised(decoded(data, place))
    if match := _FRONT_MATTER.match(text):
        return Document(_markdown_blocks(text[match.end() :]), _front_matter(match["yaml"], place))
    return Document(_markdown_blocks(text))


def read_html(data: bytes, place: str) -> Document:
    """The article of a web page, of which only what a person can see. Raises LoadingError when there is none in it."""
    from trafilatura import bare_extraction, load_html  # slow to import

    page_text = decoded(data, place)
    check_markup(page_text, place)
    tree = load_html(page_text)
    if tree is not None:
        check_tree(tree, place)
    page = (
        None
        if tree is None
        else bare_extraction(
            drop_hidden(tree),
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    )
    if page is None or isinstance(page, dict) or not page.text:
        raise LoadingError(place, "no article text found in this HTML")
    record = {"title": page.title, "author": page.author, "date": page.date, "source": page.sitename, "url": page.url}
    return Document([[line] for line in normalised(page.text).split("\n") if line.strip()], record)


def read_pdf(data: bytes, place: str) -> Document:
    """The text of a PDF. Raises LoadingError when it is broken, encrypted or holds only pictures."""
    from pypdf import PdfReader  # slow to import
    from pypdf.errors import DependencyError, DeprecationError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise LoadingError(place, "the PDF is encrypted: save it without its password")
        text = _text_of_pages(reader, place)
        known = reader.metadata
        record = {"title": known.title, "author": known.author} if known else {}
    except DependencyError as error:
        raise LoadingError(place, "the PDF is encrypted: save it without its password") from error
    except (
        PyPdfError,
        DeprecationError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        NotImplementedError,
    ) as error:
        raise LoadingError(
            place, f"a broken or truncated PDF ({type(error).__name__}): save or download it again"
        ) from error
    if not text.strip():
        raise LoadingError(place, "the PDF holds no text, perhaps only scanned pages: run OCR on it first")
    return Document(blocks(normalised(text)), record)


def _text_of_pages(reader: PdfReader, place: str) -> str:
    """The text of all pages. Raises LoadingError for a PDF that takes too much work."""
    operations = count(1)
    latest = time.monotonic() + _PDF_SECONDS

    def check_work(*_: object) -> None:
        if next(operations) > _PDF_OPERATIONS or time.monotonic() > latest:
            raise LoadingError(
                place,
                f"over {_PDF_OPERATIONS:,} drawing operations or {_PDF_SECONDS:.0f} seconds of work: split it",
            )

    pages: list[str] = []
    for page in reader.pages:
        check_work()
        pages.append(page.extract_text(visitor_operand_before=check_work))
    return "\n".join(pages)


def decoded(data: bytes, place: str) -> str:
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

    matches = from_bytes(data)
    best = matches.best()
    # short Western text fits many code pages equally well, and the common one is meant
    western = (match for match in matches if best and "cp1252" in match.could_be_from_charset)
    guess = next((match for match in western if best and match.chaos <= best.chaos + _CHAOS_MARGIN), best)
    if guess is None:
        raise LoadingError(place, "not text in any known encoding: save the file as UTF-8")
    return str(guess)


def _front_matter(source: str, place: str) -> Record:
    import yaml  # only Markdown needs it

    if len(source) > _FRONT_MATTER_CHARACTERS:
        raise LoadingError(place, f"front matter of more than {_FRONT_MATTER_CHARACTERS:,} characters: shorten it")
    try:
        record = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise LoadingError(place, f"front matter is not YAML: {' '.join(str(error).split())}") from error
    if record is None:
        return {}
    if not isinstance(record, dict):
        raise LoadingError(place, f"front matter must be `key: value` lines, not {type(record).__name__}")
    return record


def _is_readable_markdown(text: str) -> bool:
    if len(text) > _MARKDOWN_CHARACTERS:
        return False
    return all(len(paragraph) <= _PARAGRAPH_CHARACTERS for paragraph in re.split(r"\n\s*\n", text))


def _markdown_blocks(text: str, softbreak: str = " ") -> list[Block]:
    """The paragraphs, headings and list items of Markdown as plain lines; images and raw HTML go."""
    from markdown_it import MarkdownIt  # only Markdown needs it

    if not _is_readable_markdown(text):
        return blocks(text)
    found: list[Block] = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "inline":
            line = "".join(
                {"softbreak": softbreak, "hardbreak": "\n"}.get(child.type, child.content)
                for child in token.children or ()
                if child.type not in ("image", "html_inline")
            )
            found.append([part.strip() for part in line.split("\n") if part.strip()])
        elif token.type in ("fence", "code_block"):
            found.append([line.strip() for line in token.content.split("\n") if line.strip()])
    return [block for block in found if block]
