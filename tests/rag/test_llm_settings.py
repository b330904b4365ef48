"""The forms of the setting `llm`: what each needs, and what is said of one that is wrong."""

from __future__ import annotations

import sys
from typing import Final

import pytest

from index.errors import SettingsError
from rag.llm import check_name, open_language_model

pytest.importorskip("llama_index.llms.openai_like")

KEY: Final = "sk-test-a1b2c3d4e5"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test starts with the key of whoever runs it."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("", "is none of these: none, openai:MODEL"),
        ("None", "is none of these"),
        ("gpt-4o", "is none of these"),
        ("openai", "is none of these"),
        ("openai:", "is none of these"),
        ("opneai:gpt-4o", "llm = 'opneai:gpt-4o' is none of these"),
        ("gguf:", "is none of these"),
        ("some.module.1st:x", "is none of these"),
        ("openai-like:llama", "has no address: write it as openai-like:MODEL@http"),
        ("openai-like:llama@127.0.0.1:8080", "has no address"),
        ("openai-like:llama@ftp://127.0.0.1/v1", "has no address"),
        (f"openai-like:llama@http://user:{KEY}@127.0.0.1/v1", "keys come from PULLQUOTE_LLM_API_KEY"),
    ],
)
def test_a_setting_that_names_no_model_is_refused_with_the_cure(setting: str, words: str) -> None:
    """Before anything is imported or connected; a password in an address is not repeated."""
    for refuse in (check_name, open_language_model):
        with pytest.raises(SettingsError) as caught:
            refuse(setting)
        assert words in str(caught.value)
        assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "setting",
    [
        "none",
        "openai:gpt-4o-mini",
        "openai:ft:gpt-4o-mini:paper::abc",
        "openai-like:org/model:q4@http://[::1]:8080/v1",
        "anthropic:claude-3-5-haiku-latest",
        "ollama:llama3.2:3b",
        "gguf:/models/a model.gguf",
        "llama_index.core.llms.MockLLM",
        "some.package.Class:a-model",
    ],
)
def test_each_form_of_the_setting_is_known(setting: str) -> None:
    """Without a package, a file or a server being there."""
    check_name(setting)


def test_none_is_no_model() -> None:
    """Answers are then extractive."""
    assert open_language_model("none") is None


@pytest.mark.parametrize(
    ("setting", "package"),
    [
        ("openai:gpt-4o-mini", "llama_index.llms.openai"),
        ("openai-like:m@http://127.0.0.1:1/v1", "llama_index.llms.openai_like"),
        ("anthropic:claude-3-5-haiku-latest", "llama_index.llms.anthropic"),
        ("ollama:llama3.2", "llama_index.llms.ollama"),
        ("gguf:/models/m.gguf", "llama_index.llms.llama_cpp"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, setting: str, package: str
) -> None:
    """Each provider is an extra of the distribution."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingsError) as caught:
        open_language_model(setting)
    assert f"({package})" in str(caught.value)
    assert f"pip install 'pullquote[{setting.partition(':')[0]}]'" in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("no_such_package.llms.Model:m", "not installed (no_such_package): install the package that has the class"),
        ("llama_index.core.llms.NoSuchLLM:m", "the module 'llama_index.core.llms' has no 'NoSuchLLM'"),
        ("builtins.object:m", "cannot be set up"),
        ("builtins.dict:m", "is no LLM"),
    ],
)
def test_a_dotted_path_to_no_model_is_refused(setting: str, words: str) -> None:
    """A package, a name and a class that are not there, and a class of something else."""
    with pytest.raises(SettingsError) as caught:
        open_language_model(setting)
    assert words in str(caught.value)


def test_a_model_file_is_looked_for_before_it_is_loaded() -> None:
    """The error names the file."""
    pytest.importorskip("llama_index.llms.llama_cpp")
    with pytest.raises(SettingsError, match="there is no such file"):
        open_language_model("gguf:/no/such/model.gguf")


@pytest.mark.parametrize("name", ["gpt-4o-mini", "gpt-99-preview"])
def test_a_hosted_model_without_a_key_is_refused_when_it_is_set_up(name: str) -> None:
    """Not with the first question, as a server that cannot be reached."""
    with pytest.raises(SettingsError, match="key"):
        open_language_model(f"openai:{name}")
