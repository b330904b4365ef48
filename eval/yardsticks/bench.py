"""Runs a yardstick by its name: `pullquote eval bench NAME --data PATH`. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar

from eval.cases import CaseError
from eval.fingerprint import ANSWERING, digest, models_of, settings_of, source_digest
from eval.results import Fingerprint
from eval.yardsticks.beir import BeirResult, beir_counts, beir_result, beir_sections
from eval.yardsticks.beir_format import load_beir
from eval.yardsticks.conflicts import ConflictResult, conflict_counts, conflict_result, conflict_sections
from eval.yardsticks.conflicts_format import load_conflicts
from eval.yardsticks.data_files import evenly
from eval.yardsticks.dates import measure_dates
from eval.yardsticks.journal import journalled
from eval.yardsticks.report import BenchReport, bench_as_json, print_bench
from eval.yardsticks.squad import SquadResult, squad_result
from eval.yardsticks.squad_format import load_squad
from eval.yardsticks.squad_scores import squad_counts, squad_sections
from eval.yardsticks.stored_library import OnProgress, corpus_digest, stored_library
from index.article import Article
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from service.wiring import question_answerer

__all__ = ["NAMES", "BenchReport", "OnProgress", "bench_as_json", "measure", "print_bench"]

NAMES: Final = {
    "squad": "squad",
    "squad2": "squad",
    "beir": "beir",
    "scifact": "beir",
    "conflicts": "conflicts",
    "ramdocs": "conflicts",
    "dates": "dates",
}
"""Every name that a yardstick goes by."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def measure(
    name: str,
    data: Path,
    settings: Settings,
    limit: int | None,
    on_progress: OnProgress,
    split: str = "test",
    *,
    held_out: bool = False,
) -> BenchReport:
    """What a data set brings, asked through the same wiring as production.

    `limit`: ask only so many of the questions, spread evenly; all documents are indexed in any case.
    `split`: the file of judgements, for BEIR's layout; `held_out`: of a SQuAD file, ask only about the articles
    that the reader model is not trained on. Raises CaseError for data that cannot be used.
    """
    if limit is not None and limit < 1:
        raise CaseError(f"a sample of {limit!r} questions is none: give a limit of 1 or more")
    kind = NAMES.get(name)
    if kind is None:
        raise CaseError(f"there is no yardstick {name!r}: choose {', '.join(NAMES)}")
    run = _Run(settings, limit, on_progress)
    if kind == "squad":
        return _measure_squad(data, run, held_out=held_out)
    if held_out:
        raise CaseError("the reader model is trained on no article of this data set: leave --held-out away")
    if kind == "dates":
        return measure_dates(data, limit, on_progress)
    if kind == "conflicts":
        return _measure_conflicts(data, run)
    return _measure_beir(data, split, run)


@dataclass(frozen=True, slots=True)
class _Run:
    """How a measurement is to be made."""

    settings: Settings
    limit: int | None
    on_progress: OnProgress


def _measure_squad(data: Path, run: _Run, *, held_out: bool) -> BenchReport:
    loaded = load_squad(data).held_out() if held_out else load_squad(data)
    questions = {question.id: question for question in evenly(loaded.questions, run.limit)}
    fingerprint, results = _results(loaded.articles, questions, squad_result, SquadResult, run)
    sampled = len(questions) < len(loaded.questions)
    counts, sections = squad_counts(loaded, results), squad_sections(results)
    return BenchReport("squad", data.name, fingerprint, sampled, counts, sections)


def _measure_beir(data: Path, split: str, run: _Run) -> BenchReport:
    loaded = load_beir(data, split)
    queries = {query.id: query for query in evenly(loaded.queries, run.limit)}
    fingerprint, results = _results(loaded.articles, queries, beir_result, BeirResult, run)
    sampled = len(queries) < len(loaded.queries)
    counts, sections = beir_counts(loaded, results), beir_sections(results)
    return BenchReport("beir", data.name, fingerprint, sampled, counts, sections)


def _measure_conflicts(data: Path, run: _Run) -> BenchReport:
    loaded = load_conflicts(data)
    questions = {question.id: question for question in evenly(loaded.questions, run.limit)}
    fingerprint, results = _results(loaded.articles, questions, conflict_result, ConflictResult, run)
    sampled = len(questions) < len(loaded.questions)
    counts, sections = conflict_counts(loaded, results), conflict_sections(results)
    return BenchReport("conflicts", data.name, fingerprint, sampled, counts, sections)


def _results(
    articles: Sequence[Article],
    items: Mapping[str, _Item],
    result: Callable[[QuestionAnswerer, _Item], _Result],
    kind: type[_Result],
    run: _Run,
) -> tuple[Fingerprint, list[_Result]]:
    """The result of each question, asked of a library of all articles; and what the results depend on."""
    with stored_library(articles, run.settings, run.on_progress) as (library, folder):
        answerer = question_answerer(run.settings, library)
        fingerprint = Fingerprint(
            corpus=corpus_digest(articles),
            cases=digest(repr(item) for item in items.values()),
            models=models_of(answerer),
            settings=settings_of(answerer),
            code=f"{version('pullquote')}-{source_digest(ANSWERING)}",
        )
        # what judges is in no fingerprint, but results judged by other code are of no use
        key = digest([*astuple(fingerprint), source_digest(["eval"])])
        results = journalled(
            folder / f"{key}.jsonl",
            kind,
            items,
            lambda item: result(answerer, item),
            lambda done, total: run.on_progress("asking", done, total),
        )
    return fingerprint, results
