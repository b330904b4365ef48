"""The command line. Heavy parts are imported where they are used, so that --help and list answer at once."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated, Final

import typer

from index.article import ArticleFilter
from index.errors import InputError, PullquoteError
from service.command_context import console, opened_answerer, opened_library, print_json, settings_for
from service.key_commands import app as key_commands
from service.maintenance import backup, doctor, migrate, rebuild, restore
from service.serve_command import serve

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

    settings = settings_for(context)
    with opened_library(settings) as library, progress("adding") as advance:
        known = KnownFacts(published.date() if published else None, source)
        report = add_given(given, library, settings, lambda done: advance(done, None), known)
    if as_json:
        print_json(AddResult.of(report))
    else:
        print_report(report, console(), console(stderr=True))
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

    settings = settings_for(context)
    with opened_library(settings) as library:
        report = FolderKeeper(library, settings, console(), console(stderr=True)).keep(folder, once=once)
    if once and report.failed:
        raise typer.Exit(FAILURE)


@app.command("list")
def list_articles(
    context: typer.Context, source: Sources = None, after: After = None, before: Before = None, as_json: Json = False
) -> None:
    """List the stored articles, newest first."""
    with opened_library(settings_for(context)) as library:
        articles = list(library.articles(_filter(source, after, before)))
    if as_json:
        from service.wire_articles import ArticleList, ArticleOut

        print_json(ArticleList(articles=[ArticleOut.of(article) for article in articles], total=len(articles)))
        return
    from service.terminal import print_articles

    print_articles(console(), articles)


@app.command()
def show(
    context: typer.Context, article_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False
) -> None:
    """Show one article: what is known about it, and its stored text."""
    with opened_library(settings_for(context)) as library:
        article = library.article(article_id)
        copies = [copy for copy in library.cluster(article.id) if copy.id != article.id]
    if as_json:
        from service.wire_articles import ArticleWithText

        print_json(ArticleWithText.with_copies(article, copies))
        return
    from service.terminal import print_article

    print_article(console(), article, copies)


@app.command()
def remove(context: typer.Context, article_ids: Annotated[list[str], typer.Argument(metavar="ID…")]) -> None:
    """Take articles out of the library."""
    with opened_library(settings_for(context)) as library:
        for article_id in article_ids:
            article = library.remove(article_id)
            console().print(f"removed {article.id} {article.name}", markup=False, highlight=False)


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
    with opened_answerer(settings_for(context)) as answerer:
        passages = answerer.search(question, limit)
    if as_json:
        from service.wire import SearchOut

        print_json(SearchOut.of(passages))
    else:
        from service.terminal import print_passages

        print_passages(console(), passages)
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
    with opened_answerer(settings_for(context)) as answerer:
        if as_json:
            from service.wire import AnswerOut

            answer = answerer.ask(question)
            print_json(AnswerOut.of(question, answer))
        else:
            from service.terminal import print_events

            answer = print_events(console(), answerer.stream(question))
    if answer.status is Status.NOT_IN_ARTICLES:
        raise typer.Exit(NOT_IN_ARTICLES)


@app.command()
def chat(context: typer.Context) -> None:
    """Ask one question after another."""
    from service.chat import run_chat

    settings = settings_for(context)
    with opened_answerer(settings) as answerer:
        with console(stderr=True).status("loading the model"):
            answerer.warm_up()
        run_chat(answerer, console(), settings.data_dir / "chat-history")


app.command()(serve)


@app.command()
def verify(
    context: typer.Context, quote: Annotated[str, typer.Argument(metavar="QUOTE")], as_json: Json = False
) -> None:
    """Tell whether words stand in an article, character for character; exit status 3 when not."""
    from service.wire import VerifyOut

    if not quote.strip():
        raise InputError("the quote is empty: give some words")
    with opened_library(settings_for(context)) as library:
        occurrences = library.occurrences(quote)
    if as_json:
        print_json(VerifyOut.of(occurrences))
    elif occurrences:
        from service.terminal import print_occurrences

        output = console()
        output.print("verbatim", style="bold green")
        print_occurrences(output, occurrences)
    else:
        console().print("not found: no article has these words, character for character", style="bold yellow")
    if not occurrences:
        raise typer.Exit(NOT_IN_ARTICLES)


app.command()(doctor)
app.command()(rebuild)
app.command()(backup)
app.command()(restore)
app.command()(migrate)
app.add_typer(key_commands, name="keys")


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
        console(stderr=True).print(f"error: {error}", style="red", markup=False, soft_wrap=True, highlight=False)
        sys.exit(BAD_USAGE if isinstance(error, InputError) else FAILURE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILURE)


def _filter(sources: list[str] | None, after: datetime | None, before: datetime | None) -> ArticleFilter:
    return ArticleFilter(tuple(sources or ()), after.date() if after else None, before.date() if before else None)
