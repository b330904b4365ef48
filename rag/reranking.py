"""Retrieved passages -> the same, read by the reader model and put in order by whether they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rag.answer import Passage
from rag.reader_model import PassageReading, ReaderModel

_SURE: Final = 10.0
"""A logit as good as certainty: more of it counts no more."""


@dataclass(frozen=True, slots=True)
class RerankingParameters:
    """`passages`: how many are read by the model, the first ones; `weight`: what the model's logit, in tens and
    at most 1, adds to a passage's score. docs/ablations.md has what it brings.
    """

    passages: int = 10
    weight: float = 0.5


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage, and what the reader model says of it; None when it was not read."""

    passage: Passage
    reading: PassageReading | None = None


def rerank(
    question: str, passages: Sequence[Passage], model: ReaderModel | None, parameters: RerankingParameters
) -> tuple[ReadPassage, ...]:
    """The passages with those that the model read in the order of their new scores, then the others.

    Without a model they stay as they are.
    """
    if model is None:
        return tuple(ReadPassage(passage) for passage in passages)
    first, rest = passages[: parameters.passages], passages[parameters.passages :]
    readings = model.read(question, [(passage.article.heading, passage.text) for passage in first])
    read = [
        ReadPassage(replace(passage, score=passage.score + parameters.weight * scaled(reading.answers)), reading)
        for passage, reading in zip(first, readings, strict=True)
    ]
    read.sort(key=lambda item: (-item.passage.score, item.passage.chunk.id))
    return (*read, *(ReadPassage(passage) for passage in rest))


def scaled(logit: float) -> float:
    """A logit of the model as a feature: -1 when it is certainly not so, 1 when it certainly is."""
    return max(-1.0, min(1.0, logit / _SURE))
