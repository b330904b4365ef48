"""The types between a question and its answer. All frozen; a citation cannot disagree with its article."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from index.article import Article, ArticleFilter, Chunk, Span
from index.errors import QuestionError
from rag.text_fragment import text_fragment_link

MAX_QUESTION_CHARACTERS = 2000
EXTRACTIVE = "extractive"


class Status(StrEnum):
    """Whether the articles answer the question; CONFLICTING: independent sources answer it differently."""

    ANSWERED = "answered"
    CONFLICTING = "conflicting"
    NOT_IN_ARTICLES = "not_in_articles"


class Reason(StrEnum):
    """Why there is no answer."""

    EMPTY_LIBRARY = "empty_library"
    NO_ARTICLE_PASSES_FILTER = "no_article_passes_filter"
    NOTHING_SIMILAR = "nothing_similar"
    LOW_CONFIDENCE = "low_confidence"
    NO_CLAIM_STANDS = "no_claim_stands"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation and what was answered; `answer` is "" where the articles did not say."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, which articles may answer it, and what was asked before, oldest first.

    `as_of`: the day on which it is asked, as it were: only what had been published by then may answer.
    Raises QuestionError when it is empty or longer than 2,000 characters.
    """

    text: str
    only: ArticleFilter = field(default_factory=ArticleFilter)
    history: tuple[Turn, ...] = ()
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise QuestionError("the question is empty: ask something")
        if len(self.text) > MAX_QUESTION_CHARACTERS:
            raise QuestionError(
                f"the question has {len(self.text):,} characters, over the limit of {MAX_QUESTION_CHARACTERS:,}:"
                " ask a shorter one"
            )

    @property
    def allowed(self) -> ArticleFilter:
        """The articles that may answer: those that pass the filter and had been published by `as_of`."""
        days = [day for day in (self.only.before, self.as_of) if day]
        return replace(self.only, before=min(days, default=None))


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that may hold the answer.

    `score` is what it is ranked by, higher is better; `similarity` the cosine to the question in
    [-1, 1] and `bm25` its BM25, each None when that index did not find it.
    """

    article: Article
    chunk: Chunk
    score: float
    similarity: float | None
    bm25: float | None

    @property
    def text(self) -> str:
        """The passage's words, copied from the article."""
        return self.chunk.span.of(self.article.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of an article, with the place where they stand.

    Its only way in is an article and a span, and its words are read from the article at that
    span each time, so they cannot be anything but a copy. Raises ValueError when the span
    reaches beyond the article's text. `answer`: the part of the span that answers by itself ("in
    2015"), where a reader can point at it. Raises ValueError too when it reaches beyond the span.
    """

    article: Article
    span: Span
    answer: Span | None = None

    def __post_init__(self) -> None:
        if self.answer is not None and not self.answer.within(self.span):
            raise ValueError(f"the answer at {self.answer} is not within the quote at {self.span}")
        if self.span.end > len(self.article.text):
            raise ValueError(
                f"the span {self.span} reaches beyond the {len(self.article.text)} characters of {self.article.id!r}"
            )

    @property
    def cited_text(self) -> str:
        return self.span.of(self.article.text)

    @property
    def document_title(self) -> str:
        return self.article.name

    @property
    def article_id(self) -> str:
        return self.article.id

    @property
    def source(self) -> str | None:
        return self.article.source

    @property
    def published(self) -> date | None:
        return self.article.published

    @property
    def url(self) -> str | None:
        return self.article.url

    @property
    def link(self) -> str | None:
        """The address with the place of the quote, for a browser to go to; None where there is no address for it."""
        article = self.article
        return article.url and text_fragment_link(article.url, article.text, self.span, article.title)

    @property
    def start_char_index(self) -> int:
        return self.span.start

    @property
    def end_char_index(self) -> int:
        return self.span.end

    @property
    def answer_text(self) -> str | None:
        return None if self.answer is None else self.answer.of(self.article.text)

    @property
    def answer_start_char_index(self) -> int | None:
        return None if self.answer is None else self.answer.start

    @property
    def answer_end_char_index(self) -> int | None:
        return None if self.answer is None else self.answer.end

    @property
    def article_sha256(self) -> str:
        return self.article.sha256


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer, with the positions of its citations in the answer's list."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """How many articles say a thing, and how many of them independently: copies of one wire story count once."""

    articles: int
    independent: int


@dataclass(frozen=True, slots=True)
class StatedValue:
    """A value that articles give for what was asked, and who gives it.

    `text`: the value in the words of the first that gives it, or, for a date, as the days that its words mean;
    `words`: these words, as they stand in the quote. `earliest`, `latest`: the days of a date, both included, None
    where the value is none or cannot be resolved. `relative`: the words count from the day of publication;
    `published` is that day, None where it is unknown. `citations`: positions of the quotes that give the value.
    """

    text: str
    words: str
    earliest: date | None
    latest: date | None
    relative: bool
    published: date | None
    citations: tuple[int, ...]
    sources: Sources


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds that each stage took; `write_ms` is 0 where no language model was asked."""

    retrieve_ms: float
    read_ms: float
    write_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Writing:
    """How an answer was written.

    `writer`: the language model's name, or "extractive". `degraded`: why the model's answer is missing or
    cut short, None when nothing is. `unknown_ids`: ids that the model pointed at and no sentence has;
    `dropped_claims`: claims of it that did not stand.
    """

    writer: str = EXTRACTIVE
    degraded: str | None = None
    unknown_ids: int = 0
    dropped_claims: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the articles say to a question, or that they do not.

    `text` is the claims with markers such as [1] that count the citations from 1; it is empty
    when the status is not_in_articles. `confidence` in [0, 1] is the estimated probability that
    the citations hold the answer. `sources`: how many articles give this answer. `values`: what they give, where it
    can be compared; these agree, the most precise date first, those that cannot be resolved last. `conflicts`: what
    other sources give instead. `passages` are the nearest ones, best first, in any case.
    `standalone_question`: how a follow-up was understood, None where the question was taken as it stands.
    """

    status: Status
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    confidence: float
    reason: Reason | None
    passages: tuple[Passage, ...]
    generation: int
    timings: Timings
    sources: Sources = Sources(0, 0)
    values: tuple[StatedValue, ...] = ()
    conflicts: tuple[StatedValue, ...] = ()
    writing: Writing = Writing()
    standalone_question: str | None = None
