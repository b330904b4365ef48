"""Passages -> sentences with the ids that a model points at: the second of the third passage is 3.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.article import Article, Span
from rag.answer import Citation, Passage
from rag.reading import ScoredSentence


@dataclass(frozen=True, slots=True)
class NumberedSentence:
    """One sentence of a passage, under the id that a model knows it by; `answer` is the part the reader points at."""

    id: str
    article: Article
    span: Span
    answer: Span | None = None

    @property
    def text(self) -> str:
        """The sentence's words, copied from the article."""
        return self.span.of(self.article.text)

    @property
    def citation(self) -> Citation:
        """The sentence as a quote."""
        return Citation(self.article, self.span, self.answer)


def numbered(passages: Sequence[Passage], ranked: Sequence[ScoredSentence] = ()) -> Mapping[str, NumberedSentence]:
    """Every sentence of the passages by its id, in their order; both numbers of an id count from 1.

    Those that the reader has `ranked` know what it points at in them.
    """
    answers = {(sentence.article.id, sentence.span): sentence.answer for sentence in ranked}
    return {
        f"{place}.{number}": NumberedSentence(
            f"{place}.{number}", passage.article, span, answers.get((passage.article.id, span))
        )
        for place, passage in enumerate(passages, start=1)
        for number, span in enumerate(passage.chunk.sentences, start=1)
    }
