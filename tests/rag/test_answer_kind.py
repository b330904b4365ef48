"""What a question asks for, and whether a sentence has it."""

from __future__ import annotations

import pytest

from rag.answer_kind import AnswerKind, expectation, names_and_numbers


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did the ferry sail?", AnswerKind.DATE),
        ("In which year was it built?", AnswerKind.DATE),
        ("How many cars cross the bridge?", AnswerKind.NUMBER),
        ("How old is the mayor?", AnswerKind.NUMBER),
        ("How long did the talks last?", AnswerKind.DURATION),
        ("How much did the bridge cost?", AnswerKind.MONEY),
        ("What percentage voted against?", AnswerKind.PERCENTAGE),
        ("Who cut the ribbon?", AnswerKind.PERSON),
        ("Which general was dismissed?", AnswerKind.PERSON),
        ("Where do the owls nest?", AnswerKind.PLACE),
        ("Why was it late?", AnswerKind.REASON),
        ("What happened?", AnswerKind.OTHER),
    ],
)
def test_a_question_tells_what_kind_of_answer_it_wants(question: str, kind: AnswerKind) -> None:
    """By its question word."""
    assert expectation(question).kind is kind


@pytest.mark.parametrize(
    ("question", "has", "lacks"),
    [
        ("When did it sail?", "It sailed near the end of September.", "It sailed at last."),
        ("When did it sail?", "It sailed two years ago.", "It sailed two miles."),
        ("How many sailed?", "Seventeen people sailed.", "In 2015 people sailed."),
        ("How much did it cost?", "It cost $3.5 million.", "It cost a lot."),
        ("What percentage agreed?", "Some 17% agreed.", "Some 17 agreed."),
        ("How long did it last?", "It lasted six weeks.", "It lasted."),
        ("Who opened Velmora bridge?", "On Monday, as Mayor Ines Calloway said.", "The Velmora bridge was opened."),
        ("Why did it close?", "It closed because of a storm.", "It closed in a storm."),
    ],
)
def test_a_sentence_with_the_kind_is_told_from_one_without(question: str, has: str, lacks: str) -> None:
    """Years are no counts, and names that the question gives itself are no answers."""
    expected = expectation(question)
    assert expected.places(has)
    assert not expected.places(lacks)


def test_places_are_where_the_words_are() -> None:
    """Each place covers the date, number or name itself."""
    sentence = "The ferry sailed in May 2015."
    assert [sentence[a:b] for a, b in expectation("When did it sail?").places(sentence)][-1] == "2015"


def test_what_is_counted_stands_behind_its_number() -> None:
    """A number before the counted noun counts, one elsewhere does not."""
    expected = expectation("How many cruise missiles were fired?")
    assert expected.counts_it("The ships fired 26 cruise missiles at once.")
    assert not expected.counts_it("The missiles came from 4 ships.")
    assert not expectation("Who fired?").counts_it("26 missiles")


@pytest.mark.parametrize(
    ("question", "one", "other", "agree"),
    [
        ("When was it?", "It was in 2015.", "It was in September 2015.", True),
        ("When was it?", "It was in 2015.", "It was in 2016.", False),
        ("Who led it?", "It was led by Gen. Sergey Kisel.", "It was Sergei Kisel’s operation.", True),
        ("How many died?", "It killed 465,000 people.", "It killed 500,000 people.", False),
        ("What happened?", "It rained in 2015.", "It rained in 2015.", False),
    ],
)
def test_values_of_two_sentences_can_be_compared(question: str, one: str, other: str, *, agree: bool) -> None:
    """The same year, number or last name means the same answer; without a kind there is nothing to compare."""
    expected = expectation(question)
    assert bool(expected.values(one) & expected.values(other)) is agree


def test_names_and_numbers_leave_out_the_first_word_and_small_letters() -> None:
    """What a passage about the question can hardly lack."""
    assert names_and_numbers("Who won the 2022 World Cup in Qatar?") == ["2022", "World", "Cup", "Qatar"]
