"""A setting -> a language model, through the classes of LlamaIndex. Only file that imports them."""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from index.errors import LanguageModelError, ReplyCancelledError, SettingsError
from rag.language_model import Cancellation, JsonSchema, LanguageModel, Message
from rag.vendor_errors import translated

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

_log: Final = logging.getLogger("pullquote.llm")

NONE: Final = "none"
_MAX_REPLY_TOKENS: Final = 800
_CONTEXT_TOKENS: Final = 8192
_ONE_REPLY: Final = {"Connection": "close"}
"""A connection is for one reply: what is left idle in a pool would stay open when its model is dropped."""
_NO_KEY: Final = "no-key"
"""What is sent to a server that needs no key: its client refuses to send none, or would send another vendor's."""
_OPENAI: Final = "https://api.openai.com/v1"
_OLLAMA: Final = "http://localhost:11434"
_ADDRESSED: Final = re.compile(r"(?P<name>.+?)@(?P<url>https?://.+)")
_CREDENTIALS: Final = re.compile(r"//[^/]*@")
_FORMS: Final = (
    "none, openai:MODEL, openai-like:MODEL@URL, anthropic:MODEL, ollama:MODEL, gguf:PATH,"
    " or the dotted path of a LlamaIndex LLM class as package.module.Class:MODEL"
)

_Options: TypeAlias = dict[str, object]
_Constraint: TypeAlias = Callable[[JsonSchema], _Options]


@dataclass(frozen=True, slots=True)
class _Opened:
    """An LLM of LlamaIndex, and how its server is told to hold a reply to a schema, where it can be.

    `waits`: whether it waits for a server, and so can be stopped while it does; one in this process never waits.
    """

    llm: LLM = field(repr=False)
    constraint: _Constraint | None
    waits: bool = True


def check_name(setting: str) -> None:
    """Raises SettingsError when `setting` names no language model; nothing is imported or connected."""
    provider, _, model = setting.partition(":")
    shown = without_credentials(setting)
    if shown != setting:
        raise SettingsError(f"the address in llm = {shown!r} holds a key: keys come from PULLQUOTE_LLM_API_KEY")
    if setting != NONE and not (provider in _OPENERS and model) and not _is_dotted(provider):
        raise SettingsError(f"llm = {setting!r} is none of these: {_FORMS}")
    if provider == "openai-like" and not _name_and_url(model)[1]:
        raise SettingsError(f"llm = {setting!r} has no address: write it as openai-like:MODEL@http://127.0.0.1:8080/v1")


def open_language_model(setting: str, key: str | None = None) -> LanguageModel | None:
    """The language model that `setting` names, None for "none".

    `key`: sent to the model's server; without one, hosted vendors take it from their own variable in the
    environment. Raises SettingsError when the setting names none, or its package is not installed.
    """
    check_name(setting)
    if setting == NONE:
        return None
    provider, _, model = setting.partition(":")
    try:
        opened = _OPENERS[provider](model, key) if provider in _OPENERS else _dotted(provider, model, key)
    except ImportError as error:
        cure = (
            f"pip install 'pullquote[{provider}]'" if provider in _OPENERS else "install the package that has the class"
        )
        raise SettingsError(
            f"llm = {setting!r} needs a package that is not installed ({error.name}): {cure}"
        ) from error
    except SettingsError:
        raise
    except Exception:  # noqa: BLE001 - whatever a vendor's class raises; its words may hold the key
        raise SettingsError(
            f"llm = {setting!r} cannot be set up: check the model's name, its key and its file"
        ) from None
    return _LlamaIndexModel(_shown(setting), opened)


def _shown(setting: str) -> str:
    """The provider and the model: where they are is no business of whoever reads the answer."""
    provider, _, model = setting.partition(":")
    name = Path(model).name if provider == "gguf" else _name_and_url(model)[0]
    return f"{provider}:{name}" if name else provider


def without_credentials(setting: str) -> str:
    """The setting as it may be shown: what stands before the host of an address is left out."""
    return _CREDENTIALS.sub("//", setting)


