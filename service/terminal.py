"""What a person sees on the terminal: answers, passages and articles. Article text is never read as markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from index.article import Article
from index.results import Occurrence
from rag.answer import EXTRACTIVE, Answer, Citation, Passage, Reason, Status
from rag.answer_draft import claims_made
from rag.events import AnswerMade, ClaimMade, Event, QuestionRewritten
from service.agreement_text import agreement_lines, day_in_words

_NEAREST: Final = 3
_EXCERPT: Final = 240
_CONTEXT: Final = 600

_SILENCE: Final = {
    Reason.EMPTY_LIBRARY: "There are no articles yet. Add some: pullquote add PATH",
    Reason.NO_ARTICLE_PASSES_FILTER: "No article passes the filter.",
    Reason.NOTHING_SIMILAR: "The articles do not say: nothing in them is near the question.",
    Reason.LOW_CONFIDENCE: "The articles do not say.",
    Reason.NO_CLAIM_STANDS: "The articles do not say, as far as the language model can show.",
}


_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
"""Characters that move the cursor, reorder a line or cannot be seen; U+FFFD stands for each."""


class TerminalConsole(Console):
    """A console on which no text, whoever wrote it, steers the terminal or reorders a line."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else _STEERING.sub("\ufffd", text), style, control)


Advance = Callable[[int, int | None], None]
"""Told the number done and, where it is known, the number there are."""


@contextmanager
def progress(verb: str) -> Iterator[Advance]:
    """A progress bar on standard error while something long goes on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=TerminalConsole(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_answer(console: Console, answer: Answer) -> None:
    """A whole answer: its claims with their quotes; or that there are none, and the nearest passages."""
    print_events(console, [*claims_made(answer), AnswerMade(answer)])


def print_events(console: Console, events: Iterable[Event]) -> Answer:
    """What is told of an answer, as it comes: each claim with its new quotes, then the end; returns the answer."""
    for event in events:
        match event:
            case QuestionRewritten():
                console.print(Text(f"asked as: {event.standalone_question}", style="dim"))
            case ClaimMade():
                _print_claim(console, event)
            case AnswerMade():
                _print_end(console, event.answer)
                return event.answer
            case _:
                pass
    raise AssertionError("the events ended without an answer")


def _print_claim(console: Console, made: ClaimMade) -> None:
    """The claim in the model's words and the quotes below it; a quote that is the claim itself stands alone."""
    quoted = [citation.cited_text for citation in made.new_citations]
    if made.claim.text not in quoted:
        markers = "".join(f"[{position + 1}]" for position in made.claim.citations)
        console.print(Text(f"{made.claim.text} ", style="bold") + Text(markers, style="cyan") + Text("\n"))
    for number, citation in enumerate(made.new_citations, start=made.first_new + 1):
        print_citation(console, number, citation)
        console.print()


def _print_end(console: Console, answer: Answer) -> None:
    if answer.writing.degraded:
        console.print(Text(f"Without the language model's full answer: {answer.writing.degraded}", style="yellow"))
    if answer.status is Status.NOT_IN_ARTICLES:
        console.print(Text(_SILENCE[answer.reason or Reason.LOW_CONFIDENCE], style="bold yellow"))
        if answer.passages:
            console.print(Text("\nNearest passages", style="bold"))
            print_passages(console, answer.passages[:_NEAREST])
        return
    for line in agreement_lines(answer):
        console.print(Text(line, style="bold yellow" if answer.status is Status.CONFLICTING else "bold"))
    articles = len({citation.article_id for citation in answer.citations})
    summary = f"{_plural(len(answer.citations), 'quote')} from {_plural(articles, 'article')}"
    written = "" if answer.writing.writer == EXTRACTIVE else f", worded by {answer.writing.writer}"
    console.print(Text(f"{summary}, confidence {answer.confidence:.2f}{written}", style="dim"))


