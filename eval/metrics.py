"""What the eval counts. Pure functions over case results; None where no case is eligible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case brought.

    `right`: the quotes hold an expected value, or silence was right; `cited`: a quoted article is
    one that the case names (None when it names none); `verbatim`: quotes that equal the stored
    text at their place; `rank`: place of the first passage from an article that the case names,
    from 1 (None when there is none, or the case names none).
    """

    id: str
    question: str
    tags: tuple[str, ...]
    unanswerable: bool
    answered: bool
    right: bool
    cited: bool | None
    quotes: tuple[str, ...]
    verbatim: int
    rank: int | None
    confidence: float
    milliseconds: float

    @property
    def passed(self) -> bool:
        """Right, from a right article, and every quote a copy."""
        return self.right and self.cited is not False and self.verbatim == len(self.quotes)


def answer_accuracy(results: Sequence[CaseResult]) -> float | None:
    """Share of the answerable cases whose quotes hold an expected value."""
    return _share([result.right for result in results if not result.unanswerable])


def answer_precision(results: Sequence[CaseResult]) -> float | None:
    """Share of the answers given that are right; an answer to an unanswerable case is wrong."""
    return _share([result.right and not result.unanswerable for result in results if result.answered])


def silence_recall(results: Sequence[CaseResult]) -> float | None:
    """Share of the unanswerable cases that met silence."""
    return _share([not result.answered for result in results if result.unanswerable])


def silence_precision(results: Sequence[CaseResult]) -> float | None:
    """Share of the silences that were right."""
    return _share([result.unanswerable for result in results if not result.answered])


def citation_validity(results: Sequence[CaseResult]) -> float | None:
    """Share of all quotes that equal the stored text at their place. Must be 1."""
    quotes = sum(len(result.quotes) for result in results)
    return sum(result.verbatim for result in results) / quotes if quotes else None


def hit_rate(results: Sequence[CaseResult], depth: int) -> float | None:
    """Share of the cases naming articles that have a passage from one among the first `depth`."""
    eligible = [result for result in results if result.cited is not None]
    return _share([result.rank is not None and result.rank <= depth for result in eligible])


def mean_reciprocal_rank(results: Sequence[CaseResult]) -> float | None:
    """Mean of 1 / rank of the first passage from a named article, 0 when there is none."""
    eligible = [result for result in results if result.cited is not None]
    return sum(1 / result.rank if result.rank else 0.0 for result in eligible) / len(eligible) if eligible else None


def summary(results: Sequence[CaseResult]) -> dict[str, float | None]:
    """Every score by its name."""
    return {
        "answer accuracy": answer_accuracy(results),
        "answer precision": answer_precision(results),
        "silence recall": silence_recall(results),
        "silence precision": silence_precision(results),
        "citation validity": citation_validity(results),
        "hit@1": hit_rate(results, 1),
        "hit@5": hit_rate(results, 5),
        "MRR": mean_reciprocal_rank(results),
        "median ms": median(result.milliseconds for result in results) if results else None,
    }


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
