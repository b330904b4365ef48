"""Metrics mean what they say: by hand on a few results, and against other implementations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, chi2
from sklearn.metrics import ndcg_score, roc_auc_score

from eval import metrics
from eval.metrics import auroc, expected_calibration_error, ndcg, reciprocal_rank, reliability_bins, summary
from eval.results import CaseResult, Score
from eval.significance import bootstrap_interval, mcnemar, paired_bootstrap
from tests.eval.results_for_tests import quote, result

NAMES = (
    "answer accuracy|answer precision|citation validity|citation precision, articles|citation recall, articles"
    "|citation precision, sentences|citation recall, sentences|hit@1|hit@5|MRR|nDCG@10|abstention precision"
    "|abstention recall|abstention AUROC|calibration error|conflict F1|latency p50, ms|latency p95, ms"
).split("|")


def value(metric: Callable[[Sequence[CaseResult]], Score], *results: CaseResult) -> float | None:
    """A metric's value over these results."""
    return metric(results).value


def test_the_scores_are_shares_of_the_cases_they_are_about() -> None:
    """Two answerable (one right), one answered wrongly though unanswerable, one rightly met with silence."""
    results = [
        result("right"),
        result("wrong", right=False),
        result("guessed", right=False, unanswerable=True),
        result("silent", answered=False, unanswerable=True),
    ]
    assert metrics.answer_accuracy(results).value == 1 / 2
    assert metrics.answer_precision(results).value == pytest.approx(1 / 3)
    assert metrics.abstention_recall(results).value == 1 / 2
    assert metrics.abstention_precision(results).value == 1
    assert metrics.citation_validity(results).value == 1
    assert metrics.citation_validity(results).eligible == 3
    assert metrics.hit_rate(results, 1).value == 1


def test_a_score_without_eligible_cases_is_none_rather_than_zero() -> None:
    """Nothing asked is not the same as nothing right; and the names are those that are stored."""
    assert [(score.name, score.value, score.low, score.eligible) for score in summary([])] == [
        (name, None, None, 0) for name in NAMES
    ]
    silent = summary([result(answered=False, right=False, right_articles=(), cited=None)])
    assert [score.name for score in silent if score.value is not None] == [
        "answer accuracy",
        "abstention precision",
        "latency p50, ms",
        "latency p95, ms",
    ]


def test_a_case_passes_only_with_right_words_from_a_right_article_verbatim() -> None:
    """Each of the three alone fails it."""
    good = result()
    assert good.passed
    assert not replace(good, right=False).passed
    assert not replace(good, cited=False).passed
    assert not replace(good, quotes=(quote(), quote(verbatim=False))).passed


def test_retrieval_is_scored_by_the_first_passage_of_a_right_article() -> None:
    """hit@k and MRR count passages; nDCG counts each article once, at its best passage."""
    first = result(ranked=["b.txt", "b.txt", "a.txt", "a.txt"])
    never = result(ranked=["b.txt"])
    unnamed = result(right_articles=(), cited=None)
    assert metrics.hit_rate([first, never, unnamed], 2).value == 0
    assert metrics.hit_rate([first, never, unnamed], 3).value == 1 / 2
    assert value(metrics.mean_reciprocal_rank, first, never, unnamed) == pytest.approx(1 / 6)
    assert value(metrics.mean_ndcg, first, never, unnamed) == pytest.approx(1 / math.log2(3) / 2)


def test_citations_are_scored_at_article_level() -> None:
    """One quote of three from a right article; of two demands for an article, one met; silence meets none."""
    right, wrong = quote("a.txt"), quote("b.txt")
    answered = result(quotes=[right, wrong, wrong], articles=(1, 2))
    silent = result(answered=False, articles=(0, 1))
    assert value(metrics.article_precision, answered, silent) == pytest.approx(1 / 3)
    assert value(metrics.article_recall, answered, silent) == pytest.approx(1 / 3)
    assert value(metrics.article_precision, silent) is None


def test_citations_are_scored_at_sentence_level() -> None:
    """Quotes that hold what is expected; evidence that is quoted."""
    answered = result(quotes=[quote(), quote(right=False)], evidence=(2, 3))
    silent = result(answered=False, evidence=(0, 1))
    guessed = result(unanswerable=True, right=False, quotes=[quote(right=False)])
    assert value(metrics.sentence_precision, answered, silent, guessed) == 1 / 2
    assert value(metrics.sentence_recall, answered, silent, guessed) == 1 / 2


