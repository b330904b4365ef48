"""Question-answering data -> worlds: articles for one library, and questions that are asked of it in several ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Final

from eval.training.records import Record, is_held_out, load_records
from eval.yardsticks.squad_format import SquadQuestion, is_held_out_paragraph, load_squad
from index.article import Article, Span

_PARAGRAPH_BREAK: Final = "\n\n"
_WHOLE_SIZES: Final = (1, 1, 1, 1, 1, 1, 1, 2, 3, 6)
_LINE_SIZES: Final = (25, 50, 75, 150)
"""Articles a world: a reader must know small libraries from large ones, where more terms are rare."""


class Asked(StrEnum):
    """How a question is asked, which decides whether it can be answered."""

    ANSWERABLE = "with an answer"
    ANSWER_REMOVED = "answer's passage taken away"
    ARTICLE_REMOVED = "article shut out"
    IMPOSSIBLE = "written to have none"


class Setting(StrEnum):
    """What a library of a world is like."""

    OPEN = "every paragraph an article"
    WHOLE = "one or a few whole articles"
    LINES = "unrelated paragraphs"


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, the article and the places in its text that answer it, and how it is asked.

    `group`: what its article is about; questions of one group are never both fitted on and tried.
    """

    text: str
    source: str
    gold: tuple[Span, ...]
    asked: Asked
    setting: Setting
    group: str


@dataclass(frozen=True, slots=True)
class World:
    """Articles for one library, each with a `source` of its own, and questions to ask of it."""

    articles: tuple[Article, ...]
    questions: tuple[LabelledQuestion, ...]


def open_world(file: Path, every: int, chosen: Callable[[Article], bool] = is_held_out_paragraph) -> World:
    """All paragraphs of a SQuAD file in one library, each an article, with every n-th question as it was written.

    Asked is about `chosen` paragraphs alone: the reader model was trained on the others.
    """
    data = load_squad(file)
    questions = [
        LabelledQuestion(
            asked.text,
            asked.paragraph.source or "",
            tuple(_places(asked.answers, asked.paragraph.text)),
            Asked.ANSWERABLE if asked.answers else Asked.IMPOSSIBLE,
            Setting.OPEN,
            asked.paragraph.title or "",
        )
        for asked in [asked for asked in data.questions if chosen(asked.paragraph)][::every]
    ]
    return World(data.articles, tuple(questions))


def whole_worlds(
    file: Path,
    every: int,
    sizes: Sequence[int] = _WHOLE_SIZES,
    chosen: Callable[[Article], bool] = is_held_out_paragraph,
) -> Iterator[World]:
    """The articles of a SQuAD file, paragraphs joined, in worlds of `sizes` articles, with every n-th question.

    Of the articles only `chosen` ones are taken, as in `open_world`.
    """
    data = load_squad(file)
    by_paragraph: dict[str, list[SquadQuestion]] = {}
    for asked in [asked for asked in data.questions if chosen(asked.paragraph)][::every]:
        by_paragraph.setdefault(asked.paragraph.id, []).append(asked)
    pairs: list[tuple[Article, list[LabelledQuestion]]] = []
    for title, paragraphs in groupby(filter(chosen, data.articles), key=lambda article: article.title or ""):
        texts: list[str] = []
        questions: list[LabelledQuestion] = []
        for paragraph in paragraphs:
            start = sum(len(text) + len(_PARAGRAPH_BREAK) for text in texts)
            for asked in by_paragraph.get(paragraph.id, ()):
                gold = [Span(start + a, start + b) for a, b in _bounds(asked.answers, paragraph.text)]
                questions.extend(_in_each_way(asked.text, title, gold, Setting.WHOLE, title))
            texts.append(paragraph.text)
        pairs.append((Article(title, _PARAGRAPH_BREAK.join(texts), title, source=title), questions))
    yield from _dealt(pairs, sizes)


def line_worlds(
    file: Path, sizes: Sequence[int] = _LINE_SIZES, chosen: Callable[[Record], bool] = is_held_out
) -> Iterator[World]:
    """The texts of a .jsonl.gz file, as many as `sizes` add up to, each an article with its questions.

    Only `chosen` records are taken: the reader model was trained on the others, and knows them better than news.
    """
    pairs: dict[str, tuple[Article, list[LabelledQuestion]]] = {}
    for record in filter(chosen, load_records([file])):
        context, title = _untokenised(record.context), _untokenised(record.title)
        if context not in pairs and len(pairs) == sum(sizes):
            break
        source = f"{title} {len(pairs)}"
        article, questions = pairs.setdefault(context, (Article(source, context, title, source=source), []))
        gold = list(_places([_untokenised(record.answer_text)], context))
        if gold:
            group = title or article.source or ""
            questions.extend(_in_each_way(record.question, article.source or "", gold, Setting.LINES, group))
    yield from _dealt(list(pairs.values()), sizes)


def _dealt(pairs: Sequence[tuple[Article, list[LabelledQuestion]]], sizes: Sequence[int]) -> Iterator[World]:
    start = 0
    for size in sizes:
        part = pairs[start : start + size]
        start += size
        yield World(
            tuple(article for article, _ in part), tuple(question for _, questions in part for question in questions)
        )


def _in_each_way(
    text: str, source: str, gold: Collection[Span], setting: Setting, group: str
) -> Iterator[LabelledQuestion]:
    ways = (Asked.ANSWERABLE, Asked.ANSWER_REMOVED, Asked.ARTICLE_REMOVED) if gold else (Asked.IMPOSSIBLE,)
    question = LabelledQuestion(text, source, tuple(gold), Asked.IMPOSSIBLE, setting, group)
    yield from (replace(question, asked=asked) for asked in ways)


def _places(answers: Iterable[str], text: str) -> Iterator[Span]:
    return (Span(start, end) for start, end in _bounds(answers, text))


def _bounds(answers: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """Where each of the answers begins and ends in `text`, as often as it stands there."""
    for answer in dict.fromkeys(answers):
        start = text.find(answer)
        while answer and start >= 0:
            yield start, start + len(answer)
            start = text.find(answer, start + 1)


def _untokenised(text: str) -> str:
    """Text with the spaces that a tokenizer put around punctuation taken out."""
    text = re.sub(r" ([,.;:?!%)\]]|'s\b|n't\b)", r"\1", re.sub(r"([(\[$]) ", r"\1", text))
    return text.replace(" - ", "-").replace("`` ", '"').replace(" ''", '"')
