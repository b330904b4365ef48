"""Request and response models of the HTTP API for questions; `--json` prints the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from index.article import ArticleFilter
from index.results import Occurrence
from rag.answer import (
    MAX_QUESTION_CHARACTERS,
    Answer,
    Citation,
    Claim,
    Passage,
    Question,
    Sources,
    StatedValue,
    Timings,
    Turn,
    Writing,
)

_QUESTION = "When did Russia intervene?"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _is_day(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a day as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_is_day)]
"""A day as RFC 3339 writes it; a number, which pydantic would take for seconds since 1970, is none."""


class Strict(BaseModel):
    """A model that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FilterFields(Strict):
    """Which articles may be used; all of them when nothing is given."""

    sources: Annotated[list[str], Field(max_length=100, description="Only articles of these outlets.")] = []
    after: Annotated[Day | None, Field(description="Only articles published on this day or later.")] = None
    before: Annotated[Day | None, Field(description="Only articles published on this day or earlier.")] = None
    as_of: Annotated[
        Day | None, Field(description="Answer from what had been published by this day, as if it were today.")
    ] = None

    def article_filter(self) -> ArticleFilter:
        return ArticleFilter(tuple(self.sources), self.after, self.before)


class TurnIn(Strict):
    """A question that was asked before, and what was answered; empty where the articles did not say."""

    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]
    answer: Annotated[str, Field(max_length=20_000)] = ""


class AskRequest(FilterFields):
    """A question, and the conversation that it follows, oldest turn first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": _QUESTION}, {"question": _QUESTION, "before": "2017-12-31"}]}
    )

    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]
    history: Annotated[list[TurnIn], Field(max_length=100)] = []

    def to_question(self) -> Question:
        turns = tuple(Turn(turn.question, turn.answer) for turn in self.history)
        return Question(self.question, self.article_filter(), turns, self.as_of)


class SearchRequest(FilterFields):
    """Words to find passages for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "air strikes near Latakia", "limit": 5}]})

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]
    limit: Annotated[int, Field(ge=1, le=50)] = 8

    def to_question(self) -> Question:
        return Question(self.query, self.article_filter(), as_of=self.as_of)


