"""A question goes in, an answer comes out: understand, retrieve, re-rank, read, write, cite. Read this first."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, perf_counter
from typing import Final

from opentelemetry.trace import get_current_span

from index.errors import LanguageModelError, ReplyCancelledError
from index.library import Library
from index.spans import span, spanned
from rag.agreement.comparison import Agreement, AgreementParameters, answering, compare
from rag.agreement.reporting import conflicting_quotes, quotes, with_sources
from rag.answer import Answer, Citation, Passage, Question, Reason, Status, Timings, Writing
from rag.answer_draft import AnswerDraft, claims_made
from rag.answer_kind import expectation
from rag.conversation import recent
from rag.events import AnswerMade, ClaimMade, Event, PassagesFound, QuestionRewritten
from rag.generation import Writer
from rag.language_model import Cancellation
from rag.question_terms import QuestionTerms
from rag.reader_model import ReaderModel
from rag.reader_parameters import ReaderParameters, reader_parameters
from rag.reading import (
    ScoredSentence,
    confidence,
    confidence_in,
    most_recent_first,
    rank_sentences,
    says_the_answer,
    shown_sentences,
)
from rag.recency import asks_for_latest
from rag.reranking import RerankingParameters, rerank
from rag.retrieval import RetrievalParameters, retrieve
from rag.rewriting import rewritten

_REWRITING: Final = 0.3
"""The share of the language model's time that rewriting a follow-up may take."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What the articles bring for a question, whether or not it is sure enough to be said.

    `passages`: the nearest ones, best first; `ranked`: the sentences that the reader chose among, best
    first; `shown`: those that an answer quotes; `agreement`: what other sources say to it; `confidence`: the
    probability that they hold the answer.
    """

    question: Question
    passages: tuple[Passage, ...]
    ranked: tuple[ScoredSentence, ...]
    shown: tuple[ScoredSentence, ...]
    agreement: Agreement
    confidence: float
    generation: int
    timings: Timings


@dataclass(frozen=True, slots=True)
class QuestionAnswerer:
    """Answers questions from the articles of a library. Safe to share between threads.

    `model`: reads the passages; without it their sentences are judged by their scores alone. `writer`: words the
    answers; without it, or where it fails, they are the sentences themselves. `history_tokens`: how much of a
    conversation is taken into account.
    """

    library: Library
    model: ReaderModel | None = None
    retrieval: RetrievalParameters = field(default_factory=RetrievalParameters)
    reranking: RerankingParameters = field(default_factory=RerankingParameters)
    parameters: ReaderParameters | None = None
    writer: Writer | None = None
    history_tokens: int = 1000
    agreement: AgreementParameters = field(default_factory=AgreementParameters)

    @property
    def reader(self) -> ReaderParameters:
        """The reader's parameters: those given, or the fitted ones for reading with or without a model."""
        return self.parameters or reader_parameters(with_model=self.model is not None)

    def ask(self, question: Question, cancellation: Cancellation | None = None) -> Answer:
        """What the articles say to `question`, with quotes; or that they do not, with the nearest passages.

        Raises LibraryError or ModelError when the library cannot be searched, and ReplyCancelledError once
        `cancellation` says that nobody waits: between two steps, or while the language model writes.
        """
        [made] = [event for event in self.stream(question, cancellation) if isinstance(event, AnswerMade)]
        return made.answer

    def stream(self, question: Question, cancellation: Cancellation | None = None) -> Iterator[Event]:
        """The same, told while it is found: each claim as soon as it stands. Raises as `ask`."""
        return spanned("ask", self._told(question, cancellation or Cancellation()))

    def examine(self, question: Question, cancellation: Cancellation | None = None) -> Examined:
        """What the articles bring for `question`. Raises as `ask`."""
        cancellation = cancellation or Cancellation()
        started = perf_counter()
        with span("retrieve") as retrieving:
            terms = QuestionTerms.of(question.text, self.library)
            retrieved = retrieve(question, terms, self.retrieval)
            retrieving.set_attribute("pullquote.passages", len(retrieved.passages))
        retrieved_at = perf_counter()
        cancellation.raise_if_cancelled()
        with span("read"):
            read = rerank(question.text, retrieved.passages, self.model, self.reranking)
            cancellation.raise_if_cancelled()
            ranked = rank_sentences(terms, read, self.reader)
            if asks_for_latest(question.text):
                ranked = self._latest_first(ranked)
        passages = tuple(item.passage for item in read)
        return Examined(
            question,
            passages,
            tuple(ranked),
            shown_sentences(ranked, self.reader),
            self._agreement(question.text, passages, ranked),
            confidence(ranked, self.reader),
            retrieved.generation,
            Timings((retrieved_at - started) * 1000, (perf_counter() - retrieved_at) * 1000),
        )

    def answer(self, examined: Examined) -> Answer:
        """The answer that an examination supports without a writer: its quotes, or silence with a reason."""
        reason = self._reason_for_silence(examined)
        draft = AnswerDraft()
        for citation in quotes(examined.shown, examined.agreement) if reason is None else ():
            draft.add(citation.cited_text, [citation])
        return self._finished(examined, draft, examined.confidence, reason, examined.agreement)

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

    def _told(self, question: Question, cancellation: Cancellation) -> Generator[Event, None, None]:
        deadline = monotonic() + (self.writer.seconds if self.writer else 0.0)
        with span("understand"):
            understood = self._understood(question, cancellation)
        if understood.text != question.text:
            yield QuestionRewritten(understood.text)
        cancellation.raise_if_cancelled()
        examined = self.examine(understood, cancellation)
        yield PassagesFound(examined.passages)
        answer = yield from self._answered(examined, deadline, cancellation)
        _describe(answer)
        yield AnswerMade(
            replace(answer, standalone_question=understood.text if understood.text != question.text else None)
        )

    def _understood(self, question: Question, cancellation: Cancellation) -> Question:
        turns = recent(question.history, self.library.embedder.count_tokens, self.history_tokens)
        model, seconds = (self.writer.model, self.writer.seconds * _REWRITING) if self.writer else (None, 0.0)
        return replace(question, text=rewritten(question.text, turns, model, seconds, cancellation), history=())

    def _answered(
        self, examined: Examined, deadline: float, cancellation: Cancellation
    ) -> Generator[ClaimMade, None, Answer]:
        degraded = None
        if self.writer is not None and self.writer.confidence(examined.confidence) >= self.reader.threshold:
            try:
                return (yield from spanned("write", self._written(self.writer, examined, deadline, cancellation)))
            except ReplyCancelledError:
                raise
            except LanguageModelError as error:
                degraded = str(error)
        answer = self.answer(examined)
        yield from claims_made(answer)
        return replace(answer, writing=Writing(degraded=degraded))

    def _written(
        self, writer: Writer, examined: Examined, deadline: float, cancellation: Cancellation
    ) -> Generator[ClaimMade, None, Answer]:
        """The answer in the writer's words, of claims that stand on what the reader too takes for an answer."""

        def believed(claim: str, citations: Sequence[Citation]) -> float:
            places = [(citation.article_id, citation.span) for citation in citations]
            agreed = says_the_answer(claim, examined.ranked[0])
            by_reader = confidence_in(places, examined.ranked, self.reader)
            return writer.confidence(max(by_reader, examined.confidence) if agreed else by_reader)

        started = perf_counter()
        written = yield from writer.write(
            examined.question.text,
            examined.passages,
            examined.ranked,
            lambda claim, citations: believed(claim, citations) >= self.reader.threshold,
            deadline,
            cancellation,
        )
        draft = written.draft
        reason = Reason.LOW_CONFIDENCE if written.disbelieved_claims else Reason.NO_CLAIM_STANDS
        dropped = written.dropped_claims + written.disbelieved_claims
        believed_at_most = max((believed(claim.text, draft.citations) for claim in draft.claims), default=None)
        agreement = self._agreement_with(draft.citations, examined)
        cited = {(citation.article_id, citation.span) for citation in draft.citations}
        for citation in conflicting_quotes(agreement):
            if (citation.article_id, citation.span) not in cited:
                yield draft.add(citation.cited_text, [citation])
        return replace(
            self._finished(
                examined,
                draft,
                examined.confidence if believed_at_most is None else believed_at_most,
                None if draft.claims else reason,
                agreement,
            ),
            timings=replace(examined.timings, write_ms=(perf_counter() - started) * 1000),
            writing=Writing(writer.model.name, written.broken, written.unknown_ids, dropped),
        )

    def _latest_first(self, ranked: list[ScoredSentence]) -> list[ScoredSentence]:
        """`ranked` with the most recent answer first, unless it is no answer that would be believed."""
        latest = most_recent_first(ranked, answering(ranked, self.agreement))
        enough = min(self.reader.threshold, confidence(ranked, self.reader))
        return latest if confidence(latest, self.reader) >= enough else ranked

    def _agreement(self, question: str, passages: Sequence[Passage], ranked: Sequence[ScoredSentence]) -> Agreement:
        articles = {passage.article.id for passage in passages}
        # an article that another process has just removed is a source of its own
        clusters = {article: article for article in articles} | self.library.clusters(articles)
        with span("agree"):
            return compare(question, expectation(question), ranked, passages, clusters, self.agreement)

    def _agreement_with(self, cited: Sequence[Citation], examined: Examined) -> Agreement:
        """What other sources say to the first of the cited sentences that gives a value."""
        places = {(citation.article_id, citation.span) for citation in cited}
        ranked = examined.ranked
        for sentence in ranked:
            if (sentence.article.id, sentence.span) in places:
                others = [other for other in ranked if other is not sentence]
                agreement = self._agreement(examined.question.text, examined.passages, [sentence, *others])
                if agreement.agreeing:
                    return agreement
        return Agreement()

    def _finished(
        self, examined: Examined, draft: AnswerDraft, confidence: float, reason: Reason | None, agreement: Agreement
    ) -> Answer:
        """The answer of a draft; without a reason for silence, with its sources and with what disagrees."""
        answer = Answer(
            status=Status.ANSWERED if reason is None else Status.NOT_IN_ARTICLES,
            text=draft.text,
            claims=tuple(draft.claims),
            citations=tuple(draft.citations),
            confidence=confidence,
            reason=reason,
            passages=examined.passages,
            generation=examined.generation,
            timings=examined.timings,
        )
        return answer if reason else with_sources(answer, agreement, self.library, examined.question.allowed)

    def _reason_for_silence(self, examined: Examined) -> Reason | None:
        if not examined.ranked:
            only = examined.question.allowed
            if only and not self.library.catalogue.article_ids(only):
                return Reason.NO_ARTICLE_PASSES_FILTER
            return Reason.NOTHING_SIMILAR if self.library.catalogue.count()[0] else Reason.EMPTY_LIBRARY
        return Reason.LOW_CONFIDENCE if examined.confidence < self.reader.threshold else None


def _describe(answer: Answer) -> None:
    """What became of the question, in numbers and names of states alone, for its span."""
    get_current_span().set_attributes(
        {
            "pullquote.status": answer.status.value,
            "pullquote.reason": answer.reason.value if answer.reason else "",
            "pullquote.confidence": answer.confidence,
            "pullquote.citations": len(answer.citations),
            "pullquote.passages": len(answer.passages),
            "pullquote.generation": answer.generation,
        }
    )
