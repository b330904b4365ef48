"""What a yardstick reports: named figures with their intervals, on the terminal or as JSON. All frozen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.metrics import ReliabilityBin
from eval.results import Fingerprint, Score


@dataclass(frozen=True, slots=True)
class Count:
    """How many of something the data set has or the measurement met."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Section:
    """Scores of one measurement, and for a confidence its reliability diagram."""

    title: str
    scores: tuple[Score, ...]
    reliability: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What a data set brought.

    `name`: of the yardstick; `data`: the last part of the data set's path; `fingerprint`: what the
    figures depend on, its cases being the questions; `sampled`: only some of the questions were asked.
    """

    name: str
    data: str
    fingerprint: Fingerprint
    sampled: bool
    counts: tuple[Count, ...]
    sections: tuple[Section, ...]

    def score(self, title: str, name: str) -> Score:
        """One score of one section. Raises KeyError where there is none."""
        for section in self.sections:
            for score in section.scores:
                if (section.title, score.name) == (title, name):
                    return score
        raise KeyError(f"{title}: {name}")


def print_bench(console: Console, report: BenchReport) -> None:
    """Counts, then a table a section, then the reliability of the confidence in ten bins."""
    console.print(Text(f"{report.name}: {report.data}", style="bold"))
    console.print(Text(f"model {report.fingerprint.models}, code {report.fingerprint.code}", style="dim"))
    if report.sampled:
        console.print(Text("a sample of the questions: no figure to compare with published ones", style="yellow"))
    console.print(_counts(report.counts))
    for section in report.sections:
        console.print(_scores(section))
        if section.reliability:
            console.print(_reliability(section.reliability))


def bench_as_json(report: BenchReport) -> str:
    """The same as one JSON object."""
    return json.dumps(asdict(report), indent=2, ensure_ascii=False)


def _counts(counts: Sequence[Count]) -> Table:
    table = Table.grid(padding=(0, 2))
    for count in counts:
        table.add_row(Text(count.name), Text(f"{count.number:,}"))
    return table


def _scores(section: Section) -> Table:
    table = Table(section.title, "value", "95 % interval", "over", box=None, header_style="bold")
    for score in section.scores:
        interval = "" if score.low is None or score.high is None else f"{score.low:.3f} to {score.high:.3f}"
        value = "none eligible" if score.value is None else f"{score.value:.3f}"
        table.add_row(Text(score.name), value, interval, f"{score.eligible:,}")
    return table


def _reliability(bins: Sequence[ReliabilityBin]) -> Table:
    table = Table("confidence", "mean", "share right", "questions", box=None, header_style="bold")
    for one in bins:
        table.add_row(
            f"{one.low:.1f} to {one.high:.1f}", f"{one.confidence:.3f}", f"{one.accuracy:.3f}", f"{one.count:,}"
        )
    return table
