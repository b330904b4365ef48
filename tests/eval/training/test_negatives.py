"""Edits take the answer away, or keep it where it stands."""

from __future__ import annotations

import math
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.training.negatives import SHARES, Editor, Vector, vocabulary_of
from eval.training.records import Record
from index.article import Span
from tests.eval.training.records_for_tests import record, town

NAMES = ("Velmora", "Port Ellis", "Ines Calloway", "Oren Tasker", "Duncastle", "1998", "62", "40", "Carrow")
SENTENCES = (
    "{} was founded by settlers from {} in the spring.",
    "The mill at {} closed in {}.",
    "In {}, people from {} built a lighthouse!",
    "Ferries to {} carry {} passengers.\n",
    "{}'s mayor met {}.",
)
QUESTIONS = (
    "Who was the first mayor of {} after {}?",
    "When did the mill at {} close?",
    "How many passengers does the ferry to {} carry?",
    "Which lighthouse stands at {}?",
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A question on a text of some sentences, all with names; any characters of the text may be the answer."""
    names = st.sampled_from(NAMES)
    chosen = draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6))
    context = " ".join(sentence.format(draw(names), draw(names)) for sentence in chosen)
    start = draw(st.integers(0, len(context) - 1))
    end = draw(st.integers(start + 1, min(len(context), start + 30)))
    question = draw(st.sampled_from(QUESTIONS)).format(draw(names), draw(names))
    return Record(question, draw(st.sampled_from(("", "Velmora", "Mills"))), context, Span(start, end))


def alike(found: list[Record]) -> dict[str, Vector]:
    """Vectors for all that is compared; the cosine of any two is 0.5."""
    words = vocabulary_of(found)
    rows = np.eye(len(words), len(words) + 1, k=1, dtype=np.float32) * math.sqrt(0.5)
    rows[:, 0] = math.sqrt(0.5)
    return dict(zip(words, rows, strict=True))


def editor_of(found: list[Record], seed: int = 1) -> Editor:
    """An editor to which all names are alike."""
    return Editor(found, alike(found), seed)


@settings(max_examples=40, deadline=None)
@given(st.lists(records(), min_size=1, max_size=4), st.integers(0, 99))
def test_an_unanswerable_record_differs_and_has_no_answer(found: list[Record], seed: int) -> None:
    """The question or the text is another one, never both, and an edit is by itself no question mark."""
    editor = editor_of(found, seed)
    for one in found:
        edited = editor.unanswerable(one)
        if edited is not None:
            assert edited.answer is None
            assert (edited.question != one.question) + (edited.context != one.context) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(records(), min_size=1, max_size=4), st.integers(0, 99))
def test_a_contrast_is_answered_where_both_sides_changed_alike(found: list[Record], seed: int) -> None:
    """The answer's words are the same; question and text changed on their own are those of the changed pair."""
    editor = editor_of(found, seed)
    for one in found:
        contrast = editor.contrast(one)
        if contrast is None:
            continue
        asked, said, both = contrast
        assert (asked.answer, said.answer) == (None, None)
        assert both.answer_text == one.answer_text
        assert (asked.question, asked.title, asked.context) == (both.question, one.title, one.context)
        assert (said.question, said.title, said.context) == (one.question, both.title, both.context)
        assert one.question != both.question
        assert one.context != both.context


@settings(max_examples=60, deadline=None)
@given(records(), st.integers(0, 99))
def test_two_names_change_places(one: Record, seed: int) -> None:
    """With no other text to take a name from, the changed text has no word that it had not."""
    contrast = editor_of([one], seed).contrast(one)
    if contrast is not None:
        before, after = (set(re.findall(r"\w+", text)) for text in (one.context, contrast.both.context))
        assert after <= before


@settings(max_examples=40, deadline=None)
@given(records(), st.integers(0, 99))
def test_a_removed_sentence_takes_the_answer_with_it(one: Record, seed: int) -> None:
    """No edit but the removal fits a question without a name, a verb or a word that is known."""
    edited = Editor([one], {}, seed).unanswerable(Record("Which one?", one.title, one.context, one.answer))
    if edited is not None:
        assert one.answer_text.lower() not in edited.context.lower()
        assert len(edited.context) >= 80
        assert edited.question == "Which one?"


def test_a_sentence_is_removed_whole_and_the_others_stay() -> None:
    """The answer's sentence goes; one that says the answer again keeps the record from this edit."""
    kept = "Its ferry leaves for the islands each morning, and its cranes are painted red and yellow."
    one = record("Which one?", f"A dyer built the harbour. {kept}", "dyer")
    edited = Editor([], {}, 1).unanswerable(one)
    assert edited is not None
    assert edited.context == kept
    again = record("Which one?", f"A dyer built the harbour. {kept} Dyers came.", "dyer")
    assert Editor([], {}, 1).unanswerable(again) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200))
