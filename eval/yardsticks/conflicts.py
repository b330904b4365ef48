"""Asks questions of documents that disagree: is every right answer shown, is misinformation named or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eval.expectations import normalised
from eval.yardsticks.asking import count_verbatim
from eval.yardsticks.conflicts_format import ConflictData, ConflictQuestion
from eval.yardsticks.report import Count, Section
from eval.yardsticks.scores import mean_score
from index.article import ArticleFilter
from rag.answer import Question, Status
from rag.pipeline import QuestionAnswerer
from service.wire import AnswerOut

_EVEN: Final = "even-numbered questions"
_ODD: Final = "odd-numbered questions"


@dataclass(frozen=True, slots=True)
class ConflictResult:
    """What one question brought: how many of its `gold` and `wrong` answers are quoted, and what the answer is called.

    `checked`, `verbatim`: citations compared with the stored text, and those that equal it.
    """

    id: str
    gold: int
    gold_shown: int
    wrong: int
    wrong_shown: int
    answered: bool
    conflicting: bool
    checked: int
    verbatim: int

    @property
    def all_gold(self) -> bool:
        """Whether every right answer is quoted."""
        return self.gold_shown == self.gold

    @property
    def misled(self) -> bool:
        """Whether misinformation is quoted, and not as one side of a conflict."""
        return self.wrong_shown > 0 and not self.conflicting

    @property
    def right(self) -> bool:
        """Whether every right answer is quoted, and misinformation is named as a conflict or left out."""
        return self.all_gold and not self.misled


def conflict_result(answerer: QuestionAnswerer, asked: ConflictQuestion) -> ConflictResult:
    """Asks a question of its documents. Raises LibraryError or ModelError when the library cannot be searched."""
    question = Question(asked.text, ArticleFilter(sources=(asked.source,)))
    answer = AnswerOut.of(question, answerer.answer(answerer.examine(question)))
    quoted = normalised(" ".join(citation.cited_text for citation in answer.citations))
    return ConflictResult(
        id=asked.id,
        gold=len(asked.gold),
        gold_shown=sum(normalised(words) in quoted for words in asked.gold),
        wrong=len(asked.wrong),
        wrong_shown=sum(normalised(words) in quoted for words in asked.wrong),
        answered=bool(answer.citations),
        conflicting=answer.status == Status.CONFLICTING.value,
        checked=len(answer.citations),
        verbatim=count_verbatim(answerer.library, answer.citations),
    )


def conflict_counts(data: ConflictData, results: Sequence[ConflictResult]) -> tuple[Count, ...]:
    """How large the data set is, and how many citations were compared."""
    return (
        Count("documents", len(data.articles)),
        Count("documents without words, left out", data.wordless),
        Count("questions in the data", len(data.questions)),
        Count("questions asked", len(results)),
        Count("of them with misinformation", sum(result.wrong > 0 for result in results)),
        Count("citations compared", sum(result.checked for result in results)),
        Count("of them verbatim", sum(result.verbatim for result in results)),
    )


def conflict_sections(results: Sequence[ConflictResult]) -> tuple[Section, ...]:
    """The scores over all questions, by how many right answers there are, and by halves of the file."""
    parts = (
        ("all questions", results),
        ("one right answer", [result for result in results if result.gold == 1]),
        ("several right answers", [result for result in results if result.gold > 1]),
        (_EVEN, [result for result in results if int(result.id) % 2 == 0]),
        (_ODD, [result for result in results if int(result.id) % 2 == 1]),
    )
    return tuple(_section(title, part) for title, part in parts)


def _section(title: str, results: Sequence[ConflictResult]) -> Section:
    misinformed = [result for result in results if result.wrong]
    return Section(
        title,
        (
            mean_score("right: all gold shown, misinformation named or left out", [result.right for result in results]),
            mean_score("all gold answers shown", [result.all_gold for result in results]),
            mean_score("gold answers shown", [result.gold_shown / result.gold for result in results if result.gold]),
            mean_score("misinformation shown as a plain answer", [result.misled for result in misinformed]),
            mean_score("called conflicting", [result.conflicting for result in results]),
            mean_score("silent", [not result.answered for result in results]),
        ),
    )
