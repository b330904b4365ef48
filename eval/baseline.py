"""Results against committed ones, case by case, and the gate. A baseline holds no text of an article."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.cases import CaseError
from eval.metrics import LATENCY, citation_validity, summary
from eval.results import CaseResult, Fingerprint, Run, Score
from eval.significance import mcnemar, paired_bootstrap

SCHEMA: Final = 2


class BaselineSchemaError(CaseError):
    """A baseline is of another schema version; --update-baseline makes it again."""


class BaselineCase(BaseModel):
    """What one case brought when the baseline was made; `quotes` are places, `path:start-end`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    passed: bool
    status: str
    confidence: float
    quotes: tuple[str, ...]


class Baseline(BaseModel):
    """The results that a run is held to; `scores` are rounded to 3 digits, latency left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Annotated[int, Field(alias="schema")]
    fingerprint: Fingerprint
    scores: dict[str, float | None]
    cases: dict[str, BaselineCase]


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A score that moved; None where no case was eligible."""

    name: str
    before: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against a baseline. Case ids: `fixed` passes now and did not, `broken` the other way round.

    `changed`: same verdict with another status or other quotes; `new`: not in the baseline; `gone`: only
    there. `moved`: scores that differ in the third digit; `mcnemar`: the p-value for the verdicts of the
    cases in both (None when none differs); `differences`: parts of the fingerprint that differ;
    `validity`: citation validity of the run; `pass_change`: share of passing cases, now less before, over
    the cases in both, with its 95 % interval by paired bootstrap.
    """

    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    changed: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    moved: tuple[ScoreChange, ...]
    mcnemar: float | None
    differences: tuple[str, ...]
    validity: float | None = None
    pass_change: float | None = None
    pass_change_interval: tuple[float, float] | None = None

    def regression(self, tolerance: int = 0) -> bool:
        """Whether the gate is shut: more than `tolerance` broken cases, or a quote that is no copy."""
        return len(self.broken) > tolerance or (self.validity is not None and self.validity < 1)


def load_baseline(file: Path) -> Baseline:
    """The baseline in `file`. Raises CaseError when it is none, BaselineSchemaError when it is of another schema."""
    cure = "make one with --update-baseline"
    try:
        text = file.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise CaseError(f"{str(file)!r} is not a baseline ({error}): {cure}") from error
    if not isinstance(content, dict) or not content.keys() & {"schema", "passed"}:
        raise CaseError(f"{str(file)!r} is not a baseline: {cure}")
    if (version := content.get("schema", 1)) != SCHEMA:
        raise BaselineSchemaError(
            f"{str(file)!r} is a baseline of schema {version!r}, not {SCHEMA}: make it again with --update-baseline"
        )
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CaseError(f"{str(file)!r} is not a baseline ({place}: {first['msg']}): {cure}") from error


def save_baseline(file: Path, run: Run) -> None:
    """Writes the run as a baseline, one case a line in the order of their ids, so that a difference reads well."""
    cases = {
        result.id: json.dumps(_stored(result).model_dump(), ensure_ascii=False)
        for result in sorted(run.results, key=lambda result: result.id)
    }
    lines = ",\n".join(f"    {json.dumps(key, ensure_ascii=False)}: {line}" for key, line in cases.items())
    head = json.dumps(
        {"schema": SCHEMA, "fingerprint": asdict(run.fingerprint), "scores": _scores(run.results)}, indent=2
    )
    text = f'{head.removesuffix("}").rstrip()},\n  "cases": {{\n{lines}\n  }}\n}}\n'
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CaseError(f"the baseline {str(file)!r} cannot be written: {error.strerror or error}") from error


def compare(run: Run, baseline: Baseline, *, force: bool = False) -> Comparison:
    """What became of each case since the baseline.

    Raises CaseError when the two are about different articles, unless `force` is given.
    """
    differences = _differences(run.fingerprint, baseline.fingerprint)
    if "corpus" in differences and not force:
        raise CaseError(
            f"the baseline is about other articles (corpus {baseline.fingerprint.corpus!r}, not"
            f" {run.fingerprint.corpus!r}): --force compares all the same, --update-baseline takes the new results"
        )
    before, now = baseline.cases, {result.id: _stored(result) for result in run.results}
    both = [key for key in now if key in before]
    fixed = tuple(key for key in both if now[key].passed and not before[key].passed)
    broken = tuple(key for key in both if before[key].passed and not now[key].passed)
    old, new = [float(before[key].passed) for key in both], [float(now[key].passed) for key in both]
    return Comparison(
        fixed=fixed,
        broken=broken,
        changed=tuple(key for key in both if _differs(before[key], now[key])),
        new=tuple(key for key in now if key not in before),
        gone=tuple(key for key in before if key not in now),
        moved=_moved(baseline.scores, _scores(run.results)),
        mcnemar=mcnemar(len(fixed), len(broken)),
        differences=differences,
        validity=citation_validity(run.results).value,
        pass_change=(sum(new) - sum(old)) / len(both) if both else None,
        pass_change_interval=paired_bootstrap(old, new),
    )


def _stored(result: CaseResult) -> BaselineCase:
    return BaselineCase(
        passed=result.passed,
        status=result.status,
        confidence=round(result.confidence, 3),
        quotes=tuple(quote.place for quote in result.quotes),
    )


def _differs(before: BaselineCase, now: BaselineCase) -> bool:
    same_verdict = before.passed == now.passed
    return same_verdict and (before.status != now.status or set(before.quotes) != set(now.quotes))


def _scores(results: Sequence[CaseResult]) -> dict[str, float | None]:
    return {score.name: _rounded(score) for score in summary(results) if not score.name.startswith(LATENCY)}


def _rounded(score: Score) -> float | None:
    return None if score.value is None else round(score.value, 3)


def _moved(before: dict[str, float | None], now: dict[str, float | None]) -> tuple[ScoreChange, ...]:
    names = [*now, *(name for name in before if name not in now)]
    return tuple(
        ScoreChange(name, before.get(name), now.get(name)) for name in names if before.get(name) != now.get(name)
    )


def _differences(first: Fingerprint, second: Fingerprint) -> tuple[str, ...]:
    return tuple(
        field.name for field in fields(Fingerprint) if getattr(first, field.name) != getattr(second, field.name)
    )