def test_every_kind_of_edit_is_made(seed: int) -> None:
    """What comes is one of: another name or word asked for, an antonym, a negation, a text changed or cut."""
    one = town("Carrow", 4)
    edited = editor_of([one], seed).unanswerable(one)
    assert edited is not None
    if edited.context == one.context:
        changed = set(re.findall(r"\w+", edited.question)) - set(re.findall(r"\w+", one.question))
        assert changed
        assert edited.title == one.title


def test_the_same_seed_makes_the_same_edits() -> None:
    """Another seed makes others."""
    found = [town(name, number) for number, name in enumerate(("Carrow", "Sandwick", "Duncastle", "Velmora") * 5)]
    made = [[editor.unanswerable(one) for one in found] for editor in (editor_of(found, seed) for seed in (3, 3, 4))]
    assert made[0] == made[1] != made[2]


def test_a_name_is_swapped_for_one_of_the_same_kind() -> None:
    """A year for a number, a name for a name, and nothing that the question has already."""
    one = record(
        "Who ruled Velmora in 1911?", "In Carrow, Ines Tor ruled. Until 1840 Velmora had 62 mills.", "Ines Tor"
    )
    other = record("Who?", "In 1840 and with 62 men, Carrow met Ines Tor.", "Ines Tor")
    asked = set()
    for seed in range(60):
        edited = editor_of([one, other], seed).unanswerable(one)
        if edited is not None and edited.context == one.context:
            asked.add(edited.question)
    assert len(asked) > 2
    for question in asked:
        assert re.fullmatch(r"Who ruled (Carrow|Ines Tor) in 1911\?|Who ruled Velmora in (1840|62)\?", question)


def test_a_name_that_only_the_answer_touches_makes_no_contrast() -> None:
    """Exchanged around the answer it would stay in the text, and the question would ask of a name not there."""
    one = record("Who guards Port Ellis Hall?", "Guards of Port Ellis Hall: two. Carrow sleeps.", "Hall: two")
    texts = [one, record("Who?", "Velmora and Carrow and Duncastle.", "and")]
    assert all(editor_of(texts, seed).contrast(one) is None for seed in range(20))


def test_words_are_exchanged_in_the_same_form() -> None:
    """A past tense for a past tense, a plural for a plural, so that the edited sentence is one."""
    one = record("Who repaired the mills?", "Oren repaired the mills. Ines painted boats by day.", "Oren")
    texts = [one, record("Who?", "He painted boats.", "He")]
    made = [editor_of(texts, seed).contrast(one) for seed in range(40)]
    asked = {contrast.both.question for contrast in made if contrast is not None}
    assert asked == {"Who painted the mills?", "Who repaired the boats?"}


def test_an_antonym_takes_the_place_of_its_word() -> None:
    """Where no name is known to swap, "first" becomes "last"; what is no word in these texts is not put in."""
    one = record("Which first?", "A short text.", "short")
    known = {"last": np.ones(1, dtype=np.float32)}
    edited = Editor([one], known, 1).unanswerable(one)
    assert edited is not None
    assert edited.question == "Which last?"
    assert Editor([one], {}, 1).unanswerable(one) is None


def test_the_shares_of_the_edits_make_a_whole() -> None:
    """So that each is the chance with which it is tried first."""
    assert math.isclose(sum(SHARES.values()), 1)
