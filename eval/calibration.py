"""Fits the extractive reader's parameters on question-answering data and writes rag/reader.json.

Reads SQuAD 2.0 files (.json) and files of one question a line (.jsonl.gz: title, question, context,
answers). Their articles are dealt out to libraries of different sizes, and each question is asked
of its library in up to four ways: with its answer there (weight 1); with the passages that hold
the answer taken away (0.3); with its whole article shut out by a filter (0.3); or, when it was
written to have no answer, as it is (0.1). Scores are reported by cross-validation over articles;
the parameters written are fitted on all of them.

Run it as `make calibrate DATA="squad2.json questions.jsonl.gz"`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from index.article import Article, ArticleFilter, Span
from index.embedding import Embedder, SentenceTransformerEmbedder
from index.library import Library
from rag.answer import Question
from rag.reading import (
    ReaderParameters,
    ScoredSentence,
    SentenceFeatures,
    flat,
    rank_sentences,
    reader_parameters,
    shown_sentences,
    support_features,
)
from rag.retrieval import RetrievalParameters, retrieve

_FOLDS: Final = 6
_EXTRA_SENTENCE_COST: Final = 0.15
"""What showing one more sentence costs, when showing the answer is worth 1."""

_SQUAD_SIZES: Final = (1, 1, 1, 1, 1, 1, 1, 2, 3, 6)
_LINE_SIZES: Final = (25, 50, 75, 150)
"""Articles a library: a reader must know small libraries from large ones, where more terms are rare."""

Matrix = NDArray[np.float64]


class Asked(StrEnum):
    """How a question is asked, which decides whether it can be answered."""

    ANSWERABLE = "with an answer"
    ANSWER_REMOVED = "answer's passage taken away"
    ARTICLE_REMOVED = "article shut out"
    IMPOSSIBLE = "written to have none"


_WEIGHTS: Final = {Asked.ANSWERABLE: 1.0, Asked.ANSWER_REMOVED: 0.3, Asked.ARTICLE_REMOVED: 0.3, Asked.IMPOSSIBLE: 0.1}


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question of an article, the places of its answer in the article's text, and how it is asked."""

    text: str
    article: str
    gold: tuple[Span, ...]
    asked: Asked


