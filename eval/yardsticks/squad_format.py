"""Data sets in the format of SQuAD 1.1 and 2.0 -> one article a paragraph, and the questions about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from eval.article_split import is_kept_from_training
from eval.cases import CaseError
from eval.yardsticks.data_files import Published, Words, checked, parsed, text_of
from index.article import Article
from index.errors import QuestionError
from rag.answer import Question

HELD_OUT_SHARE: Final = 0.5
"""Share of the articles of a file that the reader model is not trained on."""

LAYOUT: Final = "give one .json file in the format of SQuAD 2.0, or a folder of them"


class _Answer(Published):
    text: Words


class _Asked(Published):
    id: Words
    question: Words
    answers: tuple[_Answer, ...] = ()
    is_impossible: bool | None = None


class _Paragraph(Published):
    context: Words
    qas: tuple[_Asked, ...]


class _Entry(Published):
    title: Words = ""
    paragraphs: tuple[_Paragraph, ...]


class _File(Published):
    data: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question that was written for one paragraph.

    `paragraph`: the article that is this paragraph alone; `answers`: texts of which each is a right
    answer, none for a question that the paragraph does not answer.
    """

    id: str
    text: str
    paragraph: Article
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SquadData:
    """Paragraphs as articles, each with a `source` of its own, and the questions in the order of the files."""

    articles: tuple[Article, ...]
    questions: tuple[SquadQuestion, ...]

    def held_out(self) -> SquadData:
        """All its paragraphs, and the questions on articles that the reader model is not trained on.

        Raises CaseError when there are none.
        """
        questions = tuple(asked for asked in self.questions if is_held_out_paragraph(asked.paragraph))
        if not questions:
            raise CaseError("no question is on an article that is held out from training: ask all of them")
        return replace(self, questions=questions)


def is_held_out_paragraph(paragraph: Article) -> bool:
    """Whether the reader model is not trained on the article of this paragraph; its title decides."""
    return is_kept_from_training(paragraph.title or "", HELD_OUT_SHARE)


def load_squad(data: Path) -> SquadData:
    """The data set in a file, or in the .json files of a folder in the order of their names.

    Raises CaseError with the file and the place in it for what is missing, malformed or doubled.
    """
    articles: list[Article] = []
    questions: dict[str, SquadQuestion] = {}
    for file in _files(data):
        for place, title, paragraph in _paragraphs(file):
            key = f"{len(articles) + 1:06}"
            if not paragraph.context.strip():
                raise CaseError(f"{place}: the paragraph is empty")
            article = Article(f"squad:{key}", paragraph.context, title or None, source=key)
            articles.append(article)
            for number, asked in enumerate(paragraph.qas):
                question = _question(asked, article, f"{place}.qas.{number}")
                if question.id in questions:
                    raise CaseError(f"{place}.qas.{number}: the id {question.id!r} is taken by an earlier question")
                questions[question.id] = question
    if not questions:
        raise CaseError(f"{str(data)!r} holds no questions: {LAYOUT}")
    return SquadData(tuple(articles), tuple(questions.values()))


def _files(data: Path) -> list[Path]:
    if data.is_dir():
        files = sorted(file for file in data.glob("*.json") if file.is_file())
        if not files:
            raise CaseError(f"the folder {str(data)!r} has no .json file: {LAYOUT}")
        return files
    if not data.exists():
        raise CaseError(f"{str(data)!r} is not there: {LAYOUT}")
    return [data]


def _paragraphs(file: Path) -> Iterator[tuple[str, str, _Paragraph]]:
    stored = checked(_File, parsed(text_of(file), file), str(file))
    for number, entry in enumerate(stored.data):
        title = " ".join(entry.title.replace("_", " ").split())
        for position, paragraph in enumerate(entry.paragraphs):
            yield f"{file}: data.{number}.paragraphs.{position}", title, paragraph


def _question(asked: _Asked, paragraph: Article, place: str) -> SquadQuestion:
    answers = tuple(dict.fromkeys(answer.text for answer in asked.answers if answer.text.strip()))
    if bool(answers) == bool(asked.is_impossible):
        problem = "has answers and is marked impossible" if answers else "has no answer and is not marked impossible"
        raise CaseError(f"{place}: the question {asked.id!r} {problem}")
    try:
        text = Question(asked.question).text
    except QuestionError as error:
        raise CaseError(f"{place}: {error}") from error
    return SquadQuestion(asked.id, text, paragraph, answers)
