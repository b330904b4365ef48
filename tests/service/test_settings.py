"""Settings come from four places, and nothing unknown or out of bounds passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import SettingsError
from service.settings import load_settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts without settings files and without settings in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PULLQUOTE_DATA_DIR", raising=False)


def test_each_layer_goes_before_the_one_below(monkeypatch: pytest.MonkeyPatch) -> None:
    """Command line, environment, .env, pullquote.toml, default: the first that says something counts."""
    assert load_settings().port == 8000
    Path("pullquote.toml").write_text("port = 1001\npassages = 3\nmax_file_bytes = 5000\n")
    Path(".env").write_text("PULLQUOTE_PORT=1002\nPULLQUOTE_PASSAGES=4\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("PULLQUOTE_PORT", "1003")
    settings = load_settings(host=None)
    assert (settings.port, settings.passages, settings.max_file_bytes) == (1003, 4, 5000)
    assert load_settings(port=1004).port == 1004


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("prot = 1", "unknown setting 'prot' in pullquote.toml: did you mean 'port'"),
        ("port = 70000", "port = 70000"),
        ("passages = 'many'", "passages = 'many'"),
        ("port = ", "is not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_value_and_the_cure(toml: str, words: str) -> None:
    """The message names what is wrong."""
    Path("pullquote.toml").write_text(toml)
    with pytest.raises(SettingsError, match=words):
        load_settings()


def test_the_data_folder_is_the_platforms_own_by_default() -> None:
    """Nothing needs to be set to start."""
    assert load_settings().data_dir.name == "pullquote"
