"""Fixtures that the tests of the doors share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import Run, runner


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, in an empty folder, on a library of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULLQUOTE_DATA_DIR", str(tmp_path / "library"))
    monkeypatch.setenv("COLUMNS", "200")
    return runner(monkeypatch, capsys)
