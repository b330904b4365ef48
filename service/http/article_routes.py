"""The routes of articles: list, add, read, delete."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from index.article import Article, ArticleFilter
from index.errors import InputError, LoadingError, UnknownArticleError
from index.library import Library
from index.loading import load_record
from service.wire_articles import AddResult, ArticleBatch, ArticleIn, ArticleList, ArticleOut, ArticleWithText


def article_routes(library: Library) -> APIRouter:
    """Reads and changes the articles of `library`."""
    router = APIRouter(prefix="/v1/articles", tags=["articles"])

    @router.get("")
    def list_articles(
        source: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies the default
        after: date | None = None,
        before: date | None = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> ArticleList:
        """One page of the stored articles, newest publication first."""
        ids = library.catalogue.article_ids(ArticleFilter(tuple(source), after, before))
        page = library.catalogue.articles(ids[offset : offset + limit])
        return ArticleList(articles=[ArticleOut.of(article) for article in page.values()], total=len(ids))

    @router.post("")
    def add_articles(batch: ArticleBatch) -> AddResult:
        """Adds articles. One that is there already stays as it is; one of the same id is replaced."""
        result = AddResult.of(library.add(_loaded(batch)))
        if len(result.failed) == len(batch.articles):
            raise InputError("; ".join(f"{item.place}: {item.problem}" for item in result.failed[:10]))
        return result

    @router.get("/{article_id}")
    def get_article(article_id: str) -> ArticleWithText:
        """One article with its whole text, which the offsets of citations refer to."""
        article = _article(library, article_id)
        return ArticleWithText.with_copies(
            article, [copy for copy in library.cluster(article.id) if copy.id != article.id]
        )

    @router.delete("/{article_id}", status_code=HTTPStatus.NO_CONTENT)
    def delete_article(article_id: str) -> None:
        """Takes an article out of the library."""
        library.remove(_article(library, article_id).id)

    return router


def _article(library: Library, article_id: str) -> Article:
    """The article with exactly this id: over HTTP an id is not shortened."""
    article = library.article(article_id)
    if article.id != article_id:
        raise UnknownArticleError(f"no article has the id {article_id!r}")
    return article


def _loaded(batch: ArticleBatch) -> Iterator[Article | LoadingError]:
    for number, item in enumerate(batch.articles, start=1):
        try:
            yield load_record(item.model_dump(exclude={"id"}), f"article {number}", _origin(item))
        except LoadingError as error:
            yield error


def _origin(item: ArticleIn) -> str:
    """What makes an article that came over HTTP the same one when it comes again."""
    if item.id or item.url:
        return f"http:id:{item.id}" if item.id else f"http:url:{item.url}"
    digest = hashlib.sha256(f"{item.title} {item.text}".encode(errors="replace")).hexdigest()
    return f"http:{digest}"
