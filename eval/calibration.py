"""Fits the extractive reader's parameters on a SQuAD 2.0 file and writes rag/reader.json.

Every article of the file becomes one article of a library, and its questions are asked of the
whole library in three ways: those with an answer (weight 1), those written to have none (0.5),
and those with an answer whose own article is shut out by a filter (0.5). Scores are reported
by cross-validation over articles; the parameters written are fitted on all of them.

Run it as `make calibrate DATA=path/to/squad2.json`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from index.article import Article, Span
from index.catalogue import ArticleFilter
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from rag.answer import Question
from rag.reading import ReaderParameters, ScoredSentence, SentenceFeatures, flat, rank_sentences, reader_parameters, support_features
from rag.retrieval import RetrievalParameters, retrieve

_FOLDS: Final = 6
_EXTRA_SENTENCE_COST: Final = 0.1
"""What showing one more sentence costs, when showing the answer is worth 1."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, where its answer stands (nowhere, if it has none), and how it is asked."""

    text: str
    article: str
    gold: tuple[Span, ...]
    shut_out: bool
    weight: float


@dataclass(frozen=True, slots=True)
class Observation:
    """The ranked sentences that a question brought, and which of them hold its answer."""

    question: LabelledQuestion
    ranked: tuple[ScoredSentence, ...]
    right: tuple[bool, ...]


def labelled_questions(data: Sequence[dict[str, object]], every: int) -> Iterator[LabelledQuestion]:
    """Every n-th question of each article; `gold` holds spans in the article's joined text."""
    number = 0
    for article in data:
        title, start = str(article["title"]), 0
        for paragraph in _list(article["paragraphs"]):
            context = str(paragraph["context"])
            for qa in _list(paragraph["qas"]):
                number += 1
                if number % every:
                    continue
                answers = {str(answer["text"]) for answer in _list(qa["answers"])}
                gold = tuple(span for text in answers for span in _places(text, context, start))
                if gold:
                    yield LabelledQuestion(str(qa["question"]), title, gold, False, 1.0)
                    yield LabelledQuestion(str(qa["question"]), title, (), True, 0.5)
                else:
                    yield LabelledQuestion(str(qa["question"]), title, (), False, 0.5)
            start += len(context) + 2


def observe(library: Library, questions: Sequence[LabelledQuestion], parameters: ReaderParameters) -> list[Observation]:
    """Asks each question and labels the sentences that come back."""
    titles = {article.source or "" for article in library.articles()}
    observations = []
    for labelled in questions:
        only = ArticleFilter(sources=tuple(titles - {labelled.article})) if labelled.shut_out else ArticleFilter()
        question = Question(labelled.text, only)
        passages = retrieve(library, question, RetrievalParameters()).passages
        ranked = rank_sentences(library, question, passages, parameters)
        right = tuple(item.article.title == labelled.article and any(g.within(item.span) for g in labelled.gold) for item in ranked)
        observations.append(Observation(labelled, tuple(ranked), right))
    return [observation for observation in observations if observation.ranked]


def fit_sentences(observations: Sequence[Observation], parameters: ReaderParameters) -> ReaderParameters:
    """The parameters with the sentence model fitted on the questions that have an answer."""
    asked = [o for o in observations if o.question.gold]
    rows = np.array([sentence.features for o in asked for sentence in o.ranked])
    labels = np.array([label for o in asked for label in o.right])
    model = LogisticRegression(C=1.0, max_iter=2000).fit(rows, labels)
    weights = SentenceFeatures(*(round(float(weight), 4) for weight in model.coef_[0]))
    return replace(parameters, sentence_weights=weights, sentence_bias=round(float(model.intercept_[0]), 4))


def rescored(observations: Sequence[Observation], parameters: ReaderParameters) -> list[Observation]:
    """The observations with their sentences scored and sorted by `parameters`."""
    found = []
    for o in observations:
        scores = [
            parameters.sentence_bias + float(np.dot(sentence.features, parameters.sentence_weights)) for sentence in o.ranked
        ]
        order = sorted(range(len(scores)), key=lambda number: -scores[number])
        ranked = tuple(replace(o.ranked[number], score=scores[number]) for number in order)
        found.append(replace(o, ranked=ranked, right=tuple(o.right[number] for number in order)))
    return found


def support_rows(observations: Sequence[Observation]) -> tuple[Matrix, Matrix, Matrix]:
    """Features, labels (is the best sentence right?) and weights of the support model."""
    rows = np.array([flat(support_features(o.ranked)) for o in observations])
    return rows, np.array([float(o.right[0]) for o in observations]), np.array([o.question.weight for o in observations])


def fit_support(observations: Sequence[Observation], parameters: ReaderParameters) -> ReaderParameters:
    """The parameters with the support model fitted, and threshold and `also` chosen on its scores."""
    rows, labels, weights = support_rows(observations)
    model = LogisticRegression(C=1.0, max_iter=5000).fit(rows, labels, sample_weight=weights)
    confidence = model.predict_proba(rows)[:, 1]
    return replace(
        parameters,
        support_weights=tuple(round(float(weight), 4) for weight in model.coef_[0]),
        support_bias=round(float(model.intercept_[0]), 4),
        threshold=_best_threshold(confidence, labels, weights),
        also=_best_also(observations),
    )


