"""Settings: the environment (PULLQUOTE_*), a .env file or pullquote.toml, in this order. Only file that reads them."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from index.errors import SettingsError
from rag.generation import ReplyFormat
from rag.llm import check_name, without_credentials

_PREFIX: Final = "PULLQUOTE_"
_KEY: Final = "llm_api_key"
_TOML: Final = Path("pullquote.toml")
_DOTENV: Final = Path(".env")


class Settings(BaseModel):
    """Everything that can be set. Each field is PULLQUOTE_ and its name in capitals in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Annotated[Path, Field(description="Folder of the library; made when missing.")] = Field(
        default_factory=lambda: user_data_path("pullquote", appauthor=False)
    )
    embedding_model: Annotated[
        str, Field(min_length=1, description="`all-MiniLM-L6-v2`, or the folder of a sentence-transformers model.")
    ] = "all-MiniLM-L6-v2"
    reader: Annotated[
        Literal["model", "scores"],
        Field(description="What reads the passages: the trained model, or scores of their sentences alone."),
    ] = "model"
    passages: Annotated[int, Field(ge=1, le=50, description="Passages that the reader sees for a question.")] = 12
    llm: Annotated[
        str,
        Field(
            description="The language model that words the answers: `none`, `openai:MODEL`, `openai-like:MODEL@URL`,"
            " `anthropic:MODEL`, `ollama:MODEL`, `gguf:PATH`, or a LlamaIndex class as `package.module.Class:MODEL`."
        ),
    ] = "none"
    llm_api_key: Annotated[
        SecretStr | None,
        Field(description="Key for the language model's server; from the environment or `.env` only."),
    ] = None
    llm_timeout_s: Annotated[
        float, Field(gt=0, le=3_600, description="Seconds that the language model has for one answer, all retries in.")
    ] = 120.0
    llm_passages: Annotated[
        int, Field(ge=1, le=50, description="Passages that the language model is given, the nearest ones.")
    ] = 3
    llm_format: Annotated[
        ReplyFormat,
        Field(description="How the language model replies: `json`, `text`, or `auto`, as its server can."),
    ] = ReplyFormat.AUTO
    llm_odds: Annotated[
        float,
        Field(
            ge=1,
            le=1_000,
            description="How many times likelier an answer is right once a claim of the language model stands on it.",
        ),
    ] = 4.0
    history_tokens: Annotated[
        int, Field(ge=0, le=100_000, description="Tokens of a conversation that a follow-up is understood from.")
    ] = 1_000
    max_file_bytes: Annotated[
        int,
        Field(ge=1_000, le=1_000_000_000, description="Largest file, page or line of JSONL that is read."),
    ] = 20_000_000
    fetch_timeout_s: Annotated[
        float, Field(ge=1, le=600, description="Seconds that one page of the web has to come, redirects in.")
    ] = 30.0
    max_feed_entries: Annotated[
        int, Field(ge=1, le=5_000, description="Pages that are added of one feed or sitemap, the newest ones.")
    ] = 100
    allow_private_addresses: Annotated[
        bool, Field(description="Whether pages of this machine and of private networks may be fetched.")
    ] = False
    max_body_bytes: Annotated[
        int, Field(ge=1_000, le=1_000_000_000, description="Largest body of an HTTP request.")
    ] = 20_000_000
    host: Annotated[str, Field(min_length=1, description="Address that `pullquote serve` listens on.")] = "127.0.0.1"
    port: Annotated[
        int, Field(ge=0, le=65_535, description="Port that `pullquote serve` listens on; 0 takes a free one.")
    ] = 8000
    require_keys: Annotated[
        bool, Field(description="Whether API keys are asked for on loopback too; on any other address they always are.")
    ] = False
    key_requests_per_minute: Annotated[
        int, Field(ge=0, le=1_000_000, description="Requests that one key may make in a minute; 0 sets no limit.")
    ] = 600
    address_requests_per_minute: Annotated[
        int,
        Field(ge=0, le=1_000_000, description="Requests that may come from one address in a minute; 0 sets no limit."),
    ] = 600
    trusted_proxies: Annotated[
        str, Field(description="Addresses of proxies, with commas between, that are believed about who asks.")
    ] = "127.0.0.1"
    cors_origins: Annotated[
        str, Field(description="Origins, with commas between, whose pages a browser lets ask; none by default.")
    ] = ""
    request_timeout_s: Annotated[
        float,
        Field(ge=1, le=3_600, description="Seconds in which a body must come, and in which an answer must begin."),
    ] = 150.0
    concurrent_questions: Annotated[
        int, Field(ge=0, le=256, description="Questions that are answered at once; 0 takes the number of cores.")
    ] = 0
    waiting_questions: Annotated[
        int, Field(ge=0, le=10_000, description="Questions that may wait for their turn; more are sent away.")
    ] = 64
    shutdown_timeout_s: Annotated[
        float, Field(ge=0, le=3_600, description="Seconds that what is in flight has to finish when the service stops.")
    ] = 30.0
    log_format: Annotated[
        Literal["text", "json"], Field(description="How log lines are written: for people, or as JSON for programs.")
    ] = "text"
    log_questions: Annotated[
        bool, Field(description="Whether the words of questions are logged; they may tell who looks into what.")
    ] = False
    otlp_endpoint: Annotated[
        str, Field(description="Where traces go: the gRPC address of an OpenTelemetry collector; nowhere by default.")
    ] = ""
    chroma_url: Annotated[
        str, Field(description="Address of a Chroma server that keeps the vectors; by default the data folder does.")
    ] = ""
    chroma_collection: Annotated[
        str,
        Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]$", description="Collection of that server."),
    ] = "pullquote"

    @field_validator("llm")
    @classmethod
    def _known_form(cls, llm: str) -> str:
        check_name(llm)
        return llm

    @field_validator("data_dir")
    @classmethod
    def _from_home(cls, folder: Path) -> Path:
        return folder.expanduser()


