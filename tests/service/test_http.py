"""The HTTP door, over a real server on a real port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from rag.pipeline import QuestionAnswerer
from service.http.app import create_app
from service.settings import Settings

MAX_BODY = 200_000


def served(answerer: QuestionAnswerer) -> Iterator[httpx.Client]:
    """A client of a server that runs while the test does."""
    config = uvicorn.Config(create_app(answerer, Settings(max_body_bytes=MAX_BODY)), log_level="error")
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    host, port = listening.getsockname()
    with httpx.Client(base_url=f"http://{host}:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def client(answerer: QuestionAnswerer) -> Iterator[httpx.Client]:
    """A server over the sample articles, for reading."""
    yield from served(answerer)


@pytest.fixture
def empty_client(library: Library) -> Iterator[httpx.Client]:
    """A server over an empty library, for changing."""
    yield from served(QuestionAnswerer(library))


def assert_problem(response: httpx.Response, status: int, words: str) -> None:
    """The response is an RFC 9457 problem with this status that says these words, and shows no insides."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail"}
    assert body["status"] == status
    assert words in body["detail"]
    assert "Traceback" not in response.text


def test_a_question_is_answered_with_citations_that_hold_against_the_stored_text(client: httpx.Client) -> None:
    """Anyone can check a citation: fetch the article and compare the characters."""
    answer = client.post("/v1/ask", json={"question": "When did Russia intervene?"}).json()
    assert answer["status"] == "answered"
    assert "2015" in answer["text"]
    assert len({citation["article_id"] for citation in answer["citations"]}) >= 2
    for citation in answer["citations"]:
        article = client.get(f"/v1/articles/{citation['article_id']}").json()
        place = slice(citation["start_char_index"], citation["end_char_index"])
        assert article["text"][place] == citation["cited_text"]
        assert article["sha256"] == citation["article_sha256"]
    assert [claim["citations"] for claim in answer["claims"]] == [[n] for n in range(len(answer["claims"]))]


def test_silence_comes_with_a_reason_and_the_nearest_passages(client: httpx.Client) -> None:
    """Not in the articles is a good answer, with status 200."""
    response = client.post("/v1/ask", json={"question": "At what temperature does lead melt?"})
    answer = response.json()
    assert response.status_code == 200
    assert (answer["status"], answer["reason"]) == ("not_in_articles", "low_confidence")
    assert (answer["text"], answer["claims"], answer["citations"]) == ("", [], [])
    assert answer["passages"]


def test_filters_keep_an_answer_to_what_was_published_by_then(client: httpx.Client) -> None:
    """Dates and sources are honoured by ask, search and the list."""
    body = {"question": "What happened in Aleppo?", "before": "2017-01-01"}
    passages = client.post("/v1/ask", json=body).json()["passages"]
    assert passages
    assert all(passage["published"] <= "2017-01-01" for passage in passages)
    found = client.post("/v1/search", json={"query": "air strikes", "sources": ["Meridian Wire"], "limit": 3}).json()
    assert {passage["source"] for passage in found["passages"]} == {"Meridian Wire"}
    listed = client.get("/v1/articles", params={"source": "Meridian Wire", "after": "2022-01-01"}).json()
    assert listed["total"] == len(listed["articles"]) > 0
    assert all(article["published"] >= "2022-01-01" for article in listed["articles"])


def test_an_answer_as_of_a_day_knows_nothing_published_later(client: httpx.Client) -> None:
    """The day asked about limits ask and search; with `before` too, the earlier one counts."""
    body = {"question": "When did Russia intervene?", "as_of": "2016-06-30", "before": "2024-12-31"}
    passages = client.post("/v1/ask", json=body).json()["passages"]
    assert passages
    assert all(passage["published"] <= "2016-06-30" for passage in passages)
    found = client.post("/v1/search", json={"query": "air strikes", "as_of": "2015-12-31"}).json()["passages"]
    assert found
    assert all(passage["published"] <= "2015-12-31" for passage in found)


def test_a_filter_that_nothing_passes_is_a_reason_of_its_own(client: httpx.Client) -> None:
    """The caller learns that it was the filter."""
    answer = client.post("/v1/ask", json={"question": "Who won?", "sources": ["No Such Paper"]}).json()
    assert answer["reason"] == "no_article_passes_filter"


def test_words_are_verified_verbatim_or_not_at_all(client: httpx.Client) -> None:
    """A quote off by one letter is not a quote."""
    words = client.post("/v1/search", json={"query": "air strikes", "limit": 1}).json()["passages"][0]["text"][:40]
    hit = client.post("/v1/verify", json={"quote": words}).json()
    assert hit["verbatim"]
    assert hit["citations"][0]["cited_text"] == words
    miss = client.post("/v1/verify", json={"quote": f"{words}x"}).json()
    assert miss == {"verbatim": False, "citations": []}


