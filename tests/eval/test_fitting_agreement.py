"""Fitting when a source that differs speaks of the same thing, on a handful of cases."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from eval.fitting.agreement import Example, called, case_world, cross_validated, examples, fit
from index.embedding import Embedder
from rag.reader_model import ReaderModel

CASES = Path(__file__).parents[1] / "rag" / "agreement_cases.jsonl"


@pytest.fixture
def conflicts(tmp_path: Path) -> Path:
    """The first four cases in which two sources give two dates."""
    cases = (json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines())
    chosen = islice((case for case in cases if case["kind"] == "conflict_date"), 4)
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(case) for case in chosen), encoding="utf-8")
    return file


def test_a_statement_with_a_value_of_its_case_speaks_of_what_was_asked(
    conflicts: Path, embedder: Embedder, reader_model: ReaderModel
) -> None:
    """The other source's date is an example of the same matter, the dates of other cases' articles are not."""
    found = list(examples(case_world(conflicts), embedder, reader_model))
    assert {one.kind for one in found} == {"cases"}
    assert len({one.question for one in found if one.same_matter}) >= 3
    assert all(one.features[2] > 0 for one in found if one.same_matter)


def test_the_model_tells_examples_that_differ_in_their_features() -> None:
    """Each is judged by a model that has not seen its question, and questions are counted once."""
    found = [
        Example((0.1 * (number % 3), 0.0, float(same)), same, f"question {number}", "cases")
        for number in range(24)
        for same in (False, True)
    ]
    assert fit(found).coef_[0][2] > 0
    probabilities = cross_validated(found)
    assert all((p >= 0.5) is one.same_matter for one, p in zip(found, probabilities, strict=True))
    assert called(found, probabilities, 0.5, "cases") == (24, 0)
    assert called(found, [1.0] * len(found), 0.5, "cases") == (24, 0)
    assert called(found, [float(not one.same_matter) for one in found], 0.5, "cases") == (0, 24)
