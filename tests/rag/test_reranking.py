"""Re-ranking: passages that the reader model finds the answer in go first."""

from __future__ import annotations

from index.library import Library
from rag.answer import Passage, Question
from rag.pipeline import QuestionAnswerer
from rag.question_terms import QuestionTerms
from rag.reader_model import ReaderModel
from rag.reranking import RerankingParameters, rerank, scaled
from rag.retrieval import RetrievalParameters, retrieve
from tests.conftest import BRIDGE, OWLS

QUESTION = "How many eggs did Dr. Pell count?"


def found(library: Library) -> tuple[Passage, ...]:
    """What a search finds for the question, the passage without the answer moved to the front."""
    library.add([BRIDGE, OWLS])
    terms = QuestionTerms.of(QUESTION, library)
    passages = retrieve(Question(QUESTION), terms, RetrievalParameters()).passages
    return tuple(sorted(passages, key=lambda passage: passage.article.id == OWLS.id))


def test_the_passage_that_answers_goes_first(library: Library, reader_model: ReaderModel) -> None:
    """What the model reads in a passage outweighs the order that they came in."""
    passages = tuple(Passage(p.article, p.chunk, 0.5, p.similarity, p.bm25) for p in found(library))
    read = rerank(QUESTION, passages, reader_model, RerankingParameters())
    assert [item.passage.article.id for item in read] == [OWLS.id, BRIDGE.id]
    readings = [item.reading.answers for item in read if item.reading]
    assert len(readings) == 2
    assert readings[0] > 0 > readings[1]
    assert read[0].passage.score > 0.5 > read[1].passage.score


def test_only_the_first_passages_are_read(library: Library, reader_model: ReaderModel) -> None:
    """The others keep their place behind them and their score."""
    passages = found(library)
    read = rerank(QUESTION, passages, reader_model, RerankingParameters(passages=1))
    assert [item.reading is not None for item in read] == [True, False]
    assert read[1].passage == passages[1]


def test_without_a_model_passages_stay_as_they_are(library: Library) -> None:
    """Nothing is read, nothing moves."""
    passages = found(library)
    assert [item.passage for item in rerank(QUESTION, passages, None, RerankingParameters())] == list(passages)


def test_a_search_reads_more_passages_than_it_is_asked_for(library: Library, reader_model: ReaderModel) -> None:
    """The one best passage is the best of all that are read, not the first that was found."""
    library.add([BRIDGE, OWLS])
    answerer = QuestionAnswerer(library, reader_model)
    (best,) = answerer.search(Question(QUESTION), limit=1)
    assert best == answerer.ask(Question(QUESTION)).passages[0]
    assert best.article.id == OWLS.id


def test_a_logit_past_certainty_counts_no_more() -> None:
    """Scaled logits are between -1 and 1."""
    assert [scaled(logit) for logit in (-30.0, -5.0, 0.0, 10.0, 12.0)] == [-1.0, -0.5, 0.0, 1.0, 1.0]
