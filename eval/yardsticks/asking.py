"""What the production answerer says to a question, and the sentences behind it. All that yardsticks know of reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.judging import is_verbatim
from index.library import Library
from rag.answer import Answer, Citation, Passage, Question
from rag.pipeline import QuestionAnswerer
from rag.question_terms import QuestionTerms
from rag.reading import rank_sentences, read
from service.wire import CitationOut


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and what it quotes, or would quote if it were not silent (best first)."""

    answer: Answer
    quotes: tuple[Citation, ...]


def ask(answerer: QuestionAnswerer, question: Question) -> Asked:
    """The production answer. Where it is silent its passages are read once more, without the threshold."""
    answer = answerer.ask(question)
    if answer.citations:
        return Asked(answer, answer.citations)
    terms = QuestionTerms.of(question.text, answerer.library)
    reading = read(terms, answer.passages, answerer.reader)
    return Asked(answer, tuple(Citation(sentence.article, sentence.span) for sentence in reading.sentences))


def ranked_sentences(
    answerer: QuestionAnswerer, question: Question, passages: Sequence[Passage]
) -> tuple[Citation, ...]:
    """The sentences that the reader chose among, best first, whatever its threshold."""
    terms = QuestionTerms.of(question.text, answerer.library)
    ranked = rank_sentences(terms, passages, answerer.reader)
    return tuple(Citation(sentence.article, sentence.span) for sentence in ranked)


def count_verbatim(library: Library, citations: Iterable[CitationOut]) -> int:
    """How many of the citations equal, character for character, the text that the catalogue holds at their place."""
    citations = list(citations)
    stored = library.catalogue.articles({citation.article_id for citation in citations})
    return sum(is_verbatim(citation, stored.get(citation.article_id)) for citation in citations)
