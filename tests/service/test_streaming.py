"""POST /v1/ask as server-sent events: passages, then each claim after its citations, then the whole answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from fastapi.testclient import TestClient

from index.library import Library
from rag.reader_model import ReaderModel
from service.http.app import create_app
from service.settings import Settings
from service.wiring import question_answerer
from tests.conftest import BRIDGE, OWLS
from tests.language_model_server import Break, LanguageModelServer, Reply

pytest.importorskip("llama_index.llms.openai_like")

QUESTION: Final = "How much did the harbour bridge cost?"
REPLY: Final = (
    '{"answered": true, "claims": [{"text": "The bridge cost 40 million euros.", "sentences": ["1.3"]},'
    ' {"text": "The mayor is Ines Calloway.", "sentences": ["1.2", "7.7"]}]}'
)


def events_of(library: Library, llm: str, body: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
    """The events of one question, each with its name and data."""
    answerer = question_answerer(Settings(data_dir=Path("unused"), llm=llm, llm_timeout_s=10), library)
    app = create_app(answerer, Settings(max_body_bytes=100_000))
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))
    response = client.post("/v1/ask", json=body, headers={"Accept": "text/event-stream"})
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in response.text.strip().split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


@pytest.fixture
def stocked(library: Library, reader_model: ReaderModel) -> Library:
    """A library of two short articles."""
    library.add([BRIDGE, OWLS])
    return library


def test_citations_come_before_the_claim_that_names_them(stocked: Library) -> None:
    """Every marker of a delta has been explained by a citation event, whose quote is verbatim."""
    with LanguageModelServer([Reply(REPLY)]) as model:
        events = events_of(stocked, model.setting, {"question": QUESTION})
    assert next(name for name, _ in events) == "passages"
    assert [name for name, _ in events][-2:] == ["answer", "done"]
    known: set[object] = set()
    for name, data in events:
        if name == "citation":
            known.add(data["number"])
            start, end = data["start_char_index"], data["end_char_index"]
            assert isinstance(start, int)
            assert isinstance(end, int)
            assert BRIDGE.text[start:end] == data["cited_text"]
        if name == "delta":
            assert "[1]" in str(data["text"])
            assert known
    answer = dict(events)["answer"]
    assert " ".join(str(data["text"]) for name, data in events if name == "delta") == answer["text"]


def test_the_extractive_answer_streams_in_the_same_events(stocked: Library) -> None:
    """Without a language model the quotes are the claims, and no event is missing."""
    events = events_of(stocked, "none", {"question": QUESTION})
    assert [name for name, _ in events] == ["passages", "citation", "delta", "answer", "done"]


def test_a_follow_up_is_told_as_it_is_understood(stocked: Library) -> None:
    """The first event has the question that was asked of the articles."""
    turn = {"question": "When did the harbour bridge open?", "answer": "It opened on May 14, 2024."}
    events = events_of(stocked, "none", {"question": "And how much did it cost?", "history": [turn]})
    name, data = events[0]
    assert name == "question"
    assert "harbour bridge" in str(data["standalone_question"]).lower()
    assert dict(events)["answer"]["standalone_question"] == data["standalone_question"]


def test_a_claim_that_was_streamed_stays_when_the_model_breaks_off(stocked: Library) -> None:
    """What was told is not taken back: the answer holds it, and says why there is no more."""
    with LanguageModelServer([Break(REPLY, after=len(REPLY) - 30)]) as model:
        events = events_of(stocked, model.setting, {"question": QUESTION})
    deltas = [str(data["text"]) for name, data in events if name == "delta"]
    answer = dict(events)["answer"]
    assert deltas == ["The bridge cost 40 million euros. [1]"]
    assert answer["text"] == deltas[0]
    assert "broke" in str(answer["degraded"])