def _name_and_url(model: str) -> tuple[str, str | None]:
    found = _ADDRESSED.fullmatch(model)
    return (found["name"], found["url"]) if found else (model, None)


def _openai(model: str, key: str | None) -> _Opened:
    from llama_index.llms.openai import OpenAI  # an extra, and slow to import

    llm = OpenAI(
        model=model,
        api_key=key,
        max_retries=0,
        temperature=0.0,
        max_tokens=_MAX_REPLY_TOKENS,
        default_headers=_ONE_REPLY,
    )
    if not llm.api_key:
        raise SettingsError(f"llm = 'openai:{model}' needs a key: set PULLQUOTE_LLM_API_KEY or OPENAI_API_KEY")
    try:
        llm.metadata  # noqa: B018 - raises for a model that is newer than the class
    except ValueError:
        return _Opened(_newer_openai(model, llm.api_base or _OPENAI, llm.api_key), _response_format)
    return _Opened(llm, _response_format)


def _newer_openai(model: str, url: str, key: str) -> LLM:
    """A model that the class of OpenAI does not know yet; the newer ones take no other temperature than 1."""
    from llama_index.llms.openai_like import OpenAILike  # an extra, and slow to import

    limit = {"max_completion_tokens": _MAX_REPLY_TOKENS}
    llm: LLM = OpenAILike(
        model=model,
        api_base=url,
        api_key=key,
        is_chat_model=True,
        max_retries=0,
        temperature=1.0,
        default_headers=_ONE_REPLY,
        additional_kwargs=limit,
    )
    return llm


def _openai_like(model: str, key: str | None) -> _Opened:
    from llama_index.llms.openai_like import OpenAILike  # an extra, and slow to import

    name, url = _name_and_url(model)
    llm = OpenAILike(
        model=name,
        api_base=url,
        api_key=key or _NO_KEY,
        is_chat_model=True,
        max_retries=0,
        temperature=0.0,
        max_tokens=_MAX_REPLY_TOKENS,
        default_headers=_ONE_REPLY,
    )
    return _Opened(llm, _response_format)


def _anthropic(model: str, key: str | None) -> _Opened:
    from llama_index.llms.anthropic import Anthropic  # an extra, and slow to import

    return _Opened(
        Anthropic(
            model=model,
            api_key=key,
            max_retries=0,
            temperature=0.0,
            max_tokens=_MAX_REPLY_TOKENS,
            default_headers=_ONE_REPLY,
        ),
        None,
    )


def _ollama(model: str, _: str | None) -> _Opened:
    from llama_index.llms.ollama import Ollama  # an extra, and slow to import
    from ollama import AsyncClient

    name, url = _name_and_url(model)
    llm = Ollama(
        model=name,
        async_client=AsyncClient(host=url or _OLLAMA, headers=_ONE_REPLY),
        temperature=0.0,
        context_window=_CONTEXT_TOKENS,
        additional_kwargs={"num_predict": _MAX_REPLY_TOKENS},
    )
    return _Opened(llm, lambda schema: {"format": dict(schema)})


def _gguf(model: str, _: str | None) -> _Opened:
    from llama_index.llms.llama_cpp import LlamaCPP  # an extra, and slow to import

    file = Path(model).expanduser()
    if not file.is_file():
        raise SettingsError(f"llm = 'gguf:{model}': there is no such file")
    llm = LlamaCPP(
        model_path=str(file),
        temperature=0.0,
        max_new_tokens=_MAX_REPLY_TOKENS,
        context_window=_CONTEXT_TOKENS,
        verbose=False,
    )
    llm.messages_to_prompt = functools.partial(_as_chat, llm._model)
    return _Opened(llm, None, waits=False)


def _as_chat(model: object, messages: Sequence[ChatMessage]) -> str:
    """The messages in the form that the model file itself says it is trained on."""
    from llama_cpp import Llama
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    llama = cast("Llama", model)
    formatter = Jinja2ChatFormatter(
        template=llama.metadata["tokenizer.chat_template"],
        eos_token=llama._model.token_get_text(llama.token_eos()),
        bos_token=llama._model.token_get_text(llama.token_bos()) if llama.token_bos() >= 0 else "",
    )
    turns = [{"role": message.role.value, "content": message.content or ""} for message in messages]
    return str(formatter(messages=turns).prompt)


