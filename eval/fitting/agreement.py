"""Fits when a source that differs speaks of the same thing: python -m eval.fitting.agreement --cases FILE --squad FILE.

A source's statement is an example: it speaks of what was asked, or of something like it. The cases of the project and
the documents of RAMDocs have examples of both; of paragraphs of whole encyclopaedia articles, where one answer is
right, every statement that differs is of something else. Prints the weights, which stand in
rag/agreement/comparison.py, and what each threshold brings in cross-validation over questions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from eval.expectations import normalised
from eval.yardsticks.conflicts_format import load_conflicts
from eval.yardsticks.data_files import evenly
from eval.yardsticks.squad_format import load_squad
from index.article import Article, ArticleFilter
from index.embedding import Embedder, SentenceTransformerEmbedder
from index.library import Library
from rag.agreement.comparison import AgreementParameters, prominence
from rag.agreement.statements import Statement
from rag.answer import Question
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel

EVERYTHING: Final = AgreementParameters(same_matter=0.0)
"""With these, every statement that differs is brought."""

WEIGHTS: Final = {"cases": 3.0, "documents": 0.5, "paragraphs": 0.4}
"""What an example counts: those of the project are the most like news, and the fewest."""

_PARAGRAPH_QUESTIONS: Final = 260
_THRESHOLDS: Final = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)

Labeller = Callable[[Statement], bool]
"""Whether a statement speaks of what was asked."""


@dataclass(frozen=True, slots=True)
class Example:
    """A statement that differs: its features, whether it speaks of what was asked, and where it is from."""

    features: tuple[float, float, float]
    same_matter: bool
    question: str
    kind: str


@dataclass(frozen=True, slots=True)
class World:
    """Articles for one library, and questions on them, each with what tells its statements apart."""

    kind: str
    articles: tuple[Article, ...]
    questions: tuple[tuple[Question, Labeller], ...]


def case_world(file: Path) -> World:
    """The project's own cases: of one that conflicts, a statement with one of its values speaks of what was asked."""
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    articles = [_article(record) for case in cases for record in case["articles"]]

    def labeller(case: dict[str, list[list[str]]]) -> Labeller:
        words = [each for group in case["values"] for each in group] if case["conflicting"] else []
        return lambda it: any(each in it.sentence.span.of(it.sentence.article.text) for each in words)

    asked = [case for case in cases if case["kind"] not in ("updated", "multiple", "reprint")]
    return World("cases", tuple(articles), tuple((Question(case["question"]), labeller(case)) for case in asked))


def document_world(file: Path) -> World:
    """RAMDocs' odd-numbered questions: a statement with a right or a wrong answer speaks of what was asked."""
    data = load_conflicts(file)

    def labeller(answers: Sequence[str]) -> Labeller:
        return lambda it: any(
            normalised(each) in normalised(it.sentence.span.of(it.sentence.article.text)) for each in answers
        )

    odd = [question for question in data.questions if int(question.id) % 2]
    asked = ((Question(each.text, ArticleFilter((each.source,))), labeller((*each.gold, *each.wrong))) for each in odd)
    return World("documents", data.articles, tuple(asked))


def paragraph_world(file: Path) -> World:
    """Paragraphs of the articles that are not held out; what differs from the answer there is of something else."""
    data = load_squad(file)
    held_out = {question.id for question in data.held_out().questions}
    usable = [question for question in data.questions if question.id not in held_out and question.answers]
    articles = {question.paragraph.id: question.paragraph for question in usable}
    asked = ((Question(question.text), lambda _: False) for question in evenly(usable, _PARAGRAPH_QUESTIONS))
    return World("paragraphs", tuple(articles.values()), tuple(asked))


def examples(world: World, embedder: Embedder, model: ReaderModel) -> Iterator[Example]:
    """Every statement that differs from the answer, of the questions that are answered."""
    with TemporaryDirectory() as folder:
        library = Library(Path(folder), embedder)
        library.add(world.articles)
        answerer = replace(QuestionAnswerer(library, model), agreement=EVERYTHING)
        for question, same_matter in world.questions:
            examined = answerer.examine(question)
            if examined.confidence < answerer.reader.threshold:
                continue
            standing = prominence(examined.passages)
            for each in (each for group in examined.agreement.differing for each in group):
                seen = each.sentence.features
                features = (seen.answer_span, seen.passage_answers, standing[each.sentence.article.id])
                yield Example(features, same_matter(each), f"{world.kind} {question.text}", world.kind)
        library.close()


def fit(found: Sequence[Example]) -> LogisticRegression:
    """The logistic model of all examples."""
    model = LogisticRegression(C=10)
    return model.fit(
        [one.features for one in found],
        [one.same_matter for one in found],
        sample_weight=[WEIGHTS[one.kind] for one in found],
    )


def cross_validated(found: Sequence[Example], folds: int = 6) -> list[float]:
    """For each example the probability by a model that has not seen its question."""
    probabilities = np.zeros(len(found))
    splits = StratifiedGroupKFold(folds, shuffle=True, random_state=1).split(
        np.zeros(len(found)), [one.same_matter for one in found], [one.question for one in found]
    )
    for fitted, tried in splits:
        model = fit([found[place] for place in fitted])
        probabilities[tried] = model.predict_proba([found[place].features for place in tried])[:, 1]
    return [float(one) for one in probabilities]


def called(found: Sequence[Example], probabilities: Sequence[float], threshold: float, kind: str) -> tuple[int, int]:
    """Of a kind's questions, how many have a conflict called that is one, and how many only others."""
    above = [one for one, p in zip(found, probabilities, strict=True) if p >= threshold and one.kind == kind]
    right = {one.question for one in above if one.same_matter}
    return len(right), len({one.question for one in above} - right)


def main() -> None:
    """Command line: python -m eval.fitting.agreement --cases FILE [--documents FILE] [--squad FILE]."""
    parser = argparse.ArgumentParser(prog="python -m eval.fitting.agreement", description=__doc__)
    parser.add_argument(
        "--cases", type=Path, required=True, help="cases of agreement and conflict, a line of JSON each"
    )
    parser.add_argument("--documents", type=Path, help="a file in the format of RAMDocs")
    parser.add_argument("--squad", type=Path, help="a file in the format of SQuAD 2.0")
    arguments = parser.parse_args()
    worlds = [case_world(arguments.cases)]
    worlds += [document_world(arguments.documents)] if arguments.documents else []
    worlds += [paragraph_world(arguments.squad)] if arguments.squad else []
    embedder, model = SentenceTransformerEmbedder(), ReaderModel()
    found = [one for world in worlds for one in examples(world, embedder, model)]
    _print(found, [world.kind for world in worlds])


def _print(found: Sequence[Example], kinds: Iterable[str]) -> None:
    fitted, probabilities = fit(found), cross_validated(found)
    names = ("answer_span_weight", "passage_answers_weight", "prominence_weight")
    print(f"bias {fitted.intercept_[0]:.2f}")
    for name, weight in zip(names, fitted.coef_[0], strict=True):
        print(f"{name} {weight:.2f}")
    for threshold in _THRESHOLDS:
        counts = (
            f"{kind} {right} right, {wrong} wrong"
            for kind in kinds
            for right, wrong in [called(found, probabilities, threshold, kind)]
        )
        print(f"at {threshold:.2f}: {'; '.join(counts)}")


def _article(record: dict[str, str | None]) -> Article:
    published = date.fromisoformat(record["published"]) if record["published"] else None
    return Article(str(record["id"]), str(record["text"]), record["title"], None, record["source"], published)


if __name__ == "__main__":
    main()
