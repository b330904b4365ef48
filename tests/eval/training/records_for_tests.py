"""Tiny records about towns that do not exist, and a toy task that a tiny model learns in seconds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel

from eval.training.examples import Examples
from eval.training.model import ReaderModel
from eval.training.records import Record, is_held_out
from index.article import Span

MARK = 5
"""The token that is the answer of the toy task."""


def record(question: str, context: str, answer: str | None, title: str = "") -> Record:
    """A record whose answer stands where its words first do."""
    start = -1 if answer is None else context.index(answer)
    return Record(question, title, context, None if answer is None else Span(start, start + len(answer)))


def town(name: str, number: int) -> Record:
    """A record on one town; no other town's text has a word of its name."""
    context = (
        f"The harbour of {name} was built in {1700 + number} by the dyer Ines Calloway. It has {number + 2} cranes, and"
        f" a ferry leaves for the islands each morning. Oren Tasker painted its lighthouse after the storm of 1953."
    )
    return record(f"Who built the harbour of {name} in {1700 + number}?", context, "Ines Calloway", name)


def towns(training: int, held_out: int) -> list[Record]:
    """So many records of articles that are trained on, then so many of articles that are not."""
    made = [town(f"Velmo{number}ra", number) for number in range(400)]
    kept = [one for one in made if not is_held_out(one)][:training]
    return [*kept, *[one for one in made if is_held_out(one)][:held_out]]


def line(one: Record) -> dict[str, object]:
    """The record as a line of a file says it."""
    answers = [] if one.answer is None else [{"text": one.answer_text, "start": one.answer.start}]
    return {"question": one.question, "title": one.title, "context": one.context, "answers": answers}


def write_lines(file: Path, lines: Iterable[object]) -> Path:
    """A `.jsonl.gz` file; text is written as it is."""
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        stream.writelines((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    return file


def examples_of(groups: Sequence[Sequence[int]]) -> Examples:
    """Examples of these lengths, group by group; each token is the number of its example."""
    lengths = [length for group in groups for length in group]
    return Examples(
        np.repeat(np.arange(len(lengths)), lengths).astype(np.uint16),
        np.ones(sum(lengths), dtype=np.uint8),
        np.cumsum([0, *lengths], dtype=np.int64),
        np.zeros(len(lengths), dtype=np.int32),
        np.zeros(len(lengths), dtype=np.int32),
        np.repeat(np.arange(len(groups)), [len(group) for group in groups]).astype(np.int32),
    )


def toy_examples(pairs: int, seed: int) -> Examples:
    """Texts of 8 tokens in pairs: in one the answer is the mark, the other lacks it."""
    drawing = np.random.default_rng(seed)
    ids, starts = [], []
    for _ in range(pairs):
        text = drawing.integers(10, 40, size=8)
        place = int(drawing.integers(8))
        marked = np.where(np.arange(8) == place, MARK, text)
        ids += [np.array([1, 3, 2, 2, *marked, 2]), np.array([1, 3, 2, 2, *text, 2])]
        starts += [4 + place, 0]
    answers = np.array(starts, dtype=np.int32)
    types = np.tile(np.array([0] * 4 + [1] * 9, dtype=np.uint8), 2 * pairs)
    bounds = np.arange(0, 13 * 2 * pairs + 1, 13, dtype=np.int64)
    groups = np.repeat(np.arange(pairs, dtype=np.int32), 2)
    return Examples(np.concatenate(ids).astype(np.uint16), types, bounds, answers, answers.copy(), groups)


def tiny_model() -> ReaderModel:
    """A random BERT of one layer, with dropout; the same one each time."""
    config = BertConfig(
        vocab_size=40,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
        hidden_dropout_prob=0.05,
        attention_probs_dropout_prob=0.0,
    )
    torch.manual_seed(1)
    return ReaderModel(BertModel(config, add_pooling_layer=False))
