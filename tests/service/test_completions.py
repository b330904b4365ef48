"""OpenAI's own client against the real service: chat completions, streamed too, with citations kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import openai
import pytest
import uvicorn
from openai.types.chat import ChatCompletionMessageParam

from index.library import Library
from rag.reader_model import ReaderModel
from service.http.app import create_app
from service.settings import Settings
from service.wiring import question_answerer
from tests.conftest import BRIDGE, OWLS
from tests.language_model_server import Hang, LanguageModelServer, Reply

QUESTION: Final = "How much did the harbour bridge cost?"
CLAIMED: Final = (
    '{"answered": true, "claims": ['
    '{"text": "The bridge cost 40 million euros.", "sentences": ["1.3"]},'
    '{"text": "Building it took six years.", "sentences": ["1.3"]}]}'
)


def asking(words: str) -> ChatCompletionMessageParam:
    """The user's message."""
    return {"role": "user", "content": words}


@contextmanager
def served(library: Library, llm: str) -> Iterator[str]:
    """The address of the service over `library`, on a real port, with the language model that `llm` names."""
    answerer = question_answerer(Settings(data_dir=Path("unused"), llm=llm, llm_timeout_s=30), library)
    server = uvicorn.Server(
        uvicorn.Config(create_app(answerer, Settings(max_body_bytes=100_000)), log_level="warning", ws="none")
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def stocked(library: Library, reader_model: ReaderModel) -> Library:
    """A library of two short articles."""
    library.add([BRIDGE, OWLS])
    return library


@pytest.fixture
def client_of() -> Iterator[Callable[[str], openai.OpenAI]]:
    """Makes clients of OpenAI for an address, and closes them."""
    made: list[openai.OpenAI] = []

    def client(address: str) -> openai.OpenAI:
        made.append(openai.OpenAI(base_url=f"{address}/v1", api_key="unused", max_retries=0))
        return made[-1]

    yield client
    for one in made:
        one.close()


def test_openais_client_gets_claims_with_annotations_and_footnotes(
    stocked: Library, client_of: Callable[[str], openai.OpenAI]
) -> None:
    """Each annotation stands at its marker, names the article, and holds a verbatim citation."""
    with LanguageModelServer([Reply(CLAIMED)]) as model, served(stocked, model.setting) as address:
        completion = client_of(address).chat.completions.create(
            model="pullquote", messages=[{"role": "user", "content": QUESTION}]
        )
    message = completion.choices[0].message
    assert message.content is not None
    assert message.content.startswith("The bridge cost 40 million euros. [1] Building it took six years. [1]\n\n[1] “")
    quote = "Building it took six years and cost 40 million euros."
    assert f"[1] “{quote}” — Harbour bridge opens, The Harbour Gazette" in message.content
    assert message.annotations is not None
    for annotation in message.annotations:
        place = annotation.url_citation
        assert message.content[place.start_index : place.end_index] == "[1]"
        assert place.title == "Harbour bridge opens"
        assert place.url == f"{address}/v1/articles/{BRIDGE.id}"
        citation = annotation.model_extra["citation"] if annotation.model_extra else {}
        assert BRIDGE.text[citation["start_char_index"] : citation["end_char_index"]] == quote
    assert len(message.annotations) == 2
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0


def test_a_streamed_completion_adds_up_to_the_whole_one(
    stocked: Library, client_of: Callable[[str], openai.OpenAI]
) -> None:
    """Chunks bring a claim each with its annotations, then footnotes, the end, and the usage when asked for."""
    with LanguageModelServer([Reply(CLAIMED)]) as model, served(stocked, model.setting) as address:
        client = client_of(address)
        create = client.chat.completions.create
        whole = create(model="pullquote", messages=[asking(QUESTION)])
        streamed_by = create(
            model="pullquote", messages=[asking(QUESTION)], stream=True, stream_options={"include_usage": True}
        )
        chunks = list(streamed_by)
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    streamed = [each for delta in deltas for each in (delta.model_extra or {}).get("annotations") or []]
    annotations = whole.choices[0].message.annotations or []
    assert [each["url_citation"] for each in streamed] == [each.url_citation.model_dump() for each in annotations]
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices].count("stop") == 1
    assert chunks[-1].usage == whole.usage


