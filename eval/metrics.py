"""What the eval counts: pure functions over case results, and the plain measures that they use.

A metric is a Score: its value, its 95 % bootstrap interval over the cases that it is about, and how many
these are. Without an eligible case it has no value rather than zero.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eval.results import CaseResult, Score
from eval.significance import Numbers, Statistic, bootstrap_interval

CONFLICTING: Final = "conflicting"
"""The status of an answer that says that the articles disagree."""

LATENCY: Final = "latency"
"""How the names of the scores begin that depend on the machine."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers of like confidence, in (low, high], the first bin with 0: how many, mean confidence, share right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def summary(results: Sequence[CaseResult]) -> tuple[Score, ...]:
    """Every score, in the order of the reports."""
    return (
        answer_accuracy(results),
        answer_precision(results),
        citation_validity(results),
        article_precision(results),
        article_recall(results),
        sentence_precision(results),
        sentence_recall(results),
        hit_rate(results, 1),
        hit_rate(results, 5),
        mean_reciprocal_rank(results),
        mean_ndcg(results),
        abstention_precision(results),
        abstention_recall(results),
        abstention_auroc(results),
        calibration_error(results),
        conflict_f1(results),
        latency(results, 50),
        latency(results, 95),
    )


# Answers


def answer_accuracy(results: Sequence[CaseResult]) -> Score:
    """Share of the answerable cases that are answered right: every expectation met, nothing forbidden said."""
    return _share("answer accuracy", (result.right for result in results if not result.unanswerable))


def answer_precision(results: Sequence[CaseResult]) -> Score:
    """Share of the answers given that are right; an answer to an unanswerable case is wrong."""
    given = (result for result in results if result.answered)
    return _share("answer precision", (result.right and not result.unanswerable for result in given))


# Citations


def citation_validity(results: Sequence[CaseResult]) -> Score:
    """Share of all quotes that equal the stored text at their place, character for character. Must be 1."""
    counts = ((sum(quote.verbatim for quote in result.quotes), len(result.quotes)) for result in results)
    return _ratio("citation validity", counts)


def article_precision(results: Sequence[CaseResult]) -> Score:
    """Share of the quotes that are from a right article, in the cases that name articles."""
    named = (result for result in results if result.right_articles)
    counts = (
        (sum(quote.article in result.right_articles for quote in result.quotes), len(result.quotes)) for result in named
    )
    return _ratio("citation precision, articles", counts)


def article_recall(results: Sequence[CaseResult]) -> Score:
    """Share of the articles asked for that are quoted, silence quoting none.

    Each article that must be quoted is asked for by itself; where any of several will do, they are
    asked for as one, so that quoting a single one of them is full recall.
    """
    counts = ((result.articles_quoted, result.articles_asked) for result in results)
    return _ratio("citation recall, articles", counts)


def sentence_precision(results: Sequence[CaseResult]) -> Score:
    """Share of the quotes that hold an expected value or evidence and are from a right article.

    Over the quotes of the answerable cases.
    """
    answerable = (result for result in results if not result.unanswerable)
    counts = ((sum(quote.right for quote in result.quotes), len(result.quotes)) for result in answerable)
    return _ratio("citation precision, sentences", counts)


def sentence_recall(results: Sequence[CaseResult]) -> Score:
    """Share of the cases' evidence sentences that lie in a quote, silence quoting none."""
    counts = ((result.evidence_found, result.evidence_total) for result in results)
    return _ratio("citation recall, sentences", counts)


# Retrieval


def hit_rate(results: Sequence[CaseResult], depth: int) -> Score:
    """hit@k: share of the cases naming articles that have a passage from one among the first `depth` passages."""
    named = (result for result in results if result.right_articles)
    return _share(f"hit@{depth}", (result.rank is not None and result.rank <= depth for result in named))


def mean_reciprocal_rank(results: Sequence[CaseResult]) -> Score:
    """MRR: mean over the cases naming articles of 1 / place of the first passage from one, 0 when there is none.

    Voorhees, The TREC-8 Question Answering Track Report, 1999.
    """
    named = (result for result in results if result.right_articles)
    return _share("MRR", (reciprocal_rank(result.ranked, result.right_articles) for result in named))


