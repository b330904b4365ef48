"""A language model over real connections: what is sent where, how a reply comes, and every way it fails."""

from __future__ import annotations

import gc
import importlib.util
import logging
import threading
import traceback
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import pytest

from index.errors import (
    ContextOverflowError,
    LanguageModelError,
    ModelRefusalError,
    ModelUnreachableError,
    ReplyCancelledError,
)
from rag.generation import Writer
from rag.language_model import Cancellation, JsonSchema, LanguageModel, Message, Role
from rag.llm import open_language_model
from rag.resilience import ResilientModel
from tests.language_model_server import Behaviour, Break, Empty, Garbage, Hang, LanguageModelServer, Reply, Status

pytest.importorskip("llama_index.llms.openai_like")

KEY: Final = "sk-test-a1b2c3d4e5"
OTHER_KEY: Final = "sk-environment-f6g7h8"
WORDS: Final = "The bridge opened in May. [1.1]"
MESSAGES: Final = (
    Message(Role.SYSTEM, "You answer."),
    Message(Role.USER, "When did the bridge open?"),
    Message(Role.ASSISTANT, "In May?"),
    Message(Role.USER, "Are you sure?"),
)
SCHEMA: Final[JsonSchema] = {"type": "object", "properties": {"answered": {"type": "boolean"}}}


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of server: how the setting begins, what comes after its address, and what its package is called."""

    prefix: str
    path: str
    package: str

    def setting(self, server: LanguageModelServer) -> str:
        """What `llm` is set to, so that this provider's client talks to `server`."""
        return f"{self.prefix}:some-model@{server.url}{self.path}"


OPENAI_LIKE: Final = Provider("openai-like", "/v1", "openai_like")
OLLAMA: Final = Provider("ollama", "", "ollama")


@pytest.fixture(params=[OPENAI_LIKE, OLLAMA], ids=lambda provider: provider.prefix)
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each provider whose address can be set and whose package is there."""
    found = request.param
    assert isinstance(found, Provider)
    if importlib.util.find_spec(f"llama_index.llms.{found.package}") is None:
        pytest.skip(f"llama-index-llms-{found.package.replace('_', '-')} is not installed")
    return found


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test starts with the keys and addresses of whoever runs it."""
    for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def opened(setting: str, key: str | None = None) -> LanguageModel:
    """The model that a setting names."""
    model = open_language_model(setting, key)
    assert model is not None
    return model


def said(model: LanguageModel, schema: JsonSchema | None = None, seconds: float = 5.0) -> list[str]:
    """The parts of its reply."""
    return list(model.reply(MESSAGES, schema, seconds, Cancellation()))


def open_files() -> int:
    """How many files and connections this process has open."""
    return sum(1 for _ in Path("/dev/fd").iterdir())


def model_in(setting: str) -> str:
    """The setting without the address of a server: what the model is called."""
    return setting.partition("@")[0]


def failure(setting: str, key: str | None = None, seconds: float = 5.0) -> LanguageModelError:
    """The error that a reply ends in."""
    with pytest.raises(LanguageModelError) as caught:
        said(opened(setting, key), None, seconds)
    return caught.value


def test_a_dotted_path_reaches_any_llm_of_llamaindex() -> None:
    """LlamaIndex's own mock says again what it was told, part by part."""
    model = opened("llama_index.core.llms.MockLLM")
    parts = said(model, SCHEMA)
    assert (model.name, model.constrains) == ("llama_index.core.llms.MockLLM", False)
    assert len(parts) > 10
    assert "When did the bridge open?" in "".join(parts)


def test_a_reply_comes_in_the_parts_that_the_server_sends(provider: Provider) -> None:
    """Every role and word of the messages arrives, and the schema in the server's own way."""
    with LanguageModelServer([Reply(WORDS, parts=5)]) as server:
        model = opened(provider.setting(server))
        parts = said(model, SCHEMA)
    assert model.constrains
    assert len(parts) == 5
    assert "".join(parts) == WORDS
    (request,) = server.requests
    assert [(each["role"], each["content"]) for each in request.messages] == [
        (message.role.value, message.text) for message in MESSAGES
    ]
    assert request.body["model"] == "some-model"
    assert request.body["stream"] is True
    assert '"answered"' in str(request.body).replace("'", '"')


