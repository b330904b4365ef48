"""A question goes in, an answer comes out: retrieve, re-rank, read, cite. Read this first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter

from index.library import Library
from rag.answer import Answer, Citation, Claim, Passage, Question, Reason, Status, Timings
from rag.question_terms import QuestionTerms
from rag.reader_model import ReaderModel
from rag.reader_parameters import ReaderParameters, reader_parameters
from rag.reading import ScoredSentence, confidence, rank_sentences, shown_sentences
from rag.reranking import RerankingParameters, rerank
from rag.retrieval import RetrievalParameters, retrieve


@dataclass(frozen=True, slots=True)
class Examined:
    """What the articles bring for a question, whether or not it is sure enough to be said.

    `passages`: the nearest ones, best first; `ranked`: the sentences that the reader chose among, best
    first; `shown`: those that an answer quotes; `confidence`: the probability that they hold the answer.
    """

    question: Question
    passages: tuple[Passage, ...]
    ranked: tuple[ScoredSentence, ...]
    shown: tuple[ScoredSentence, ...]
    confidence: float
    generation: int
    timings: Timings


@dataclass(frozen=True, slots=True)
class QuestionAnswerer:
    """Answers questions from the articles of a library. Safe to share between threads.

    `model`: reads the passages; without it their sentences are judged by their scores alone.
    """

    library: Library
    model: ReaderModel | None = None
    retrieval: RetrievalParameters = field(default_factory=RetrievalParameters)
    reranking: RerankingParameters = field(default_factory=RerankingParameters)
    parameters: ReaderParameters | None = None

    @property
    def reader(self) -> ReaderParameters:
        """The reader's parameters: those given, or the fitted ones for reading with or without a model."""
        return self.parameters or reader_parameters(with_model=self.model is not None)

    def ask(self, question: Question) -> Answer:
        """What the articles say to `question`, with quotes; or that they do not, with the nearest passages.

        Raises LibraryError or ModelError when the library cannot be searched.
        """
        return self.answer(self.examine(question))

    def examine(self, question: Question) -> Examined:
        """What the articles bring for `question`. Raises LibraryError or ModelError as `ask`."""
        started = perf_counter()
        terms = QuestionTerms.of(question.text, self.library)
        retrieved = retrieve(question, terms, self.retrieval)
        retrieved_at = perf_counter()
        passages = rerank(question.text, retrieved.passages, self.model, self.reranking)
        ranked = rank_sentences(terms, passages, self.reader)
        return Examined(
            question,
            tuple(item.passage for item in passages),
            tuple(ranked),
            shown_sentences(ranked, self.reader),
            confidence(ranked, self.reader),
            retrieved.generation,
            Timings((retrieved_at - started) * 1000, (perf_counter() - retrieved_at) * 1000),
        )

    def answer(self, examined: Examined) -> Answer:
        """The answer that an examination supports: its quotes, or silence with a reason."""
        reason = self._reason_for_silence(examined)
        shown = examined.shown if reason is None else ()
        citations = tuple(Citation(sentence.article, sentence.span, sentence.answer) for sentence in shown)
        claims = tuple(Claim(citation.cited_text, (number,)) for number, citation in enumerate(citations))
        return Answer(
            status=Status.ANSWERED if reason is None else Status.NOT_IN_ARTICLES,
            text=" ".join(f"{claim.text} [{number}]" for number, claim in enumerate(claims, start=1)),
            claims=claims,
            citations=citations,
            confidence=examined.confidence,
            reason=reason,
            passages=examined.passages,
            generation=examined.generation,
            timings=examined.timings,
        )

    def search(self, question: Question, limit: int) -> tuple[Passage, ...]:
        """The `limit` passages that are the nearest to `question` and, as the model judges, answer it."""
        terms = QuestionTerms.of(question.text, self.library)
        depth = max(limit, self.reranking.passages if self.model else 0)
        passages = retrieve(question, terms, replace(self.retrieval, passages=depth)).passages
        return tuple(item.passage for item in rerank(question.text, passages, self.model, self.reranking)[:limit])

    def warm_up(self) -> None:
        """Loads the model and opens the indexes, so that the first question is answered as fast as the next."""
        self.library.embedder.load()
        if self.model:
            self.model.load()
        self.library.get_ready()

    def _reason_for_silence(self, examined: Examined) -> Reason | None:
        if not examined.ranked:
            only = examined.question.only
            if only and not self.library.catalogue.article_ids(only):
                return Reason.NO_ARTICLE_PASSES_FILTER
            return Reason.NOTHING_SIMILAR if self.library.catalogue.count()[0] else Reason.EMPTY_LIBRARY
        return Reason.LOW_CONFIDENCE if examined.confidence < self.reader.threshold else None
