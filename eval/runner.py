"""Cases -> results, through the same wiring as production, on a library made for the run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from eval.cases import Case, CaseError
from eval.metrics import CaseResult
from index.library import Library
from index.loading import load
from rag.answer import Question
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from service.wire import AnswerOut, CitationOut
from service.wiring import open_library, question_answerer


@contextmanager
def library_of(articles: Path, settings: Settings) -> Iterator[QuestionAnswerer]:
    """An answerer over a temporary library that holds the articles of a folder.

    Raises CaseError when one of them cannot be loaded.
    """
    with tempfile.TemporaryDirectory(prefix="pullquote-eval-") as folder:
        at_hand = settings.model_copy(update={"data_dir": Path(folder)})
        library = open_library(at_hand)
        try:
            report = library.add(load(articles, settings.max_file_bytes))
            if report.failed:
                raise CaseError(f"the articles in {str(articles)!r} cannot all be loaded: {report.failed[0]}")
            yield question_answerer(at_hand, library)
        finally:
            library.close()


def run(
    cases: Sequence[Case],
    answerer: QuestionAnswerer,
    articles: Path,
    on_case: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[CaseResult]:
    """The result of each case; `articles` is the folder that the cases' paths start from."""
    names = _names(answerer.library, articles)
    unknown = {name for case in cases for name in case.cite} - set(names.values())
    if unknown:
        raise CaseError(f"cases name articles that are not in {str(articles)!r}: {', '.join(sorted(unknown))}")
    results = []
    for number, case in enumerate(cases, start=1):
        results.append(_result(case, answerer, names))
        on_case(number, len(cases))
    return results


def is_verbatim(citation: CitationOut, library: Library) -> bool:
    """Whether a citation that left the system equals the stored text at its place."""
    article = library.article(citation.article_id)
    copied = article.text[citation.start_char_index : citation.end_char_index]
    return copied == citation.cited_text and article.sha256 == citation.article_sha256


def _result(case: Case, answerer: QuestionAnswerer, names: dict[str, str]) -> CaseResult:
    started = perf_counter()
    question = Question(case.question)
    answer = AnswerOut.of(question, answerer.ask(question))
    milliseconds = (perf_counter() - started) * 1000
    quotes = tuple(citation.cited_text for citation in answer.citations)
    said = " ".join(quotes).casefold()
    answered = answer.status == "answered"
    ranks = (rank for rank, passage in enumerate(answer.passages, start=1) if names[passage.article_id] in case.cite)
    return CaseResult(
        id=case.id,
        question=case.question,
        tags=case.tags,
        unanswerable=case.unanswerable,
        answered=answered,
        right=not answered if case.unanswerable else any(value.casefold() in said for value in case.expect),
        cited=any(names[citation.article_id] in case.cite for citation in answer.citations) if case.cite else None,
        quotes=quotes,
        verbatim=sum(is_verbatim(citation, answerer.library) for citation in answer.citations),
        rank=next(ranks, None) if case.cite else None,
        confidence=answer.confidence,
        milliseconds=milliseconds,
    )


def _names(library: Library, articles: Path) -> dict[str, str]:
    root = f"{articles.resolve()}/"
    return {article.id: article.origin.removeprefix(root) for article in library.articles()}
