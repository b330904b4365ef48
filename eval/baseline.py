"""Results against committed ones, case by case."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.cases import CaseError
from eval.metrics import CaseResult, summary


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ids of the cases by what changed since the baseline."""

    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


def load_baseline(file: Path) -> dict[str, bool]:
    """Case ids and whether each passed. Raises CaseError when the file is not a baseline."""
    try:
        stored = json.loads(file.read_text())["passed"]
        return {str(key): bool(value) for key, value in stored.items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise CaseError(f"{str(file)!r} is not a baseline: make one with --update-baseline") from error


def save_baseline(file: Path, results: Sequence[CaseResult]) -> None:
    """Writes which cases passed, and the scores of that run for the reader."""
    scores = {
        name: round(value, 3) for name, value in summary(results).items() if value is not None and name != "median ms"
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    passed = {result.id: result.passed for result in sorted(results, key=lambda result: result.id)}
    file.write_text(json.dumps({"scores": scores, "passed": passed}, indent=2) + "\n")


def compare(results: Sequence[CaseResult], baseline: dict[str, bool]) -> Comparison:
    """What became of each case since the baseline; a case counts as broken only if it passed there."""
    now = {result.id: result.passed for result in results}
    return Comparison(
        fixed=tuple(key for key, passed in now.items() if passed and baseline.get(key) is False),
        broken=tuple(key for key, passed in now.items() if not passed and baseline.get(key) is True),
        new=tuple(key for key in now if key not in baseline),
        gone=tuple(key for key in baseline if key not in now),
    )
