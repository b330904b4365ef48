"""How servers of language models write a reply: chat completions of OpenAI, messages of Anthropic, chat of Ollama.

Enough of each for its real client.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a reply is written: `whole` from a model's name and the text, `stream` from its parts as they come."""

    content_type: str
    whole: Callable[[str, str], str]
    stream: Callable[[str, Iterator[str]], Iterator[str]]
    streams_unasked: bool = False


def _completion(model: str, text: str) -> str:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]})


def _completion_chunks(model: str, parts: Iterator[str]) -> Iterator[str]:
    def event(delta: Mapping[str, str], end: str | None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": end}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": model, "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n"

    for part in parts:
        yield event({"role": "assistant", "content": part}, None)
    yield event({}, "stop")
    yield "data: [DONE]\n\n"


def _anthropic_message(model: str, text: str) -> str:
    fields = {"id": "1", "type": "message", "role": "assistant", "model": model, "stop_reason": "end_turn"}
    usage = {"input_tokens": 0, "output_tokens": 0}
    return json.dumps({**fields, "content": [{"type": "text", "text": text}], "stop_sequence": None, "usage": usage})


def _anthropic_events(model: str, parts: Iterator[str]) -> Iterator[str]:
    def event(kind: str, **fields: object) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"

    message = {**json.loads(_anthropic_message(model, "")), "content": [], "stop_reason": None}
    yield event("message_start", message=message)
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for part in parts:
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": part})
    yield event("content_block_stop", index=0)
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield event("message_delta", delta=end, usage={"output_tokens": 0})
    yield event("message_stop")


def _ollama_line(model: str, text: str, *, done: bool = True) -> str:
    message = {"role": "assistant", "content": text}
    return json.dumps({"model": model, "created_at": "2024-01-01T00:00:00Z", "message": message, "done": done}) + "\n"


def _ollama_lines(model: str, parts: Iterator[str]) -> Iterator[str]:
    for part in parts:
        yield _ollama_line(model, part, done=False)
    yield _ollama_line(model, "")


PROTOCOLS: Final = {
    "/v1/chat/completions": Protocol("text/event-stream", _completion, _completion_chunks),
    "/v1/messages": Protocol("text/event-stream", _anthropic_message, _anthropic_events),
    "/api/chat": Protocol("application/x-ndjson", _ollama_line, _ollama_lines, streams_unasked=True),
}
