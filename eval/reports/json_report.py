"""A run as one JSON object, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from eval.baseline import Comparison
from eval.metrics import summary
from eval.results import Run

SCHEMA: Final = 2


def as_json(run: Run, comparison: Comparison | None, warnings: Sequence[str] = ()) -> str:
    """The run with its scores, every case with its quotes, the comparison, and what was warned of.

    `schema` counts up when a field changes its meaning or goes; a score without eligible cases is null.
    """
    report = {
        "schema": SCHEMA,
        "fingerprint": asdict(run.fingerprint),
        "scores": [asdict(score) for score in summary(run.results)],
        "comparison": asdict(comparison) if comparison is not None else None,
        "cases": [{**asdict(result), "rank": result.rank, "passed": result.passed} for result in run.results],
        "warnings": [*run.warnings, *warnings],
    }
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