def mean_ndcg(results: Sequence[CaseResult], depth: int = 10) -> Score:
    """Mean nDCG at `depth` over the cases naming articles, each article at its best passage's place among articles.

    Every article that the case names is worth 1.
    """
    named = (result for result in results if result.right_articles)
    gains = (
        ndcg(tuple(dict.fromkeys(result.ranked)), dict.fromkeys(result.right_articles, 1.0), depth) for result in named
    )
    return _share(f"nDCG@{depth}", gains)


def reciprocal_rank(ranked: Sequence[str], relevant: Container[str]) -> float:
    """1 / place of the first of `ranked` that is in `relevant`, counted from 1; 0 when there is none."""
    return next((1 / place for place, item in enumerate(ranked, start=1) if item in relevant), 0.0)


def ndcg(ranked: Sequence[str], relevant: Mapping[str, float], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` of `ranked`, in [0, 1].

    Gain: the item's grade in `relevant`, 0 where it has none. Discount: log2(place + 1). Normalised by the
    best order there could be; 0 when no grade is above 0. Järvelin and Kekäläinen, ACM TOIS 20(4), 2002,
    with the discount of trec_eval's ndcg_cut. An item must not stand in `ranked` twice.
    """
    ideal = _discounted(sorted(relevant.values(), reverse=True)[:depth])
    return _discounted([relevant.get(item, 0.0) for item in ranked[:depth]]) / ideal if ideal else 0.0


# Silence


def abstention_precision(results: Sequence[CaseResult]) -> Score:
    """Share of the silences that were right."""
    return _share("abstention precision", (result.unanswerable for result in results if not result.answered))


def abstention_recall(results: Sequence[CaseResult]) -> Score:
    """Share of the unanswerable cases that met silence."""
    return _share("abstention recall", (not result.answered for result in results if result.unanswerable))


def abstention_auroc(results: Sequence[CaseResult]) -> Score:
    """How well confidence tells answerable from unanswerable cases, at any threshold; see `auroc`."""
    rows = [(result.confidence, not result.unanswerable) for result in results]
    eligible = rows if len({answerable for _, answerable in rows}) == 2 else []
    return _score("abstention AUROC", eligible, _area)


def auroc(positive_scores: Sequence[float], negative_scores: Sequence[float]) -> float | None:
    """Area under the receiver operating characteristic; None unless there are scores of both sorts.

    The chance that a positive scores above a negative, ties counting half (Fawcett, Pattern Recognition
    Letters 27, 2006): 1 for perfect separation, 0.5 for none.
    """
    if not positive_scores or not negative_scores:
        return None
    rows = [*((score, True) for score in positive_scores), *((score, False) for score in negative_scores)]
    return float(_area(_columns(rows)))


# Calibration


def calibration_points(results: Sequence[CaseResult]) -> tuple[list[float], list[bool]]:
    """Confidences, and whether the answer, had it been shown, is right; for the reliability diagram.

    An unanswerable case has no right answer. An answerable one that met silence is left out: what would
    have been shown is not known.
    """
    known = [result for result in results if result.answered or result.unanswerable]
    return [result.confidence for result in known], [result.right and not result.unanswerable for result in known]


def calibration_error(results: Sequence[CaseResult], bins: int = 10) -> Score:
    """The expected calibration error of the answers' confidence; see `calibration_points`."""
    rows = list(zip(*calibration_points(results), strict=True))
    return _score("calibration error", rows, lambda columns: _calibration_gap(columns, bins))


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float | None:
    """Mean distance of confidence from accuracy over `bins` bins of equal width, weighed by count; None of nothing.

    0 when every confidence is the share that is right, 1 at worst. Naeini, Cooper and Hauskrecht, AAAI
    2015; Guo et al., ICML 2017. Bins are open below, closed above; the first holds 0 too.
    """
    rows = list(zip(confidences, right, strict=True))
    return float(_calibration_gap(_columns(rows), bins)) if rows else None


def reliability_bins(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[ReliabilityBin]:
    """The bins of the expected calibration error, for a reliability diagram; empty ones are left out."""
    if len(confidences) != len(right):
        raise ValueError(f"{len(confidences)} confidences cannot go with {len(right)} outcomes")
    edges = np.linspace(0, 1, bins + 1)
    known, outcomes = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    numbers = _bin_numbers(known, bins)
    return [
        ReliabilityBin(
            round(float(edges[number]), 12),
            round(float(edges[number + 1]), 12),
            int(inside.sum()),
            float(known[inside].mean()),
            float(outcomes[inside].mean()),
        )
        for number in range(bins)
        if (inside := numbers == number).any()
    ]


# Conflict and latency


def conflict_f1(results: Sequence[CaseResult]) -> Score:
    """F1 of saying that the articles disagree: 2 TP / (2 TP + FP + FN) over the cases that are or are called so.

    A true positive is a conflicting case whose status is "conflicting" (van Rijsbergen, Information Retrieval, 1979).
    """
    concerned = [result for result in results if result.conflicting or result.status == CONFLICTING]
    hits = [result.conflicting and result.status == CONFLICTING for result in concerned]
    score = _ratio("conflict F1", ((2 * hit, 1 + hit) for hit in hits))
    return Score(score.name, score.value, score.low, score.high, len(concerned))


def latency(results: Sequence[CaseResult], percentile: int) -> Score:
    """The percentile of the milliseconds that an answer took, by linear interpolation between the nearest two."""
    rows = [(result.milliseconds, 0.0) for result in results]
    return _score(
        f"{LATENCY} p{percentile}, ms", rows, lambda columns: np.percentile(columns[..., 0], percentile, axis=-1)
    )


def _share(name: str, values: Iterable[float]) -> Score:
    return _ratio(name, ((value, 1) for value in values))


def _ratio(name: str, counts: Iterable[tuple[float, float]]) -> Score:
    """Sum over sum of numerators and denominators, one pair a case; a case with denominator 0 is not eligible."""
    rows = [(part, whole) for part, whole in counts if whole]
    score = _score(name, rows, lambda columns: columns[..., 0].sum(axis=-1) / columns[..., 1].sum(axis=-1))
    return Score(score.name, score.value, score.low, score.high, round(sum(whole for _, whole in rows)))


def _score(name: str, rows: Sequence[tuple[float, float]], statistic: Statistic) -> Score:
    """`statistic` of the rows, and its interval when whole rows are drawn: the two columns of a case stay together."""
    if not rows:
        return Score(name, None, None, None, 0)
    columns = _columns(rows)
    places = np.arange(len(rows), dtype=np.float64)
    interval = bootstrap_interval(places, lambda drawn: statistic(columns[drawn.astype(np.intp)]))
    low, high = interval or (None, None)
    return Score(name, float(statistic(columns)), low, high, len(rows))


def _columns(rows: Sequence[tuple[float, float]]) -> Numbers:
    """Shape (rows, 2)."""
    return np.asarray(rows, dtype=np.float64)


def _discounted(gains: Sequence[float]) -> float:
    return sum(max(gain, 0.0) / math.log2(place + 1) for place, gain in enumerate(gains, start=1))


def _area(columns: Numbers) -> Numbers:
    """AUROC of the scores in column 0 for the labels in column 1, by the Mann-Whitney statistic; NaN without both."""
    from scipy.stats import rankdata  # slow to import

    labels = columns[..., 1]
    positives, negatives = labels.sum(axis=-1), (1 - labels).sum(axis=-1)
    rank_sums = (rankdata(columns[..., 0], axis=-1) * labels).sum(axis=-1)
    pairs: Numbers = np.where(positives * negatives > 0, positives * negatives, np.nan)
    area: Numbers = (rank_sums - positives * (positives + 1) / 2) / pairs
    return area


def _calibration_gap(columns: Numbers, bins: int) -> Numbers:
    gaps = columns[..., 0] - columns[..., 1]
    numbers = _bin_numbers(columns[..., 0], bins)
    by_bin = [np.abs(np.where(numbers == number, gaps, 0).sum(axis=-1)) for number in range(bins)]
    total: Numbers = np.sum(by_bin, axis=0) / gaps.shape[-1]
    return total


def _bin_numbers(confidences: Numbers, bins: int) -> NDArray[np.intp]:
    return np.digitize(confidences, np.linspace(0, 1, bins + 1)[1:-1], right=True)
