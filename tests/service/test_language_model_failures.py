"""Whatever goes wrong with the language model, POST /v1/ask answers: from the articles alone, and says why."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic
from typing import Final, TypeAlias

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from rag.reader_model import ReaderModel
from service.http.app import create_app
from service.settings import Settings
from service.wiring import question_answerer
from tests.conftest import BRIDGE, OWLS
from tests.language_model_server import Behaviour, Break, Empty, Garbage, Hang, LanguageModelServer, Reply, Status

pytest.importorskip("llama_index.llms.openai_like")

QUESTION: Final = "When did the harbour bridge open?"
KEY: Final = "sk-test-a1b2c3d4e5"
OPENED: Final = ("The harbour bridge opened on May 14, 2024.", "1.1")
FRENCH: Final = ("Le nouveau pont du port a ouvert ses portes au mois de mai.", "1.1")
WRONG: Final = ("The harbour bridge opened on June 3, 2023.", "1.1")
TOO_LONG: Final = Status(400, json.dumps({"error": {"message": "the request exceeds the available context size"}}))

Body: TypeAlias = dict[str, object]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Iterator[Library]:
    """A library of two short articles; the first one answers the question."""
    opened = Library(tmp_path_factory.mktemp("failures") / "library", embedder)
    opened.add([BRIDGE, OWLS])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client_with(
    library: Library, reader_model: ReaderModel, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., TestClient]:
    """A client of the HTTP service as these settings make it, but for the reader model, which is loaded once."""
    folder = tmp_path_factory.mktemp("unused")

    def made(llm: str, **settings: object) -> TestClient:
        given = {"data_dir": folder, "reader": "scores", "llm": llm, "llm_timeout_s": 30.0, **settings}
        answerer = question_answerer(Settings.model_validate(given), library)
        app = create_app(replace(answerer, model=reader_model), Settings(max_body_bytes=100_000))
        return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))

    return made


@pytest.fixture(scope="module")
def extractive(client_with: Callable[..., TestClient]) -> Body:
    """The answer without any language model."""
    return answer(client_with("none"))


def answer(client: TestClient) -> Body:
    """What the service answers, always with status 200, and with nothing of the inside."""
    response = client.post("/v1/ask", json={"question": QUESTION})
    assert response.status_code == 200
    body = response.json()
    assert isinstance(body, dict)
    words = response.text.replace(str(body["writing"]["writer"]), "").replace("openai-like:scripted", "")
    for inside in ("openai", "httpx", "llama", "Traceback", "Error", "Exception", KEY):
        assert inside not in words
    return body


def as_json(*claims: tuple[str, ...]) -> str:
    """A reply under the schema; each claim is its text and its ids."""
    listed = [{"text": text, "sentences": ids} for text, *ids in claims]
    return json.dumps({"answered": bool(claims), "claims": listed})


def assert_written_without_it(body: Body, extractive: Body, words: str) -> None:
    """The body is the extractive answer, and says in these words why."""
    for part in ("status", "text", "claims", "citations", "confidence", "reason"):
        assert body[part] == extractive[part]
    assert body["status"] == "answered"
    assert body["writing"] == extractive["writing"]
    assert extractive["degraded"] is None
    assert words in str(body["degraded"])


def assert_written_by_it(body: Body, server: LanguageModelServer) -> None:
    """The body is the model's one claim, with a quote that is a copy."""
    assert body["status"] == "answered"
    assert [claim["text"] for claim in body["claims"]] == [OPENED[0]]  # type: ignore[attr-defined]
    assert body["degraded"] is None
    assert body["writing"] == {"writer": "openai-like:scripted", "unknown_ids": 0, "dropped_claims": 0}
    citation = body["citations"][0]  # type: ignore[index]
    assert BRIDGE.text[citation["start_char_index"] : citation["end_char_index"]] == citation["cited_text"]
    assert citation["cited_text"] == BRIDGE.text.partition(". ")[0] + "."


def test_a_good_reply_is_the_answer(client_with: Callable[..., TestClient]) -> None:
    """In the model's words, and with the article's words as the quote."""
    with LanguageModelServer([Reply(as_json(OPENED))]) as server:
        body = answer(client_with(server.setting))
    assert_written_by_it(body, server)
    assert body["timings"]["write_ms"] > 0  # type: ignore[index]
    assert body["text"] == f"{OPENED[0]} [1]"


def test_what_no_article_answers_is_not_asked_of_the_model(client_with: Callable[..., TestClient]) -> None:
    """Silence before a guess, and before a request."""
    with LanguageModelServer([Reply(as_json(OPENED))]) as server:
        response = client_with(server.setting).post("/v1/ask", json={"question": "At what temperature does lead melt?"})
    assert (response.json()["status"], server.requests) == ("not_in_articles", [])


def test_a_reply_whose_claims_all_fail_is_silence(client_with: Callable[..., TestClient]) -> None:
    """The model was asked twice, and nothing that it says stands: no degradation, but an answer with its reason."""
    with LanguageModelServer([Reply(as_json(WRONG))]) as server:
        body = answer(client_with(server.setting))
    assert (body["status"], body["reason"], body["degraded"]) == ("not_in_articles", "no_claim_stands", None)
    assert (body["text"], body["claims"], body["citations"]) == ("", [], [])
    assert body["writing"] == {"writer": "openai-like:scripted", "unknown_ids": 0, "dropped_claims": 1}
    assert len(server.requests) == 2


