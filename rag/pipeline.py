"""A question goes in, an answer comes out: retrieve, read, cite. Read this first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter

from index.library import Library
from rag.answer import Answer, Citation, Claim, Passage, Question, Reason, Status, Timings
from rag.question_terms import QuestionTerms
from rag.reading import ReaderParameters, Reading, read, reader_parameters
from rag.retrieval import RetrievalParameters, Retrieved, retrieve


@dataclass(frozen=True, slots=True)
class QuestionAnswerer:
    """Answers questions from the articles of a library. Safe to share between threads."""

    library: Library
    retrieval: RetrievalParameters = field(default_factory=RetrievalParameters)
    reader: ReaderParameters = field(default_factory=reader_parameters)

    def ask(self, question: Question) -> Answer:
        """What the articles say to `question`, with quotes; or that they do not, with the nearest passages.

        Raises LibraryError or ModelError when the library cannot be searched.
        """
        started = perf_counter()
        terms = QuestionTerms.of(question.text, self.library)
        retrieved = retrieve(question, terms, self.retrieval)
        retrieved_at = perf_counter()
        reading = read(terms, retrieved.passages, self.reader)
        timings = Timings((retrieved_at - started) * 1000, (perf_counter() - retrieved_at) * 1000)
        return self._answer(question, retrieved, reading, timings)

    def search(self, question: Question, limit: int) -> tuple[Passage, ...]:
        """The `limit` passages nearest to `question`, without reading them."""
        terms = QuestionTerms.of(question.text, self.library)
        return retrieve(question, terms, replace(self.retrieval, passages=limit)).passages

    def warm_up(self) -> None:
        """Loads the model and opens the indexes, so that the first question is answered as fast as the next."""
        self.library.embedder.load()
        self.library.get_ready()

    def _answer(self, question: Question, retrieved: Retrieved, reading: Reading, timings: Timings) -> Answer:
        reason = self._reason_for_silence(question, reading)
        citations: tuple[Citation, ...] = ()
        if reason is None:
            citations = tuple(Citation(sentence.article, sentence.span) for sentence in reading.sentences)
        claims = tuple(Claim(citation.cited_text, (number,)) for number, citation in enumerate(citations))
        return Answer(
            status=Status.ANSWERED if reason is None else Status.NOT_IN_ARTICLES,
            text=" ".join(f"{claim.text} [{number}]" for number, claim in enumerate(claims, start=1)),
            claims=claims,
            citations=citations,
            confidence=reading.confidence,
            reason=reason,
            passages=retrieved.passages,
            generation=retrieved.generation,
            timings=timings,
        )

    def _reason_for_silence(self, question: Question, reading: Reading) -> Reason | None:
        if not reading.sentences:
            if question.only and not self.library.catalogue.article_ids(question.only):
                return Reason.NO_ARTICLE_PASSES_FILTER
            return Reason.NOTHING_SIMILAR if self.library.catalogue.count()[0] else Reason.EMPTY_LIBRARY
        return Reason.LOW_CONFIDENCE if reading.confidence < self.reader.threshold else None
