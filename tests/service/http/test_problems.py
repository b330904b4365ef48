"""Errors over HTTP: what they say, and what they keep to themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from index import errors
from index.embedding import Embedder, SentenceTransformerEmbedder
from index.errors import (
    KeysUnusableError,
    LibraryError,
    LibraryLockedError,
    LibraryUnusableError,
    ModelError,
    ModelMismatchError,
    OutOfStepError,
    PullquoteError,
)
from index.library import Library
from index.lock import WriterLock
from rag.pipeline import QuestionAnswerer
from service.http.problems import disclosed
from service.settings import Settings
from tests.conftest import BRIDGE, ROOT
from tests.http_server import serving

OF_THE_MACHINE = (LibraryError, ModelError)
QUESTION = {"question": "Who opened the harbour bridge?"}
Harm = Callable[[Path], None]


def lose_the_catalogue(folder: Path) -> None:
    """Writes over the catalogue's first pages."""
    for file in folder.glob("catalogue.sqlite3*"):
        file.write_bytes(b"x" * 10_000)


def lose_the_indexes(folder: Path) -> None:
    """Takes the derived indexes away."""
    shutil.rmtree(folder / "vectors")
    shutil.rmtree(folder / "lexical")
    (folder / "vectors").touch()
    (folder / "lexical").touch()


def assert_nothing_of_the_machine(response: httpx.Response, *secrets: object) -> None:
    """No path, no process, no trace."""
    for secret in (*secrets, ROOT, "site-packages", "Traceback", ".py", "/tmp", "writer"):
        assert str(secret) not in response.text, response.text


@pytest.mark.parametrize("harm", [lose_the_catalogue, lose_the_indexes])
def test_a_damaged_library_is_a_503_without_a_path(tmp_path: Path, embedder: Embedder, harm: Harm) -> None:
    """In one piece, streamed, and by OpenAI's route; the log has the path."""
    folder = tmp_path / "library"
    filled = Library(folder, embedder)
    filled.add([BRIDGE])
    filled.close()
    damaged = Library(folder, embedder)
    harm(folder)
    with capture_logs() as logs:
        chat = {"model": "pullquote", "messages": [{"role": "user", "content": QUESTION["question"]}]}
        with serving(QuestionAnswerer(damaged), Settings()) as client:
            responses = [
                client.post("/v1/ask", json=QUESTION),
                client.post("/v1/ask", json=QUESTION, headers={"Accept": "text/event-stream"}),
                client.post("/v1/chat/completions", json=chat),
                client.post("/v1/chat/completions", json={**chat, "stream": True}),
                client.post("/v1/search", json={"query": "bridge"}),
                client.get("/readyz"),
            ]
        damaged.close()
    for response in responses:
        assert "the library" in response.text or "the indexes" in response.text
        assert_nothing_of_the_machine(response, folder, tmp_path)
    assert responses[0].status_code == responses[2].status_code == 503
    assert any(str(folder) in str(line.get("problem")) for line in logs)


def test_a_locked_library_does_not_tell_who_holds_it(library: Library) -> None:
    """The holder's command line may have paths and names."""
    holder = WriterLock(library.folder)
    with serving(QuestionAnswerer(library), Settings()) as client:
        holder.take()
        refused = client.post("/v1/articles", json={"articles": [{"text": "The market opens at nine."}]})
        holder.release()
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:pullquote:library-locked")
    assert refused.headers["retry-after"] == "5"
    assert_nothing_of_the_machine(refused, library.folder, "pytest")


def test_a_missing_model_does_not_tell_where_it_was_looked_for(tmp_path: Path) -> None:
    """Readiness and adding say that it cannot be loaded."""
    (tmp_path / "model").mkdir()
    broken = Library(tmp_path / "library", SentenceTransformerEmbedder(str(tmp_path / "model")))
    with serving(QuestionAnswerer(broken), Settings()) as client:
        refused = client.post("/v1/articles", json={"articles": [{"text": "The market opens at nine."}]})
    broken.close()
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:pullquote:model")
    assert_nothing_of_the_machine(refused, tmp_path)


@pytest.mark.parametrize(
    "kind",
    [
        LibraryError,
        LibraryLockedError,
        LibraryUnusableError,
        KeysUnusableError,
        ModelMismatchError,
        OutOfStepError,
        ModelError,
    ],
)
def test_an_error_of_the_machine_is_told_in_fixed_words(kind: type[PullquoteError]) -> None:
    """Each with what to do; the log has what happened."""
    with capture_logs() as logs:
        told = disclosed(kind("the thing in '/var/lib/pullquote' broke"))
    assert "/" not in told
    assert ": " in told or "," in told
    assert logs[0]["problem"] == "the thing in '/var/lib/pullquote' broke"


def test_every_error_of_the_machine_there_will_be_is_kept_back_too() -> None:
    """Any class under these two roots, whoever adds it."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OF_THE_MACHINE)]
    assert len(kinds) >= 7
    for kind in kinds:
        assert "/secret" not in disclosed(kind("in '/secret'"))


def test_what_is_repeated_of_a_request_is_bounded(library: Library) -> None:
    """A field's name, a model's name, an id: however long, the detail is not."""
    long = "x" * 50_000
    with serving(QuestionAnswerer(library), Settings()) as client:
        responses = [
            client.post("/v1/ask", json={"question": "Who?", long: 1}),
            client.post("/v1/ask", json={"question": long}),
            client.post("/v1/chat/completions", json={"model": long, "messages": [{"role": "user", "content": "x"}]}),
            client.get(f"/v1/articles/{long[:20_000]}"),
            client.post("/v1/articles", json={"articles": [{"text": "x", "date": long}]}),
            client.post("/v1/articles", json={"articles": [{"text": ""}] * 900}),
        ]
    for response in responses:
        assert response.status_code in {404, 422}
        assert len(response.text) < 1_500
