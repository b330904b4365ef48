"""Passages: fused by score, filtered, and never the same text twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Article, ArticleFilter, Chunk, Span
from index.library import Library
from index.results import Hit
from rag.answer import Passage, Question
from rag.question_terms import QuestionTerms
from rag.retrieval import RetrievalParameters, best_coverage, fuse, overlap, retrieve, shingles
from tests.conftest import BRIDGE, OWLS


def hit(key: str, score: float) -> Hit:
    """A hit on a chunk that is nothing but its id."""
    return Hit(Article(key, key), Chunk(key, key, 0, Span(0, len(key)), (Span(0, len(key)),)), score)


def passages_for(library: Library, question: Question) -> tuple[Passage, ...]:
    """What production retrieves for a question."""
    return retrieve(question, QuestionTerms.of(question.text, library), RetrievalParameters()).passages


def test_fusion_is_a_convex_combination_of_cosine_and_relative_bm25() -> None:
    """BM25 counts relative to the best; what an index did not find gets the lowest cosine, or a BM25 of 0."""
    fused = fuse([hit("a", 0.9), hit("b", 0.8)], [hit("c", 8.0), hit("b", 6.0)], 0.25)
    scores = {passage.chunk.id: passage.score for passage in fused}
    assert scores == pytest.approx({"a": 0.675, "b": 0.6 + 0.25 * 6 / 8, "c": 0.6 + 0.25})
    assert [passage.chunk.id for passage in fused] == ["c", "b", "a"]
    assert [(passage.similarity, passage.bm25) for passage in fused] == [(None, 8.0), (0.8, 6.0), (0.9, None)]


def test_equal_scores_are_ordered_by_chunk() -> None:
    """The order of equals does not depend on which index found them first."""
    assert [passage.chunk.id for passage in fuse([hit("b", 0.5), hit("a", 0.5)], [], 0.3)] == ["a", "b"]


def test_a_passage_with_all_the_words_in_one_sentence_goes_before_one_that_scatters_them(library: Library) -> None:
    """The best sentence counts, and counts for as much as its weight says."""
    together = Article("together", "The harbour bridge in Velmora opened. Rain fell all day. Nobody minded it.")
    scattered = Article("scattered", "Velmora has rain. A harbour is near. One bridge is old. The shop opened.")
    library.add([together, scattered])
    terms = QuestionTerms.of("Which harbour bridge opened in Velmora?", library)
    first, second = passages_for(library, Question(terms.question))
    assert (first.article, second.article) == (together, scattered)
    assert best_coverage(first, terms) == pytest.approx(1.0)
    assert best_coverage(second, terms) < 0.5


def test_overlap_is_the_share_of_the_shorter_text_in_the_longer() -> None:
    """1 for a part of a text, 0 for another text."""
    words = [f"word{n}" for n in range(20)]
    others = [f"other{n}" for n in range(20)]
    assert overlap(shingles(words), shingles(words[5:15])) == 1.0
    assert overlap(shingles(words), shingles(others)) == 0.0
    assert 0.3 < overlap(shingles(words), shingles(words[:10] + others[:10])) < 0.6


def test_reprints_are_shown_once_among_the_first_five(library: Library) -> None:
    """A story that several outlets print, edited or cut, takes one place."""
    prints = [
        BRIDGE,
        replace(BRIDGE, origin="copy", source="Copycat"),
        replace(BRIDGE, origin="cut", text=BRIDGE.text.split("\n\n", maxsplit=1)[0], title="Velmora bridge"),
        replace(BRIDGE, origin="edited", text=BRIDGE.text.replace("Mayor Ines Calloway", "The mayor")),
    ]
    library.add([*prints, OWLS])
    passages = passages_for(library, Question("Who opened the harbour bridge?"))
    assert len(passages) == 2
    assert OWLS.id in {passage.article.id for passage in passages}


def test_no_two_of_the_first_five_sample_passages_are_nearly_the_same(sample_library: Library) -> None:
    """The retold pair among the samples does not fill the list."""
    question = Question("What did Putin announce at the Khmeimim air base?")
    passages = passages_for(sample_library, question)[:5]
    words = [shingles(sample_library.terms(passage.text)) for passage in passages]
    pairs = [(a, b) for number, a in enumerate(words) for b in words[:number]]
    assert pairs
    assert all(overlap(a, b) < RetrievalParameters().same_text for a, b in pairs)


def test_filters_reach_the_passages(sample_library: Library) -> None:
    """Only articles that pass are retrieved."""
    question = Question("air strikes", ArticleFilter(sources=("The Lantern",)))
    retrieved = retrieve(question, QuestionTerms.of(question.text, sample_library), RetrievalParameters())
    assert {passage.article.source for passage in retrieved.passages} == {"The Lantern"}
    assert retrieved.generation == sample_library.catalogue.generation


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "AND OR NOT",
        "title:x",
        "a* b?",
        "(",
        "text:[a TO b]",
        "'; DROP TABLE articles; --",
        "\\",
        "🙂",
        "日本語",
        "the of and",
    ],
)
def test_query_syntax_and_odd_words_are_only_words(sample_library: Library, question: str) -> None:
    """Nothing in a question is read as a query language."""
    passages = passages_for(sample_library, Question(question))
    assert len(passages) <= RetrievalParameters().passages
