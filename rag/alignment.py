"""How well the tokens of a question are matched by the tokens of a sentence: late interaction.

Each token of the question takes its most similar token of the sentence, by cosine (Khattab and
Zaharia, ColBERT, SIGIR 2020). A model reads a token in its context, so the "when" of a question is
near the date of a sentence that answers it, and "bridge" nearer to "crossing" than to "card game".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.embedding import EmbeddedText
from rag.question_terms import QuestionTerms

_WORD: Final = re.compile(r"[^\W_]+")
_QUESTION_WORDS: Final = frozenset("who whom whose when where why how what which many much long old far often".split())


class Alignment(NamedTuple):
    """Mean similarity of the matches, each about 0 to 1; 0 when the question has no such token.

    content: of the words that tell something, weighed by their rarity; least: the worst of these;
    question_words: of "when", "how", "many" and their like; function_words: of the other stop words.
    """

    content: float
    least: float
    question_words: float
    function_words: float


@dataclass(frozen=True, slots=True)
class QuestionTokens:
    """A question's tokens and what each counts for; `weights` has shape (3, tokens): content, question, function."""

    tokens: NDArray[np.float32]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, terms: QuestionTerms, embedded: EmbeddedText) -> QuestionTokens:
        """The question's tokens, weighed by the words that they are in."""
        words = [match.span() for match in _WORD.finditer(terms.question)]
        weights = np.zeros((3, len(embedded.places)), dtype=np.float32)
        for number, (start, _) in enumerate(embedded.places):
            word = next((terms.question[a:b] for a, b in words if a <= start < b), "")
            rarity = max((terms.rarity.get(term, 0.0) for term in terms.library.word_terms(word)), default=0.0)
            if rarity:
                weights[0, number] = rarity
            elif word.lower() in _QUESTION_WORDS:
                weights[1, number] = 1.0
            elif word:
                weights[2, number] = 1.0
        return cls(embedded.tokens.astype(np.float32), weights)

    def align(self, sentences: Sequence[EmbeddedText]) -> list[Alignment]:
        """How well each of `sentences` matches the question."""
        if not len(self.tokens):
            return [Alignment(0.0, 0.0, 0.0, 0.0)] * len(sentences)
        content = self.weights[0] > 0
        totals = np.maximum(self.weights.sum(axis=1), 1e-6)
        found = []
        for sentence in sentences:
            if not len(sentence.tokens):
                found.append(Alignment(0.0, 0.0, 0.0, 0.0))
                continue
            best = (self.tokens @ sentence.tokens.T.astype(np.float32)).max(axis=1)
            means = (self.weights @ best) / totals
            least = best[content].min() if content.any() else 0.0
            found.append(Alignment(float(means[0]), float(least), float(means[1]), float(means[2])))
        return found
