"""Passages -> sentences with the ids that a model points at: the second of the third passage is 3.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.article import Article, Span
from rag.answer import Passage


@dataclass(frozen=True, slots=True)
class NumberedSentence:
    """One sentence of a passage, under the id that a model knows it by."""

    id: str
    article: Article
    span: Span

    @property
    def text(self) -> str:
        """The sentence's words, copied from the article."""
        return self.span.of(self.article.text)


def numbered(passages: Sequence[Passage]) -> Mapping[str, NumberedSentence]:
    """Every sentence of the passages by its id, in their order; both numbers of an id count from 1."""
    return {
        f"{place}.{number}": NumberedSentence(f"{place}.{number}", passage.article, span)
        for place, passage in enumerate(passages, start=1)
        for number, span in enumerate(passage.chunk.sentences, start=1)
    }
