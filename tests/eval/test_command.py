"""The verbs `eval new` and `eval bench` through the real command, and what the command line refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from eval.cases import load_cases
from tests.eval.conftest import Command
from tests.eval.results_for_tests import write_lines


def test_a_case_is_written_by_asking_it(
    command: Command, ferry_eval: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here one whose right answer is silence; giving up writes nothing and is a failure."""
    monkeypatch.setattr("sys.stdin", io.StringIO("s\n\n\n"))
    asked = command("new", "Who swam to the moon?", *ferry_eval[:4])
    assert asked.status == 0, asked.err
    added = load_cases(Path("cases.jsonl"))[-1]
    assert (added.question, added.unanswerable) == ("Who swam to the moon?", True)
    before = Path("cases.jsonl").read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert command("new", "Who flew to the moon?", *ferry_eval[:4]).status == 1
    assert Path("cases.jsonl").read_text() == before


def test_a_public_data_set_is_measured(command: Command, tmp_path: Path) -> None:
    """A tiny one in BEIR's layout; one that is not there is bad usage."""
    words = {"ferry": "The ferry to Port Ellis carries 90 passengers.", "owls": "Snowy owls nest on a library roof."}
    write_lines(tmp_path / "corpus.jsonl", *({"_id": key, "title": key, "text": text} for key, text in words.items()))
    write_lines(tmp_path / "queries.jsonl", {"_id": "q", "text": "Where do owls nest?"})
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\towls\t1\n")
    measured = command("bench", "beir", "--data", tmp_path, "--split", "dev", "--json")
    assert measured.status == 0, measured.err
    assert "nDCG@10" in json.dumps(json.loads(measured.out))
    assert "nDCG@10" in command("bench", "beir", "--data", tmp_path, "--split", "dev").out
    assert command("bench", "beir", "--data", tmp_path / "none").status == 2


@pytest.mark.parametrize("verb", ["new", "bench"])
def test_an_option_before_a_verb_is_refused_rather_than_passed_over(command: Command, verb: str) -> None:
    """`eval --cases F new Q` would write into other cases than it says."""
    refused = command("--cases", "mine.jsonl", verb, "Who?", *(["--data", "x"] if verb == "bench" else []))
    assert refused.status == 2
    assert "--cases" in refused.err
    assert f"give it behind `eval {verb}`" in refused.err
