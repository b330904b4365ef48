"""Asks the questions of a data set in SQuAD's format: of all paragraphs, and of the given one alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.expectations import normalised
from eval.yardsticks.asking import Asked, ask, count_verbatim
from eval.yardsticks.squad_format import SquadQuestion
from eval.yardsticks.squad_rules import exact_match, word_f1
from index.article import ArticleFilter
from index.segmenting import sentences
from rag.answer import Answer, Citation, Question
from rag.pipeline import QuestionAnswerer
from service.wire import AnswerOut, CitationOut


@dataclass(frozen=True, slots=True)
class OpenResult:
    """What a question brought that was asked of all paragraphs.

    `attainable`: a sentence of its paragraph holds an answer; `passage_place`: of the first passage
    from its paragraph; `gold_place`: of the first of the reader's sentences that is from its
    paragraph and holds an answer; `text_place`: the same from any paragraph. Places count from 1,
    None where there is none. `right`: a sentence that is quoted, or would be if the answer were not
    silent, is such a gold sentence.
    """

    attainable: bool
    passage_place: int | None
    gold_place: int | None
    text_place: int | None
    right: bool
    answered: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class GivenResult:
    """What a question brought that was asked of its paragraph alone.

    `exact`, `f1`: of the words that the first quote's answer is, or the whole quote where no words are
    pointed at; or of what it would be if the answer were not silent;
    `empty`: there is no such sentence.
    """

    exact: float
    f1: float
    empty: bool
    answered: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class SquadResult:
    """What one question brought both ways, and how many of the `checked` citations are `verbatim`."""

    id: str
    answerable: bool
    open: OpenResult
    given: GivenResult
    checked: int
    verbatim: int


def squad_result(answerer: QuestionAnswerer, asked: SquadQuestion) -> SquadResult:
    """Asks a question both ways. Raises LibraryError or ModelError when the library cannot be searched."""
    of_all = Question(asked.text)
    of_one = Question(asked.text, ArticleFilter(sources=(asked.paragraph.source or "",)))
    opened, given = ask(answerer, of_all), ask(answerer, of_one)
    citations = [
        *_to_check(of_all, opened.answer, opened.ranked),
        *_to_check(of_one, given.answer, given.quotes),
    ]
    return SquadResult(
        id=asked.id,
        answerable=bool(asked.answers),
        open=_open_result(asked, opened),
        given=_given_result(asked, given),
        checked=len(citations),
        verbatim=count_verbatim(answerer.library, citations),
    )


def _open_result(asked: SquadQuestion, opened: Asked) -> OpenResult:
    text = asked.paragraph.text
    return OpenResult(
        attainable=any(_holds(asked, span.of(text)) for span in sentences(text)),
        passage_place=_first(passage.article.id == asked.paragraph.id for passage in opened.answer.passages),
        gold_place=_first(_is_gold(asked, citation) for citation in opened.ranked),
        text_place=_first(_holds(asked, citation.cited_text) for citation in opened.ranked),
        right=any(_is_gold(asked, citation) for citation in opened.quotes),
        answered=bool(opened.answer.citations),
        confidence=opened.answer.confidence,
    )


def _given_result(asked: SquadQuestion, given: Asked) -> GivenResult:
    quote = given.quotes[0] if given.quotes else None
    prediction = (quote.answer_text or quote.cited_text) if quote else ""
    return GivenResult(
        exact=exact_match(prediction, asked.answers),
        f1=word_f1(prediction, asked.answers),
        empty=not given.quotes,
        answered=bool(given.answer.citations),
        confidence=given.answer.confidence,
    )


def _holds(asked: SquadQuestion, text: str) -> bool:
    said = normalised(text)
    return any(normalised(answer) in said for answer in asked.answers)


def _is_gold(asked: SquadQuestion, citation: Citation) -> bool:
    return citation.article_id == asked.paragraph.id and _holds(asked, citation.cited_text)


def _first(hits: Iterable[bool]) -> int | None:
    return next((place for place, hit in enumerate(hits, start=1) if hit), None)


def _to_check(question: Question, answer: Answer, sentences_instead: Sequence[Citation]) -> list[CitationOut]:
    """The citations that left the system; of a silent answer those that could have left it."""
    if answer.citations:
        return AnswerOut.of(question, answer).citations
    return [CitationOut.of(citation) for citation in sentences_instead]
