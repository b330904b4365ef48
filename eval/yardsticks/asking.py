"""What the production answerer says to a question, and the sentences behind it. All that yardsticks know of reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.judging import is_verbatim
from index.library import Library
from rag.agreement.reporting import quotes
from rag.answer import Answer, Citation, Question
from rag.pipeline import QuestionAnswerer
from rag.reading import ScoredSentence
from service.wire import CitationOut


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, what it quotes, or would quote if it were not silent, and all sentences that it chose among.

    Both are best first.
    """

    answer: Answer
    quotes: tuple[Citation, ...]
    ranked: tuple[Citation, ...]


def ask(answerer: QuestionAnswerer, question: Question) -> Asked:
    """The production answer, with what stands behind it."""
    examined = answerer.examine(question)
    quoted = tuple(quotes(examined.shown, examined.agreement))
    return Asked(answerer.answer(examined), quoted, _citations(examined.ranked))


def count_verbatim(library: Library, citations: Iterable[CitationOut]) -> int:
    """How many of the citations equal, character for character, the text that the catalogue holds at their place."""
    citations = list(citations)
    stored = library.catalogue.articles({citation.article_id for citation in citations})
    return sum(is_verbatim(citation, stored.get(citation.article_id)) for citation in citations)


def _citations(sentences: Sequence[ScoredSentence]) -> tuple[Citation, ...]:
    return tuple(Citation(sentence.article, sentence.span, sentence.answer) for sentence in sentences)
