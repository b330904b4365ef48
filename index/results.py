"""What a library gives back: hits of a search, places of words, and what became of articles."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.article import Article, Chunk, Span
from index.errors import LoadingError


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found by a search, with its article and the score of the index that found it."""

    article: Article
    chunk: Chunk
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What the two indexes found, each best first: `dense` by cosine similarity, `lexical` by BM25."""

    dense: tuple[Hit, ...]
    lexical: tuple[Hit, ...]
    generation: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where words stand verbatim."""

    article: Article
    span: Span


@dataclass
class AddReport:
    """What an `add` has done so far: ids by outcome, and what could not be loaded."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[LoadingError] = field(default_factory=list)
