"""Baselines: what is stored, what is refused, and what a comparison says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.baseline import (
    Baseline,
    BaselineSchemaError,
    Comparison,
    ScoreChange,
    compare,
    load_baseline,
    save_baseline,
)
from eval.cases import CaseError
from eval.results import Run
from index.errors import InputError
from tests.conftest import ROOT
from tests.eval.results_for_tests import FINGERPRINT, quote, result, run_of

BASELINES = sorted((ROOT / "eval" / "baselines").glob("*.json"))


def baseline_of(run: Run, folder: Path) -> Baseline:
    """The run, written and read again."""
    save_baseline(folder / "baseline.json", run)
    return load_baseline(folder / "baseline.json")


def against(before: Run, now: Run, folder: Path) -> Comparison:
    """The second run held to the first."""
    return compare(now, baseline_of(before, folder))


def test_a_baseline_tells_fixed_broken_new_and_gone(tmp_path: Path) -> None:
    """Only a case that passed before can break, and one that is gone is no regression."""
    before = run_of(result("a"), result("b", right=False), result("c"), result("d", right=False))
    now = run_of(result("a", right=False), result("b"), result("d", right=False), result("e"))
    found = against(before, now, tmp_path / "deep")
    assert (found.broken, found.fixed, found.new, found.gone) == (("a",), ("b",), ("e",), ("c",))
    assert (found.changed, found.differences, found.mcnemar, found.pass_change) == ((), (), 1.0, 0.0)
    assert found.regression()
    assert not found.regression(tolerance=1)
    assert not against(before, run_of(*before.results[:2]), tmp_path).regression()


def test_a_case_with_other_quotes_or_another_status_has_changed(tmp_path: Path) -> None:
    """The order of quotes, the confidence and the time taken are not a change."""
    before = run_of(
        result("same", quotes=[quote(), quote(start=9)]),
        result("moved"),
        result("silent", right=False),
    )
    now = run_of(
        result("same", quotes=[quote(start=9), quote()], confidence=0.7, milliseconds=9),
        result("moved", quotes=[quote(start=1)]),
        result("silent", right=False, answered=False),
    )
    assert against(before, now, tmp_path).changed == ("moved", "silent")


def test_scores_that_moved_are_told_with_both_values(tmp_path: Path) -> None:
    """Latency is another machine's business."""
    before = run_of(*(result(str(number)) for number in range(4)))
    now = run_of(*before.results[1:], result("0", right=False, milliseconds=1000))
    moved = {change.name: change for change in against(before, now, tmp_path).moved}
    assert moved["answer accuracy"] == ScoreChange("answer accuracy", 1.0, 0.75)
    assert not [name for name in moved if name.startswith("latency")]


def test_a_quote_that_is_no_copy_shuts_the_gate_whatever_is_tolerated(tmp_path: Path) -> None:
    """Even when the case failed before too."""
    before = run_of(result(quotes=[quote(verbatim=False)]))
    found = against(before, before, tmp_path)
    assert found.broken == ()
    assert found.validity == 0
    assert found.regression(tolerance=99)


def test_runs_over_other_articles_are_not_compared_unless_forced(tmp_path: Path) -> None:
    """Other cases, models, settings or code are the reason to compare, and are only listed."""
    known = baseline_of(run_of(result()), tmp_path)
    other = replace(FINGERPRINT, cases="x", models="x", settings="x", code="x")
    assert compare(run_of(result(), fingerprint=other), known).differences == ("cases", "models", "settings", "code")
    moved = run_of(result(), fingerprint=replace(FINGERPRINT, corpus="x"))
    with pytest.raises(CaseError, match=r"other articles \(corpus 'corpus', not 'x'\): --force"):
        compare(moved, known)
    assert compare(moved, known, force=True).differences == ("corpus",)


def test_a_baseline_holds_no_words_of_an_article(tmp_path: Path) -> None:
    """Only the places of the quotes; and one case a line, in order of ids, so that two files compare well."""
    run = run_of(result("b", quotes=[quote("é.txt", start=3)], confidence=0.12345), result("a", answered=False))
    save_baseline(tmp_path / "base.json", run)
    text = (tmp_path / "base.json").read_text(encoding="utf-8")
    assert "words" not in text
    assert json.loads(text)["schema"] == 2
    assert text.splitlines()[-5:] == [
        '  "cases": {',
        '    "a": {"passed": true, "status": "not_in_articles", "confidence": 0.5, "quotes": []},',
        '    "b": {"passed": true, "status": "answered", "confidence": 0.123, "quotes": ["é.txt:3-8"]}',
        "  }",
        "}",
    ]
    known = load_baseline(tmp_path / "base.json")
    assert known.fingerprint == FINGERPRINT
    assert compare(run, known).changed == ()


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"scores": {}}', '{"schema": 2}', '{"schema": 2, "cases": {"a": {"passed": 3}}}', "[" * 100_000],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, content: str) -> None:
    """With the option that makes one."""
    (tmp_path / "b.json").write_text(content)
    for name in ("b.json", "none.json"):
        with pytest.raises(CaseError, match=f"{name}.*--update-baseline") as caught:
            load_baseline(tmp_path / name)
        assert not isinstance(caught.value, BaselineSchemaError)
        assert isinstance(caught.value, InputError)


@pytest.mark.parametrize(
    ("content", "version"), [('{"passed": {"a": true}}', "1"), ('{"schema": 3}', "3"), ('{"schema": "x"}', "'x'")]
)
def test_a_baseline_of_another_schema_version_is_refused_by_its_version(
    tmp_path: Path, content: str, version: str
) -> None:
    """The first schema had no version in it."""
    (tmp_path / "old.json").write_text(content)
    with pytest.raises(BaselineSchemaError, match=rf"old\.json' is a baseline of schema {version}, .*--update"):
        load_baseline(tmp_path / "old.json")


def test_a_baseline_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Such as one in a folder that is a file."""
    (tmp_path / "file").touch()
    with pytest.raises(CaseError, match=r"file/base\.json' cannot be written"):
        save_baseline(tmp_path / "file" / "base.json", run_of(result()))


@pytest.mark.parametrize("file", BASELINES, ids=lambda file: file.stem)
def test_the_committed_baselines_can_be_read(file: Path) -> None:
    """And every quote in them is a copy."""
    known = load_baseline(file)
    assert known.scores["citation validity"] == 1
    assert known.cases
