"""OpenAI-compatible routes: chat completions and the list of models."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from index.errors import PullquoteError, UnknownModelError
from rag.answer import Citation, Question
from rag.events import AnswerMade, ClaimMade, Event
from rag.pipeline import QuestionAnswerer
from service.completions import ChatRequest, Completion, CompletionWriter, ModelList, model_list
from service.http.admission import Admission
from service.http.background import answered, streamed
from service.http.observer import Observer
from service.http.problems import disclosed
from service.wire_events import ErrorEvent

MODEL: Final = "pullquote"
EXTRACTIVE_MODEL: Final = "pullquote-extractive"


def completion_routes(answerer: QuestionAnswerer, admission: Admission, observer: Observer) -> APIRouter:
    """Chat completions by `answerer`, and by it without its language model, each in its turn; `observer` sees them."""
    router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])
    models = {MODEL: answerer, EXTRACTIVE_MODEL: replace(answerer, writer=None)}
    started = int(time.time())

    @router.get("/models")
    def list_models() -> ModelList:
        """The models that may be asked: Pullquote as it is set up, and without a language model."""
        return model_list(list(models), started)

    @router.post(
        "/chat/completions",
        response_model=Completion,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def chat_completions(body: ChatRequest, request: Request) -> Completion | StreamingResponse:
        """Answers the last message of a conversation; its quotes are annotations and footnotes."""
        if body.model not in models:
            raise UnknownModelError(f"there is no model {body.model!r}: take {MODEL!r} or {EXTRACTIVE_MODEL!r}")
        model, question = models[body.model], body.to_question()
        writer = CompletionWriter(body, str(request.base_url), model.library.embedder.count_tokens)
        if body.stream:
            events = await streamed(request, admission, lambda cancellation: model.stream(question, cancellation))
            return StreamingResponse(
                _chunks(question, events, writer, observer),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-cache"},
            )
        answer = await answered(request, admission, lambda cancellation: model.ask(question, cancellation))
        observer.answered(question, answer, "chat")
        return writer.whole(question, answer)

    return router


async def _chunks(
    question: Question, events: AsyncIterator[Event], writer: CompletionWriter, observer: Observer
) -> AsyncIterator[bytes]:
    citations: list[Citation] = []
    yield format_sse_event(data_str=writer.opening().model_dump_json(exclude_none=True))
    try:
        async for event in events:
            if isinstance(event, ClaimMade):
                citations += event.new_citations
                yield format_sse_event(data_str=writer.claim(event, citations).model_dump_json(exclude_none=True))
            elif isinstance(event, AnswerMade):
                observer.answered(question, event.answer, "chat")
                for chunk in writer.closing(question, event.answer):
                    yield format_sse_event(data_str=chunk.model_dump_json(exclude_none=True))
    except PullquoteError as error:
        yield format_sse_event(data_str=f'{{"error": {ErrorEvent(detail=disclosed(error)).model_dump_json()}}}')
    yield format_sse_event(data_str="[DONE]")