def test_replies_are_limited_in_length(provider: Provider) -> None:
    """A model that never stops is stopped by its server."""
    with LanguageModelServer([Reply(WORDS)]) as server:
        said(opened(provider.setting(server)))
    (request,) = server.requests
    options = request.body.get("options", request.body)
    assert isinstance(options, dict)
    assert 100 <= (options.get("max_tokens") or options["num_predict"]) <= 2000
    assert options["temperature"] == 0


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (Status(401), ModelRefusalError),
        (Status(404), ModelRefusalError),
        (Status(429), ModelUnreachableError),
        (Status(500), ModelUnreachableError),
        (Status(503, "the model is being loaded"), ModelUnreachableError),
        (Status(400, '{"error": "the input exceeds the available context size"}'), ContextOverflowError),
        (Break(WORDS, 10), ModelUnreachableError),
        (Hang(0.1), ModelUnreachableError),
        (Hang(30), ModelUnreachableError),
        (Garbage('data: {"a": \n\n'), ModelUnreachableError),
    ],
)
def test_every_failure_is_one_of_our_errors_and_in_plain_words(
    provider: Provider, behaviour: Behaviour, kind: type[LanguageModelError]
) -> None:
    """Within the time limit, with the model's name, and with no class or word of the vendor."""
    started = monotonic()
    with LanguageModelServer([behaviour]) as server:
        setting = provider.setting(server)
        error = failure(setting, KEY, seconds=1.0 if behaviour == Hang(30) else 15.0)
    assert monotonic() - started < 15
    assert type(error) is kind
    assert repr(model_in(setting)) in str(error)
    words = str(error).replace(model_in(setting), "")
    assert not any(found in words for found in ("Error", "Exception", "openai", "ollama", "httpx", KEY))


def test_a_server_that_does_not_listen_is_unreachable(provider: Provider) -> None:
    """Connection refused."""
    with LanguageModelServer([Empty()]) as server:
        setting = provider.setting(server)
    assert "cannot be reached" in str(failure(setting))


def test_the_pause_that_a_server_asks_for_is_known() -> None:
    """Retry-After comes through the vendor's client."""
    with LanguageModelServer([Status(429, headers={"Retry-After": "7"})]) as server:
        error = failure(OPENAI_LIKE.setting(server))
    assert isinstance(error, ModelUnreachableError)
    assert error.retry_after == 7
    assert len(server.requests) == 1


def test_a_reply_can_be_stopped_from_another_thread(provider: Provider) -> None:
    """The caller hears at once, and the server loses the connection, though it has said nothing yet."""
    cancellation = Cancellation()
    with LanguageModelServer([Hang(30)]) as server:
        reply = opened(provider.setting(server)).reply(MESSAGES, None, 30, cancellation)
        timer = threading.Timer(0.3, cancellation.cancel)
        timer.start()
        started = monotonic()
        with pytest.raises(ReplyCancelledError):
            next(reply)
        assert monotonic() - started < 8
        assert server.hung_up.wait(10)
        timer.join()


def test_a_reply_that_is_left_early_leaves_no_connection_open(provider: Provider) -> None:
    """Though more of it has arrived than was read; and without the garbage collector, which may come late."""
    with LanguageModelServer([Reply(WORDS * 100, parts=400)]) as server:
        model = opened(provider.setting(server))
        said(model)
        gc.collect()
        gc.disable()
        try:
            before = open_files()
            for _ in range(20):
                reply = model.reply(MESSAGES, None, 10, Cancellation())
                assert next(reply) + next(reply) == WORDS[:16]
                assert isinstance(reply, Generator)
                reply.close()
                sleep(0.05)
            deadline = monotonic() + 5  # the server's own ends close a little later
            while open_files() > before + 10 and monotonic() < deadline:
                sleep(0.05)
            assert open_files() <= before + 10
        finally:
            gc.enable()


