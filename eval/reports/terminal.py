"""A run on the terminal: scores, tags, the failed cases, and what changed. Article text is never read as markup."""

from __future__ import annotations

from typing import Final

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from eval.baseline import Comparison
from eval.metrics import LATENCY, summary
from eval.reports import wording
from eval.results import CaseResult, Run, Score

_WIDE: Final = 100
_BAR: Final = 24
_CAME: Final = 160
_ID: Final = 26
_HIGH: Final = "green"
_CHANGES: Final = (
    ("broken", "✗", "bold red", "passed in the baseline"),
    ("fixed", "✓", "green", "failed in the baseline"),
    ("changed", "~", "yellow", "same verdict, other quotes or status"),
    ("new", "+", "cyan", "not in the baseline"),
    ("gone", "−", "dim", "only in the baseline"),
)


def print_report(console: Console, run: Run, comparison: Comparison | None, tolerance: int = 0) -> None:
    """Scores, passes by tag, the failed cases, what changed since the baseline, and last the verdict."""
    _section(console, "Scores", _scores(summary(run.results), wide=console.width >= _WIDE))
    if tags := wording.by_tag(run.results):
        _section(console, "Passes by tag", _tags(tags))
    for reason, failed in wording.failures(run.results).items():
        _section(console, f"{reason}: {wording.counted(len(failed), 'case')}", _failed(reason, failed))
    if run.warnings:
        _section(console, "Warnings", Text("\n".join(map(wording.printable, run.warnings)), style="yellow"))
    if comparison is not None:
        _section(console, "Since the baseline", _changes(run, comparison))
    console.print(Text(wording.verdict(run, comparison, tolerance), style=_verdict_style(run, comparison, tolerance)))


def _section(console: Console, title: str, content: RenderableType) -> None:
    console.print(Rule(Text(title, style="bold"), align="left", style="dim"))
    console.print(Padding(content, (0, 0, 1, 0)))


def _scores(scores: tuple[Score, ...], *, wide: bool) -> Table:
    table = Table("score", box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("value", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("eligible", justify="right")
    if wide:
        table.add_column(f"0{' ' * (_BAR - 2)}1", no_wrap=True)
    for score in scores:
        missing = score.value is None
        cells: list[RenderableType] = [
            Text(score.name),
            Text(wording.value(score.name, score.value), style="dim" if missing else "bold"),
            Text(wording.interval(score), style="dim"),
            Text(f"{score.eligible:,}", style="dim"),
        ]
        table.add_row(*cells, *([_position(score)] if wide else []))
    return table


def _position(score: Score) -> RenderableType:
    """Where a share and its interval lie between 0 and 1."""
    if score.value is None or score.name.startswith(LATENCY):
        return Text("")
    low = score.value if score.low is None else score.low
    high = score.value if score.high is None else score.high
    start = min(low, 1 - 1 / _BAR)
    return Bar(1.0, start, max(high, start + 1 / _BAR), width=_BAR, color="cyan", bgcolor="bright_black")


def _tags(tags: dict[str, list[CaseResult]]) -> Table:
    table = Table("tag", box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("pass", justify="right")
    table.add_column("of", justify="right")
    table.add_column(no_wrap=True)
    for tag, tagged in tags.items():
        passed = sum(result.passed for result in tagged)
        bar = Bar(len(tagged), 0, passed, width=_BAR, color=_HIGH, bgcolor="bright_black")
        table.add_row(Text(wording.printable(tag)), str(passed), Text(str(len(tagged)), style="dim"), bar)
    return table


def _failed(reason: str, failed: list[CaseResult]) -> Table:
    silent = reason == wording.SILENT
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    longest = max(len(wording.printable(result.id)) for result in failed)
    table.add_column("case", style="cyan", width=min(max(longest, 4), _ID), overflow="fold")
    table.add_column("question", ratio=3)
    table.add_column("expected" if silent else "what came", ratio=3 if silent else 5)
    for result in failed:
        came = _expected(result) if silent else Group(*_came(result))
        table.add_row(
            Text(wording.printable(result.id)), Text(wording.printable(result.question), overflow="fold"), came
        )
    return table


def _expected(result: CaseResult) -> Text:
    return Text(wording.shortened(result.expected, _CAME), overflow="fold")


def _came(result: CaseResult) -> list[Text]:
    """The first quote with its article; below it what was expected."""
    quote = result.quotes[0]
    more = f" and {len(result.quotes) - 1} more" if len(result.quotes) > 1 else ""
    lines = [
        Text(f"“{wording.shortened(quote.text, _CAME)}”{more}", overflow="fold"),
        Text(wording.printable(quote.article), style="dim", overflow="fold"),
    ]
    if not result.unanswerable:
        lines.append(Text.assemble(("expected ", "dim"), _expected(result)))
    return lines


def _changes(run: Run, comparison: Comparison) -> RenderableType:
    parts: list[RenderableType] = []
    cases = {result.id: result for result in run.results}
    for name, sign, style, meaning in _CHANGES:
        ids: tuple[str, ...] = getattr(comparison, name)
        if not ids:
            continue
        parts.append(Text.assemble((f"{sign} {name}: {len(ids)}", style), (f"  {meaning}", "dim")))
        if name in ("broken", "fixed"):
            parts.extend(Padding(_changed_case(cases[key], style), (0, 0, 0, 4)) for key in ids if key in cases)
        else:
            parts.append(Padding(Text(", ".join(map(wording.printable, ids))), (0, 0, 0, 4)))
    if comparison.moved:
        parts.append(_moved(comparison))
    if significance := wording.significance(comparison):
        parts.append(Text(significance, style="dim"))
    if differences := wording.differences(comparison):
        parts.append(Text(differences, style="yellow"))
    return Group(*parts) if parts else Text("Nothing changed", style="green")


def _changed_case(result: CaseResult, style: str) -> Text:
    line = Text(wording.printable(result.id), style=style)
    return line.append(f"  {wording.printable(result.question)}", style="not bold default")


def _moved(comparison: Comparison) -> Table:
    table = Table("score that moved", box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
    for name in ("baseline", "now", "change"):
        table.add_column(name, justify="right")
    for change in comparison.moved:
        before, now = wording.value(change.name, change.before), wording.value(change.name, change.now)
        table.add_row(Text(change.name), Text(before, style="dim"), Text(now, style="bold"), wording.difference(change))
    return table


def _verdict_style(run: Run, comparison: Comparison | None, tolerance: int) -> str:
    if wording.gate_fails(run, comparison, tolerance):
        return "bold red"
    return "bold green" if comparison is not None or all(result.passed for result in run.results) else "bold"