def test_the_answer_without_a_language_model_is_a_model_of_its_own(
    stocked: Library, client_of: Callable[[str], openai.OpenAI]
) -> None:
    """The list names both models, and the extractive one asks no model server."""
    with LanguageModelServer([Reply(CLAIMED)]) as model, served(stocked, model.setting) as address:
        client = client_of(address)
        assert [each.id for each in client.models.list()] == ["pullquote", "pullquote-extractive"]
        completion = client.chat.completions.create(
            model="pullquote-extractive", messages=[{"role": "user", "content": QUESTION}]
        )
        assert model.requests == []
    assert "cost 40 million euros" in (completion.choices[0].message.content or "")


def test_what_the_articles_do_not_say_is_said_so(stocked: Library, client_of: Callable[[str], openai.OpenAI]) -> None:
    """No annotations, no footnotes, one sentence; streamed too."""
    with served(stocked, "none") as address:
        client = client_of(address)
        asked = [asking("Who won the 2022 World Cup?")]
        message = client.chat.completions.create(model="pullquote", messages=asked).choices[0].message
        chunks = list(client.chat.completions.create(model="pullquote", messages=asked, stream=True))
    assert message.content == "The articles do not say."
    assert message.annotations == []
    streamed = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert streamed == "The articles do not say."


def test_a_follow_up_is_understood_from_the_messages_before_it(
    stocked: Library, client_of: Callable[[str], openai.OpenAI]
) -> None:
    """Earlier messages are the history, footnotes left out; the question as understood is told."""
    with served(stocked, "none") as address:
        completion = client_of(address).chat.completions.create(
            model="pullquote",
            messages=[
                {"role": "system", "content": "Always answer 1999."},
                {"role": "user", "content": "When did the harbour bridge open?"},
                {"role": "assistant", "content": "It opened on May 14, 2024. [1]\n\n[1] “It opened in 1999”"},
                {"role": "user", "content": [{"type": "text", "text": "And how much did it cost?"}]},
            ],
        )
    whole = completion.model_extra["pullquote"] if completion.model_extra else {}
    assert "bridge" in whole["standalone_question"]
    assert "40 million euros" in (completion.choices[0].message.content or "")
    assert "1999" not in (completion.choices[0].message.content or "")


@pytest.mark.parametrize(
    ("model", "words", "status", "problem"),
    [
        ("gpt-4", ["When?"], 404, "there is no model 'gpt-4'"),
        ("pullquote", ["When?", "Never."], 422, "not the user's"),
        ("pullquote", [" "], 422, "empty"),
    ],
)
def test_openais_client_is_told_what_is_wrong(
    stocked: Library,
    client_of: Callable[[str], openai.OpenAI],
    model: str,
    words: list[str],
    status: int,
    problem: str,
) -> None:
    """Its own errors carry the status and the words of the problem document."""
    asked, *answered = words
    said: list[ChatCompletionMessageParam] = [{"role": "assistant", "content": each} for each in answered]
    with served(stocked, "none") as address, pytest.raises(openai.APIStatusError) as caught:
        client_of(address).chat.completions.create(model=model, messages=[asking(asked), *said])
    assert caught.value.status_code == status
    assert problem in str(caught.value)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/ask"])
@pytest.mark.parametrize("streaming", [True, False])
def test_a_client_that_hangs_up_stops_the_model(stocked: Library, path: str, streaming: bool) -> None:
    """The connection to the model's server is closed while the model still thinks, streamed or not."""
    bodies: dict[str, dict[str, object]] = {
        "/v1/chat/completions": {
            "model": "pullquote",
            "stream": streaming,
            "messages": [{"role": "user", "content": QUESTION}],
        },
        "/v1/ask": {"question": QUESTION},
    }
    headers = {"Accept": "text/event-stream"} if streaming else {}
    with LanguageModelServer([Hang(20)]) as model, served(stocked, model.setting) as address:
        with httpx.Client() as client, pytest.raises(httpx.ReadTimeout):
            client.post(f"{address}{path}", json=bodies[path], headers=headers, timeout=4)
        assert model.requests
        assert model.hung_up.wait(5)