def test_threads_share_one_model(provider: Provider) -> None:
    """Eight callers at once get eight replies."""
    with LanguageModelServer([Reply(WORDS, delay=0.05)]) as server:
        model = opened(provider.setting(server))
        with ThreadPoolExecutor(8) as threads:
            replies = list(threads.map(lambda _: "".join(said(model)), range(8)))
    assert replies == [WORDS] * 8


@pytest.fixture
def echoing_server() -> Iterator[LanguageModelServer]:
    """It repeats the key that it was sent, as some do."""
    echo = '{"error": {"message": "Incorrect API key provided: {authorization}"}}'
    with LanguageModelServer([Status(401, echo)]) as server:
        yield server


def test_a_key_is_sent_and_shown_nowhere(
    echoing_server: LanguageModelServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither in an error and what led to it, nor in a log, nor in how a model shows itself."""
    caplog.set_level(logging.DEBUG)
    setting = OPENAI_LIKE.setting(echoing_server)
    model = opened(setting, KEY)
    error = failure(setting, KEY)
    assert echoing_server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert "check its key" in str(error)
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    shown += model.name + repr(model) + repr(Writer(ResilientModel(model)))
    printed = capfd.readouterr()
    assert KEY not in shown + caplog.text + printed.out + printed.err
    assert caplog.records  # the vendors' own logs are in what was searched


def test_the_key_of_another_vendor_stays_here(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> None:
    """A server of one's own is not sent the OpenAI key that happens to be in the environment, nor asked elsewhere."""
    monkeypatch.setenv("OPENAI_API_KEY", OTHER_KEY)
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    with LanguageModelServer([Reply(WORDS)]) as server:
        said(opened(provider.setting(server)))
    (request,) = server.requests
    assert OTHER_KEY not in f"{request.headers} {request.body}"


@pytest.mark.parametrize("name", ["gpt-4o-mini", "gpt-99-preview", "o1"])
def test_a_model_of_openai_is_asked_whether_or_not_the_class_knows_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With the key of the setting, or else of the vendor's variable; at the address that its other variable says."""
    with LanguageModelServer([Reply(WORDS)]) as server:
        monkeypatch.setenv("OPENAI_API_BASE", f"{server.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", OTHER_KEY)
        assert "".join(said(opened(f"openai:{name}"))) == WORDS
        model = opened(f"openai:{name}", KEY)
        assert "".join(said(model, SCHEMA)) == WORDS
    assert model.name == f"openai:{name}"
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {OTHER_KEY}", f"Bearer {KEY}"]
    assert [request.body["model"] for request in server.requests] == [name, name]
    assert "json_schema" in str(server.requests[1].body)


@pytest.mark.parametrize("name", ["gpt-4o-mini", "gpt-99-preview"])
def test_replies_of_openai_are_limited_in_length_too(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Tokens of a hosted model cost money."""
    with LanguageModelServer([Reply(WORDS)]) as server:
        monkeypatch.setenv("OPENAI_API_BASE", f"{server.url}/v1")
        said(opened(f"openai:{name}", KEY))
    body = server.requests[0].body
    assert body.get("max_tokens") or body.get("max_completion_tokens")


def test_a_model_of_anthropic_is_asked_in_its_own_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own header for the key; it cannot be held to a schema."""
    pytest.importorskip("llama_index.llms.anthropic")
    with LanguageModelServer([Reply(WORDS, parts=5)]) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        model = opened("anthropic:claude-3-5-haiku-latest", KEY)
        assert "".join(said(model, SCHEMA)) == WORDS
    assert not model.constrains
    assert server.requests[0].headers["x-api-key"] == KEY
