"""Records -> what the model is trained on: token ids, where the answer starts and ends, whether there is one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.training.hard_negatives import embedded, hard_negatives
from eval.training.negatives import Editor, vocabulary_of
from eval.training.records import Record
from index.article import Span
from index.embedding import Embedder
from rag.reading_input import ReadingInput, Tokens

_TITLE_KEPT: Final = 0.75
_RETRIEVED_SHARE: Final = 0.3
"""Of the answerable records, those whose other text is one that a search finds."""
_CONTRAST_SHARE: Final = 0.65
"""Of the others, those that a contrast is tried on."""
_WHOLE_SHARE: Final = 0.3
"""Of the contrasts, those that all four of are kept."""
_NOTHING: Final = Tokens((), ())

Integers = NDArray[np.int32]


class _Row(NamedTuple):
    ids: NDArray[np.uint16]
    types: NDArray[np.uint8]
    start: int
    end: int
    group: int


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs of the model, one after another: example n has the tokens `bounds[n]` to `bounds[n + 1]`.

    `ids`, `types`: token and segment numbers, shape (tokens of all,); `bounds`: shape (examples + 1,).
    `starts`, `ends`: first and last token of the answer, counted from the example's own first, 0 (the mark at
    the beginning) where there is none; `groups`: examples of one number differ by an edit, and stand together.
    """

    ids: NDArray[np.uint16]
    types: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    starts: Integers
    ends: Integers
    groups: Integers

    def __len__(self) -> int:
        return len(self.starts)

    def sample(self, count: int) -> Examples:
        """About `count` of them, at least 1: whole groups, evenly chosen, the same ones each time."""
        found = np.unique(self.groups)
        step = max(1, len(self) // count)
        kept = np.flatnonzero(np.isin(self.groups, found[::step]))
        return _joined(
            _Row(
                self.ids[self.bounds[number] : self.bounds[number + 1]],
                self.types[self.bounds[number] : self.bounds[number + 1]],
                int(self.starts[number]),
                int(self.ends[number]),
                int(self.groups[number]),
            )
            for number in kept
        )

    @classmethod
    def together(cls, parts: Sequence[Examples]) -> Examples:
        """The examples of all parts, one after another; no two parts share a group."""
        ends = np.cumsum([0, *(int(part.bounds[-1]) for part in parts)])
        groups = np.cumsum([0, *(int(part.groups.max(initial=-1)) + 1 for part in parts)])
        return cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.types for part in parts]),
            np.concatenate([[0], *(part.bounds[1:] + end for part, end in zip(parts, ends, strict=False))]),
            np.concatenate([part.starts for part in parts]),
            np.concatenate([part.ends for part in parts]),
            np.concatenate([part.groups + first for part, first in zip(parts, groups, strict=False)], dtype=np.int32),
        )

    def save(self, file: Path) -> None:
        """Writes them to an .npz file, which is there whole or not at all."""
        beside = file.with_suffix(".part")
        with beside.open("wb") as stream:
            np.savez(stream, **{name: getattr(self, name) for name in self.__slots__})
        beside.replace(file)

    @classmethod
    def load(cls, file: Path) -> Examples:
        """Reads an .npz file that `save` wrote."""
        with np.load(file) as stored:
            return cls(**{name: stored[name] for name in cls.__slots__})


def with_negatives(records: Sequence[Record], embedder: Embedder, seed: int) -> Iterator[tuple[int, Record]]:
    """Each record, or an answerable edit of it, with one or two that their text does not answer, found or edited.

    The number before each is its group's: an original and its edits share one. Names and texts to swap in come
    from `records` alone.
    """
    answerable = [record for record in records if record.answer is not None]
    words = vocabulary_of(answerable)
    vectors = embedded(embedder, words)
    editor = Editor(answerable, dict(zip(words, vectors, strict=True)), seed)
    drawing = random.Random(seed)  # noqa: S311  (no secret)
    retrieved = dict(zip(map(id, answerable), hard_negatives(answerable, embedder, seed), strict=True))
    for group, record in enumerate(records):
        found = retrieved.get(id(record)) if drawing.random() < _RETRIEVED_SHARE else None
        members = (record,) if record.answer is None else _group(record, found, editor, drawing)
        yield from ((group, member) for member in members)


