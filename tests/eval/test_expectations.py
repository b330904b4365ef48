"""Expectations: which dates and numbers a text says, and when a case's demands are met."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases import Case
from eval.dates_said import dates_said
from eval.expectations import all_met, in_words, normalised
from eval.numbers_said import numbers_said


def met(said: str, **fields: object) -> bool:
    """Whether a case with these expectations is content with what is said."""
    case = Case.model_validate({"id": "a", "question": "?", **fields})
    return all_met(case, normalised(said))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("on Sept. 30, 2015", "2015-09-30", "2015-09-30"),
        ("september 30 2015", "2015-09-30", "2015-09-30"),
        ("the 30th of September, 2015", "2015-09-30", "2015-09-30"),
        ("30 Sep 2015.", "2015-09-30", "2015-09-30"),
        ("dated 2015-09-30", "2015-09-30", "2015-09-30"),
        ("in February 2016", "2016-02-01", "2016-02-29"),
        ("by March of 2011", "2011-03-01", "2011-03-31"),
        ("(2015)", "2015-01-01", "2015-12-31"),
        ("since mid-2015", "2015-01-01", "2015-12-31"),
        ("in 2015-16", "2015-01-01", "2015-12-31"),
        ("Mayhem 2015", "2015-01-01", "2015-12-31"),
    ],
)
def test_a_date_is_read_as_exactly_as_it_is_said(text: str, first: str, last: str) -> None:
    """A day, a month or a year, and nothing coarser that is part of it."""
    assert dates_said(text) == [(date.fromisoformat(first), date.fromisoformat(last))]


@pytest.mark.parametrize("text", ["last December", "on Thursday", "the 2010s", "$2015", "2,015", "20150930", "2015%"])
def test_what_names_no_year_is_no_date(text: str) -> None:
    """Nor is a number that looks like one."""
    assert dates_said(text) == []


def test_several_dates_are_all_read() -> None:
    """The finest first."""
    days = dates_said("From April 2017 to May 2, 2018, and again in 2020.")
    assert [first for first, _ in days] == [date(2018, 5, 2), date(2017, 4, 1), date(2020, 1, 1)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,500 people", [1500]),
        ("1.5 million", [1_500_000]),
        ("2.3 million", [2_300_000]),
        ("$1.5m, £3bn", [1_500_000, 3_000_000_000]),
        ("forty", [40]),
        ("forty-two", [42]),
        ("17%", [17]),
        ("seventeen percent", [17]),
        ("two hundred and six", [206]),
        ("one thousand five hundred", [1500]),
        ("two million three hundred thousand and one", [2_300_001]),
        ("a hundred", [100]),
        ("two dozen, 3 dozen", [36, 24]),
        ("twenty, thirty and forty", [20, 30, 40]),
        ("five and six", [5, 6]),
        ("nineteen eighty-five", [19, 85]),
        ("zero five", [0, 5]),
        ("5-10 km at −3 degrees", [5, 10, -3]),
        ("$1,000.", [1000]),
        ("the 30th, thousands of them, 12,34 and 1.2.3", []),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, numbers: list[float]) -> None:
    """Ordinals and vague plurals are none."""
    assert numbers_said(text) == numbers


@settings(deadline=None)
@given(st.integers(0, 10**9 - 1))
def test_every_number_is_read_with_and_without_its_commas(number: int) -> None:
    """Both as digits are written."""
    assert numbers_said(f"about {number:,} of {number}.") == [number, number]


@pytest.mark.parametrize(
    ("said", "fields", "wanted"),
    [
        ("It opened\nin MAY.", {"expect": ["in may", "in June"]}, True),
        ("It opened in July.", {"expect": ["in may", "in June"]}, False),
        ("Anna and Ben", {"expect_all": ["anna", "ben"]}, True),
        ("Anna and Bob", {"expect_all": ["anna", "ben"]}, False),
        ("Some 36 Civilians died", {"expect_regex": r"\b3\d civilians\b"}, True),
        ("Some 46 civilians died", {"expect_regex": r"\b3\d civilians\b"}, False),
        ("in September 2015", {"expect_date": {"from": "2015-09-01", "to": "2015-10-31"}}, True),
        ("in 2015", {"expect_date": {"from": "2015-09-01", "to": "2015-10-31"}}, False),
        ("about forty", {"expect_number": {"value": 42, "tolerance": 2}}, True),
        ("about 39.9", {"expect_number": {"value": 42, "tolerance": 2}}, False),
        ("0.4", {"expect_number": {"value": 0.3, "tolerance": 0.1}}, True),
        ("Anna, 40", {"expect": ["Anna"], "expect_number": {"value": 40}}, True),
        ("Anna, 41", {"expect": ["Anna"], "expect_number": {"value": 40}}, False),
        ("Anna, not Ben", {"expect": ["Anna"], "must_not_say": ["BEN"]}, False),
    ],
)
def test_every_expectation_that_is_given_must_be_met(said: str, fields: dict[str, object], *, wanted: bool) -> None:
    """In any case of letters and spacing; a coarse date only when all of it lies in the interval."""
    assert met(said, **fields) is wanted


def test_what_is_expected_can_be_read() -> None:
    """One line that names every demand."""
    case = Case.model_validate(
        {
            "id": "a",
            "question": "?",
            "expect": ["x", "y"],
            "expect_number": {"value": 1500, "tolerance": 2},
            "must_not_say": ["z"],
            "conflicting": True,
        }
    )
    expected = '"x" or "y"; the number 1,500 ± 2; that the articles conflict; not "z"'
    assert in_words(case) == expected