def print_citation(console: Console, number: int, citation: Citation) -> None:
    """One quote, the words that answer underlined, and below it where it stands."""
    quote = Text(f"“{citation.cited_text}”", style="bold")
    if citation.answer is not None:
        offset = 1 - citation.span.start
        quote.stylize("underline", citation.answer.start + offset, citation.answer.end + offset)
    quote.append(f" [{number}]", style="cyan")
    console.print(quote)
    console.print(Padding(_place(citation), (0, 0, 0, 4)))


def print_passages(console: Console, passages: Iterable[Passage]) -> None:
    """Passages with the article that each is from and its scores."""
    for number, passage in enumerate(passages, start=1):
        head = Text(f"{number}. ", style="cyan")
        head.append(_described(passage.article), style="bold")
        similarity = "-" if passage.similarity is None else f"{passage.similarity:.2f}"
        bm25 = "-" if passage.bm25 is None else f"{passage.bm25:.1f}"
        head.append(f"  similarity {similarity}, BM25 {bm25}", style="dim")
        console.print(head)
        console.print(Padding(Text(_shortened(passage.text)), (0, 0, 0, 3)))


def print_articles(console: Console, articles: Iterable[Article]) -> None:
    """A table of articles, one a row; where there are none, how to add some."""
    articles = list(articles)
    if not articles:
        console.print(Text("no articles: pullquote add PATH", style="yellow"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "published", "source", "title"):
        table.add_column(name, overflow="fold" if name == "title" else "ellipsis", no_wrap=name != "title")
    for article in articles:
        table.add_row(
            Text(article.id, style="cyan"),
            Text(_day(article.published)),
            Text(article.source or "unknown"),
            Text(article.name),
        )
    console.print(table)


def print_article(console: Console, article: Article, copies: Iterable[Article] = ()) -> None:
    """What is known about an article, the articles that print nearly the same text, and its text."""
    facts = Table.grid(padding=(0, 2))
    known = (
        ("id", article.id),
        ("author", article.author),
        ("source", article.source),
        (
            "published",
            f"{_day(article.published)}{f' (from {article.published_from})' if article.published_from else ''}",
        ),
        ("url", article.url),
        ("origin", article.origin),
        ("sha256", article.sha256),
    )
    for name, value in known:
        facts.add_row(Text(name, style="dim"), Text(value or "unknown"))
    for copy in copies:
        facts.add_row(Text("same story", style="dim"), Text(f"{copy.id} {_described(copy)}"))
    console.print(Text(article.name, style="bold"))
    console.print(facts)
    console.print(Text(f"\n{article.text}"))


def print_in_context(console: Console, citation: Citation) -> None:
    """A quote among the words around it."""
    text, span = citation.article.text, citation.span
    start, end = max(0, span.start - _CONTEXT), min(len(text), span.end + _CONTEXT)
    shown = Text("… " if start else "")
    shown.append(text[start : span.start])
    shown.append(citation.cited_text, style="bold reverse")
    shown.append(text[span.end : end])
    shown.append(" …" if end < len(text) else "")
    console.print(Padding(_place(citation), (0, 0, 1, 0)))
    console.print(shown)


def print_occurrences(console: Console, occurrences: Iterable[Occurrence]) -> None:
    """Every place where verified words stand."""
    for number, occurrence in enumerate(occurrences, start=1):
        line = Text(f"{number}. ", style="cyan")
        console.print(line + _place(Citation(occurrence.article, occurrence.span)))


def _place(citation: Citation) -> Text:
    place = Text(_described(citation.article))
    place.append(f" · {citation.article_id} {citation.start_char_index}–{citation.end_char_index}", style="dim")
    if citation.url:
        link = citation.link or citation.url
        # other schemes would open a file or run a script, and other characters end the terminal's link
        leads_to_page = link.startswith(("http://", "https://")) and link.isprintable()
        place.append(f"\n{citation.url}", Style(color="blue", link=link if leads_to_page else None))
    return place


def _described(article: Article) -> str:
    facts = (article.name, article.source, _day(article.published) if article.published else "date unknown")
    return " · ".join(fact for fact in facts if fact)


def _day(day: date | None) -> str:
    return day_in_words(day) if day else "unknown"


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _EXCERPT else flat[:_EXCERPT].rsplit(" ", 1)[0] + " …"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
