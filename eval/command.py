"""The verbs `pullquote eval`, `eval new` and `eval bench`: eval may import service, never the other way.

Heavy parts are imported where they are used, so that --help answers at once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from eval.baseline import Baseline, Comparison
    from eval.cases import Case, CaseError
    from eval.results import Run

_HERE: Final = Path(__file__).parent
_SHIPPED_CASES: Final = _HERE / "cases" / "shipped.jsonl"
_SHIPPED_ARTICLES: Final = _HERE / "articles"
_FAILURE: Final = 1

app = typer.Typer(
    name="eval",
    add_completion=False,
    rich_markup_mode=None,
)

Cases = Annotated[Path, typer.Option(help="Cases, one JSON object a line.", show_default="the shipped ones")]
Articles = Annotated[
    Path, typer.Option(help="Folder of the articles that the cases are about.", show_default="the shipped ones")
]


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    cases: Cases = _SHIPPED_CASES,
    articles: Articles = _SHIPPED_ARTICLES,
    baseline: Annotated[
        Path | None, typer.Option(help="Results to compare with; by default those beside the cases.")
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Show what changed, then take these results as the baseline.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Compare with a baseline that is about other articles.")
    ] = False,
    tolerance: Annotated[int, typer.Option(min=0, help="Broken cases that are let pass.")] = 0,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask every case, even if an interrupted run has asked some.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML, a test for each case.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown, for a pull request.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained HTML page with plots.")] = None,
) -> None:
    """Ask the cases and compare the results with a baseline.

    Exit status 1 when more cases broke than are tolerated, or a quote is not verbatim.
    """
    if context.invoked_subcommand:
        _refuse_options_before_a_verb(context)
        return
    from rich.console import Console

    from eval.cases import load_cases
    from eval.reports.html import as_html, check_installed
    from eval.reports.junit import as_junit
    from eval.reports.markdown import as_markdown

    if html:
        check_installed()
    file = baseline or _usual_baseline(cases)
    errors = Console(stderr=True)
    loaded = load_cases(cases)
    known = _known_baseline(file, errors, required=baseline is not None, update=update_baseline)
    found = _run(loaded, articles, errors, fresh=fresh)
    comparison, refusal = _compared(found, known, force=force or update_baseline)
    _print(found, comparison, errors, tolerance=tolerance, as_json=as_json)
    _write(junit, lambda: as_junit(found, comparison, suite=cases.stem))
    _write(markdown, lambda: as_markdown(found, comparison, tolerance))
    _write(html, lambda: as_html(found, comparison, tolerance))
    if refusal:
        raise refusal
    _decide(found, comparison, file, errors, tolerance=tolerance, update=update_baseline)


@app.command("new")
def new(
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    cases: Cases = _SHIPPED_CASES,
    articles: Articles = _SHIPPED_ARTICLES,
) -> None:
    """Ask a question, and write a case from the answer as you accept or correct it; exit status 1 if you give up."""
    from rich.console import Console

    from eval.case_writing import write_case
    from service.settings import load_settings

    console = Console()
    if write_case(question, cases, articles, load_settings(), console, input) is None:
        raise typer.Exit(_FAILURE)


@app.command("bench")
def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="squad (or squad2), beir (or scifact), dates.")],
    data: Annotated[Path, typer.Option(help="File or folder of the data set.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many questions, spread evenly.")] = None,
    split: Annotated[str, typer.Option(help="Which judgements of a BEIR folder to use.")] = "test",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Ask only about articles that the reader model is not trained on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure on a public data set: one of the format of SQuAD 2.0 or BEIR, or tagged time expressions."""
    from rich.console import Console

    from eval.yardsticks.bench import bench_as_json, measure, print_bench
    from service.settings import load_settings

    with Console(stderr=True).status(name) as status:
        report = measure(
            name,
            data,
            load_settings(),
            limit,
            lambda step, done, total: status.update(f"{step}: {done:,} of {total:,}"),
            split,
            held_out=held_out,
        )
    if as_json:
        print(bench_as_json(report))
    else:
        print_bench(Console(), report)


