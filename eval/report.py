"""Results as a person or a program reads them: tables on the terminal, or JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.baseline import Comparison
from eval.metrics import CaseResult, summary


def print_report(console: Console, results: Sequence[CaseResult], comparison: Comparison | None) -> None:
    """Scores, passes by tag, the cases that failed, and what changed since the baseline."""
    passed = sum(result.passed for result in results)
    console.print(Text(f"{passed} of {len(results)} cases pass", style="bold"))
    console.print(_scores(results))
    console.print(_tags(results))
    failed = [result for result in results if not result.passed]
    if failed:
        console.print(_failed(failed))
    if comparison:
        for name, ids in asdict(comparison).items():
            if ids:
                console.print(Text(f"{name}: {', '.join(ids)}", style="bold red" if name == "broken" else ""))


def as_json(results: Sequence[CaseResult], comparison: Comparison | None) -> str:
    """The same as one JSON object."""
    report = {
        "scores": summary(results),
        "comparison": asdict(comparison) if comparison else None,
        "cases": [{**asdict(result), "passed": result.passed} for result in results],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _scores(results: Sequence[CaseResult]) -> Table:
    table = Table("score", "value", box=None, header_style="bold")
    for name, value in summary(results).items():
        table.add_row(
            name, "none eligible" if value is None else f"{value:.1f}" if name == "median ms" else f"{value:.3f}"
        )
    return table


def _tags(results: Sequence[CaseResult]) -> Table:
    by_tag: dict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        for tag in result.tags:
            by_tag[tag].append(result)
    table = Table("tag", "pass", "of", box=None, header_style="bold")
    for tag, tagged in sorted(by_tag.items()):
        table.add_row(tag, str(sum(result.passed for result in tagged)), str(len(tagged)))
    return table


def _failed(failed: Sequence[CaseResult]) -> Table:
    table = Table("failed case", "question", "what came", box=None, header_style="bold")
    for result in failed:
        came = result.quotes[0] if result.quotes else "silence"
        table.add_row(Text(result.id), Text(result.question), Text(came if len(came) <= 90 else came[:89] + "…"))
    return table