def test_a_model_that_says_nothing_leaves_silence(client_with: Callable[..., TestClient]) -> None:
    """It may: the reader found a place, and the model sees no answer there."""
    with LanguageModelServer([Reply(as_json())]) as server:
        body = answer(client_with(server.setting))
    assert (body["status"], body["reason"]) == ("not_in_articles", "no_claim_stands")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Status(500), "failed (HTTP 500)"),
        (Status(503, "upstream"), "failed (HTTP 503)"),
        (Status(401, '{"error": {"message": "wrong key {authorization}"}}'), "refused the request (HTTP 401)"),
        (Status(404), "check its name and address"),
        (Status(429, headers={"Retry-After": "60"}), "too many requests"),
        (Reply('{"answered": true, "claims": [{"text": "The bri'), "broken off"),
        (Empty(), "is empty"),
        (Reply(as_json(FRENCH)), "another language"),
        (TOO_LONG, "longer than the model"),
        (Break(as_json(OPENED), 40), "broke off"),
        (Hang(30), "did not reply within"),
        (Hang(0.05), "cannot be reached"),
        (Garbage(), ""),
        (Garbage("no events at all"), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_failure_is_answered_from_the_articles_alone(
    client_with: Callable[..., TestClient], extractive: Body, behaviour: Behaviour, words: str
) -> None:
    """The claims and quotes of an answer without any language model, within the time limit, with the reason."""
    limit = 1.0 if behaviour == Hang(30) else 20.0
    with LanguageModelServer([behaviour]) as server:
        client = client_with(server.setting, llm_api_key=SecretStr(KEY), llm_timeout_s=limit)
        started = monotonic()
        body = answer(client)
        assert monotonic() - started < 20  # a server that hangs does so for 30
    assert_written_without_it(body, extractive, words)
    assert server.requests


def test_a_server_that_does_not_listen_is_done_without(
    client_with: Callable[..., TestClient], extractive: Body
) -> None:
    """Connection refused: nobody listens on the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    body = answer(client_with(f"openai-like:scripted@http://127.0.0.1:{port}/v1"))
    assert_written_without_it(body, extractive, "cannot be reached")


@pytest.mark.parametrize("code", [429, 503])
def test_a_failure_that_passes_is_not_seen_in_the_answer(client_with: Callable[..., TestClient], code: int) -> None:
    """The pause that the server asks for is kept, and the second reply is the answer."""
    with LanguageModelServer([Status(code, headers={"Retry-After": "0.4"}), Reply(as_json(OPENED))]) as server:
        body = answer(client_with(server.setting))
    assert_written_by_it(body, server)
    first, second = server.requests
    assert 0.4 <= second.at - first.at < 1.5


def test_a_pause_beyond_the_time_limit_is_not_waited_for(
    client_with: Callable[..., TestClient], extractive: Body
) -> None:
    """The answer comes at once instead, after one request."""
    with LanguageModelServer([Status(429, headers={"Retry-After": "30"})]) as server:
        client = client_with(server.setting)
        started = monotonic()
        body = answer(client)
        assert monotonic() - started < 1
    assert_written_without_it(body, extractive, "too many requests (HTTP 429)")
    assert len(server.requests) == 1


def test_a_prompt_that_is_too_long_is_cut_and_sent_again(client_with: Callable[..., TestClient]) -> None:
    """Fewer passages, and the answer is the model's."""
    with LanguageModelServer([TOO_LONG, Reply(as_json(OPENED))]) as server:
        body = answer(client_with(server.setting))
    assert_written_by_it(body, server)
    lengths = [len(request.messages[-1]["content"]) for request in server.requests]
    assert lengths[1] < lengths[0]


def test_claims_before_a_break_are_kept_and_the_break_is_told(client_with: Callable[..., TestClient]) -> None:
    """What stands, stands."""
    reply = as_json(OPENED, ("Building it took six years.", "1.3"))
    with LanguageModelServer([Break(reply, reply.index("Building") + 5)]) as server:
        body = answer(client_with(server.setting))
    assert [claim["text"] for claim in body["claims"]] == [OPENED[0]]  # type: ignore[attr-defined]
    assert body["writing"]["writer"] == "openai-like:scripted"  # type: ignore[index]
    assert "broke off" in str(body["degraded"])


def test_a_dead_server_gets_no_more_requests(client_with: Callable[..., TestClient], extractive: Body) -> None:
    """After five failures in a row, questions are answered at once and without it."""
    with LanguageModelServer([Status(500, headers={"Retry-After": "0"})]) as server:
        client = client_with(server.setting)
        for _ in range(2):
            assert_written_without_it(answer(client), extractive, "model")
        assert len(server.requests) == 5
        started = monotonic()
        for _ in range(3):
            assert_written_without_it(answer(client), extractive, "failed 5 times in a row: it is left alone for 30 s")
        assert monotonic() - started < 2
        assert len(server.requests) == 5


def test_a_follow_up_is_understood_by_rules_where_the_model_fails(client_with: Callable[..., TestClient]) -> None:
    """The model is asked what "it" is; when it is not there, the rules say so, and one time limit covers it all."""
    follow_up = {
        "question": "When did it open?",
        "history": [{"question": "Where is the harbour bridge?", "answer": "In Velmora."}],
    }
    with LanguageModelServer([Hang(30)]) as server:
        client = client_with(server.setting, llm_timeout_s=1.0)
        started = monotonic()
        body = client.post("/v1/ask", json=follow_up).json()
        assert monotonic() - started < 15  # the server hangs for 30
    assert body["status"] == "answered"
    assert "bridge" in body["standalone_question"]
    assert "did not reply" in body["degraded"]
    assert "May 14, 2024" in body["text"]
