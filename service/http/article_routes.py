"""The routes of articles: list, add, read, delete."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from index.article import Article, ArticleFilter
from index.errors import InputError, LoadingError, UnknownArticleError
from index.library import Library
from rag.language_model import Cancellation
from service.http.admission import Admission
from service.http.article_streams import STREAM_DESCRIPTION
from service.http.background import completed
from service.wire import Day
from service.wire_articles import AddResult, ArticleBatch, ArticleList, ArticleOut, ArticleWithText


def article_routes(library: Library, admission: Admission) -> APIRouter:
    """Reads the articles of `library`, and changes them, one change at a time."""
    router = APIRouter(prefix="/v1/articles", tags=["articles"])

    @router.get("")
    def list_articles(
        source: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies the default
        after: Day | None = None,
        before: Day | None = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> ArticleList:
        """One page of the stored articles, newest publication first."""
        ids = library.catalogue.article_ids(ArticleFilter(tuple(source), after, before))
        page = library.catalogue.articles(ids[offset : offset + limit])
        return ArticleList(articles=[ArticleOut.of(article) for article in page.values()], total=len(ids))

    @router.post("", openapi_extra=STREAM_DESCRIPTION)
    async def add_articles(batch: ArticleBatch, request: Request) -> AddResult:
        """Adds articles. One that is there already stays as it is; one of the same id is replaced.

        As `application/x-ndjson` there may be any number of them, one a line; the response has a line for each.
        """
        report = await completed(request, admission, lambda stop: library.add(_loaded(batch, stop)))
        result = AddResult.of(report)
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
    async def delete_article(article_id: str, request: Request) -> None:
        """Takes an article out of the library."""
        await completed(request, admission, lambda _: library.remove(_article(library, article_id).id))

    return router


def _article(library: Library, article_id: str) -> Article:
    """The article with exactly this id: over HTTP an id is not shortened."""
    article = library.article(article_id)
    if article.id != article_id:
        raise UnknownArticleError(f"no article has the id {article_id!r}")
    return article


def _loaded(batch: ArticleBatch, stop: Cancellation) -> Iterator[Article | LoadingError]:
    """The articles of `batch`, until `stop`: then the lot that is being added is the last one."""
    for number, item in enumerate(batch.articles, start=1):
        if stop.cancelled.is_set():
            return
        try:
            yield item.to_article(f"article {number}")
        except LoadingError as error:
            yield error
