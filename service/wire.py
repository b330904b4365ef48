"""Request and response models of the HTTP API; `--json` prints the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.article import Article, ArticleFilter
from index.library import AddReport, Occurrence
from rag.answer import MAX_QUESTION_CHARACTERS, Answer, Citation, Passage, Question

_QUESTION = "When did Russia intervene?"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FilterFields(_Strict):
    """Which articles may be used; all of them when nothing is given."""

    sources: Annotated[list[str], Field(max_length=100, description="Only articles of these outlets.")] = []
    after: Annotated[date | None, Field(description="Only articles published on this day or later.")] = None
    before: Annotated[date | None, Field(description="Only articles published on this day or earlier.")] = None

    def article_filter(self) -> ArticleFilter:
        return ArticleFilter(tuple(self.sources), self.after, self.before)


class AskRequest(FilterFields):
    """A question."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": _QUESTION}, {"question": _QUESTION, "before": "2017-12-31"}]}
    )

    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]

    def to_question(self) -> Question:
        return Question(self.question, self.article_filter())


class SearchRequest(FilterFields):
    """Words to find passages for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "air strikes near Latakia", "limit": 5}]})

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]
    limit: Annotated[int, Field(ge=1, le=50)] = 8

    def to_question(self) -> Question:
        return Question(self.query, self.article_filter())


class VerifyRequest(_Strict):
    """Words that may stand in an article."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"quote": "Moscow stepped into the Syrian war in 2015"}]})

    quote: Annotated[str, Field(min_length=1, max_length=10_000)]


class ArticleIn(_Strict):
    """An article to add. Without `id` it is known by its URL, or else by its words."""

    text: Annotated[str, Field(min_length=1)]
    id: Annotated[
        str | None,
        Field(min_length=1, max_length=500, description="Adding another article of the same id replaces it."),
    ] = None
    title: Annotated[str | None, Field(max_length=1_000)] = None
    author: Annotated[str | None, Field(max_length=1_000)] = None
    date: Annotated[str | None, Field(max_length=100, description='Such as "2024-12-12" or "December 12, 2024".')] = (
        None
    )
    source: Annotated[str | None, Field(max_length=500)] = None
    url: Annotated[str | None, Field(max_length=4_000)] = None


class ArticleBatch(_Strict):
    """Articles to add."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "articles": [
                        {
                            "title": "Harbour bridge opens",
                            "text": "The new harbour bridge opened on Monday. It cost 40 million euros.",
                            "date": "2024-05-14",
                            "source": "The Harbour Gazette",
                        }
                    ]
                }
            ]
        }
    )

    articles: Annotated[list[ArticleIn], Field(min_length=1, max_length=1_000)]


class ArticleOut(_Strict):
    """What is known about an article."""

    id: str
    title: str
    author: str | None
    source: str | None
    published: date | None
    published_from: Literal["metadata", "text", "url"] | None
    url: str | None
    sha256: str
    characters: int

    @classmethod
    def of(cls, article: Article) -> ArticleOut:
        return cls.model_validate(_article_fields(article))


class ArticleWithText(ArticleOut):
    """An article with its text, which all offsets refer to."""

    text: str

    @classmethod
    def of(cls, article: Article) -> ArticleWithText:
        return cls.model_validate({**_article_fields(article), "text": article.text})


class ArticleList(_Strict):
    """One page of articles, newest publication first."""

    articles: list[ArticleOut]
    total: int


class FailedArticle(_Strict):
    """An article that could not be added, and why."""

    place: str
    problem: str


class AddResult(_Strict):
    """Ids of the articles by what became of them."""

    added: list[str]
    replaced: list[str]
    unchanged: list[str]
    failed: list[FailedArticle]

    @classmethod
    def of(cls, report: AddReport) -> AddResult:
        failed = [FailedArticle(place=error.place, problem=error.problem) for error in report.failed]
        return cls(added=report.added, replaced=report.replaced, unchanged=report.unchanged, failed=failed)


class CitationOut(_Strict):
    """A verbatim copy: the text of article `article_id` from `start_char_index` up to `end_char_index`.

    `answer_text` and its place are the part of it that answers by itself; null where none is pointed at.
    """

    cited_text: str
    document_title: str
    article_id: str
    source: str | None
    published: date | None
    url: str | None
    start_char_index: int
    end_char_index: int
    answer_text: str | None
    answer_start_char_index: int | None
    answer_end_char_index: int | None
    article_sha256: str

    @classmethod
    def of(cls, citation: Citation) -> CitationOut:
        return cls.model_validate({name: getattr(citation, name) for name in cls.model_fields})


class PassageOut(_Strict):
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


class ClaimOut(_Strict):
    """One statement, with the positions of its citations, from 0."""

    text: str
    citations: list[int]


class TimingsOut(_Strict):
    """Milliseconds that each stage took."""

    retrieve_ms: float
    read_ms: float


class AnswerOut(_Strict):
    """What the articles say, with verbatim citations, or that they do not."""

    question: str
    status: Literal["answered", "not_in_articles"]
    text: str
    claims: list[ClaimOut]
    citations: list[CitationOut]
    confidence: Annotated[float, Field(ge=0, le=1)]
    reason: Literal["empty_library", "no_article_passes_filter", "nothing_similar", "low_confidence"] | None
    passages: list[PassageOut]
    generation: int
    timings: TimingsOut

    @classmethod
    def of(cls, question: Question, answer: Answer) -> AnswerOut:
        return cls(
            question=question.text,
            status=answer.status.value,
            text=answer.text,
            claims=[ClaimOut(text=claim.text, citations=list(claim.citations)) for claim in answer.claims],
            citations=[CitationOut.of(citation) for citation in answer.citations],
            confidence=answer.confidence,
            reason=answer.reason.value if answer.reason else None,
            passages=[PassageOut.of(passage) for passage in answer.passages],
            generation=answer.generation,
            timings=TimingsOut(retrieve_ms=answer.timings.retrieve_ms, read_ms=answer.timings.read_ms),
        )


class SearchOut(_Strict):
    """Passages, best first."""

    passages: list[PassageOut]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> SearchOut:
        return cls(passages=[PassageOut.of(passage) for passage in passages])


class VerifyOut(_Strict):
    """Whether the words stand verbatim in an article, and every place where they do (20 at most)."""

    verbatim: bool
    citations: list[CitationOut]

    @classmethod
    def of(cls, occurrences: Sequence[Occurrence]) -> VerifyOut:
        places = [CitationOut.of(Citation(occurrence.article, occurrence.span)) for occurrence in occurrences]
        return cls(verbatim=bool(places), citations=places)


class Health(_Strict):
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


def _article_fields(article: Article) -> dict[str, object]:
    return {
        "id": article.id,
        "title": article.name,
        "author": article.author,
        "source": article.source,
        "published": article.published,
        "published_from": article.published_from.value if article.published_from else None,
        "url": article.url,
        "sha256": article.sha256,
        "characters": len(article.text),
    }
