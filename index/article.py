"""The types that the whole system is made of: articles, sentences and chunks. All frozen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DateSource(StrEnum):
    """Where an article's publication date was found; GIVEN: it was said when the article was added."""

    GIVEN = "given"
    METADATA = "metadata"
    BYLINE = "byline"
    TEXT = "text"
    URL = "url"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters [start, end) in an article's text.

    Raises ValueError unless 0 <= start < end.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start}, {self.end}")

    def of(self, text: str) -> str:
        """The characters of `text` that the span covers."""
        return text[self.start : self.end]

    def within(self, other: Span) -> bool:
        """Whether every character of this span is in `other` too."""
        return other.start <= self.start and self.end <= other.end

    def shifted(self, by: int) -> Span:
        """The span moved by so many characters. Raises ValueError when it would begin before 0."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its cleaned text and what is known about it.

    `origin` is its identity, the place it came from: a file's path, a file's path and a
    record's id, or an id that the caller chose. Two articles of the same origin are versions
    of one article. `text` is the text that every offset in the system refers to.
    """

    origin: str
    text: str
    title: str | None = None
    author: str | None = None
    source: str | None = None
    published: date | None = None
    published_from: DateSource | None = None
    url: str | None = None
    id: str = field(init=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", article_id(self.origin))
        object.__setattr__(self, "sha256", hashlib.sha256(self.text.encode()).hexdigest())

    @property
    def name(self) -> str:
        """What to call the article: its title, or the last part of where it came from."""
        return self.title or self.origin.rsplit("/", 1)[-1]

    @property
    def content(self) -> str:
        """SHA-256 over everything about the article except where it came from."""
        day = self.published.isoformat() if self.published else None
        known = [self.title, self.author, self.source, day, self.published_from, self.url, self.sha256]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    @property
    def heading(self) -> str:
        """Title and date on one line, or "" where neither is known: what the embedding reads before each chunk."""
        day = f"{self.published:%B} {self.published.day}, {self.published.year}" if self.published else ""
        return f"{self.title} ({day})" if self.title and day else self.title or day


def article_id(origin: str) -> str:
    """The id of the article that comes from `origin`: 12 hexadecimal digits."""
    return hashlib.sha256(origin.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles may be used: any of `sources`, published from `after` to `before`, both included.

    An article whose date is unknown passes no date filter.
    """

    sources: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None

    def __bool__(self) -> bool:
        return bool(self.sources or self.after or self.before)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article: the unit that is embedded and found.

    `id` changes whenever the words that are embedded change, so equal ids mean equal vectors.
    `span` reaches from the start of the first sentence to the end of the last.
    """

    id: str
    article_id: str
    number: int
    span: Span
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Validators:
    """The HTTP validators of a page as last fetched, word for word as its server sent them (RFC 9110, 8.8)."""

    etag: str | None
    last_modified: str | None
