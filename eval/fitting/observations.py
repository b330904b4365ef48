"""Asks the questions of a world and labels the sentences that come back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eval.fitting.worlds import Asked, LabelledQuestion, World
from index.article import Article, ArticleFilter, Span
from index.embedding import Embedder
from index.library import Library
from rag.answer import Question
from rag.question_terms import QuestionTerms
from rag.reader_model import ReaderModel
from rag.reader_parameters import ReaderParameters
from rag.reading import ScoredSentence, rank_sentences
from rag.reranking import RerankingParameters, rerank
from rag.retrieval import RetrievalParameters, retrieve


@dataclass(frozen=True, slots=True)
class Observation:
    """The ranked sentences that a question brought, and which of them hold its answer."""

    question: LabelledQuestion
    ranked: tuple[ScoredSentence, ...]
    right: tuple[bool, ...]


def observe(
    world: World,
    retrieval: RetrievalParameters,
    reader: ReaderParameters,
    embedder: Embedder,
    model: ReaderModel | None = None,
    on_question: Callable[[], None] = lambda: None,
) -> list[Observation]:
    """What each question of a world brings; those that bring no sentence at all are left out."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), embedder)
        library.add(world.articles)
        for question in world.questions:
            found.append(_observation(library, question, retrieval, reader, model))
            on_question()
        library.close()
    return [observation for observation in found if observation.ranked]


def holds(question: LabelledQuestion, article: Article, span: Span) -> bool:
    """Whether the words of `article` at `span` hold an answer to the question."""
    return article.source == question.source and any(gold.within(span) for gold in question.gold)


def _observation(
    library: Library,
    labelled: LabelledQuestion,
    retrieval: RetrievalParameters,
    reader: ReaderParameters,
    model: ReaderModel | None,
) -> Observation:
    only = ArticleFilter()
    if labelled.asked is Asked.ARTICLE_REMOVED:
        others = (article.source for article in library.articles() if article.source != labelled.source)
        only = ArticleFilter(sources=tuple(source for source in others if source) or ("none",))
    question = Question(labelled.text, only)
    terms = QuestionTerms.of(question.text, library)
    passages = retrieve(question, terms, retrieval).passages
    if labelled.asked is Asked.ANSWER_REMOVED:
        passages = tuple(passage for passage in passages if not holds(labelled, passage.article, passage.chunk.span))
    ranked = rank_sentences(terms, rerank(question.text, passages, model, RerankingParameters()), reader)
    right = tuple(holds(labelled, sentence.article, sentence.span) for sentence in ranked)
    return Observation(labelled, tuple(ranked), right)
