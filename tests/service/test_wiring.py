"""Settings become the parts that do the work, and a damaged reader model is done without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index.library import Library
from service.settings import Settings
from service.wiring import question_answerer
from tests.conftest import ROOT

_PACKAGES = ("index", "rag", "service")


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A copy of the packages that answer questions."""
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def ask(installation: Path, library: Path) -> subprocess.CompletedProcess[str]:
    """Asks a question of the library with the copied packages."""
    return subprocess.run(
        [sys.executable, "-m", "service", "--data-dir", str(library), "ask", "When did Russia intervene?", "--json"],
        cwd=installation,
        env={**os.environ, "PYTHONPATH": str(installation)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_reader_model_reads_unless_the_settings_say_otherwise(sample_library: Library, tmp_path: Path) -> None:
    """Reading by scores alone is a setting."""
    assert question_answerer(Settings(data_dir=tmp_path), sample_library).model is not None
    assert question_answerer(Settings(data_dir=tmp_path, reader="scores"), sample_library).model is None


def test_a_damaged_reader_model_is_done_without_and_named(installation: Path, sample_folder: Path) -> None:
    """One changed byte: the answer comes from scores, with a warning on standard error and none on standard output."""
    sound = ask(installation, sample_folder)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert '"answer_text": "' in sound.stdout
    weights = installation / "rag" / "reader.onnx"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    damaged = ask(installation, sample_folder)
    assert damaged.returncode == 0
    assert "reader.onnx" in damaged.stderr
    assert "scores alone" in damaged.stderr
    assert '"answer_text": null' in damaged.stdout
    assert "2015" in damaged.stdout


def test_a_missing_reader_model_is_done_without_and_named(installation: Path, sample_folder: Path) -> None:
    """The rest of Pullquote works as before."""
    (installation / "rag" / "reader.onnx").unlink()
    without = ask(installation, sample_folder)
    assert without.returncode == 0
    assert "reader.onnx" in without.stderr
