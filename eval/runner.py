"""Cases -> results, through the same wiring as production, on a library made for the run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from eval.case_checks import check_articles_named, unsatisfiable
from eval.cases import Case, CaseError
from eval.fingerprint import fingerprint_of
from eval.journal import Journal
from eval.judging import judge
from eval.results import CaseResult, Fingerprint, Run
from index.article import Article
from index.library import Library
from index.loading import load
from rag.answer import Question, Turn
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from service.wire import AnswerOut
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
    open_journal: Callable[[Fingerprint], Journal] = lambda fingerprint: Journal(None, fingerprint),
) -> Run:
    """The result of each case; `articles` is the folder that the cases' paths start from.

    A case whose result is in the journal already is not asked again. `on_case` is told how many cases are
    done, and how many there are. Raises CaseError when a case names an article that the library lacks.
    """
    by_name = named_articles(answerer.library, articles)
    check_articles_named(cases, by_name, str(articles))
    names = {article.id: name for name, article in by_name.items()}
    fingerprint = fingerprint_of(cases, by_name, answerer)
    answerer.warm_up()  # or the first case would be slower than the others
    journal = open_journal(fingerprint)
    for number, case in enumerate(cases, start=1):
        if case.id not in journal.results:
            journal.add(case_result(case, answerer, names))
        on_case(number, len(cases))
    journal.complete()
    results = tuple(journal.results[case.id] for case in cases)
    return Run(fingerprint, results, unsatisfiable(cases, by_name))


def case_result(case: Case, answerer: QuestionAnswerer, names: Mapping[str, str]) -> CaseResult:
    """Asks one case and judges the answer; `names` has each article's path in the folder of articles by its id."""
    question = Question(case.question, history=_conversation(case, answerer), as_of=case.as_of)
    started = perf_counter()
    answer = AnswerOut.of(question, answerer.ask(question))
    milliseconds = (perf_counter() - started) * 1000
    return judge(case, answer, answerer.library, names, milliseconds)


def _conversation(case: Case, answerer: QuestionAnswerer) -> tuple[Turn, ...]:
    """The turns before the case's question, each earlier question asked as the case's own is."""
    turns: tuple[Turn, ...] = ()
    for earlier in case.history:
        answer = answerer.ask(Question(earlier, history=turns, as_of=case.as_of))
        turns = (*turns, Turn(answer.standalone_question or earlier, answer.text))
    return turns


def named_articles(library: Library, articles: Path) -> dict[str, Article]:
    """The articles of a library by their paths in the folder `articles`, which a case calls them by."""
    root = f"{articles.resolve()}/"
    return {article.origin.removeprefix(root): article for article in library.articles()}
