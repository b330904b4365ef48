"""Cases: a question, what a right answer says, and where it stands. One JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.errors import InputError


class CaseError(InputError):
    """A case file cannot be used; the message names file and line."""


class Case(BaseModel):
    """One question with its expectation.

    `expect`: a right answer's quotes hold one of these, in any case of letters. `cite`: one of
    these articles is quoted, by its path in the folder of articles (`file.jsonl#id` for a record).
    `unanswerable`: the right answer is silence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1)]
    question: Annotated[str, Field(min_length=1)]
    expect: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()
    unanswerable: bool = False
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _expects_something(self) -> Case:
        if self.unanswerable == bool(self.expect):
            raise ValueError("give either `expect` or `unanswerable: true`")
        if self.unanswerable and self.cite:
            raise ValueError("an unanswerable case cannot name articles to cite")
        return self


def load_cases(file: Path) -> list[Case]:
    """The cases in a JSONL file. Raises CaseError with file and line for a malformed or repeated one."""
    cases: dict[str, Case] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{str(file)!r} cannot be read as a case file: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise CaseError(f"{file}, line {number}: not JSON: {error.msg} at column {error.colno}") from error
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, item['loc'])) or 'case'}: {item['msg']}" for item in error.errors()
            )
            raise CaseError(f"{file}, line {number}: {problems}") from error
        if case.id in cases:
            raise CaseError(f"{file}, line {number}: the id {case.id!r} is taken by an earlier case")
        cases[case.id] = case
    if not cases:
        raise CaseError(f"{str(file)!r} holds no cases")
    return list(cases.values())