@dataclass(frozen=True, slots=True)
class Observation:
    """The ranked sentences that a question brought, and which of them hold its answer."""

    question: LabelledQuestion
    ranked: tuple[ScoredSentence, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class World:
    """Articles for one library, and questions to ask of it."""

    articles: tuple[Article, ...]
    questions: tuple[LabelledQuestion, ...]


def squad_worlds(file: Path, sizes: Sequence[int], every: int) -> Iterator[World]:
    """The articles of a SQuAD 2.0 file, paragraphs joined, in worlds of `sizes` articles, with every n-th question."""
    worlds: list[tuple[Article, list[LabelledQuestion]]] = []
    number = 0
    for entry in _list(json.loads(file.read_text())["data"]):
        title, start = str(entry["title"]).replace("_", " "), 0
        questions: list[LabelledQuestion] = []
        paragraphs = _list(entry["paragraphs"])
        for paragraph in paragraphs:
            context = str(paragraph["context"])
            for qa in _list(paragraph["qas"]):
                number += 1
                if number % every == 0:
                    answers = {str(answer["text"]) for answer in _list(qa["answers"])}
                    questions.extend(_asked(str(qa["question"]), title, answers, context, start))
            start += len(context) + 2
        text = "\n\n".join(str(paragraph["context"]) for paragraph in paragraphs)
        worlds.append((Article(title, text, title, source=title), questions))
    yield from _dealt(worlds, sizes)


def line_worlds(file: Path, sizes: Sequence[int]) -> Iterator[World]:
    """The first questions of a .jsonl.gz file, as many as `sizes` add up to, each with its context as an article."""
    worlds: dict[str, tuple[Article, list[LabelledQuestion]]] = {}
    with gzip.open(file, "rt") as lines:
        for line in lines:
            record = json.loads(line)
            context = _untokenised(record["context"])
            title = f"{_untokenised(record['title'])} {len(worlds)}"
            if context not in worlds and len(worlds) < sum(sizes):
                answers = {_untokenised(answer["text"]) for answer in record["answers"]}
                questions = list(_asked(record["question"], title, answers, context, 0))
                worlds[context] = (Article(title, context, _untokenised(record["title"]), source=title), questions)
    yield from _dealt(list(worlds.values()), sizes)


def _dealt(pairs: Sequence[tuple[Article, list[LabelledQuestion]]], sizes: Sequence[int]) -> Iterator[World]:
    start = 0
    for size in sizes:
        part = pairs[start : start + size]
        start += size
        yield World(
            tuple(article for article, _ in part), tuple(question for _, questions in part for question in questions)
        )


def _asked(
    question: str, article: str, answers: Collection[str], context: str, offset: int
) -> Iterator[LabelledQuestion]:
    gold = tuple(span for text in answers for span in _places(text, context, offset))
    ways = (Asked.ANSWERABLE, Asked.ANSWER_REMOVED, Asked.ARTICLE_REMOVED) if gold else (Asked.IMPOSSIBLE,)
    yield from (LabelledQuestion(question, article, gold, asked) for asked in ways)


def _untokenised(text: str) -> str:
    """Text with the spaces that a tokenizer put around punctuation taken out."""
    text = re.sub(r" ([,.;:?!%)\]]|'s\b|n't\b)", r"\1", re.sub(r"([(\[$]) ", r"\1", text))
    return text.replace(" - ", "-").replace("`` ", '"').replace(" ''", '"')


def observe(world: World, parameters: ReaderParameters, embedder: Embedder) -> list[Observation]:
    """Asks each question of a world and labels the sentences that come back."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder), embedder)
        library.add(world.articles)
        found = [_observation(library, question, parameters) for question in world.questions]
        library.close()
    return [observation for observation in found if observation.ranked]


def _observation(library: Library, labelled: LabelledQuestion, parameters: ReaderParameters) -> Observation:
    only = ArticleFilter()
    if labelled.asked is Asked.ARTICLE_REMOVED:
        others = (article.source for article in library.articles() if article.source != labelled.article)
        only = ArticleFilter(sources=tuple(source for source in others if source) or ("none",))
    question = Question(labelled.text, only)
    passages = retrieve(library, question, RetrievalParameters()).passages
    if labelled.asked is Asked.ANSWER_REMOVED:
        passages = tuple(passage for passage in passages if not _holds(labelled, passage.article, passage.chunk.span))
    ranked = rank_sentences(library, question, passages, parameters)
    right = tuple(_holds(labelled, sentence.article, sentence.span) for sentence in ranked)
    return Observation(labelled, tuple(ranked), right)


def _holds(question: LabelledQuestion, article: Article, span: Span) -> bool:
    return article.source == question.article and any(gold.within(span) for gold in question.gold)


def fit_sentences(observations: Sequence[Observation], parameters: ReaderParameters) -> ReaderParameters:
    """The parameters with the ranking of sentences fitted, pair by pair of a right and a wrong one of one question.

    The wrong ones of the right one's own passage count as much, taken together, as those of all
    other passages: a passage stands out more in this data than in news, where many say the same.
    """
    rows: list[Matrix] = []
    pair_weights: list[float] = []
    for o in observations:
        right = [sentence for sentence, label in zip(o.ranked, o.right, strict=True) if label]
        wrong = [sentence for sentence, label in zip(o.ranked, o.right, strict=True) if not label]
        for good in right:
            beside = [_passage(bad) == _passage(good) for bad in wrong]
            rows.extend(np.subtract(good.features, bad.features) for bad in wrong)
            pair_weights.extend(1 / len(right) / beside.count(same) for same in beside)
    signs = np.where(np.arange(len(rows)) % 2, 1.0, -1.0)
    model = LogisticRegression(C=1.0, max_iter=2000, fit_intercept=False)
    model.fit(np.array(rows) * signs[:, None], signs, sample_weight=np.array(pair_weights))
    weights = SentenceFeatures(*(round(float(weight), 4) for weight in model.coef_[0]))
    return replace(parameters, sentence_weights=weights)


def _passage(sentence: ScoredSentence) -> tuple[str, float, float]:
    return sentence.article.id, sentence.features.passage_similarity, sentence.features.rank


def rescored(observations: Sequence[Observation], parameters: ReaderParameters) -> list[Observation]:
    """The observations with their sentences scored and sorted by `parameters`."""
    found = []
    for o in observations:
        scores = [float(np.dot(sentence.features, parameters.sentence_weights)) for sentence in o.ranked]
        order = sorted(range(len(scores)), key=lambda number: -scores[number])
        ranked = tuple(replace(o.ranked[number], score=scores[number]) for number in order)
        found.append(replace(o, ranked=ranked, right=tuple(o.right[number] for number in order)))
    return found


def support_rows(observations: Sequence[Observation], also: float) -> tuple[Matrix, Matrix, Matrix]:
    """Features, labels (is a sentence that would be shown right?) and weights of the support model."""
    rows = np.array([flat(support_features(o.ranked)) for o in observations])
    return (
        rows,
        np.array([float(any(_shown(o, also))) for o in observations]),
        np.array([_WEIGHTS[o.question.asked] for o in observations]),
    )


def fit_support(observations: Sequence[Observation], parameters: ReaderParameters) -> ReaderParameters:
    """The parameters with the support model fitted, and threshold and `also` chosen on its scores."""
    also = _best_also(observations)
    rows, labels, weights = support_rows(observations, also)
    model = LogisticRegression(C=1.0, max_iter=5000).fit(rows, labels, sample_weight=weights)
    confidence = model.predict_proba(rows)[:, 1]
    return replace(
        parameters,
        support_weights=tuple(round(float(weight), 4) for weight in model.coef_[0]),
        support_bias=round(float(model.intercept_[0]), 4),
        threshold=_best_threshold(confidence, labels, weights),
        also=also,
    )


def cross_validated(observations: Sequence[Observation], parameters: ReaderParameters) -> dict[str, float]:
    """Scores of parameters that were fitted on other articles than those they are tried on."""
    groups = [o.question.article for o in observations]
    confidences = np.zeros(len(observations))
    shown = np.zeros(len(observations), dtype=bool)
    good = np.zeros(len(observations), dtype=bool)
    right: dict[int, tuple[bool, ...]] = {}
    for train, test in GroupKFold(_FOLDS).split(groups, groups=groups):
        fitted = fit_sentences([observations[n] for n in train], parameters)
        fitted = fit_support(rescored([observations[n] for n in train], fitted), fitted)
        held_out = rescored([observations[n] for n in test], fitted)
        rows, _, _ = support_rows(held_out, fitted.also)
        confidences[test] = 1 / (1 + np.exp(-(rows @ np.array(fitted.support_weights) + fitted.support_bias)))
        shown[test] = confidences[test] >= fitted.threshold
        good[test] = [any(_shown(o, fitted.also)) for o in held_out]
        right.update((int(n), o.right) for n, o in zip(test, held_out, strict=True))
    ways = np.array([o.question.asked for o in observations])
    answerable = ways == Asked.ANSWERABLE
    asked = [n for n in range(len(observations)) if answerable[n]]
    scores = {"questions with an answer": float(len(asked))}
    for count, name in enumerate(("first sentence", "first two", "first three"), start=1):
        scores[f"answer in {name}"] = sum(any(right[n][:count]) for n in asked) / len(asked)
    scores["answered of those with an answer"] = float(shown[answerable].mean())
    scores["right when answered"] = float(good[answerable & shown].mean())
    for way in (Asked.ANSWER_REMOVED, Asked.ARTICLE_REMOVED, Asked.IMPOSSIBLE):
        both = answerable | (ways == way)
        scores[f"AUROC, {way}"] = float(roc_auc_score(answerable[both], confidences[both]))
        scores[f"silent, {way}"] = float(1 - shown[ways == way].mean())
    return scores


def _best_threshold(confidence: Matrix, labels: Matrix, weights: Matrix) -> float:
    """The threshold that best tells right from wrong: most of the right shown less most of the wrong (Youden's J).

    It does not depend on how many of the questions have an answer, which no data set knows of a newsroom.
    """
    grid = np.linspace(0.05, 0.95, 91)
    right, wrong = weights * labels, weights * (1 - labels)
    gains = [
        float(right[confidence >= threshold].sum() / right.sum() - wrong[confidence >= threshold].sum() / wrong.sum())
        for threshold in grid
    ]
    return round(float(grid[int(np.argmax(gains))]), 2)


def _best_also(observations: Sequence[Observation]) -> float:
    """How far below the best score showing another sentence still pays for itself."""
    grid = np.linspace(0.0, 3.0, 31)
    gains = []
    for also in grid:
        gain = 0.0
        for o in observations:
            shown = _shown(o, float(also))
            gain += (
                (any(shown) - _EXTRA_SENTENCE_COST * (len(shown) - 1)) if o.question.asked is Asked.ANSWERABLE else 0.0
            )
        gains.append(gain)
    return round(float(grid[int(np.argmax(gains))]), 2)


def _shown(observation: Observation, also: float) -> list[bool]:
    """Whether each sentence that would be shown is right."""
    parameters = replace(reader_parameters(), also=also)
    shown = shown_sentences(observation.ranked, parameters)
    return [right for s, right in zip(observation.ranked, observation.right, strict=True) if s in shown]


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
    """Command line: python -m eval.calibration FILE... [--every N] [--write]."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="SQuAD 2.0 .json, or .jsonl.gz with a question a line")
    parser.add_argument("--every", type=int, default=4, help="use every n-th question of a SQuAD file")
    parser.add_argument("--write", action="store_true", help="write rag/reader.json")
    arguments = parser.parse_args()
    worlds = [
        world
        for file in arguments.files
        for world in (
            squad_worlds(file, _SQUAD_SIZES, arguments.every)
            if file.suffix == ".json"
            else line_worlds(file, _LINE_SIZES)
        )
    ]
    embedder, parameters = SentenceTransformerEmbedder(), reader_parameters()
    observations: list[Observation] = []
    for _ in range(2):  # the first fit decides which sentences the second one gets to see
        observations = [observation for world in worlds for observation in observe(world, parameters, embedder)]
        parameters = fit_sentences(observations, parameters)
    parameters = fit_support(rescored(observations, parameters), parameters)
    scores = cross_validated(observations, parameters)
    for name, value in scores.items():
        print(f"{name:40} {value:.3f}")
    if arguments.write:
        Path("rag/reader.json").write_text(_as_json(parameters, arguments.files, scores))


def _as_json(parameters: ReaderParameters, files: Sequence[Path], scores: dict[str, float]) -> str:
    stored = {
        "made_by": f"python -m eval.calibration {' '.join(file.name for file in files)}",
        "made_on": datetime.now(UTC).date().isoformat(),
        "cross_validated_over_articles": {name: round(value, 3) for name, value in scores.items()},
        "sentence": {"weights": parameters.sentence_weights._asdict()},
        "support": {"bias": parameters.support_bias, "weights": parameters.support_weights},
        "threshold": parameters.threshold,
        "also": parameters.also,
    }
    return json.dumps(stored, indent=2) + "\n"


if __name__ == "__main__":
    main()