def test_articles_are_added_listed_read_and_deleted(empty_client: httpx.Client) -> None:
    """The life of an article over HTTP."""
    assert empty_client.post("/v1/ask", json={"question": "Who?"}).json()["reason"] == "empty_library"
    article = {"id": "a-1", "title": "Ferry sails", "text": "The ferry sails again on Monday.", "date": "May 2, 2024"}
    added = empty_client.post("/v1/articles", json={"articles": [article]}).json()
    (key,) = added["added"]
    assert empty_client.post("/v1/articles", json={"articles": [article]}).json()["unchanged"] == [key]
    article["text"] = "The ferry does not sail on Monday after all."
    assert empty_client.post("/v1/articles", json={"articles": [article]}).json()["replaced"] == [key]
    stored = empty_client.get(f"/v1/articles/{key}").json()
    assert (stored["text"], stored["published"]) == (article["text"], "2024-05-02")
    assert empty_client.delete(f"/v1/articles/{key}").status_code == 204
    assert_problem(empty_client.get(f"/v1/articles/{key}"), 404, "no article has the id")
    assert_problem(empty_client.delete(f"/v1/articles/{key}"), 404, "no article has the id")


def test_one_bad_article_in_a_batch_is_named_and_the_others_land(empty_client: httpx.Client) -> None:
    """Only a batch of nothing but bad articles is refused."""
    good, bad = {"text": "The market opens at nine."}, {"text": "Read More"}
    mixed = empty_client.post("/v1/articles", json={"articles": [good, bad]}).json()
    assert len(mixed["added"]) == 1
    assert [item["place"] for item in mixed["failed"]] == ["article 2"]
    assert_problem(empty_client.post("/v1/articles", json={"articles": [bad]}), 422, "article 1: no article text")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/v1/ask", {"question": ""}, "question"),
        ("/v1/ask", {"question": "   "}, "the question is empty"),
        ("/v1/ask", {"question": "x" * 100_000}, "question"),
        ("/v1/ask", {}, "question: Field required"),
        ("/v1/ask", {"question": "Who?", "quesion": 1}, "quesion"),
        ("/v1/ask", {"question": "Who?", "after": "2015-02-31"}, "after"),
        ("/v1/search", {"query": "x", "limit": 0}, "limit"),
        ("/v1/verify", {"quote": ""}, "quote"),
        ("/v1/articles", {"articles": []}, "articles"),
        ("/v1/articles", {"articles": [{"text": "x", "colour": "red"}]}, "colour"),
    ],
)
def test_a_wrong_request_is_a_problem_that_names_the_field(
    client: httpx.Client, path: str, body: dict[str, object], words: str
) -> None:
    """Status 422, and the part at fault in the detail."""
    assert_problem(client.post(path, json=body), 422, words)


def test_other_failures_are_problems_too(client: httpx.Client) -> None:
    """No route, wrong method, no JSON, too much of it: the same form."""
    assert_problem(client.get("/v2/ask"), 404, "Not Found")
    assert_problem(client.get("/v1/ask"), 405, "Method Not Allowed")
    headers = {"content-type": "application/json"}
    assert_problem(client.post("/v1/ask", content=b"{not json", headers=headers), 422, "JSON")
    assert_problem(client.post("/v1/ask", content=b"x" * (MAX_BODY + 1)), 413, "over the limit")


def test_a_body_without_a_declared_length_is_limited_too(client: httpx.Client) -> None:
    """Chunked bodies are counted as they come."""

    def endless() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * (MAX_BODY // 10)

    headers = {"content-type": "application/json"}
    assert_problem(client.post("/v1/ask", content=endless(), headers=headers), 413, "over the limit")


def test_readiness_waits_for_the_model(library: Library, tmp_path: Path) -> None:
    """A server whose model cannot be loaded lives, but never gets ready."""
    folder = tmp_path / "model"
    folder.mkdir()
    broken = Library(tmp_path / "other", SentenceTransformerEmbedder(str(folder)))
    for client in served(QuestionAnswerer(broken)):
        assert client.get("/healthz").json() == {"status": "ok"}
        assert_problem(client.get("/readyz"), 503, "model")
        assert client.get("/readyz").headers["retry-after"] == "5"
        assert_problem(client.post("/v1/articles", json={"articles": [{"text": "A word."}]}), 503, "model")
    broken.close()
    for client in served(QuestionAnswerer(library)):
        deadline = time.monotonic() + 60
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert client.get("/readyz").json() == {"status": "ready"}


def test_the_api_describes_itself_with_examples(client: httpx.Client) -> None:
    """Every request model has an example, and the page for people is there."""
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for name in ("AskRequest", "SearchRequest", "VerifyRequest", "ArticleBatch"):
        assert schemas[name]["examples"]
    assert client.get("/docs").status_code == 200


def test_an_unexpected_failure_shows_nothing_of_the_inside(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug becomes a plain 500 problem."""

    def explode(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(Library, "occurrences", explode)
    for client in served(QuestionAnswerer(library)):
        response = client.post("/v1/verify", json={"quote": "x"})
        assert_problem(response, 500, "unexpected failure")
        assert "secret" not in response.text
