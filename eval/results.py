"""What a run of the eval brought: one result a case, and what the run depended on. All frozen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuoteResult:
    """One quote that left the system, and how it was judged.

    `article`: path of the quoted article in the folder of articles (`file.jsonl#id` for a record);
    `start`, `end`: characters of its text; `before`, `after`: up to 160 characters around it;
    `verbatim`: it equals the stored text at its place; `right`: it holds an expected value, or one
    of the case's evidence sentences, and is from a right article if the case names any.
    """

    text: str
    article: str
    start: int
    end: int
    before: str
    after: str
    verbatim: bool
    right: bool

    @property
    def place(self) -> str:
        """Where it stands, without its words: `path:start-end`."""
        return f"{self.article}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case brought.

    `status`: of the answer; `right`: what is said meets every expectation and nothing that must not be
    said is said, or silence was right; `cited`: the articles that the case asks for are quoted (None
    when it names none); `right_articles`: the articles that the case names; `evidence_found`: how many
    of the case's `evidence_total` evidence sentences lie in a quote; `ranked`: articles of the passages, best
    first, an article as often as it has passages; `rank`: place of the first passage from a right
    article, from 1 (None when there is none, or the case names none); `confidence` in [0, 1];
    `articles_asked`: what the case asks for in articles, each that must be quoted and, where any of several
    will do, one more; `articles_quoted`: how many of these are met.
    """

    id: str
    question: str
    tags: tuple[str, ...]
    unanswerable: bool
    conflicting: bool
    status: str
    right: bool
    cited: bool | None
    expected: str
    quotes: tuple[QuoteResult, ...]
    right_articles: tuple[str, ...]
    evidence_found: int
    evidence_total: int
    ranked: tuple[str, ...]
    confidence: float
    milliseconds: float
    articles_asked: int = 0
    articles_quoted: int = 0

    @property
    def answered(self) -> bool:
        """Whether anything was quoted as an answer."""
        return self.status != "not_in_articles"

    @property
    def rank(self) -> int | None:
        places = (place for place, article in enumerate(self.ranked, start=1) if article in self.right_articles)
        return next(places, None)

    @property
    def passed(self) -> bool:
        """Right, from a right article, and every quote a copy."""
        return self.right and self.cited is not False and all(quote.verbatim for quote in self.quotes)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a run depended on, each a short digest or name: equal fingerprints, equal results.

    `corpus`: names and texts of the articles; `cases`: every field of every case; `models`: the
    embedding model and the reader model, and their weights; `settings`: settings, retrieval and reader
    parameters that bear on answers;
    `code`: version and source of the packages that answer.
    """

    corpus: str
    cases: str
    models: str
    settings: str
    code: str


@dataclass(frozen=True, slots=True)
class Run:
    """Results in the order of the cases, what they depended on, and what is odd about the cases, a line each."""

    fingerprint: Fingerprint
    results: tuple[CaseResult, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's value over a run with its 95 % bootstrap interval; None where no case is eligible.

    `eligible`: cases (or quotes) that it is about.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    eligible: int
