"""The routes that questions come by: ask, in one piece or streamed, search and verify."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel

from index.errors import InputError, PullquoteError
from rag.answer import Question
from rag.answer_draft import marked
from rag.events import AnswerMade, ClaimMade, Event, PassagesFound, QuestionRewritten
from rag.pipeline import QuestionAnswerer
from service.http.admission import Admission
from service.http.background import answered, streamed
from service.http.observer import Observer
from service.http.problems import disclosed
from service.wire import AnswerOut, AskRequest, SearchOut, SearchRequest, VerifyOut, VerifyRequest
from service.wire_events import CitationEvent, DeltaEvent, DoneEvent, ErrorEvent, QuestionEvent

EVENT_STREAM = "text/event-stream"


def question_routes(answerer: QuestionAnswerer, admission: Admission, observer: Observer) -> APIRouter:
    """Ask, search and verify, over the library of `answerer`, each in its turn; `observer` sees the answers."""
    router = APIRouter(prefix="/v1", tags=["questions"])

    @router.post(
        "/ask",
        response_model=AnswerOut,
        responses={200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}},
    )
    async def ask(
        body: AskRequest, request: Request, accept: Annotated[str, Header()] = "*/*"
    ) -> AnswerOut | StreamingResponse:
        """Answers a question with quotes, or says that the articles do not; as events where these are accepted."""
        question = body.to_question()
        if EVENT_STREAM in accept.lower():
            events = await streamed(request, admission, lambda cancellation: answerer.stream(question, cancellation))
            return StreamingResponse(
                _events(question, events, observer), media_type=EVENT_STREAM, headers={"Cache-Control": "no-cache"}
            )
        answer = await answered(request, admission, lambda cancellation: answerer.ask(question, cancellation))
        observer.answered(question, answer, "ask")
        return AnswerOut.of(question, answer)

    @router.post("/search")
    async def search(body: SearchRequest, request: Request) -> SearchOut:
        """The passages nearest to some words."""
        question = body.to_question()
        passages = await answered(request, admission, lambda _: answerer.search(question, body.limit))
        observer.searched(question, passages)
        return SearchOut.of(passages)

    @router.post("/verify")
    async def verify(body: VerifyRequest, request: Request) -> VerifyOut:
        """Whether words stand in an article, character for character, and where."""
        if not body.quote.strip():
            raise InputError("the quote is empty: give some words")
        return VerifyOut.of(await answered(request, admission, lambda _: answerer.library.occurrences(body.quote)))

    return router


async def _events(question: Question, events: AsyncIterator[Event], observer: Observer) -> AsyncIterator[bytes]:
    """The events of an answer on the wire; a failure after the first byte is an event too."""
    try:
        async for event in events:
            if isinstance(event, AnswerMade):
                observer.answered(question, event.answer, "ask")
            for name, data in _told(question, event):
                yield format_sse_event(event=name, data_str=data.model_dump_json())
    except PullquoteError as error:
        yield format_sse_event(event="error", data_str=ErrorEvent(detail=disclosed(error)).model_dump_json())
    yield format_sse_event(event="done", data_str=DoneEvent().model_dump_json())


EventName = Literal["question", "passages", "citation", "delta", "answer"]


def _told(question: Question, event: Event) -> Iterator[tuple[EventName, BaseModel]]:
    match event:
        case QuestionRewritten():
            yield "question", QuestionEvent(standalone_question=event.standalone_question)
        case PassagesFound():
            yield "passages", SearchOut.of(event.passages)
        case ClaimMade():
            for number, citation in enumerate(event.new_citations, start=event.first_new + 1):
                yield "citation", CitationEvent.numbered(number, citation)
            yield "delta", DeltaEvent(text=marked(event.claim))
        case AnswerMade():
            yield "answer", AnswerOut.of(question, event.answer)
