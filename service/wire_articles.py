"""Request and response models of the HTTP API for articles; `--json` prints the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from index.article import Article
from index.loading import load_record
from index.results import AddReport
from service.wire import Strict


class ArticleIn(Strict):
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

    def to_article(self, place: str) -> Article:
        """The article, cleaned. Raises LoadingError, naming `place`, when there is no text left."""
        return load_record(self.model_dump(exclude={"id"}), place, self._origin)

    @property
    def _origin(self) -> str:
        """What makes an article that came over HTTP the same one when it comes again."""
        if self.id or self.url:
            return f"http:id:{self.id}" if self.id else f"http:url:{self.url}"
        digest = hashlib.sha256(f"{self.title} {self.text}".encode(errors="replace")).hexdigest()
        return f"http:{digest}"


class ArticleBatch(Strict):
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


class ArticleOut(Strict):
    """What is known about an article."""

    id: str
    title: str
    author: str | None
    source: str | None
    published: date | None
    published_from: Literal["given", "metadata", "byline", "text", "url"] | None
    url: str | None
    sha256: str
    characters: int

    @classmethod
    def of(cls, article: Article) -> ArticleOut:
        return cls.model_validate(_article_fields(article))


class ArticleWithText(ArticleOut):
    """An article with its text, which all offsets refer to, and the articles that print nearly the same text."""

    text: str
    copies: Annotated[list[ArticleOut], Field(description="Reprints of the same story; they count as one source.")]

    @classmethod
    def with_copies(cls, article: Article, copies: Iterable[Article]) -> ArticleWithText:
        """The article, and the others of its cluster."""
        others = [ArticleOut.of(copy) for copy in copies]
        return cls.model_validate({**_article_fields(article), "text": article.text, "copies": others})


class ArticleList(Strict):
    """One page of articles, newest publication first."""

    articles: list[ArticleOut]
    total: int


class FailedArticle(Strict):
    """An article that could not be added, and why."""

    place: str
    problem: str


class AddResult(Strict):
    """Ids of the articles by what became of them."""

    added: list[str]
    replaced: list[str]
    unchanged: list[str]
    failed: list[FailedArticle]

    @classmethod
    def of(cls, report: AddReport) -> AddResult:
        failed = [FailedArticle(place=error.place, problem=error.problem) for error in report.failed]
        return cls(added=report.added, replaced=report.replaced, unchanged=report.unchanged, failed=failed)


class ArticleOutcome(Strict):
    """What became of one line of a stream of articles."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"line": 1, "id": "6ed7152612f4", "outcome": "added", "problem": None}]}
    )

    line: Annotated[int, Field(ge=1, description="Number of the line, blank ones counted.")]
    id: Annotated[str | None, Field(description="The article's id; `null` where there is none.")]
    outcome: Literal["added", "replaced", "unchanged", "failed"]
    problem: Annotated[str | None, Field(description="Why it failed; `null` where it did not.")]


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
