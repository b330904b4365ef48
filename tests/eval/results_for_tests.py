"""Results and runs of which only what a test names matters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.results import CaseResult, Fingerprint, QuoteResult, Run

FINGERPRINT = Fingerprint("corpus", "cases", "models", "settings", "code")


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def quote(article: str = "a.txt", *, verbatim: bool = True, right: bool = True, start: int = 0) -> QuoteResult:
    """A quote of five characters."""
    return QuoteResult("words", article, start, start + 5, "", "", verbatim, right)


def result(
    key: str = "case",
    *,
    answered: bool = True,
    right: bool = True,
    unanswerable: bool = False,
    conflicting: bool = False,
    status: str | None = None,
    cited: bool | None = True,
    quotes: Sequence[QuoteResult] | None = None,
    right_articles: Sequence[str] | None = None,
    evidence: tuple[int, int] = (0, 0),
    articles: tuple[int, int] = (0, 0),
    ranked: Sequence[str] = ("a.txt",),
    confidence: float = 0.5,
    milliseconds: float = 1.0,
) -> CaseResult:
    """A case's result; `evidence` and `articles` are found and asked for."""
    if quotes is None:
        quotes = [quote()] if answered else []
    if right_articles is None:
        right_articles = () if unanswerable else ("a.txt",)
    return CaseResult(
        id=key,
        question="?",
        tags=(),
        unanswerable=unanswerable,
        conflicting=conflicting,
        status=status or ("answered" if answered else "not_in_articles"),
        right=right,
        cited=None if unanswerable else cited,
        expected="",
        quotes=tuple(quotes),
        right_articles=tuple(right_articles),
        evidence_found=evidence[0],
        evidence_total=evidence[1],
        ranked=tuple(ranked),
        confidence=confidence,
        milliseconds=milliseconds,
        articles_quoted=articles[0],
        articles_asked=articles[1],
    )


def run_of(*results: CaseResult, fingerprint: Fingerprint = FINGERPRINT) -> Run:
    """A run that brought these results."""
    return Run(fingerprint, results)


def write_lines(file: Path, *lines: object) -> Path:
    """A JSONL file; text is written as it is."""
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return file
