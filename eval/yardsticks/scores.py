"""Scores of many questions, each with its bootstrap interval over the questions that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from eval.metrics import auroc, expected_calibration_error
from eval.results import Score
from eval.significance import Numbers, bootstrap_interval


def mean_score(name: str, values: Iterable[float]) -> Score:
    """The mean of one value a question, such as a share of successes; no value where there is no question."""
    numbers = [float(value) for value in values]
    if not numbers:
        return Score(name, None, None, None, 0)
    low, high = bootstrap_interval(numbers) or (None, None)
    return Score(name, sum(numbers) / len(numbers), low, high, len(numbers))


def auroc_score(name: str, confidences: Sequence[float], positive: Sequence[bool]) -> Score:
    """The area under the ROC curve of the confidence for telling the positive questions from the others."""

    def area(places: Sequence[int]) -> float | None:
        return auroc(
            [confidences[place] for place in places if positive[place]],
            [confidences[place] for place in places if not positive[place]],
        )

    return _drawn_together(name, len(confidences), area)


def calibration_score(name: str, confidences: Sequence[float], right: Sequence[bool]) -> Score:
    """The expected calibration error of the confidence, in ten bins."""

    def error(places: Sequence[int]) -> float | None:
        return expected_calibration_error([confidences[place] for place in places], [right[place] for place in places])

    return _drawn_together(name, len(confidences), error)


def plain_score(name: str, value: float, eligible: int) -> Score:
    """A figure without an interval."""
    return Score(name, value, None, None, eligible)


def _drawn_together(name: str, count: int, statistic: Callable[[Sequence[int]], float | None]) -> Score:
    """A statistic of whole questions, given by their places, one sample of the bootstrap at a time."""
    value = statistic(range(count))
    if value is None:
        return Score(name, None, None, None, 0)

    def of_rows(rows: Numbers) -> Numbers:
        samples = rows.reshape(-1, count).astype(np.intp).tolist()
        found = [statistic(places) for places in samples]
        return np.array([np.nan if one is None else one for one in found]).reshape(rows.shape[:-1])

    low, high = bootstrap_interval(np.arange(count, dtype=np.float64), of_rows) or (None, None)
    return Score(name, value, low, high, count)
