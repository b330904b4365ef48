"""What a case expects of an answer's words, and whether a text has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from eval.cases import Case, DateInterval, ExpectedNumber
from eval.dates_said import dates_said
from eval.numbers_said import numbers_said


@dataclass(frozen=True, slots=True)
class Expectation:
    """`words`: the expected value for a person; `met_by`: whether a text, normalised, has it."""

    words: str
    met_by: Callable[[str], bool]


def normalised(text: str) -> str:
    """Lower case, each run of spaces and line ends one space: how expectations and texts are compared."""
    return " ".join(text.split()).casefold()


def expectations(case: Case) -> tuple[tuple[Expectation, ...], ...]:
    """What must be said: of each group, one."""
    groups: list[tuple[Expectation, ...]] = []
    if case.expect:
        groups.append(tuple(_value(value) for value in case.expect))
    groups.extend((_value(value),) for value in case.expect_all)
    if case.expect_regex is not None:
        groups.append((_pattern(case.expect_regex),))
    if case.expect_date:
        groups.append((_date(case.expect_date),))
    if case.expect_number:
        groups.append((_number(case.expect_number),))
    return tuple(groups)


def all_met(case: Case, said: str) -> bool:
    """Whether `said`, normalised, has everything that must be said and nothing that must not."""
    groups = expectations(case)
    return all(any(expected.met_by(said) for expected in group) for group in groups) and not forbidden(case, said)


def forbidden(case: Case, said: str) -> tuple[str, ...]:
    """What must not be said and stands in `said`."""
    return tuple(words for words in case.must_not_say if normalised(words) in said)


def in_words(case: Case) -> str:
    """What the case expects, for a person: `"2015" or "2016"; not "2017"`."""
    if case.unanswerable:
        return "silence"
    parts = [" or ".join(expected.words for expected in group) for group in expectations(case)]
    if case.conflicting:
        parts.append("that the articles conflict")
    parts.extend(f'not "{words}"' for words in case.must_not_say)
    return "; ".join(parts)


def _value(value: str) -> Expectation:
    wanted = normalised(value)
    return Expectation(f'"{value}"', lambda text: wanted in text)


def _pattern(pattern: str) -> Expectation:
    compiled = re.compile(pattern, re.IGNORECASE)
    return Expectation(f"/{pattern}/", lambda text: compiled.search(text) is not None)


def _date(days: DateInterval) -> Expectation:
    """A date that names only a month or a year counts when all of it lies in the interval."""
    return Expectation(
        f"a date from {days.first} to {days.last}",
        lambda text: any(days.first <= first and last <= days.last for first, last in dates_said(text)),
    )


def _number(number: ExpectedNumber) -> Expectation:
    words = f"the number {number.value:,.12g}" + (f" ± {number.tolerance:,.12g}" if number.tolerance else "")
    allowed = number.tolerance + 1e-9 * abs(number.value)  # 0.4 - 0.3 is more than 0.1 in binary
    return Expectation(words, lambda text: any(abs(said - number.value) <= allowed for said in numbers_said(text)))
