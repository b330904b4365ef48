"""A follow-up is completed from the turns before it, and what stands alone is left alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rag.answer import MAX_QUESTION_CHARACTERS, Turn
from rag.conversation import needs_history, recent, standalone_question

CASES: Final = Path(__file__).with_name("follow_ups.jsonl")
SHIPPED: Final = Path(__file__).parents[2] / "eval" / "cases" / "shipped.jsonl"
LEAST_ACCEPTABLE: Final = 37
"""Of 40 follow-ups, how many must get one of their acceptable forms."""
LEAST_FAITHFUL: Final = 38
"""Of 40 follow-ups, how many must keep the words that a search needs and lose those that mislead it."""

SYRIA: Final = Turn("When did Russia intervene in Syria?", "Russian jets flew their first missions in 2015. [1]")
WORDS: Final = """
    and but who what when where why how many which is did was the a of in to he she it its they
    them their his her there then that this while before if Russia Kisel bridge soldiers 2015 the
    year after what about built it’s , ?
""".split()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A line of the file: `standalone` are the acceptable forms."""

    id: str
    turns: tuple[Turn, ...]
    question: str
    standalone: tuple[str, ...]
    must_keep: tuple[str, ...]
    must_not: tuple[str, ...]

    @property
    def result(self) -> str:
        return standalone_question(self.question, self.turns)

    @property
    def stands_alone(self) -> bool:
        return self.standalone == (self.question,)

    def is_faithful(self) -> bool:
        words = {word.casefold() for word in re.findall(r"\w+", self.result)}
        wanted, unwanted = ({word.casefold() for word in given} for given in (self.must_keep, self.must_not))
        return wanted <= words and not unwanted & words


def read_cases() -> list[FollowUp]:
    """Every line of the file."""
    found = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        turns = tuple(Turn(turn["question"], turn["answer"]) for turn in case["turns"])
        forms, keep, leave = (tuple(case[key]) for key in ("standalone", "must_keep", "must_not"))
        found.append(FollowUp(case["id"], turns, case["question"], forms, keep, leave))
    return found


FOLLOW_UPS: Final = [case for case in read_cases() if not case.stands_alone]
ALONE: Final = [case for case in read_cases() if case.stands_alone]


def word_counts(texts: Sequence[str]) -> list[int]:
    """A token a word."""
    return [len(text.split()) for text in texts]


def test_most_follow_ups_get_an_acceptable_form() -> None:
    """A floor a little below what is reached; a miss is printed."""
    missed = [(case.id, case.result) for case in FOLLOW_UPS if case.result not in case.standalone]
    assert len(FOLLOW_UPS) - len(missed) >= LEAST_ACCEPTABLE, missed


def test_follow_ups_keep_the_words_that_a_search_needs() -> None:
    """Names and verbs stay or come in, and the pronoun or the replaced name goes."""
    missed = [(case.id, case.result) for case in FOLLOW_UPS if not case.is_faithful()]
    assert len(FOLLOW_UPS) - len(missed) >= LEAST_FAITHFUL, missed


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.id)
def test_a_question_that_stands_alone_is_left_as_it_is(case: FollowUp) -> None:
    """Expletives, pronouns with a noun of their own, quoted words and names in capitals."""
    assert case.result == case.question


def test_no_question_of_the_shipped_cases_is_rewritten() -> None:
    """They are asked without history, so each must stand alone."""
    questions = [json.loads(line)["question"] for line in SHIPPED.read_text(encoding="utf-8").splitlines() if line]
    assert [question for question in questions if needs_history(question)] == []


def test_a_pronoun_that_nothing_fits_keeps_its_place_before_the_topic() -> None:
    """A country is no "he": rather than a guess, the topic follows in brackets."""
    assert standalone_question("Who advised him?", [SYRIA]) == "Who advised him (Russia intervening in Syria)?"


def test_an_antecedent_may_stand_in_an_earlier_turn() -> None:
    """The latest turn decides first; where it names no person, the one before does."""
    turns = [Turn("Who runs the ferry?", "Nadia Orlova runs the ferry."), Turn("When does the ferry sail?", "At noon.")]
    assert standalone_question("Where does she live?", turns) == "Where does Nadia Orlova live?"


def test_a_result_beyond_the_limit_is_not_used() -> None:
    """A question that may not be asked is worse than one that leans on what was said."""
    turn = Turn(f"When did the {'very ' * 500}old bridge open?", "")
    assert standalone_question("why?", [turn]) == "why?"


def test_recent_turns_fit_the_limit_and_the_latest_stay() -> None:
    """The oldest go first, and a turn that is too long loses its answer before its question."""
    turns = [Turn("one two", "three"), Turn("four", "five six"), Turn("seven", "eight")]
    assert recent(turns, word_counts, 8) == tuple(turns)
    assert recent(turns, word_counts, 5) == tuple(turns[1:])
    assert recent(turns, word_counts, 3) == (Turn("four", ""), turns[2])
    assert recent([Turn("one two three", "")], word_counts, 2) == ()


texts = some.one_of(some.text(), some.lists(some.sampled_from(WORDS), min_size=1).map(" ".join))
turns_of_any_kind = some.lists(some.builds(Turn, texts, texts), max_size=3)


@given(texts)
def test_without_turns_nothing_changes(question: str) -> None:
    """Whatever the question leans on, there is nothing to complete it from."""
    assert standalone_question(question, []) == question


@given(texts, turns_of_any_kind)
def test_a_question_stays_one_that_may_be_asked(question: str, turns: list[Turn]) -> None:
    """Never empty and never over the limit, if it was not so before."""
    result = standalone_question(question, turns)
    assert result.strip() or not question.strip()
    assert len(result) <= max(MAX_QUESTION_CHARACTERS, len(question))


@given(texts, turns_of_any_kind)
def test_what_needs_no_history_is_never_touched(question: str, turns: list[Turn]) -> None:
    """Not by a character, whatever was said before."""
    if not needs_history(question):
        assert standalone_question(question, turns) == question


@given(some.lists(some.builds(Turn, texts, texts)), some.integers(0, 40))
def test_recent_turns_never_exceed_the_limit(turns: list[Turn], limit: int) -> None:
    """Questions and answers together; and their questions are the last ones, in order."""
    kept = recent(turns, word_counts, limit)
    assert sum(sum(word_counts((turn.question, turn.answer))) for turn in kept) <= limit
    assert [turn.question for turn in kept] == [turn.question for turn in turns[len(turns) - len(kept) :]]
