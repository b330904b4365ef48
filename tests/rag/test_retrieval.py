"""Passages: fused by rank, filtered, and never the same text twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Article, ArticleFilter, Chunk, Span
from index.library import Hit, Library
from rag.answer import Question
from rag.retrieval import RetrievalParameters, fuse, overlap, retrieve, shingles
from tests.conftest import BRIDGE, OWLS


def hit(key: str, score: float) -> Hit:
    """A hit on a chunk that is nothing but its id."""
    return Hit(Article(key, key), Chunk(key, key, 0, Span(0, len(key)), (Span(0, len(key)),)), score)


def test_fusion_adds_reciprocal_ranks() -> None:
    """A chunk that both indexes rank second goes before one that only one ranks first."""
    fused = fuse([hit("a", 0.9), hit("b", 0.8)], [hit("c", 7.0), hit("b", 6.0)], 60)
    assert [passage.chunk.id for passage in fused] == ["b", "a", "c"]
    assert [passage.score for passage in fused] == pytest.approx([2 / 62, 1 / 61, 1 / 61])
    assert [(passage.similarity, passage.bm25) for passage in fused] == [(0.8, 6.0), (0.9, None), (None, 7.0)]


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
    passages = retrieve(library, Question("Who opened the harbour bridge?"), RetrievalParameters()).passages
    assert len(passages) == 2
    assert OWLS.id in {passage.article.id for passage in passages}


def test_no_two_of_the_first_five_sample_passages_are_nearly_the_same(sample_library: Library) -> None:
    """The retold pair among the samples does not fill the list."""
    question = Question("What did Putin announce at the Khmeimim air base?")
    passages = retrieve(sample_library, question, RetrievalParameters()).passages[:5]
    words = [shingles(sample_library.terms(passage.text)) for passage in passages]
    pairs = [(a, b) for number, a in enumerate(words) for b in words[:number]]
    assert pairs
    assert all(overlap(a, b) < RetrievalParameters().same_text for a, b in pairs)


def test_filters_reach_the_passages(sample_library: Library) -> None:
    """Only articles that pass are retrieved."""
    question = Question("air strikes", ArticleFilter(sources=("The Lantern",)))
    retrieved = retrieve(sample_library, question, RetrievalParameters())
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
    passages = retrieve(sample_library, Question(question), RetrievalParameters()).passages
    assert len(passages) <= RetrievalParameters().passages
