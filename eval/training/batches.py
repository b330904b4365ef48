"""Examples -> batches of like length, in an order that a seed decides."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eval.training.examples import Examples

_POOL: Final = 1500
_STEP: Final = 16


class Batch(NamedTuple):
    """Inputs of shape (inputs, tokens), padded with zeros; first and last token of the answers, shape (inputs,).

    `ids`, `types`: token and segment numbers; `mask`: 1 where there is a token; `starts`, `ends`: 0 without an answer.
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    starts: Tensor
    ends: Tensor


def batches(examples: Examples, tokens: int, seed: int) -> Iterator[list[int]]:
    """The numbers of all examples, each once, in batches; examples of one group stay together.

    A batch is at most `tokens` tokens, each example counted as long as the longest one; a group that has more
    is a batch by itself. Groups are shuffled, then sorted by length in pools, so that little is padding and
    batches still differ.
    """
    drawing = random.Random(seed)  # noqa: S311  (no secret)
    groups = [list(members) for _, members in groupby(range(len(examples)), key=lambda number: examples.groups[number])]
    drawing.shuffle(groups)
    lengths = np.diff(examples.bounds)
    for start in range(0, len(groups), _POOL):
        pool = sorted(groups[start : start + _POOL], key=lambda group: max(lengths[number] for number in group))
        found = list(_cut(pool, lengths, tokens))
        drawing.shuffle(found)
        yield from found


def _cut(pool: Sequence[list[int]], lengths: NDArray[np.int64], tokens: int) -> Iterator[list[int]]:
    """Groups, the shortest first, put together while they fit."""
    batch: list[int] = []
    for group in pool:
        longest = max(lengths[number] for number in group)
        if batch and (len(batch) + len(group)) * longest > tokens:
            yield batch
            batch = []
        batch = [*batch, *group]
    if batch:
        yield batch


def batch_of(examples: Examples, numbers: Sequence[int]) -> Batch:
    """The examples of these numbers, at least one, as tensors: as long as the longest, and on to a multiple of 16."""
    rows = [slice(examples.bounds[number], examples.bounds[number + 1]) for number in numbers]
    longest = max(row.stop - row.start for row in rows)
    length = int(-(-longest // _STEP) * _STEP)
    ids = np.zeros((len(rows), length), dtype=np.int64)
    types, mask = np.zeros_like(ids), np.zeros_like(ids)
    for place, row in enumerate(rows):
        size = row.stop - row.start
        ids[place, :size] = examples.ids[row]
        types[place, :size] = examples.types[row]
        mask[place, :size] = 1
    places = np.asarray(numbers)
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(types),
        torch.from_numpy(mask),
        torch.from_numpy(examples.starts[places].astype(np.int64)),
        torch.from_numpy(examples.ends[places].astype(np.int64)),
    )