class VerifyRequest(Strict):
    """Words that may stand in an article."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"quote": "Moscow stepped into the Syrian war in 2015"}]})

    quote: Annotated[str, Field(min_length=1, max_length=10_000)]


class CitationOut(Strict):
    """A verbatim copy: the text of article `article_id` from `start_char_index` up to `end_char_index`.

    `answer_text` and its place are the part of it that answers by itself; null where none is pointed at.
    """

    cited_text: str
    document_title: str
    article_id: str
    source: str | None
    published: date | None
    url: str | None
    link: Annotated[str | None, Field(description="The address, at which a browser goes to the quote and marks it.")]
    start_char_index: int
    end_char_index: int
    answer_text: str | None
    answer_start_char_index: int | None
    answer_end_char_index: int | None
    article_sha256: str

    @classmethod
    def of(cls, citation: Citation) -> CitationOut:
        return cls.model_validate({name: getattr(citation, name) for name in cls.model_fields})


class PassageOut(Strict):
    """A passage that was found, with its scores."""

    text: str
    document_title: str
    article_id: str
    source: str | None
    published: date | None
    start_char_index: int
    end_char_index: int
    score: Annotated[float, Field(description="Fused score; higher is better.")]
    similarity: Annotated[
        float | None, Field(description="Cosine similarity to the question; null if only words matched.")
    ]
    bm25: Annotated[float | None, Field(description="BM25; null if no word matched.")]

    @classmethod
    def of(cls, passage: Passage) -> PassageOut:
        return cls(
            text=passage.text,
            document_title=passage.article.name,
            article_id=passage.article.id,
            source=passage.article.source,
            published=passage.article.published,
            start_char_index=passage.chunk.span.start,
            end_char_index=passage.chunk.span.end,
            score=passage.score,
            similarity=passage.similarity,
            bm25=passage.bm25,
        )


class ClaimOut(Strict):
    """One statement, with the positions of its citations, from 0."""

    text: str
    citations: list[int]

    @classmethod
    def of(cls, claim: Claim) -> ClaimOut:
        return cls(text=claim.text, citations=list(claim.citations))


class TimingsOut(Strict):
    """Milliseconds that each stage took; `write_ms` is 0 where no language model was asked."""

    retrieve_ms: float
    read_ms: float
    write_ms: float

    @classmethod
    def of(cls, timings: Timings) -> TimingsOut:
        return cls.model_validate({name: getattr(timings, name) for name in cls.model_fields})


class WritingOut(Strict):
    """How the answer was written, and what was dropped of what a language model wrote."""

    writer: Annotated[str, Field(description='The language model that worded the answer, or "extractive".')]
    unknown_ids: Annotated[int, Field(description="Sentence ids that the model pointed at and that do not exist.")]
    dropped_claims: Annotated[int, Field(description="Claims of the model that its quotes do not bear out.")]

    @classmethod
    def of(cls, writing: Writing) -> WritingOut:
        return cls.model_validate({name: getattr(writing, name) for name in cls.model_fields})


class SourcesOut(Strict):
    """How many articles say it, and how many of them independently: copies of one wire story count once."""

    articles: int
    independent: int

    @classmethod
    def of(cls, sources: Sources) -> SourcesOut:
        return cls(articles=sources.articles, independent=sources.independent)


class StatedValueOut(Strict):
    """A value that sources give for what was asked.

    `text` is the value, of a date the days meant; `words` are the words for it in the quotes at the positions
    `citations`. `relative`: the words count from the day of publication, `published`, which may be unknown.
    """

    text: str
    words: str
    earliest: Annotated[date | None, Field(description="The first day of a date; null where there is none.")]
    latest: date | None
    relative: bool
    published: date | None
    citations: list[int]
    sources: SourcesOut

    @classmethod
    def of(cls, value: StatedValue) -> StatedValueOut:
        return cls(
            text=value.text,
            words=value.words,
            earliest=value.earliest,
            latest=value.latest,
            relative=value.relative,
            published=value.published,
            citations=list(value.citations),
            sources=SourcesOut.of(value.sources),
        )


class AnswerOut(Strict):
    """What the articles say, with verbatim citations, or that they do not."""

    question: str
    status: Annotated[
        Literal["answered", "conflicting", "not_in_articles"],
        Field(description="conflicting: independent sources answer differently."),
    ]
    text: str
    claims: list[ClaimOut]
    citations: list[CitationOut]
    confidence: Annotated[float, Field(ge=0, le=1)]
    reason: (
        Literal["empty_library", "no_article_passes_filter", "nothing_similar", "low_confidence", "no_claim_stands"]
        | None
    )
    sources: SourcesOut
    values: Annotated[
        list[StatedValueOut], Field(description="What the sources give for what was asked, where it can be compared.")
    ]
    conflicts: Annotated[list[StatedValueOut], Field(description="What other sources give instead.")]
    standalone_question: Annotated[
        str | None, Field(description="How a follow-up was understood; null where the question was taken as it is.")
    ]
    degraded: Annotated[
        str | None, Field(description="Why the language model's answer is missing or cut short; null when it is not.")
    ]
    writing: WritingOut
    passages: list[PassageOut]
    generation: int
    timings: TimingsOut

    @classmethod
    def of(cls, question: Question, answer: Answer) -> AnswerOut:
        return cls(
            question=question.text,
            status=answer.status.value,
            text=answer.text,
            claims=[ClaimOut.of(claim) for claim in answer.claims],
            citations=[CitationOut.of(citation) for citation in answer.citations],
            confidence=answer.confidence,
            reason=answer.reason.value if answer.reason else None,
            sources=SourcesOut.of(answer.sources),
            values=[StatedValueOut.of(value) for value in answer.values],
            conflicts=[StatedValueOut.of(value) for value in answer.conflicts],
            standalone_question=answer.standalone_question,
            degraded=answer.writing.degraded,
            writing=WritingOut.of(answer.writing),
            passages=[PassageOut.of(passage) for passage in answer.passages],
            generation=answer.generation,
            timings=TimingsOut.of(answer.timings),
        )


class SearchOut(Strict):
    """Passages, best first."""

    passages: list[PassageOut]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> SearchOut:
        return cls(passages=[PassageOut.of(passage) for passage in passages])


class VerifyOut(Strict):
    """Whether the words stand verbatim in an article, and every place where they do (20 at most)."""

    verbatim: bool
    citations: list[CitationOut]

    @classmethod
    def of(cls, occurrences: Sequence[Occurrence]) -> VerifyOut:
        places = [CitationOut.of(Citation(occurrence.article, occurrence.span)) for occurrence in occurrences]
        return cls(verbatim=bool(places), citations=places)


class Health(Strict):
    """Whether the process lives, or is ready to answer."""

    status: Literal["ok", "ready"]


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:pullquote:unknown-article",
                    "title": "Unknown article",
                    "status": 404,
                    "detail": "no article has the id 'abcd'",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