def test_conflict_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    """One conflict found, one missed, one called so wrongly, and one case that has nothing to do with it."""
    found = result(conflicting=True, status="conflicting")
    missed = result(conflicting=True)
    called = result(status="conflicting")
    assert value(metrics.conflict_f1, found, missed, called, result()) == pytest.approx(1 / 2)
    assert metrics.conflict_f1([found, missed, called, result()]).eligible == 3
    assert value(metrics.conflict_f1, missed) == 0
    assert value(metrics.conflict_f1, result()) is None


def test_latency_is_a_percentile_of_the_milliseconds() -> None:
    """Between the nearest two."""
    results = [result(milliseconds=number) for number in (10.0, 20.0, 30.0, 40.0)]
    assert metrics.latency(results, 50).value == 25
    assert metrics.latency(results, 95).value == pytest.approx(38.5)


def test_abstention_auroc_tells_answerable_from_unanswerable_by_confidence() -> None:
    """Whether the reader was silent does not matter; one sort alone has none."""
    sure, unsure = result(confidence=0.9), result(confidence=0.2, answered=False)
    wild = result(confidence=0.5, unanswerable=True)
    assert value(metrics.abstention_auroc, sure, unsure, wild) == 1 / 2
    assert value(metrics.abstention_auroc, sure, unsure) is None


def test_calibration_leaves_out_answerable_cases_that_met_silence() -> None:
    """What would have been shown is not known; an unanswerable case has no right answer."""
    results = [
        result(confidence=0.9),
        result(confidence=0.6, right=False),
        result(confidence=0.3, answered=False, right=False),
        result(confidence=0.1, answered=False, unanswerable=True),
        result(confidence=0.5, unanswerable=True, right=False),
    ]
    assert metrics.calibration_points(results) == ([0.9, 0.6, 0.1, 0.5], [True, False, False, False])
    assert value(metrics.calibration_error, *results) == pytest.approx((0.1 + 0.6 + 0.1 + 0.5) / 4)


def test_ndcg_is_as_calculated_by_hand() -> None:
    """Example of a ranking with grades 3, 2, 3, 0, 1, 2, and a seventh document of grade 3 that was not found."""
    grades = {"a": 3.0, "b": 2.0, "c": 3.0, "e": 1.0, "f": 2.0, "g": 3.0}
    gain = 3 + 2 / 1.5849625 + 3 / 2 + 0 + 1 / 2.5849625 + 2 / 2.8073549
    ideal = 3 + 3 / 1.5849625 + 3 / 2 + 2 / 2.3219281 + 2 / 2.5849625 + 1 / 2.8073549
    assert ndcg("abcdef", grades) == pytest.approx(gain / ideal)
    assert ndcg("abcdef", grades, depth=2) == pytest.approx((3 + 2 / 1.5849625) / (3 + 3 / 1.5849625))
    assert ndcg("xyz", grades) == 0
    assert ndcg("abc", {"d": -1.0, "e": 0.0}) == 0
    assert ndcg([], {"a": 1.0}) == 0


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=12).filter(any), st.integers(1, 12))
def test_ndcg_agrees_with_scikit_learn(grades: list[int], depth: int) -> None:
    """Where every relevant document is ranked, which is all that scikit-learn can score."""
    names = [str(number) for number in range(len(grades))]
    theirs = ndcg_score([grades], [list(range(len(grades), 0, -1))], k=depth)
    assert ndcg(names, dict(zip(names, grades, strict=True)), depth) == pytest.approx(theirs)


def test_the_reciprocal_rank_is_that_of_the_first_relevant_item() -> None:
    """Zero when there is none."""
    assert reciprocal_rank("xya", {"a", "b"}) == pytest.approx(1 / 3)
    assert reciprocal_rank("xyz", {"a"}) == 0


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=9), st.lists(st.integers(0, 5), min_size=1, max_size=9))
def test_auroc_agrees_with_scikit_learn(positive: list[int], negative: list[int]) -> None:
    """Ties included."""
    theirs = roc_auc_score([1] * len(positive) + [0] * len(negative), positive + negative)
    assert auroc(positive, negative) == pytest.approx(theirs)
    assert auroc(positive, []) is None
    assert auroc([], negative) is None


