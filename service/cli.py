"""The command line. Heavy parts are imported where they are used, so that --help and list answer at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from index.article import ArticleFilter
from index.errors import InputError, PullquoteError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

    from index.library import Library
    from rag.pipeline import QuestionAnswerer
    from service.settings import Settings

FAILURE: Final = 1
BAD_USAGE: Final = 2
NOT_IN_ARTICLES: Final = 3

app = typer.Typer(
    name="pullquote",
    help="Ask a pile of news articles; get answers made of verbatim quotes.",
    epilog="Exit status: 0 answered or conflicting, 3 not in the articles, 2 bad usage, 1 failure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only articles of this outlet; may be repeated.")]
After = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only articles published on this day or later.")
]
Before = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only articles published on this day or earlier.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Answer from what had been published by this day, as if it were today."),
]


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the library, instead of the setting.")] = None,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """What holds for every command."""
    if show_version:
        print(f"pullquote {version('pullquote')}")
        raise typer.Exit
    context.obj = data_dir


@app.command()
def add(
    context: typer.Context,
    given: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Files, folders, addresses; - is text from standard input.")
    ],
    published: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of publication, where an article does not say.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Outlet, where an article does not say.")] = None,
    as_json: Json = False,
) -> None:
    """Add articles: .txt .md .html .pdf .json .jsonl, folders of them, addresses of pages, feeds and sitemaps."""
    from service.adding import KnownFacts, add_given, print_report
    from service.terminal import progress
    from service.wire_articles import AddResult

    settings = _settings(context)
    with _library(settings) as library, progress("adding") as advance:
        known = KnownFacts(published.date() if published else None, source)
        report = add_given(given, library, settings, lambda done: advance(done, None), known)
    if as_json:
        _print_json(AddResult.of(report))
    else:
        print_report(report, _console(), _console(stderr=True))
    if report.failed or not (report.added or report.replaced or report.unchanged):
        raise typer.Exit(FAILURE)


@app.command()
def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
    once: Annotated[bool, typer.Option("--once", help="Go through the folder once, and leave.")] = False,
) -> None:
    """Add the files of a folder as they appear and change, until interrupted; nothing is removed."""
    from service.watching import FolderKeeper

    settings = _settings(context)
    with _library(settings) as library:
        report = FolderKeeper(library, settings, _console(), _console(stderr=True)).keep(folder, once=once)
    if once and report.failed:
        raise typer.Exit(FAILURE)


@app.command("list")
def list_articles(
    context: typer.Context, source: Sources = None, after: After = None, before: Before = None, as_json: Json = False
) -> None:
    """List the stored articles, newest first."""
    with _library(_settings(context)) as library:
        articles = list(library.articles(_filter(source, after, before)))
    if as_json:
        from service.wire_articles import ArticleList, ArticleOut

        _print_json(ArticleList(articles=[ArticleOut.of(article) for article in articles], total=len(articles)))
        return
    from service.terminal import print_articles

    print_articles(_console(), articles)


@app.command()
def show(
    context: typer.Context, article_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False
) -> None:
    """Show one article: what is known about it, and its stored text."""
    with _library(_settings(context)) as library:
        article = library.article(article_id)
        copies = [copy for copy in library.cluster(article.id) if copy.id != article.id]
    if as_json:
        from service.wire_articles import ArticleWithText

        _print_json(ArticleWithText.with_copies(article, copies))
        return
    from service.terminal import print_article

    print_article(_console(), article, copies)


@app.command()
def remove(context: typer.Context, article_ids: Annotated[list[str], typer.Argument(metavar="ID…")]) -> None:
    """Take articles out of the library."""
    with _library(_settings(context)) as library:
        for article_id in article_ids:
            article = library.remove(article_id)
            _console().print(f"removed {article.id} {article.name}", markup=False, highlight=False)


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="Q")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many passages.")] = 8,
    source: Sources = None,
    after: After = None,
    before: Before = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Find the passages nearest to some words."""
    from rag.answer import Question

    question = Question(query, _filter(source, after, before), as_of=as_of.date() if as_of else None)
    with _answerer(_settings(context)) as answerer:
        passages = answerer.search(question, limit)
    if as_json:
        from service.wire import SearchOut

        _print_json(SearchOut.of(passages))
    else:
        from service.terminal import print_passages

        print_passages(_console(), passages)
    if not passages:
        raise typer.Exit(NOT_IN_ARTICLES)


