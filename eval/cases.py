"""Cases: a question, what a right answer says, and where it stands. One JSON object a line."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from index.errors import InputError
from rag.answer import MAX_QUESTION_CHARACTERS

Words = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
"""Text that is not blank."""


class CaseError(InputError):
    """A case file, a baseline or an articles folder cannot be used; the message names file and line."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class DateInterval(_Strict):
    """Days from `first` to `last`, both included; `from` and `to` in a case file."""

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]

    @model_validator(mode="after")
    def _in_order(self) -> DateInterval:
        if self.first > self.last:
            raise ValueError(f"`from` {self.first} is after `to` {self.last}")
        return self


class ExpectedNumber(_Strict):
    """A number that is at most `tolerance` from `value`."""

    value: float
    tolerance: Annotated[float, Field(ge=0)] = 0


class Evidence(_Strict):
    """A sentence of an article, copied, that supports the right answer."""

    article: Words
    text: Words


class Case(_Strict):
    """One question with what is expected of its answer; every expectation that is given must be met.

    What is said is the text of the answer's claims, in any case of letters, spaces collapsed.
    `expect`: one of these is said; `expect_all`: each is said; `expect_regex`: this is found in what is
    said; `expect_date`, `expect_number`: a date in the interval, a number in the tolerance is said;
    `conflicting`: the answer's status is "conflicting"; `must_not_say`: none of these is said.
    `cite`: one of these articles is quoted; `must_cite`: each is quoted; `evidence`: sentences that a good
    answer quotes (scored, not required). An article is named by its path in the folder of articles
    (`file.jsonl#id` for a record). `unanswerable`: the right answer is silence. `as_of`: only articles
    published by that day are used. `history`: earlier questions of the conversation, oldest first, which are
    asked in turn; the question is understood from them.
    """

    id: Words
    question: Annotated[Words, Field(max_length=MAX_QUESTION_CHARACTERS)]
    expect: tuple[Words, ...] = ()
    expect_all: tuple[Words, ...] = ()
    expect_regex: Annotated[str | None, Field(min_length=1)] = None
    expect_date: DateInterval | None = None
    expect_number: ExpectedNumber | None = None
    cite: tuple[Words, ...] = ()
    must_cite: tuple[Words, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    must_not_say: tuple[Words, ...] = ()
    unanswerable: bool = False
    conflicting: bool = False
    as_of: date | None = None
    history: tuple[Words, ...] = ()
    tags: tuple[Words, ...] = ()

    @field_validator("expect_regex")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "", re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _expects_something(self) -> Case:
        if self.unanswerable == (self.expects_words or self.conflicting):
            raise ValueError("give either `expect` (or another expectation) or `unanswerable: true`")
        if self.unanswerable and self.right_articles:
            raise ValueError("an unanswerable case cannot name articles to cite")
        return self

    @property
    def expects_words(self) -> bool:
        """Whether anything must be said."""
        given = (self.expect, self.expect_all, self.expect_regex, self.expect_date, self.expect_number)
        return any(item is not None and item != () for item in given)

    @property
    def right_articles(self) -> tuple[str, ...]:
        """Every article that the case names, once."""
        return tuple(dict.fromkeys((*self.cite, *self.must_cite, *(item.article for item in self.evidence))))


def load_cases(file: Path) -> list[Case]:
    """The cases in a JSONL file. Raises CaseError with file and line for a malformed or repeated one."""
    cases: dict[str, Case] = {}
    try:
        # not splitlines(): a string in JSON may hold characters such as U+2028 as they are
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{str(file)!r} cannot be read as a case file: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate_json(line)
        except ValidationError as error:
            raise CaseError(f"{file}, line {number}: {_problems(error)}") from error
        if case.id in cases:
            raise CaseError(f"{file}, line {number}: the id {case.id!r} is taken by an earlier case")
        cases[case.id] = case
    if not cases:
        raise CaseError(f"{str(file)!r} holds no cases: add one with pullquote eval new")
    return list(cases.values())


def case_line(case: Case) -> str:
    """The case as one line of a case file, without its line end; what has its default is left out."""
    return json.dumps(case.model_dump(mode="json", by_alias=True, exclude_defaults=True), ensure_ascii=False)


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"not JSON: {item['msg'].removeprefix('Invalid JSON: ')}"
        if item["type"] == "json_invalid"
        else f"{'.'.join(map(str, item['loc'])) or 'case'}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors()
    )
