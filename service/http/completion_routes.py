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
from rag.answer import Citation
from rag.events import AnswerMade, ClaimMade
from rag.pipeline import QuestionAnswerer
from service.completions import ChatRequest, Completion, CompletionWriter, ModelList, model_list
from service.http.background import streamed, while_connected
from service.wire_events import ErrorEvent

MODEL: Final = "pullquote"
EXTRACTIVE_MODEL: Final = "pullquote-extractive"


def completion_routes(answerer: QuestionAnswerer) -> APIRouter:
    """Chat completions by `answerer`, and by it without its language model."""
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
            return StreamingResponse(_chunks(model, body, writer), media_type="text/event-stream")
        answer = await while_connected(request, lambda cancellation: model.ask(question, cancellation))
        return writer.whole(question, answer)

    return router


async def _chunks(answerer: QuestionAnswerer, body: ChatRequest, writer: CompletionWriter) -> AsyncIterator[bytes]:
    question = body.to_question()
    citations: list[Citation] = []
    yield format_sse_event(data_str=writer.opening().model_dump_json(exclude_none=True))
    try:
        async for event in streamed(lambda cancellation: answerer.stream(question, cancellation)):
            if isinstance(event, ClaimMade):
                citations += event.new_citations
                yield format_sse_event(data_str=writer.claim(event, citations).model_dump_json(exclude_none=True))
            elif isinstance(event, AnswerMade):
                for chunk in writer.closing(question, event.answer):
                    yield format_sse_event(data_str=chunk.model_dump_json(exclude_none=True))
    except PullquoteError as error:
        yield format_sse_event(data_str=f'{{"error": {ErrorEvent(detail=str(error)).model_dump_json()}}}')
    yield format_sse_event(data_str="[DONE]")
