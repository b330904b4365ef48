"""Time expressions found and tagged -> scores as in TempEval-3. docs/dates.md defines each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from eval.results import Score
from eval.significance import Numbers, bootstrap_interval


@dataclass(frozen=True, slots=True)
class DatesResult:
    """What one document brought, as counts.

    `found`: expressions found; `tagged`: those that annotators tagged; `matched`: pairs of the two that overlap,
    each in one pair; `exact`, `valued`, `typed`: pairs with the same span, value, type.
    """

    number: int
    found: int
    tagged: int
    matched: int
    exact: int
    valued: int
    typed: int


def dates_scores(results: Sequence[DatesResult]) -> tuple[Score, ...]:
    """All scores of some documents, each with its bootstrap interval over them."""
    counts = np.array([astuple(result)[1:] for result in results], dtype=np.float64).reshape(-1, 6)
    return (
        _score("relaxed precision", counts, lambda found, _tagged, matched, _pairs: _share(matched, found)),
        _score("relaxed recall", counts, lambda _found, tagged, matched, _pairs: _share(matched, tagged)),
        _score("relaxed F1", counts, lambda found, tagged, matched, _pairs: _f1(matched, found, tagged)),
        _score("value F1", counts, lambda found, tagged, _matched, pairs: _f1(pairs[1], found, tagged)),
        _score("strict F1", counts, lambda found, tagged, _matched, pairs: _f1(pairs[0], found, tagged)),
        _score("type F1", counts, lambda found, tagged, _matched, pairs: _f1(pairs[2], found, tagged)),
    )


_Statistic = Callable[[Numbers, Numbers, Numbers, tuple[Numbers, Numbers, Numbers]], Numbers]


def _score(name: str, counts: Numbers, statistic: _Statistic) -> Score:
    """A statistic of the summed counts; `counts` has shape (documents, 6)."""

    def of_rows(rows: Numbers) -> Numbers:
        found, tagged, matched, *pairs = np.moveaxis(counts[rows.astype(np.intp)].sum(axis=-2), -1, 0)
        return statistic(found, tagged, matched, (pairs[0], pairs[1], pairs[2]))

    if not counts[:, 1].sum():
        return Score(name, None, None, None, 0)
    places = np.arange(len(counts), dtype=np.float64)
    low, high = bootstrap_interval(places, of_rows) or (None, None)
    return Score(name, float(of_rows(places)), low, high, int(counts[:, 1].sum()))


def _share(part: Numbers, whole: Numbers) -> Numbers:
    return np.where(whole > 0, part / np.maximum(whole, 1), 0.0)


def _f1(matched: Numbers, found: Numbers, tagged: Numbers) -> Numbers:
    """The harmonic mean of precision and recall: 2 matched / (found + tagged)."""
    return _share(2 * matched, found + tagged)
