"""How sure a score and a difference of two runs are: bootstrap intervals and McNemar's test, by scipy."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_RESAMPLES: Final = 2000
_PERCENTILES: Final = (2.5, 97.5)

Numbers = NDArray[np.float64]
Statistic = Callable[[Numbers], Numbers]
"""Reduces the last axis: shape (…, values) -> (…)."""


def mean(values: Numbers) -> Numbers:
    """The mean along the last axis."""
    averages: Numbers = np.mean(values, axis=-1)
    return averages


def bootstrap_interval(
    values: Sequence[float] | Numbers, statistic: Statistic = mean, seed: int = 0
) -> tuple[float, float] | None:
    """The 95 % percentile bootstrap interval of `statistic` over `values`; None of fewer than two values.

    Draws 2,000 samples of the same size with replacement (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, chapter 13); the same seed gives the same interval. A sample for which the
    statistic is not defined (NaN) is left out. `statistic` gets all samples at once, one a row.
    """
    from scipy.stats import DegenerateDataWarning, bootstrap  # slow to import

    if len(values) < 2:
        return None
    with warnings.catch_warnings():
        # samples without a value are left out below; scipy's own interval, which they spoil, is not used
        warnings.simplefilter("ignore", DegenerateDataWarning)
        found = bootstrap(
            (np.asarray(values, dtype=np.float64),),
            lambda rows, axis=-1: statistic(np.moveaxis(rows, axis, -1)),
            n_resamples=_RESAMPLES,
            method="percentile",
            vectorized=True,
            rng=np.random.default_rng(seed),
        )
    drawn = found.bootstrap_distribution[~np.isnan(found.bootstrap_distribution)]
    if not drawn.size:
        return None
    low, high = np.percentile(drawn, _PERCENTILES)
    return float(low), float(high)


def paired_bootstrap(before: Sequence[float], now: Sequence[float], seed: int = 0) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of the mean of `now` - `before`, pair by pair; None of fewer than two pairs.

    An interval that leaves out 0 means that the runs differ by more than the choice of cases explains.
    Raises ValueError when the two are not of one length.
    """
    return bootstrap_interval([new - old for old, new in zip(before, now, strict=True)], seed=seed)


def mcnemar(fixed: int, broken: int) -> float | None:
    """The p-value of McNemar's exact test for two runs of the same cases; None when no verdict differs.

    Of the `fixed + broken` cases whose verdict differs, half are expected to be broken if neither run is
    better: a two-sided binomial test (McNemar, Psychometrika 12, 1947; exact form).
    """
    from scipy.stats import binomtest  # slow to import

    if fixed + broken == 0:
        return None
    return float(binomtest(broken, fixed + broken, 0.5).pvalue)