def _dotted(path: str, model: str, key: str | None) -> _Opened:
    from llama_index.core.llms import LLM, CustomLLM  # an extra, and slow to import

    module, _, name = path.rpartition(".")
    try:
        factory = getattr(importlib.import_module(module), name)
    except AttributeError:
        raise SettingsError(f"llm = {path!r}: the module {module!r} has no {name!r}") from None
    named: Mapping[str, str] = {"model": model} if model else {}
    keyed: Mapping[str, str] = {"api_key": key} if key else {}
    llm = factory(**named, **keyed)
    if not isinstance(llm, LLM):
        raise SettingsError(f"llm = {path!r} is no LLM of LlamaIndex, but makes a {type(llm).__name__}")
    return _Opened(llm, None, waits=not isinstance(llm, CustomLLM))


def _is_dotted(provider: str) -> bool:
    return "." in provider and all(part.isidentifier() for part in provider.split("."))


def _response_format(schema: JsonSchema) -> _Options:
    named = {"name": "reply", "strict": True, "schema": dict(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


_OPENERS: Final[Mapping[str, Callable[[str, str | None], _Opened]]] = {
    "openai": _openai,
    "openai-like": _openai_like,
    "anthropic": _anthropic,
    "ollama": _ollama,
    "gguf": _gguf,
}


class _LlamaIndexModel:
    """A LanguageModel over an LLM of LlamaIndex, whose asynchronous side can be stopped at any moment."""

    def __init__(self, name: str, opened: _Opened) -> None:
        self.name = name
        self._opened = opened

    @property
    def constrains(self) -> bool:
        return self._opened.constraint is not None

    def reply(
        self, messages: Sequence[Message], schema: JsonSchema | None, seconds: float, cancellation: Cancellation
    ) -> Iterator[str]:
        parts: queue.SimpleQueue[str | LanguageModelError | None] = queue.SimpleQueue()
        options = self._opened.constraint(schema) if self._opened.constraint and schema is not None else {}
        task = asyncio.run_coroutine_threadsafe(self._produce(messages, options, seconds, parts), _loop())
        try:
            with cancellation.calling(task.cancel), cancellation.calling(lambda: parts.put(_cancelled(self.name))):
                while (part := parts.get()) is not None:
                    if isinstance(part, LanguageModelError):
                        raise part
                    yield part
        finally:
            task.cancel()

    async def _produce(
        self,
        messages: Sequence[Message],
        options: _Options,
        seconds: float,
        parts: queue.SimpleQueue[str | LanguageModelError | None],
    ) -> None:
        try:
            async with asyncio.timeout(seconds):
                replies = await self._opened.llm.astream_chat(_chat_messages(messages), **options)
                async with aclosing(replies):
                    async for reply in replies:
                        if reply.delta:
                            parts.put(reply.delta)
                        if not self._opened.waits:
                            await asyncio.sleep(0)  # where it can be stopped
            parts.put(None)
        except asyncio.CancelledError:
            parts.put(_cancelled(self.name))
            raise
        except Exception as error:  # noqa: BLE001 - every vendor has errors of its own
            _log.info("the model %r failed with %s", self.name, type(error).__name__)  # its words may hold a key
            parts.put(translated(error, self.name, seconds))


def _chat_messages(messages: Sequence[Message]) -> list[ChatMessage]:
    from llama_index.core.base.llms.types import ChatMessage, MessageRole  # an extra, and slow to import

    return [ChatMessage(role=MessageRole(message.role.value), content=message.text) for message in messages]


def _cancelled(name: str) -> ReplyCancelledError:
    return ReplyCancelledError(f"the reply of {name!r} was stopped: nobody waits for it")


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """The event loop that all replies run in, in a thread of its own that ends with the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="language-models", daemon=True).start()
    return loop
