"""The verb `pullquote eval`, an entry point of the command line: eval may import service, never the other way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

_HERE: Final = Path(__file__).parent


def evaluate(
    cases: Annotated[Path, typer.Option(help="Cases, one JSON object a line.")] = _HERE / "cases" / "shipped.jsonl",
    articles: Annotated[Path, typer.Option(help="Folder of the articles that the cases are about.")] = _HERE
    / "articles",
    baseline: Annotated[
        Path | None, typer.Option(help="Results to compare with; by default the committed ones of the cases.")
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Show what changed, then take these results as the baseline.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Ask the cases and compare with the baseline; exit status 1 when a case that passed there fails."""
    from rich.console import Console

    from eval.baseline import compare, load_baseline, save_baseline
    from eval.cases import load_cases
    from eval.report import as_json as report_as_json
    from eval.report import print_report
    from eval.runner import library_of, run
    from service.settings import load_settings

    file = baseline or _HERE / "baselines" / f"{cases.stem}.json"
    loaded = load_cases(cases)
    errors = Console(stderr=True)
    with errors.status("adding the articles") as status, library_of(articles, load_settings()) as answerer:
        results = run(loaded, answerer, articles, lambda done, total: status.update(f"case {done} of {total}"))
    known = load_baseline(file) if file.is_file() or (baseline and not update_baseline) else None
    comparison = compare(results, known) if known is not None else None
    if as_json:
        print(report_as_json(results, comparison))
    else:
        print_report(Console(), results, comparison)
    if update_baseline:
        save_baseline(file, results)
        errors.print(f"baseline written: {file}", markup=False, highlight=False)
    elif comparison is None:
        errors.print(f"no baseline at {file}: --update-baseline makes one", markup=False, highlight=False)
    elif comparison.broken:
        raise typer.Exit(1)
