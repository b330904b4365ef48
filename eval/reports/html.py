"""A run as one page that needs nothing else: no script, no network. jinja2 escapes every text of an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eval.baseline import Comparison
from eval.metrics import LATENCY, summary
from eval.reports import wording
from eval.results import CaseResult, QuoteResult, Run, Score
from index.errors import InputError

if TYPE_CHECKING:
    from markupsafe import Markup

_TEMPLATE: Final = "page.html.j2"
_NEEDED: Final = ("jinja2", "matplotlib")
_CONTEXT: Final = 160
_KEY_SCORES: Final = ("answer accuracy", "answer precision", "citation validity", "abstention recall")
_MEANINGS: Final = {
    "broken": "passed in the baseline, fails now",
    "fixed": "failed in the baseline, passes now",
    "changed": "same verdict, another status or other quotes",
    "new": "not in the baseline",
    "gone": "only in the baseline",
}


class ReportError(InputError):
    """A report cannot be made here; the message names what to install."""


@dataclass(frozen=True)
class ScoreRow:
    """A score as the page shows it; `start`, `width` and `point` are percentages of the line from 0 to 1."""

    score: Score
    before: str
    difference: str

    @property
    def name(self) -> str:
        return self.score.name

    @property
    def value(self) -> str:
        return wording.value(self.score.name, self.score.value)

    @property
    def interval(self) -> str:
        return wording.interval(self.score)

    @cached_property
    def is_share(self) -> bool:
        """Whether it has a place between 0 and 1."""
        return self.score.value is not None and not self.score.name.startswith(LATENCY)

    @property
    def point(self) -> float:
        return 100 * (self.score.value or 0)

    @property
    def start(self) -> float:
        return self.point if self.score.low is None else 100 * self.score.low

    @property
    def width(self) -> float:
        return (self.point if self.score.high is None else 100 * self.score.high) - self.start


@dataclass(frozen=True)
class Change:
    """The cases that one thing became of; a case that is gone has no result."""

    name: str
    meaning: str
    cases: tuple[tuple[str, CaseResult | None], ...]


def as_html(run: Run, comparison: Comparison | None, tolerance: int = 0) -> str:
    """The run as an HTML document: verdict, scores, changes, plots, and each failing case's quotes in context.

    Raises ReportError when jinja2 or matplotlib is missing.
    """
    check_installed()
    import jinja2  # part of the extra `report`

    from eval.reports import plots

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = _score_rows(run, comparison)
    return environment.get_template(_TEMPLATE).render(
        run=run,
        comparison=comparison,
        words=wording,
        headline=wording.headline(run, comparison, tolerance),
        verdict=wording.verdict(run, comparison, tolerance),
        outcome=_outcome(run, comparison, tolerance),
        passed=sum(result.passed for result in run.results),
        rows=rows,
        key_rows=[row for row in rows if row.name in _KEY_SCORES],
        changes=_changes(run, comparison),
        anchors={result.id: f"case-{number}" for number, result in enumerate(run.results, start=1)},
        failures=wording.failures(run.results),
        fingerprint=asdict(run.fingerprint),
        reliability=_drawing(plots.reliability_diagram(run.results)),
        histogram=_drawing(plots.confidence_histogram(run.results)),
        tags=_drawing(plots.tag_bars(run.results)),
        before=_before,
        after=_after,
    )


def check_installed() -> None:
    """Raises ReportError when what the page needs is missing, so that a run need not end before that is known."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ReportError(f'the HTML page needs {" and ".join(missing)}: pip install "pullquote[report]"')


def _score_rows(run: Run, comparison: Comparison | None) -> list[ScoreRow]:
    moved = {change.name: change for change in comparison.moved} if comparison is not None else {}
    rows = []
    for score in summary(run.results):
        change = moved.get(score.name)
        unmoved = "" if score.name.startswith(LATENCY) else wording.value(score.name, score.value)
        before = wording.value(score.name, change.before) if change else unmoved
        rows.append(ScoreRow(score, before, wording.difference(change) if change else ""))
    return rows


def _changes(run: Run, comparison: Comparison | None) -> list[Change]:
    if comparison is None:
        return []
    cases = {result.id: result for result in run.results}
    ids: dict[str, Sequence[str]] = {name: getattr(comparison, name) for name in _MEANINGS}
    return [
        Change(name, _MEANINGS[name], tuple((key, cases.get(key)) for key in keys))
        for name, keys in ids.items()
        if keys
    ]


def _drawing(svg: str | None) -> Markup | None:
    from markupsafe import Markup  # part of the extra `report`

    return None if svg is None else Markup(svg)  # noqa: S704  (drawn here; matplotlib escapes the texts in it)


def _outcome(run: Run, comparison: Comparison | None, tolerance: int) -> str:
    """The class of the page's head: fails, passes or open."""
    if wording.gate_fails(run, comparison, tolerance):
        return "fails"
    return "open" if comparison is None else "passes"


def _before(quote: QuoteResult) -> str:
    return f"…{quote.before}" if quote.start > len(quote.before) else quote.before


def _after(quote: QuoteResult) -> str:
    return f"{quote.after}…" if len(quote.after) >= _CONTEXT else quote.after