def test_the_calibration_error_is_as_calculated_by_hand() -> None:
    """Two bins with answers in them; the upper edge of a bin belongs to it."""
    confidences, right = [0.0, 0.1, 0.95, 1.0], [False, True, True, True]
    bins = reliability_bins(confidences, right)
    assert [(each.low, each.high, each.count) for each in bins] == [(0, 0.1, 2), (0.9, 1, 2)]
    assert [each.confidence for each in bins] == pytest.approx([0.05, 0.975])
    assert [each.accuracy for each in bins] == [0.5, 1]
    assert expected_calibration_error(confidences, right) == pytest.approx((2 * 0.45 + 2 * 0.025) / 4)
    assert expected_calibration_error([], []) is None
    assert reliability_bins([], []) == []
    with pytest.raises(ValueError, match="2 confidences cannot go with 1"):
        reliability_bins([0.1, 0.2], [True])


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30), st.integers(1, 20))
def test_the_calibration_error_is_the_weighed_gap_of_the_bins(points: list[tuple[float, bool]], count: int) -> None:
    """The number and the diagram say the same."""
    confidences, right = [point[0] for point in points], [point[1] for point in points]
    bins = reliability_bins(confidences, right, count)
    assert sum(each.count for each in bins) == len(points)
    gap = sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / len(points)
    assert expected_calibration_error(confidences, right, count) == pytest.approx(gap)


def test_an_interval_is_that_of_scipy_and_always_the_same() -> None:
    """The percentile bootstrap of the mean; another seed gives another one."""
    values = [float(number) ** 2 for number in range(100)]
    found = bootstrap_interval(values)
    theirs = bootstrap(
        (values,), np.mean, n_resamples=2000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert found is not None
    assert found == pytest.approx((theirs.low, theirs.high))
    assert found == bootstrap_interval(values)
    assert found != bootstrap_interval(values, seed=1)
    low, high = found
    assert low < np.mean(values) < high


def test_a_ninety_five_per_cent_interval_holds_the_true_value_about_so_often() -> None:
    """Over 200 samples of 100 throws of a coin that falls heads with 0.3."""
    throws = np.random.default_rng(7).random((200, 100)) < 0.3
    intervals = [bootstrap_interval(sample.astype(float)) for sample in throws]
    hits = sum(interval is not None and interval[0] <= 0.3 <= interval[1] for interval in intervals)
    assert 180 <= hits <= 198


def test_too_few_values_have_no_interval() -> None:
    """One case says nothing of the next one; a value that never varies has an interval without width."""
    assert bootstrap_interval([]) is None
    assert bootstrap_interval([1.0]) is None
    assert bootstrap_interval([1.0, 1.0]) == (1.0, 1.0)
    assert bootstrap_interval([1.0, 2.0], lambda rows: rows[..., 0] * math.nan) is None


def test_intervals_enclose_their_scores_and_keep_a_cases_quotes_together() -> None:
    """The cases are drawn, not the quotes: ten quotes of one case are one observation."""
    sound = [result(str(number), confidence=0.9) for number in range(20)]
    odd = result("odd", quotes=[quote(verbatim=False)] * 20, confidence=0.1, unanswerable=True, right=False)
    for score in summary([*sound, odd]):
        if score.value is not None and score.eligible > 1:
            assert score.low is not None
            assert score.high is not None
            assert score.low <= score.value <= score.high, score
    validity = metrics.citation_validity([*sound, odd])
    assert validity.value == 1 / 2
    assert validity.high == 1


@pytest.mark.parametrize(("fixed", "broken", "p"), [(0, 1, 1.0), (0, 5, 0.0625), (10, 2, 0.03857421875), (3, 3, 1.0)])
def test_mcnemar_is_the_exact_binomial_test(fixed: int, broken: int, p: float) -> None:
    """Values of the binomial distribution; for many cases near the chi-squared form with its correction."""
    assert mcnemar(fixed, broken) == pytest.approx(p)
    assert mcnemar(broken, fixed) == pytest.approx(p)
    assert mcnemar(600, 500) == pytest.approx(chi2.sf((100 - 1) ** 2 / 1100, 1), rel=0.01)
    assert mcnemar(0, 0) is None


def test_a_paired_interval_is_of_the_differences() -> None:
    """Pairs that all gain the same differ for certain, however much they vary between themselves."""
    before = [float(number) for number in range(20)]
    assert paired_bootstrap(before, [number + 1 for number in before]) == (1.0, 1.0)
    unsure = paired_bootstrap([0.0, 1.0] * 10, [1.0, 0.0] * 10)
    assert unsure is not None
    assert unsure[0] < 0 < unsure[1]
    with pytest.raises(ValueError, match="zip"):
        paired_bootstrap([1.0], [1.0, 2.0])