def _group(record: Record, found: Record | None, editor: Editor, drawing: random.Random) -> tuple[Record, ...]:
    """The record and what it is trained beside.

    Of a contrast one half or all of it, so that original and edit are as often the answerable one.
    """
    if found is not None:
        return record, found
    contrast = editor.contrast(record) if drawing.random() < _CONTRAST_SHARE else None
    if contrast is not None:
        whole = (record, contrast.asked, contrast.both, contrast.said)
        part = drawing.random()
        return whole if part < _WHOLE_SHARE else whole[:2] if part < (1 + _WHOLE_SHARE) / 2 else whole[2:]
    edited = editor.unanswerable(record)
    return (record,) if edited is None else (record, edited)


def encoded(numbered: Sequence[tuple[int, Record]], reading_input: ReadingInput, seed: int) -> Examples:
    """The records as the model reads them; some lose their title, and a long text all but a window.

    `numbered`: records, each after its group's number; those of one group stand together. The window of an
    answerable record holds its whole answer, at any place of it; an answer that no window holds is left out.
    """
    drawing = random.Random(seed)  # noqa: S311  (no secret)
    contexts = _tokens_by_text((record.context for _, record in numbered), reading_input)
    titles = _tokens_by_text((record.title for _, record in numbered), reading_input)
    questions = reading_input.tokens([record.question for _, record in numbered])
    rows: list[_Row] = []
    for (group, record), question in zip(numbered, questions, strict=True):
        title = titles[record.title] if drawing.random() < _TITLE_KEPT else _NOTHING
        context = contexts[record.context]
        room = reading_input.room_for(question, title)
        inside = range(0) if record.answer is None else _inside(context, record.answer)
        if record.answer is not None and not 0 < len(inside) <= room:
            continue
        offset = _window(len(context.ids), room, inside, drawing)
        item = reading_input.joined(question, title, context.cut(offset, offset + room))
        to_item = item.context_start - offset
        start, end = (inside[0] + to_item, inside[-1] + to_item) if inside else (0, 0)
        rows.append(_Row(np.array(item.ids, np.uint16), np.array(item.types, np.uint8), start, end, group))
    return _joined(rows)


def _joined(rows: Iterable[_Row]) -> Examples:
    kept = list(rows)
    return Examples(
        np.concatenate([np.empty(0, dtype=np.uint16), *(row.ids for row in kept)]),
        np.concatenate([np.empty(0, dtype=np.uint8), *(row.types for row in kept)]),
        np.cumsum([0, *(len(row.ids) for row in kept)], dtype=np.int64),
        np.array([row.start for row in kept], dtype=np.int32),
        np.array([row.end for row in kept], dtype=np.int32),
        np.array([row.group for row in kept], dtype=np.int32),
    )


def _tokens_by_text(texts: Iterable[str], reading_input: ReadingInput) -> dict[str, Tokens]:
    different = list(dict.fromkeys(texts))
    return dict(zip(different, reading_input.tokens(different), strict=True))


def _inside(context: Tokens, answer: Span) -> range:
    """The tokens that have a character of the answer."""
    found = [place for place, (start, end) in enumerate(context.places) if start < answer.end and end > answer.start]
    return range(found[0], found[-1] + 1) if found else range(0)


def _window(length: int, room: int, inside: range, drawing: random.Random) -> int:
    """Where a window of `room` of the `length` tokens begins that holds those `inside`, at most `room`."""
    if length <= room:
        return 0
    if not inside:
        return drawing.randint(0, length - room)
    return drawing.randint(max(0, inside.stop - room), min(inside.start, length - room))
