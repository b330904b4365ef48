"""Batches hold every example once, and groups are not torn apart."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.training.batches import batch_of, batches
from tests.eval.training.records_for_tests import examples_of, toy_examples

GROUPS = st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=4), max_size=60)


@settings(max_examples=40, deadline=None)
@given(GROUPS, st.integers(1, 400), st.integers(0, 99))
def test_batches_hold_every_example_once_with_its_group(groups: list[list[int]], tokens: int, seed: int) -> None:
    """And no more tokens than asked for, unless a single group has more."""
    made = examples_of(groups)
    found = list(batches(made, tokens, seed))
    assert sorted(number for batch in found for number in batch) == list(range(len(made)))
    where = Counter(group for batch in found for group in {int(made.groups[number]) for number in batch})
    assert set(where.values()) <= {1}
    lengths = np.diff(made.bounds)
    for batch in found:
        size = len(batch) * max(lengths[number] for number in batch)
        assert size <= tokens or len({int(made.groups[number]) for number in batch}) == 1


@settings(max_examples=40, deadline=None)
@given(GROUPS, st.integers(0, 99))
def test_the_seed_decides_the_order(groups: list[list[int]], seed: int) -> None:
    """The same seed gives the same batches."""
    made = examples_of(groups)
    assert list(batches(made, 200, seed)) == list(batches(made, 200, seed))


def test_another_seed_gives_another_order() -> None:
    """So each epoch is different."""
    made = toy_examples(50, 1)
    assert list(batches(made, 100, 1)) != list(batches(made, 100, 2))


def test_groups_of_many_pools_are_all_there() -> None:
    """More groups than are sorted at a time; little of a batch is padding."""
    drawing = np.random.default_rng(1)
    made = examples_of([[int(length)] for length in drawing.integers(5, 250, size=4000)])
    found = list(batches(made, 6144, 1))
    assert sorted(number for batch in found for number in batch) == list(range(4000))
    lengths = np.diff(made.bounds)
    padded = sum(len(batch) * max(lengths[number] for number in batch) for batch in found)
    assert lengths.sum() / padded > 0.95


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.data())
def test_a_batch_is_padded_with_nothing(lengths: list[int], data: st.DataObject) -> None:
    """Each row has its example's tokens, then zeros, to a multiple of 16."""
    made = examples_of([[length] for length in lengths])
    numbers = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=6))
    batch = batch_of(made, numbers)
    assert batch.ids.shape == batch.types.shape == batch.mask.shape
    longest = max(lengths[number] for number in numbers)
    assert batch.ids.shape[0] == len(numbers)
    assert batch.ids.shape[1] % 16 == 0
    assert longest <= batch.ids.shape[1] < longest + 16
    for row, number in enumerate(numbers):
        size = lengths[number]
        assert batch.ids[row].tolist() == [number] * size + [0] * (batch.ids.shape[1] - size)
        assert batch.mask[row].tolist() == batch.types[row].tolist() == [1] * size + [0] * (batch.ids.shape[1] - size)


def test_a_batch_says_where_the_answers_stand() -> None:
    """In the order of the numbers."""
    made = toy_examples(4, 1)
    batch = batch_of(made, [6, 1])
    assert batch.starts.tolist() == batch.ends.tolist() == [int(made.starts[6]), 0]
    assert int(batch.ids[0, batch.starts[0]]) == 5
