"""How SQuAD 2.0 scores a prediction: exact match, F1 over words, and the best over all thresholds.

The rules are those of the data set's official evaluation (Rajpurkar, Jia and Liang, ACL 2018), so
that the figures stand beside published ones. All values are shares in [0, 1]; tables give them
times 100.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)
_ARTICLE: Final = re.compile(r"\b(?:an?|the)\b")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a prediction that may be withheld would bring.

    `answerable`: whether its question has an answer; `score`: exact match or F1 of the
    prediction, in [0, 1]; `empty`: there is nothing to predict whatever the threshold.
    """

    confidence: float
    answerable: bool
    score: float
    empty: bool


def normalised(text: str) -> str:
    """Small letters without ASCII punctuation, without a, an and the, words parted by one space."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, answers: Iterable[str]) -> float:
    """1 if the prediction equals an answer once both are normalised, else 0.

    A question without answers has the one answer "": silence is right.
    """
    return max(float(normalised(prediction) == answer) for answer in _normalised_answers(answers))


def word_f1(prediction: str, answers: Iterable[str]) -> float:
    """The harmonic mean of precision and recall of the prediction's words, at the answer that suits it best.

    Words are counted as often as they occur. Where either side has no word, 1 if both have none, else 0.
    """
    words = normalised(prediction).split()
    return max(_overlap_f1(words, answer.split()) for answer in _normalised_answers(answers))


def best_over_thresholds(attempts: Sequence[Attempt]) -> tuple[float, float]:
    """The highest mean score that a threshold on the confidence could bring, and that confidence.

    Below the threshold the prediction is withheld, which scores 1 where there is no answer and 0
    where there is one. A confidence of 1 with nothing gained means: always silent. Raises
    ValueError without attempts.
    """
    if not attempts:
        raise ValueError("no attempts to choose a threshold for")
    total = best = float(sum(not attempt.answerable for attempt in attempts))
    threshold = 1.0
    for attempt in sorted(attempts, key=lambda attempt: -attempt.confidence):
        total += attempt.score if attempt.answerable else -float(not attempt.empty)
        if total > best:
            best, threshold = total, attempt.confidence
    return best / len(attempts), threshold


def _normalised_answers(answers: Iterable[str]) -> list[str]:
    return [answer for answer in map(normalised, answers) if answer] or [""]


def _overlap_f1(predicted: Sequence[str], expected: Sequence[str]) -> float:
    if not predicted or not expected:
        return float(predicted == expected)
    shared = (Counter(predicted) & Counter(expected)).total()
    return 2 * shared / (len(predicted) + len(expected))