def _refuse_options_before_a_verb(context: typer.Context) -> None:
    """An option of the eval before `new` or `bench` would be passed over in silence."""
    sources = ((name, context.get_parameter_source(name)) for name in context.params)
    given = [name for name, source in sources if source and source.name == "COMMANDLINE"]
    if given:
        option = f"--{given[0].removeprefix('as_').replace('_', '-')}"
        raise typer.BadParameter(f"give it behind `eval {context.invoked_subcommand}`", param_hint=option)


def _usual_baseline(cases: Path) -> Path:
    """The committed baseline of cases that are shipped; of others, the file beside them."""
    if cases.resolve().parent == _SHIPPED_CASES.parent:
        return _HERE / "baselines" / f"{cases.stem}.json"
    return cases.with_suffix(".baseline.json")


def _run(cases: list[Case], articles: Path, errors: Console, *, fresh: bool) -> Run:
    from eval.journal import Journal, journal_folder
    from eval.results import Fingerprint
    from eval.runner import library_of, run
    from service.settings import load_settings

    def opened(fingerprint: Fingerprint) -> Journal:
        journal = Journal(journal_folder(), fingerprint, fresh=fresh)
        if journal.problem:
            _say(errors, f"warning: {journal.problem}")
        if journal.results:
            done = f"{len(journal.results)} of {len(cases)} cases"
            _say(errors, f"going on from an interrupted run, {done} are done: --fresh asks all of them")
        return journal

    with errors.status("adding the articles") as status, library_of(articles, load_settings()) as answerer:
        return run(cases, answerer, articles, lambda done, total: status.update(f"case {done} of {total}"), opened)


def _known_baseline(file: Path, errors: Console, *, required: bool, update: bool) -> Baseline | None:
    """The baseline, if there is one. One of another schema may be replaced; anything else may not."""
    from eval.baseline import BaselineSchemaError, load_baseline

    if not file.is_file() and (update or not required):
        return None
    try:
        return load_baseline(file)
    except BaselineSchemaError as error:
        if not update:
            raise
        _say(errors, f"nothing to compare with: {error}")
        return None


def _compared(found: Run, known: Baseline | None, *, force: bool) -> tuple[Comparison | None, CaseError | None]:
    """The comparison, or why there is none: the results are worth seeing before that is said."""
    from eval.baseline import compare
    from eval.cases import CaseError

    try:
        return (compare(found, known, force=force) if known else None), None
    except CaseError as error:
        return None, error


def _print(found: Run, comparison: Comparison | None, errors: Console, *, tolerance: int, as_json: bool) -> None:
    from rich.console import Console

    if as_json:
        from eval.reports.json_report import as_json as json_text

        for line in found.warnings:
            _say(errors, f"warning: {line}")
        print(json_text(found, comparison))
    else:
        from eval.reports.terminal import print_report

        print_report(Console(), found, comparison, tolerance)


def _write(file: Path | None, text: Callable[[], str]) -> None:
    from eval.cases import CaseError

    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(), encoding="utf-8")
    except OSError as error:
        raise CaseError(f"the report {str(file)!r} cannot be written: {error.strerror or error}") from error


def _decide(
    found: Run, comparison: Comparison | None, file: Path, errors: Console, *, tolerance: int, update: bool
) -> None:
    """Takes the results as the baseline if they may be, or leaves with the exit status of the gate."""
    from eval.baseline import save_baseline

    if not all(quote.verbatim for result in found.results for quote in result.quotes):
        _say(errors, "error: a quote is not a copy of the stored text; nothing excuses that")
        raise typer.Exit(_FAILURE)
    if update:
        save_baseline(file, found)
        _say(errors, f"baseline written: {file}")
    elif comparison is None:
        _say(errors, f"no baseline at {file}: --update-baseline makes one")
    elif comparison.regression(tolerance):
        raise typer.Exit(_FAILURE)


def _say(errors: Console, line: str) -> None:
    errors.print(line, markup=False, highlight=False, soft_wrap=True)