@app.command()
def ask(
    context: typer.Context,
    words: Annotated[str, typer.Argument(metavar="Q")],
    source: Sources = None,
    after: After = None,
    before: Before = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Answer a question with quotes; exit status 3 when the articles do not say."""
    from rag.answer import Question, Status

    question = Question(words, _filter(source, after, before), as_of=as_of.date() if as_of else None)
    with _answerer(_settings(context)) as answerer:
        if as_json:
            from service.wire import AnswerOut

            answer = answerer.ask(question)
            _print_json(AnswerOut.of(question, answer))
        else:
            from service.terminal import print_events

            answer = print_events(_console(), answerer.stream(question))
    if answer.status is Status.NOT_IN_ARTICLES:
        raise typer.Exit(NOT_IN_ARTICLES)


@app.command()
def chat(context: typer.Context) -> None:
    """Ask one question after another."""
    from service.chat import run_chat

    settings = _settings(context)
    with _answerer(settings) as answerer:
        with _console(stderr=True).status("loading the model"):
            answerer.warm_up()
        run_chat(answerer, _console(), settings.data_dir / "chat-history")


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Answer over HTTP until interrupted; /docs describes the API."""
    import uvicorn

    from service.http import create_app

    settings = _settings(context, host=host, port=port)
    with _answerer(settings) as answerer:
        uvicorn.run(create_app(answerer, settings.max_body_bytes), host=settings.host, port=settings.port)


@app.command()
def verify(
    context: typer.Context, quote: Annotated[str, typer.Argument(metavar="QUOTE")], as_json: Json = False
) -> None:
    """Tell whether words stand in an article, character for character; exit status 3 when not."""
    from service.wire import VerifyOut

    if not quote.strip():
        raise InputError("the quote is empty: give some words")
    with _library(_settings(context)) as library:
        occurrences = library.occurrences(quote)
    if as_json:
        _print_json(VerifyOut.of(occurrences))
    elif occurrences:
        from service.terminal import print_occurrences

        console = _console()
        console.print("verbatim", style="bold green")
        print_occurrences(console, occurrences)
    else:
        _console().print("not found: no article has these words, character for character", style="bold yellow")
    if not occurrences:
        raise typer.Exit(NOT_IN_ARTICLES)


@app.command()
def doctor(context: typer.Context) -> None:
    """Prove that the catalogue, the vectors and the lexical index agree; exit status 1 when not."""
    with _library(_settings(context)) as library:
        problems = library.check()
        articles, chunks = library.catalogue.count()
    console = _console()
    for problem in problems:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        console.print("run pullquote rebuild to make the derived indexes again from the catalogue", style="bold")
        raise typer.Exit(FAILURE)
    agreement = f"{articles} articles, {chunks} chunks: catalogue, vectors and lexical index agree"
    console.print(agreement, style="green", highlight=False)


@app.command()
def rebuild(context: typer.Context) -> None:
    """Make chunks, vectors and lexical index again from the stored articles."""
    from service.terminal import progress

    with _library(_settings(context)) as library:
        with progress("rebuilding") as advance:
            library.rebuild(advance)
        _console().print(f"rebuilt {library.catalogue.count()[1]} chunks", highlight=False)


def main() -> None:
    """Runs the command line; every expected error is one line on standard error and an exit status."""
    for entry in entry_points(group="pullquote.commands"):
        verb = entry.load()
        if isinstance(verb, typer.Typer):
            app.add_typer(verb, name=entry.name)
        else:
            app.command(entry.name)(verb)
    try:
        app()
    except PullquoteError as error:
        _console(stderr=True).print(f"error: {error}", style="red", markup=False, soft_wrap=True, highlight=False)
        sys.exit(BAD_USAGE if isinstance(error, InputError) else FAILURE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILURE)


def _settings(context: typer.Context, **overrides: object) -> Settings:
    from service.settings import load_settings

    return load_settings(data_dir=context.obj, **overrides)


@contextmanager
def _library(settings: Settings) -> Iterator[Library]:
    from service.wiring import open_library

    library = open_library(settings)
    try:
        yield library
    finally:
        library.close()


@contextmanager
def _answerer(settings: Settings) -> Iterator[QuestionAnswerer]:
    from service.wiring import question_answerer

    with _library(settings) as library:
        yield question_answerer(settings, library)


def _filter(sources: list[str] | None, after: datetime | None, before: datetime | None) -> ArticleFilter:
    return ArticleFilter(tuple(sources or ()), after.date() if after else None, before.date() if before else None)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)


def _print_json(model: BaseModel) -> None:
    print(model.model_dump_json(indent=2))
