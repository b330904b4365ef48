"""Fixtures that the tests of the eval share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.embedding import SentenceTransformerEmbedder
from service import cli
from tests.eval.results_for_tests import Outcome

Command = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Journals of interrupted runs are kept in a folder of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], embedder: SentenceTransformerEmbedder
) -> Command:
    """Runs `pullquote eval …` as a shell would, but with the model that is loaded already."""
    monkeypatch.setattr("service.wiring.SentenceTransformerEmbedder", lambda _model: embedder)

    def run_command(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["pullquote", "eval", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        assert isinstance(leaving.value.code, int)
        printed = capsys.readouterr()
        return Outcome(leaving.value.code, printed.out, printed.err)

    return run_command


@pytest.fixture
def ferry_eval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A folder with one article, two cases that pass and one that fails, and the options that name them."""
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "ferry.txt").write_text("The ferry to Port Ellis sails again on Monday. It carries 90 passengers.")
    question = "How many passengers does the ferry carry?"
    cases = [
        {"id": "ferry", "question": question, "expect": ["90"], "cite": ["ferry.txt"]},
        {"id": "moon", "question": "Who first walked on the moon?", "unanswerable": True},
        {"id": "hard", "question": question, "expect": ["91"], "tags": ["wrong"]},
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))
    monkeypatch.chdir(tmp_path)
    return ["--cases", "cases.jsonl", "--articles", "articles", "--baseline", "base.json"]
