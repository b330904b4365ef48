"""Late interaction: each token of a question with its most similar token of a sentence."""

from __future__ import annotations

import pytest

from index.embedding import EmbeddedText, SentenceTransformerEmbedder
from index.library import Library
from rag.alignment import Alignment, QuestionTokens
from rag.question_terms import QuestionTerms
from tests.conftest import BRIDGE, OWLS


@pytest.fixture
def terms(library: Library) -> QuestionTerms:
    """What is looked for in two articles by a question with words of all three sorts."""
    library.add([BRIDGE, OWLS])
    return QuestionTerms.of("When was the bridge in Velmora opened?", library)


def aligned(terms: QuestionTerms, *sentences: str) -> list[Alignment]:
    """How well each sentence matches the question."""
    asked, *said = terms.library.embedder.embed_tokens([terms.question, *sentences])
    return QuestionTokens.of(terms, asked).align(said)


def test_a_question_is_perfectly_aligned_with_itself(terms: QuestionTerms) -> None:
    """Every token has its own double."""
    assert aligned(terms, terms.question) == [pytest.approx((1.0, 1.0, 1.0, 1.0), abs=0.01)]


def test_a_sentence_about_it_is_aligned_better_than_one_about_something_else(terms: QuestionTerms) -> None:
    """Without a word in common too."""
    about, paraphrase, other = aligned(
        terms,
        "The new harbour bridge in Velmora opened on May 14, 2024.",
        "Traffic first crossed the river there that spring.",
        "She bakes bread with rye.",
    )
    assert about.content > paraphrase.content > other.content
    assert about.least > other.least


def test_a_date_answers_when(terms: QuestionTerms) -> None:
    """A question word is nearer to a sentence that has what it asks for."""
    dated, undated = aligned(
        terms, "The bridge in Velmora was opened in May 2024.", "The bridge in Velmora was opened by an owl."
    )
    assert dated.question_words > undated.question_words


def test_tokens_are_weighed_by_the_words_they_are_in(terms: QuestionTerms) -> None:
    """Words that tell something by their rarity, question words and function words each by 1, marks not at all."""
    (asked,) = terms.library.embedder.embed_tokens([terms.question])
    weights = QuestionTokens.of(terms, asked).weights
    words = [terms.question[start:end] for start, end in asked.places]
    sorts = dict(zip(words, weights.T.tolist(), strict=True))
    assert sorts["When"] == [0.0, 1.0, 0.0]
    assert sorts["the"] == [0.0, 0.0, 1.0]
    assert sorts["?"] == [0.0, 0.0, 0.0]
    assert sorts["bridge"] == pytest.approx([terms.rarity["bridg"], 0.0, 0.0])


def test_a_text_without_tokens_is_aligned_with_nothing(
    terms: QuestionTerms, embedder: SentenceTransformerEmbedder
) -> None:
    """On either side."""
    empty, full = embedder.embed_tokens(["", "The bridge opened."])
    assert isinstance(empty, EmbeddedText)
    nothing = Alignment(0.0, 0.0, 0.0, 0.0)
    assert QuestionTokens.of(terms, empty).align([full]) == [nothing]
    asked = embedder.embed_tokens([terms.question])[0]
    assert QuestionTokens.of(terms, asked).align([empty]) == [nothing]
