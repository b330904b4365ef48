"""Results of a data set in SQuAD's format -> scores. docs/yardsticks.md defines each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eval.metrics import reliability_bins
from eval.results import Score
from eval.yardsticks.report import Count, Section
from eval.yardsticks.scores import auroc_score, calibration_score, mean_score, plain_score
from eval.yardsticks.squad import SquadResult
from eval.yardsticks.squad_format import SquadData
from eval.yardsticks.squad_rules import Attempt, best_over_thresholds

OPEN_CORPUS: Final = "open corpus"
GIVEN_PARAGRAPH: Final = "given paragraph"
BOTH_WAYS: Final = "both ways"

_DEPTHS: Final = (("first", 1), ("first two", 2), ("first three", 3))


def squad_counts(data: SquadData, results: Sequence[SquadResult]) -> tuple[Count, ...]:
    """How large the data set is, and how many citations were compared."""
    answerable = sum(result.answerable for result in results)
    return (
        Count("paragraphs", len(data.articles)),
        Count("questions in the data", len(data.questions)),
        Count("questions asked", len(results)),
        Count("of them with an answer", answerable),
        Count("of them without", len(results) - answerable),
        Count("citations compared", sum(result.checked for result in results)),
        Count("of them verbatim", sum(result.verbatim for result in results)),
    )


def squad_sections(results: Sequence[SquadResult]) -> tuple[Section, ...]:
    """All scores of a run."""
    confidences = [result.open.confidence for result in results]
    bins = tuple(reliability_bins(confidences, [result.open.right for result in results]))
    return (
        Section(OPEN_CORPUS, (*_ranking_scores(results), *_answer_scores(results)), bins),
        Section(GIVEN_PARAGRAPH, (*_given_scores(results), *_best_scores(results))),
        Section(BOTH_WAYS, (_citation_validity(results),)),
    )


def _ranking_scores(results: Sequence[SquadResult]) -> list[Score]:
    """Where the right paragraph and the right sentence stand, over the answerable questions."""
    asked = [result.open for result in results if result.answerable]
    places = [one.passage_place for one in asked]
    return [
        mean_score("gold paragraph hit@1", [_within(place, 1) for place in places]),
        mean_score("gold paragraph hit@5", [_within(place, 5) for place in places]),
        mean_score("gold paragraph MRR", [1 / place if place else 0.0 for place in places]),
        *(
            mean_score(f"gold sentence, {name}", [_within(one.gold_place, depth) for one in asked])
            for name, depth in _DEPTHS
        ),
        mean_score("gold sentence exists", [one.attainable for one in asked]),
        *(
            mean_score(f"answer text, {name}", [_within(one.text_place, depth) for one in asked])
            for name, depth in _DEPTHS
        ),
    ]


def _answer_scores(results: Sequence[SquadResult]) -> list[Score]:
    """What the confidence is worth, and what its threshold makes of it."""
    confidences = [result.open.confidence for result in results]
    return [
        mean_score("answer accuracy", [_right(result) for result in results if result.answerable]),
        mean_score("answer precision", [_right(result) for result in results if result.open.answered]),
        mean_score("abstention precision", [not one.answerable for one in results if not one.open.answered]),
        mean_score("abstention recall", [not one.open.answered for one in results if not one.answerable]),
        auroc_score("abstention AUROC", confidences, [result.answerable for result in results]),
        calibration_score("calibration error", confidences, [result.open.right for result in results]),
    ]


def _given_scores(results: Sequence[SquadResult]) -> list[Score]:
    """Exact match and F1 at the reader's own threshold."""
    parts = (
        ("", results),
        ("HasAns ", [result for result in results if result.answerable]),
        ("NoAns ", [result for result in results if not result.answerable]),
    )
    return [
        score
        for name, part in parts
        for score in (
            mean_score(f"{name}exact", [_at_threshold(one, one.given.exact) for one in part]),
            mean_score(f"{name}F1", [_at_threshold(one, one.given.f1) for one in part]),
        )
    ]


def _best_scores(results: Sequence[SquadResult]) -> list[Score]:
    """Exact match and F1 at the threshold that suits each best, known only in hindsight."""
    scores: list[Score] = []
    for name, values in (
        ("best exact", [result.given.exact for result in results]),
        ("best F1", [result.given.f1 for result in results]),
    ):
        attempts = [
            Attempt(result.given.confidence, result.answerable, value, result.given.empty)
            for result, value in zip(results, values, strict=True)
        ]
        best, threshold = best_over_thresholds(attempts)
        scores.append(plain_score(name, best, len(attempts)))
        scores.append(plain_score(f"{name}, threshold", threshold, len(attempts)))
    answerable = [result.answerable for result in results]
    return [*scores, auroc_score("abstention AUROC", [result.given.confidence for result in results], answerable)]


def _citation_validity(results: Sequence[SquadResult]) -> Score:
    checked = sum(result.checked for result in results)
    if not checked:
        return Score("citation validity", None, None, None, 0)
    return plain_score("citation validity", sum(result.verbatim for result in results) / checked, checked)


def _right(result: SquadResult) -> bool:
    return result.open.answered and result.open.right


def _at_threshold(result: SquadResult, score: float) -> float:
    return score if result.given.answered else float(not result.answerable)


def _within(place: int | None, depth: int) -> bool:
    return place is not None and place <= depth
