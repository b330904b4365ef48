"""Cases against the articles that they are about: what could never be met is a mistake in the case."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date

from eval.cases import Case, CaseError
from eval.expectations import expectations, normalised
from index.article import Article


def check_articles_named(cases: Sequence[Case], names: Container[str], place: str) -> None:
    """Raises CaseError when a case names an article that is not among `names`."""
    for case in cases:
        if missing := [name for name in case.right_articles if name not in names]:
            raise CaseError(
                f"the case {case.id!r} names articles that are not in {place!r}: {', '.join(map(repr, missing))};"
                " a record is named file.jsonl#id"
            )


def unsatisfiable(cases: Sequence[Case], articles: Mapping[str, Article]) -> tuple[str, ...]:
    """A line for each expected value that no article can satisfy, naming case and value.

    `articles`: each by its name. An answer quotes articles, so what none of them says cannot be quoted. Where a
    case is asked as of a day, only the articles published by then count.
    """
    texts = {name: normalised(article.text) for name, article in articles.items()}
    return tuple(line for case in cases for line in _unsatisfiable(case, articles, texts))


def _unsatisfiable(case: Case, articles: Mapping[str, Article], texts: Mapping[str, str]) -> Iterator[str]:
    usable = {name: text for name, text in texts.items() if _published_by(articles[name], case.as_of)}
    by_then = f" published by {case.as_of}" if case.as_of else ""
    likely_first = sorted(usable, key=lambda name: name not in case.right_articles)
    for group in expectations(case):
        for expected in group:
            if not any(expected.met_by(usable[name]) for name in likely_first):
                yield f"case {case.id!r}: no article{by_then} says {expected.words}"
    for item in case.evidence:
        if normalised(item.text) not in texts[item.article]:
            yield f"case {case.id!r}: {item.article!r} does not say the evidence {item.text!r}"
    for name in case.right_articles:
        if name not in usable:
            yield f"case {case.id!r}: {name!r} is not known to be published by {case.as_of}"


def _published_by(article: Article, day: date | None) -> bool:
    return day is None or (article.published is not None and article.published <= day)