def cross_validated(observations: Sequence[Observation], parameters: ReaderParameters) -> dict[str, float]:
    """Scores of parameters that were fitted on other articles than those they are tried on."""
    groups = [o.question.article for o in observations]
    first, second, third, asked = 0, 0, 0, 0
    confidences: list[float] = []
    outcomes: list[tuple[bool, bool, float]] = []
    for train, test in GroupKFold(_FOLDS).split(groups, groups=groups):
        fitted = fit_sentences([observations[n] for n in train], parameters)
        fitted = fit_support(rescored([observations[n] for n in train], fitted), fitted)
        held_out = rescored([observations[n] for n in test], fitted)
        rows, _, _ = support_rows(held_out)
        logits = rows @ np.array(fitted.support_weights) + fitted.support_bias
        for o, confidence in zip(held_out, 1 / (1 + np.exp(-logits)), strict=True):
            confidences.append(float(confidence))
            outcomes.append((bool(o.question.gold), o.right[0], float(confidence >= fitted.threshold)))
            if o.question.gold:
                asked += 1
                first += o.right[0]
                second += any(o.right[:2])
                third += any(o.right[:3])
    answerable = np.array([outcome[0] for outcome in outcomes])
    adversarial = np.array([not o.question.shut_out for o in _in_fold_order(observations, groups)])
    shown = np.array([outcome[2] for outcome in outcomes])
    scores = np.array(confidences)
    return {
        "questions with an answer": float(asked),
        "answer in first sentence": first / asked,
        "answer in first two": second / asked,
        "answer in first three": third / asked,
        "AUROC, written to have none": float(roc_auc_score(answerable[adversarial], scores[adversarial])),
        "AUROC, article shut out": float(roc_auc_score(answerable[answerable | ~adversarial], scores[answerable | ~adversarial])),
        "answered of those with an answer": float(shown[answerable].mean()),
        "silent of those written to have none": float(1 - shown[~answerable & adversarial].mean()),
        "silent of those shut out": float(1 - shown[~adversarial].mean()),
    }


def _in_fold_order(observations: Sequence[Observation], groups: Sequence[str]) -> list[Observation]:
    return [observations[n] for _, test in GroupKFold(_FOLDS).split(groups, groups=groups) for n in test]


def _best_threshold(confidence: Matrix, labels: Matrix, weights: Matrix) -> float:
    """The threshold with the most right answers less wrong ones, silence counting nothing."""
    grid = np.linspace(0.05, 0.95, 91)
    gains = [float(((2 * labels - 1) * weights)[confidence >= threshold].sum()) for threshold in grid]
    return round(float(grid[int(np.argmax(gains))]), 2)


def _best_also(observations: Sequence[Observation]) -> float:
    """The share of the best probability from which showing another sentence pays for itself."""
    grid = np.linspace(0.1, 1.0, 19)
    gains = []
    for also in grid:
        gain = 0.0
        for o in observations:
            shown = [right for s, right in zip(o.ranked[:3], o.right, strict=False) if s.probability >= also * o.ranked[0].probability]
            gain += (any(shown) - _EXTRA_SENTENCE_COST * (len(shown) - 1)) if o.question.gold else 0.0
        gains.append(gain)
    return round(float(grid[int(np.argmax(gains))]), 2)


def _places(text: str, context: str, offset: int) -> Iterator[Span]:
    start = context.find(text)
    while text and start >= 0:
        yield Span(offset + start, offset + start + len(text))
        start = context.find(text, start + 1)


def _list(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, not {type(value).__name__}: is the file in SQuAD format?")
    return value


def main() -> None:
    """Command line: python -m eval.calibration squad2.json [--every N] [--write]."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a SQuAD 2.0 file")
    parser.add_argument("--every", type=int, default=1, help="use every n-th question")
    parser.add_argument("--write", action="store_true", help="write rag/reader.json")
    arguments = parser.parse_args()
    data = _list(json.loads(arguments.data.read_text())["data"])
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), SentenceTransformerEmbedder())
        library.add(
            Article(
                str(article["title"]),
                "\n\n".join(str(paragraph["context"]) for paragraph in _list(article["paragraphs"])),
                str(article["title"]).replace("_", " "),
                source=str(article["title"]).replace("_", " "),
            )
            for article in data
        )
        questions = [replace(q, article=q.article.replace("_", " ")) for q in labelled_questions(data, arguments.every)]
        parameters = reader_parameters()
        for _ in range(2):  # the first fit decides which sentences the second one gets to see
            observations = observe(library, questions, parameters)
            parameters = fit_sentences(observations, parameters)
        parameters = fit_support(rescored(observations, parameters), parameters)
        scores = cross_validated(observations, parameters)
        library.close()
    for name, value in scores.items():
        print(f"{name:40} {value:.3f}")
    if arguments.write:
        Path("rag/reader.json").write_text(_as_json(parameters, arguments.data, scores))
    print(asdict(parameters))


def _as_json(parameters: ReaderParameters, data: Path, scores: dict[str, float]) -> str:
    stored = {
        "made_by": f"python -m eval.calibration {data.name}",
        "made_on": datetime.now(UTC).date().isoformat(),
        "cross_validated_over_articles": {name: round(value, 3) for name, value in scores.items()},
        "sentence": {"bias": parameters.sentence_bias, "weights": parameters.sentence_weights._asdict()},
        "support": {"bias": parameters.support_bias, "weights": parameters.support_weights},
        "threshold": parameters.threshold,
        "also": parameters.also,
    }
    return json.dumps(stored, indent=2) + "\n"


if __name__ == "__main__":
    main()
