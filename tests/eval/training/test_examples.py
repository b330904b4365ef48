"""What the model is trained on: the answer's tokens are the answer's characters, at any window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.training.examples import Examples, encoded, with_negatives
from eval.training.records import Record
from index.article import Span
from index.embedding import SentenceTransformerEmbedder, default_tokenizer
from rag.reading_input import MAX_TOKENS, ReadingInput
from tests.eval.training.records_for_tests import examples_of, record, towns

WORDS = (
    "harbour",
    "Velmora",
    "naïve",
    "Größe",
    "3.5%",
    "“quoted”",
    "it's",
    "antidisestablishmentarianism",
    "港口",
    "a",
)
NAMES = ("ids", "types", "bounds", "starts", "ends", "groups")

READING_INPUT = ReadingInput(default_tokenizer())


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A text of up to 700 tokens and any run of its words as the answer, or none."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40)) * draw(st.integers(1, 4))
    first = draw(st.integers(0, len(words) - 1))
    last = draw(st.integers(first, min(len(words) - 1, first + 12)))
    start = len(" ".join([*words[:first], ""]))
    answer = Span(start, start + len(" ".join(words[first : last + 1])))
    question = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=30)))
    title = draw(st.sampled_from(("", "Velmora", "The harbour of Velmora and its " + "very " * 30)))
    return Record(question, title, " ".join(words), draw(st.sampled_from((answer, answer, None))))


@settings(max_examples=40, deadline=None)
@given(records(), st.integers(0, 10**6))
def test_the_tokens_of_the_answer_cover_its_characters(one: Record, seed: int) -> None:
    """Start and end lead to the first and last token with a character of it, and the window is a copy of the text."""
    made = encoded([(3, one)], READING_INPUT, seed)
    assert len(made) == 1
    (context,) = READING_INPUT.tokens([one.context])
    start, end, before = int(made.starts[0]), int(made.ends[0]), int(np.argmax(made.types))
    window = made.ids[before:-1].tolist()
    assert len(made.ids) == len(made.types) == made.bounds[1] <= MAX_TOKENS
    assert made.types.tolist() == [0] * before + [1] * (len(window) + 1)
    assert made.groups.tolist() == [3]
    if one.answer is None:
        assert (start, end) == (0, 0)
        offsets = range(len(context.ids) - len(window) + 1)
        assert any(list(context.ids[place : place + len(window)]) == window for place in offsets)
        return
    assert before <= start <= end < len(made.ids) - 1
    first = next(place for place, (_, after) in enumerate(context.places) if after > one.answer.start)
    last = max(place for place, (begin, _) in enumerate(context.places) if begin < one.answer.end)
    assert (context.places[first][0], context.places[last][1]) == (one.answer.start, one.answer.end)
    offset = first - (start - before)
    assert end - start == last - first
    assert offset >= 0
    assert list(context.ids[offset : offset + len(window)]) == window


@settings(max_examples=40, deadline=None)
@given(records(), st.integers(0, 10**6))
def test_a_window_is_as_wide_as_fits(one: Record, seed: int) -> None:
    """A text that fits is whole; of a longer one nothing is left out that there is room for."""
    made = encoded([(0, one)], READING_INPUT, seed)
    (context,) = READING_INPUT.tokens([one.context])
    before = int(np.argmax(made.types))
    assert len(made.ids) == min(MAX_TOKENS, before + len(context.ids) + 1)


def test_the_answer_is_met_at_every_place_of_the_window() -> None:
    """At its beginning, at its end and between, so that its place says nothing."""
    context = " ".join(["mist"] * 600 + ["lighthouse"] + ["mist"] * 600)
    one = record("Where is the lamp?", context, "lighthouse")
    starts = encoded([(number, one) for number in range(300)], READING_INPUT, 1).starts
    assert min(starts) < 30
    assert max(starts) > 230
    assert len(set(starts.tolist())) > 100


def test_an_answer_that_no_window_holds_is_left_out() -> None:
    """It would start before the text; so is one without a token. The others stay, in their groups."""
    long = Record("What?", "", "mist " * 400, Span(5, 1990))
    blank = Record("What?", "", "mist  mist", Span(4, 5))
    short = record("What?", "A lamp.", "lamp")
    made = encoded([(0, long), (1, blank), (2, short)], READING_INPUT, 1)
    assert made.groups.tolist() == [2]
    assert len(encoded([(0, long)], READING_INPUT, 1)) == 0


def test_some_records_lose_their_title() -> None:
    """A quarter, so that the model can do without."""
    one = record("Where?", "A lamp in the mist.", "lamp", "Lighthouses")
    made = encoded([(number, one) for number in range(400)], READING_INPUT, 1)
    sizes = np.diff(made.bounds)
    assert np.mean(sizes == sizes.max()) == pytest.approx(0.75, abs=0.08)
    assert len(set(sizes.tolist())) == 2


def test_examples_come_back_from_their_file(tmp_path: Path) -> None:
    """With the same numbers of the same kinds; nothing else is left in the folder."""
    made = encoded(list(enumerate(towns(5, 1))), READING_INPUT, 1)
    made.save(tmp_path / "some.npz")
    assert [file.name for file in tmp_path.iterdir()] == ["some.npz"]
    again = Examples.load(tmp_path / "some.npz")
    for name in NAMES:
        one, other = getattr(made, name), getattr(again, name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


def test_a_write_that_fails_leaves_the_file_before(tmp_path: Path) -> None:
    """Examples that cannot be written do not spoil those that were."""
    made = examples_of([[3], [4, 2]])
    made.save(tmp_path / "some.npz")
    (tmp_path / "some.part").mkdir()
    with pytest.raises(IsADirectoryError):
        examples_of([[1]]).save(tmp_path / "some.npz")
    assert len(Examples.load(tmp_path / "some.npz")) == 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3), max_size=30), st.integers(1, 40))
def test_a_sample_has_whole_groups(groups: list[list[int]], count: int) -> None:
    """Each kept example has its own tokens, and all of its group come with it."""
    made = examples_of(groups)
    some = made.sample(count)
    kept = np.flatnonzero(np.isin(made.groups, some.groups))
    assert len(some) == len(kept)
    for place, number in enumerate(kept):
        tokens = some.ids[some.bounds[place] : some.bounds[place + 1]]
        assert tokens.tolist() == [number] * (made.bounds[number + 1] - made.bounds[number])
    if len(made) <= count:
        assert len(some) == len(made)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3), max_size=8), min_size=1, max_size=4))
def test_examples_put_together_are_those_of_the_parts(parts: list[list[list[int]]]) -> None:
    """One after another, and no example shares a group with one of another part."""
    made = [examples_of(groups) for groups in parts]
    whole = Examples.together(made)
    assert np.diff(whole.bounds).tolist() == [length for part in made for length in np.diff(part.bounds)]
    assert whole.ids.tolist() == [token for part in made for token in part.ids]
    assert len(np.unique(whole.groups)) == sum(len(np.unique(part.groups)) for part in made)
    assert sorted(whole.groups.tolist()) == whole.groups.tolist()
    assert {name: getattr(whole, name).dtype for name in NAMES} == {
        name: getattr(made[0], name).dtype for name in NAMES
    }


def test_every_answerable_record_brings_an_unanswerable_one(embedder: SentenceTransformerEmbedder) -> None:
    """In its group, after one with its answer, or all four of a contrast; a record without an answer comes alone."""
    found = [*towns(60, 0), Record("Who?", "Mills", "Nobody knows.", None)]
    made = list(with_negatives(found, embedder, 3))
    assert [group for group, _ in made] == sorted(group for group, _ in made)
    sizes = set()
    for number, one in enumerate(found):
        members = [other for group, other in made if group == number]
        sizes.add(len(members))
        if one.answer is None:
            assert members == [one]
        else:
            pairs = list(zip(members[::2], members[1::2], strict=True))
            assert pairs
            assert all(first.answer_text == one.answer_text and other.answer is None for first, other in pairs)
    assert sizes == {1, 2, 4}
    assert list(with_negatives([], embedder, 3)) == []
    assert list(with_negatives(found[-1:], embedder, 3)) == [(0, found[-1])]


def test_original_and_edit_are_as_often_the_answerable_one(embedder: SentenceTransformerEmbedder) -> None:
    """What the edited question or the edited text looks like says nothing about the answer."""
    found = towns(120, 0)
    made = list(with_negatives(found, embedder, 5))
    originals = [one for number, one in made if one.answer is not None and one == found[number]]
    edited = [one for number, one in made if one.answer is not None and one != found[number]]
    unanswered = [one for number, one in made if one.answer is None and one.question == found[number].question]
    assert len(edited) > 20
    assert len(originals) > len(edited)
    assert len(unanswered) > 20
