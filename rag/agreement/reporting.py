"""Who says what: the values of an answer and of its conflicts, each with its quotes and its sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from index.article import Article, ArticleFilter, Span
from index.errors import UnknownArticleError
from index.library import Library
from rag.agreement.comparison import Agreement
from rag.agreement.statements import Statement
from rag.agreement.values import DateValue
from rag.answer import Answer, Citation, Sources, StatedValue, Status
from rag.reading import ScoredSentence
from rag.time_expressions.interval import DateInterval

_WORD: Final = re.compile(r"\w+")
_QUOTES: Final = 5
_DIFFERING: Final = 5


def sources_of(citations: Iterable[Citation], library: Library, allowed: ArticleFilter) -> Sources:
    """How many articles print one of these quotes, copies of a story counted, and how many clusters they are of.

    Copies count that may answer: those that `allowed` lets pass. An article that has just been removed is one alone.
    """
    quoted: dict[str, list[Citation]] = {}
    for citation in citations:
        quoted.setdefault(citation.article_id, []).append(citation)
    clusters = {key: key for key in quoted} | library.clusters(quoted)
    usable = set(library.catalogue.article_ids(allowed)) if allowed else None
    printed = set(quoted)
    for key, said in quoted.items():
        try:
            members = library.cluster(key)
        except UnknownArticleError:
            continue
        copies = (member for member in members if usable is None or member.id in usable)
        printed |= {copy.id for copy in copies if any(_prints(copy, citation.cited_text) for citation in said)}
    return Sources(len(printed), len(set(clusters.values())))


def quotes(shown: Sequence[ScoredSentence], agreement: Agreement) -> list[Citation]:
    """What an answer quotes, in this order: the answer, the best sentences, who agrees, who differs.

    No more than five before those that differ, and one for each of up to five values that differ. A date that cannot
    be resolved is among those that agree: nothing speaks against it.
    """
    differing = [group[0] for group in agreement.differing[:_DIFFERING]]
    apart = [each.sentence for group in (*agreement.differing, agreement.superseded) for each in group]
    stated = {_place(each.sentence): each for each in (*agreement.agreeing, *agreement.unresolved, *differing)}
    sentences = [
        *(each.sentence for each in agreement.agreeing[:1]),
        *(sentence for sentence in shown if sentence not in apart),
        *(each.sentence for each in (*agreement.agreeing[1:], *agreement.unresolved)),
    ]
    first = list({_place(sentence): sentence for sentence in sentences}.values())[:_QUOTES]
    return [
        citation_of(stated[place]) if (place := _place(sentence)) in stated else _quote(sentence)
        for sentence in (*first, *(each.sentence for each in differing))
    ]


def conflicting_quotes(agreement: Agreement) -> list[Citation]:
    """A quote for each value that disagrees, five at most."""
    return [citation_of(group[0]) for group in agreement.differing[:_DIFFERING]] if agreement.exclusive else []


def with_sources(answer: Answer, agreement: Agreement, library: Library, allowed: ArticleFilter) -> Answer:
    """`answer` with who gives it and, where only one value can be right, with what independent sources give instead.

    `allowed`: the articles that may answer. Every value has a quote: one that none of the answer's gives is left out.
    """
    conflicts: tuple[StatedValue, ...] = ()
    if agreement.exclusive:
        values = (
            _stated_values(group, answer.citations, library, allowed) for group in agreement.differing[:_DIFFERING]
        )
        conflicts = tuple(value for group in values for value in group[:1])
    said = [citation_of(each) for each in agreement.agreeing] or answer.citations
    return replace(
        answer,
        status=Status.CONFLICTING if conflicts else answer.status,
        sources=sources_of(said, library, allowed),
        values=_stated_values((*agreement.agreeing, *agreement.unresolved), answer.citations, library, allowed),
        conflicts=conflicts,
    )


def _stated_values(
    statements: Sequence[Statement], citations: Sequence[Citation], library: Library, allowed: ArticleFilter
) -> tuple[StatedValue, ...]:
    """The different values of `statements`, in their order; `citations`: those of the answer, which quote them."""
    groups: dict[str, list[Statement]] = {}
    for each in statements:
        groups.setdefault(_text(each), []).append(each)
    stated = (_stated(text, group, citations, library, allowed) for text, group in groups.items())
    return tuple(value for value in stated if value.citations)


def citation_of(statement: Statement) -> Citation:
    """The quote that gives a value, the words for it marked as what answers."""
    return Citation(statement.sentence.article, statement.sentence.span, statement.words)


def _quote(sentence: ScoredSentence) -> Citation:
    return Citation(sentence.article, sentence.span, sentence.answer)


def _place(sentence: ScoredSentence) -> tuple[str, Span]:
    return sentence.article.id, sentence.span


def _stated(
    text: str, group: Sequence[Statement], citations: Sequence[Citation], library: Library, allowed: ArticleFilter
) -> StatedValue:
    first, interval = group[0], _interval(group[0])
    places = [(each.sentence.article.id, each.sentence.span) for each in group]
    return StatedValue(
        text,
        first.text,
        interval.earliest if interval else None,
        interval.latest if interval else None,
        first.relative,
        first.sentence.article.published if first.relative else None,
        tuple(number for number, one in enumerate(citations) if (one.article_id, one.span) in places),
        sources_of(map(citation_of, group), library, allowed),
    )


def _text(statement: Statement) -> str:
    interval = _interval(statement)
    return str(interval) if interval else statement.text


def _interval(statement: Statement) -> DateInterval | None:
    return statement.value.interval if isinstance(statement.value, DateValue) else None


def _prints(article: Article, quote: str) -> bool:
    """Whether an article has the words of a quote; marks and spaces may differ."""
    return f" {' '.join(_WORD.findall(quote.casefold()))} " in f" {' '.join(_WORD.findall(article.text.casefold()))} "