def load_settings(**overrides: object) -> Settings:
    """The settings in force in this process and folder; `overrides` that are not None go before all.

    Raises SettingsError for an unknown key, naming the nearest known one, or a value out of bounds.
    """
    layers = (
        ("pullquote.toml", _from_toml(_TOML)),
        (".env", _prefixed(dotenv_values(_DOTENV) if _DOTENV.is_file() else {})),
        ("the environment", _prefixed(os.environ)),
        ("the command line", {key: value for key, value in overrides.items() if value is not None}),
    )
    merged: dict[str, object] = {}
    for place, values in layers:
        _check_known(values, place)
        merged |= values
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))} = {_shown(item['loc'], item['input'])}: {item['msg']}"
            for item in error.errors()
        )
        raise SettingsError(f"settings out of bounds: {problems}") from error


def _shown(place: tuple[int | str, ...], value: object) -> str:
    return "(not shown)" if _KEY in place else without_credentials(repr(value))


def _from_toml(file: Path) -> dict[str, object]:
    if not file.is_file():
        return {}
    try:
        values = tomllib.loads(file.read_text())
    except OSError as error:
        raise SettingsError(f"{str(file)!r} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{str(file)!r} is not TOML: {error}") from error
    if _KEY in values:
        raise SettingsError(f"{str(file)!r} holds a key: set {_PREFIX}{_KEY.upper()} in the environment instead")
    return values


def _prefixed(variables: Mapping[str, str | None]) -> dict[str, object]:
    return {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in variables.items()
        if name.startswith(_PREFIX) and value
    }


def _check_known(keys: Iterable[str], place: str) -> None:
    for key in keys:
        if key not in Settings.model_fields:
            nearest = get_close_matches(key, Settings.model_fields, n=1, cutoff=0.0)[0]
            shown = key if place.endswith(".toml") else f"{_PREFIX}{key.upper()}"
            cure = nearest if place.endswith(".toml") else f"{_PREFIX}{nearest.upper()}"
            raise SettingsError(f"unknown setting {shown!r} in {place}: did you mean {cure!r}?")
