"""Reading-comprehension files -> records, with whole articles held out. Bad data become CaseErrors."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from eval.article_split import is_kept_from_training
from eval.cases import CaseError
from eval.yardsticks.data_files import Published, Words, checked, parsed
from eval.yardsticks.squad_format import SquadQuestion
from index.article import Span

HELD_OUT_SHARE: Final = 0.04
"""Share of the articles that no model is trained on."""


@dataclass(frozen=True, slots=True)
class Record:
    """A question, a text and the place of the answer in it; None when the text does not answer.

    `title` is that of the article that the text is from, "" where it is not known.
    """

    question: str
    title: str
    context: str
    answer: Span | None

    @property
    def answer_text(self) -> str:
        """The answer as it stands in the text; "" where there is none."""
        return "" if self.answer is None else self.answer.of(self.context)


class _Answer(Published):
    text: Words
    start: int


class _Line(Published):
    question: Words
    title: Words | None = None
    context: Words
    answers: list[_Answer]
    impossible: bool = False


def load_records(files: Sequence[Path]) -> list[Record]:
    """The records of `.jsonl.gz` files, in their order; of several answers the first counts.

    A line has `question`, `context` and `answers` (of `text` and `start`, in characters of the context), and
    may have `title` and `impossible`. Blank lines are passed over, and lines of which the place of an answer
    is not known (-1). One title for a whole file says nothing about a text and is left out.
    Raises CaseError for a file that cannot be read, a line that is no record, an answer that is not in its context.
    """
    return [record for file in files for record in _records(file)]


def is_held_out(record: Record, share: float = HELD_OUT_SHARE) -> bool:
    """Whether a record's article is kept from training: decided by its title alone, so always alike.

    A text without a title is an article by itself. `share`: from 0 to 1, of all articles.
    """
    return is_kept_from_training(record.title or record.context, share)


def record_of(asked: SquadQuestion) -> Record:
    """The record of a question in the format of SQuAD; of its answers the first that stands in the text counts."""
    text = asked.paragraph.text
    found = ((text.find(answer), answer) for answer in asked.answers)
    span = next((Span(start, start + len(answer)) for start, answer in found if start >= 0), None)
    if asked.answers and span is None:
        raise CaseError(f"question {asked.id!r}: none of its answers {list(asked.answers)!r} stands in its paragraph")
    return Record(asked.text, asked.paragraph.title or "", text, span)


def _records(file: Path) -> Iterator[Record]:
    found = list(_lines(file))
    if len({record.title for record in found}) == 1:
        return (replace(record, title="") for record in found)
    return iter(found)


def _lines(file: Path) -> Iterator[Record]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                place = f"{file}, line {number}"
                found = checked(_Line, parsed(line.rstrip(), file, number), place)
                if all(answer.start >= 0 for answer in found.answers):
                    yield _record(found, place)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise CaseError(f"{str(file)!r} cannot be read: {error}; give a .jsonl.gz file") from error


def _record(line: _Line, place: str) -> Record:
    title = (line.title or "").replace("_", " ")
    if line.impossible or not line.answers:
        return Record(line.question, title, line.context, None)
    answer = line.answers[0]
    if not answer.text:
        raise CaseError(f"{place}: an answer has no text; give none where the context does not answer")
    span = Span(answer.start, answer.start + len(answer.text))
    if span.of(line.context) != answer.text:
        raise CaseError(f"{place}: the answer {answer.text!r} does not stand at {answer.start} of its context")
    return Record(line.question, title, line.context, span)
