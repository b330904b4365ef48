"""Tags the time expressions of annotated documents, and compares. It needs no library and no settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from eval.fingerprint import digest, source_digest
from eval.results import Fingerprint
from eval.yardsticks.data_files import evenly
from eval.yardsticks.dates_format import DatedDocument, load_dated_documents
from eval.yardsticks.dates_scores import DatesResult, dates_scores
from eval.yardsticks.report import BenchReport, Count, Section
from rag.time_expressions.expression import TimeExpression
from rag.time_expressions.tagging import time_expressions

ALL: Final = "all documents"
EVEN: Final = "even-numbered documents (development)"
ODD: Final = "odd-numbered documents"


def measure_dates(data: Path, limit: int | None, on_progress: Callable[[str, int, int], None]) -> BenchReport:
    """What the documents of a file bring, or `limit` of them spread evenly. Raises CaseError for unusable data."""
    loaded = load_dated_documents(data)
    documents = evenly(loaded, limit)
    results: list[DatesResult] = []
    for done, document in enumerate(documents):
        on_progress("tagging", done, len(documents))
        results.append(dates_result(document))
    return BenchReport(
        "dates", data.name, _fingerprint(documents), len(documents) < len(loaded), _counts(results), _sections(results)
    )


def dates_result(document: DatedDocument) -> DatesResult:
    """Tags one document. An expression found is paired with the first tagged one that it overlaps and that is free."""
    found = time_expressions(document.text, document.published)
    free = list(document.expressions)
    pairs = []
    for expression in found:
        partner = next((tag for tag in free if _overlap(expression, tag.span.start, tag.span.end)), None)
        if partner:
            free.remove(partner)
            pairs.append((expression, partner))
    return DatesResult(
        number=document.number,
        found=len(found),
        tagged=len(document.expressions),
        matched=len(pairs),
        exact=sum(one.span == tag.span for one, tag in pairs),
        valued=sum(one.value == tag.value for one, tag in pairs),
        typed=sum(one.type == tag.type for one, tag in pairs),
    )


def _overlap(expression: TimeExpression, start: int, end: int) -> bool:
    return expression.span.start < end and start < expression.span.end


def _counts(results: Sequence[DatesResult]) -> tuple[Count, ...]:
    return (
        Count("documents", len(results)),
        Count("expressions tagged by annotators", sum(result.tagged for result in results)),
        Count("expressions found", sum(result.found for result in results)),
    )


def _sections(results: Sequence[DatesResult]) -> tuple[Section, ...]:
    """The scores of all documents and of each half, by their place in the file, counted from 0."""
    even = [result for result in results if result.number % 2 == 0]
    odd = [result for result in results if result.number % 2 == 1]
    return tuple(Section(title, dates_scores(part)) for title, part in ((ALL, results), (EVEN, even), (ODD, odd)))


def _fingerprint(documents: Sequence[DatedDocument]) -> Fingerprint:
    return Fingerprint(
        corpus=digest(f"{document.published} {document.text}" for document in documents),
        cases=digest(repr(document.expressions) for document in documents),
        models="none",
        settings=digest(()),
        code=f"{version('pullquote')}-{source_digest(['rag.time_expressions'])}",
    )
