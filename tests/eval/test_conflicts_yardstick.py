"""The yardstick of conflicting documents counts what is shown, and what is named as a conflict."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.cases import CaseError
from eval.yardsticks.conflicts import ConflictResult, conflict_result, conflict_sections
from eval.yardsticks.conflicts_format import load_conflicts
from index.embedding import Embedder
from index.library import Library
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel

RECORD = {
    "question": "When was the Tide Mill built?",
    "documents": [
        {"text": "The Tide Mill was built in 1871 by a guild of bakers. It ground rye.", "type": "correct"},
        {"text": "Few know that the Tide Mill was built in 1884, after the great storm.", "type": "misinfo"},
        {"text": " ", "type": "noise"},
    ],
    "gold_answers": ["1871"],
    "wrong_answers": ["1884"],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A data set of one question, packed."""
    path = tmp_path / "ramdocs.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(RECORD).encode()))
    return path


def test_documents_that_disagree_are_both_shown_and_called_conflicting(
    file: Path, tmp_path: Path, embedder: Embedder, reader_model: ReaderModel
) -> None:
    """The right answer is quoted, and the misinformation is named as one side of a conflict."""
    data = load_conflicts(file)
    assert (len(data.articles), data.wordless) == (2, 1)
    library = Library(tmp_path / "library", embedder)
    library.add(data.articles)
    result = conflict_result(QuestionAnswerer(library, reader_model), data.questions[0])
    library.close()
    assert (result.gold_shown, result.wrong_shown, result.conflicting) == (1, 1, True)
    assert result.right
    assert result.verbatim == result.checked >= 2


def test_misinformation_without_a_warning_is_not_right() -> None:
    """Nor is an answer that leaves a right one out."""
    plain = ConflictResult("1", 1, 1, 1, 1, True, False, 2, 2)
    partial = ConflictResult("2", 2, 1, 0, 0, True, True, 1, 1)
    assert plain.misled
    assert not plain.right
    assert not partial.right
    scores = {score.name: score.value for score in conflict_sections([plain, partial])[0].scores}
    assert scores["all gold answers shown"] == 0.5
    assert scores["misinformation shown as a plain answer"] == 1.0


def test_a_file_that_cannot_be_unpacked_is_named(tmp_path: Path) -> None:
    """With what is wrong with it."""
    path = tmp_path / "broken.jsonl.gz"
    path.write_bytes(b"no gzip")
    with pytest.raises(CaseError, match="cannot be unpacked"):
        load_conflicts(path)
