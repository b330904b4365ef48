"""Sentences written for this: the days that an expression in each of them means, or that it means none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from index.article import Span
from rag.time_expressions.interval import DateInterval
from rag.time_expressions.ranges import joined_ranges
from rag.time_expressions.tagging import time_expressions

HERE: Final = Path(__file__).parents[1]
FLOORS: Final = {"dated_sentences.jsonl": 0.98, "dated_sentences_held_out.jsonl": 0.95}
"""The least share of exact intervals on each file."""
LEAST_SENTENCES: Final = 100


@dataclass(frozen=True, slots=True)
class DatedSentence:
    """A sentence, the day it was published, words in it, and the days that they mean."""

    id: str
    text: str
    published: date | None
    words: str
    interval: DateInterval | None


def dated_sentences(name: str) -> list[DatedSentence]:
    """The sentences of a file in tests/rag."""
    lines = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        DatedSentence(line["id"], line["sentence"], day(line["published"]), line["words"], interval(line))
        for line in lines
    ]


def day(said: str | None) -> date | None:
    """A day in ISO 8601, or none."""
    return date.fromisoformat(said) if said else None


def interval(line: dict[str, str | None]) -> DateInterval | None:
    """The days that a line expects."""
    earliest, latest = day(line["earliest"]), day(line["latest"])
    return DateInterval(earliest, latest) if earliest and latest else None


def is_exact(sentence: DatedSentence) -> bool:
    """Whether the expression at the words, as one run of days where it is a range, means exactly the days expected."""
    start = sentence.text.index(sentence.words)
    words = Span(start, start + len(sentence.words))
    found = joined_ranges(sentence.text, time_expressions(sentence.text, sentence.published))
    there = [one.interval for one in found if one.span.start < words.end and words.start < one.span.end]
    return there == [sentence.interval] if there else sentence.interval is None


@pytest.mark.parametrize("name", FLOORS)
def test_expressions_mean_the_days_that_people_understand(name: str) -> None:
    """Nearly all intervals are exact; the second file was not seen when the rules were written."""
    sentences = dated_sentences(name)
    assert len(sentences) >= LEAST_SENTENCES
    missed = [sentence.id for sentence in sentences if not is_exact(sentence)]
    assert 1 - len(missed) / len(sentences) >= FLOORS[name], missed
