"""For each question, texts of the same corpus that a search finds and that do not hold its answer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eval.training.records import Record
from index.embedding import Embedder, Vectors

_LEXICAL_WEIGHT: Final = 0.3
_DEPTH: Final = 12
_BLOCK: Final = 1024
"""Questions that are compared with all texts at a time: it bounds the memory."""


def hard_negatives(records: Sequence[Record], embedder: Embedder, seed: int) -> list[Record | None]:
    """For each record its question with a wrong text, drawn from the best 12 of a search over all texts.

    Cosine and TF-IDF, weighted as in `rag.retrieval.fuse`. None where no text among the 12 lacks the answer.
    """
    if not records:
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to import

    texts = list(dict.fromkeys(record.context for record in records))
    titles = {record.context: record.title for record in records}
    lowered = [text.lower() for text in texts]
    vectors = embedded(embedder, texts)
    weigher = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
    terms = weigher.fit_transform(texts)
    drawing = random.Random(seed)  # noqa: S311  (no secret)
    found: list[Record | None] = []
    for start in range(0, len(records), _BLOCK):
        block = records[start : start + _BLOCK]
        questions = [record.question for record in block]
        dense = embedded(embedder, questions) @ vectors.T
        lexical = (weigher.transform(questions) @ terms.T).toarray()
        lexical /= np.maximum(lexical.max(axis=1, keepdims=True), 1e-6)
        best = _best((1 - _LEXICAL_WEIGHT) * dense + _LEXICAL_WEIGHT * lexical)
        for record, places in zip(block, best, strict=True):
            wrong = [texts[place] for place in places if _is_wrong(record, texts[place], lowered[place])]
            context = drawing.choice(wrong) if wrong else None
            found.append(
                None if context is None else replace(record, title=titles[context], context=context, answer=None)
            )
    return found


def embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Unit vectors, computed in order of length, so that little of a batch is padding."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    vectors = embedder.embed([texts[place] for place in order])
    unsorted = np.empty_like(vectors)
    unsorted[order] = vectors
    return unsorted


def _best(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """The places of each row's 12 highest scores, or of all where there are fewer, in no order."""
    if scores.shape[1] <= _DEPTH:
        return np.argsort(-scores, axis=1, kind="stable")
    return np.argpartition(-scores, _DEPTH, axis=1)[:, :_DEPTH]


def _is_wrong(record: Record, text: str, lowered: str) -> bool:
    return text != record.context and (record.answer is None or record.answer_text.lower() not in lowered)
