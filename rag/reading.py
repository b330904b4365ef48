"""The extractive reader: passages -> the one to three sentences that answer, or silence. No LLM.

Two linear models over a few features. The first ranks the sentences by how likely each holds
the answer; the second gives the probability that what would be shown is right, and below a
threshold the reader is silent. Every parameter stands in reader.json, which `make calibrate`
writes from question-answering data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from index.article import Article, Span
from index.cleaning import is_heading
from index.library import Library
from rag.answer import Passage, Question
from rag.answer_kind import AnswerKind, Place
from rag.question_terms import QuestionTerms, within
from rag.retrieval import Shingles, overlap, shingles

_SHORT: Final = 80
_HEADING_WORDS: Final = 12
_FIRST_PASSAGES: Final = 3


class SentenceFeatures(NamedTuple):
    """What the reader sees of one sentence, each about 0 to 1 (or, as weights, what each is worth).

    coverage: rarity-weighted share of the question's terms in the sentence; around: the same in
    its passage and title; names_missing: share of the question's names and numbers that the
    passage and title lack; kind_met, kind_unmet: whether it holds the kind of answer asked for;
    near: how close that stands to a term of the question, 1 side by side, 0.5 ten characters
    apart; counted: whether a number stands before what "how many" counts; similarity: cosine to
    the question, of the sentence and of its passage; rank: the passage's fused score, 1 for the
    best; shortness: 1 at 0 characters, 0 from 80.
    """

    coverage: float
    around: float
    names_missing: float
    kind_met: float
    kind_unmet: float
    near: float
    counted: float
    similarity: float
    passage_similarity: float
    rank: float
    shortness: float


class SupportFeatures(NamedTuple):
    """What the reader sees of an answer as a whole: its best sentence's features and two scores."""

    best: SentenceFeatures
    best_score: float
    next_score: float


@dataclass(frozen=True, slots=True)
class ReaderParameters:
    """Weights of the two models, and the rules that use them.

    `threshold`: confidence below which the reader is silent; `also`: how far below the best
    sentence's score another one may be to be shown with it; `per_first_passage`: sentences
    embedded of each of the first three passages, the most promising ones; `per_passage`: of each other one;
    `same_sentence`: overlap from which two sentences are one; `corroboration`: share of the best
    one's similarity that a sentence of another article with the same value needs to be shown.
    """

    sentence_weights: SentenceFeatures
    support_weights: tuple[float, ...]
    support_bias: float
    threshold: float
    also: float
    per_first_passage: int = 5
    per_passage: int = 2
    same_sentence: float = 0.6
    corroboration: float = 0.7
    sentences: int = 3


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence that may be shown, with its features, its score and the values it gives for an answer.

    A difference of scores is the log-odds that the one sentence holds the answer and the other does not.
    `dated`: the question asks for a date, so the values are years.
    """

    article: Article
    span: Span
    features: SentenceFeatures
    score: float
    values: frozenset[str]
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences that answer, best first, and the probability that the first one is right."""

    sentences: tuple[ScoredSentence, ...]
    confidence: float


@cache
def reader_parameters() -> ReaderParameters:
    """The parameters in reader.json."""
    stored = json.loads((files("rag") / "reader.json").read_text())
    return ReaderParameters(
        SentenceFeatures(**stored["sentence"]["weights"]),
        tuple(stored["support"]["weights"]),
        stored["support"]["bias"],
        stored["threshold"],
        stored["also"],
    )


def read(library: Library, question: Question, passages: Sequence[Passage], parameters: ReaderParameters) -> Reading:
    """The sentences of `passages` that answer the question best, at least one if there is any, and how sure that is.

    The reader leaves it to the caller to compare the confidence with the threshold.
    """
    ranked = rank_sentences(library, question, passages, parameters)
    if not ranked:
        return Reading((), 0.0)
    weights = zip(flat(support_features(ranked)), parameters.support_weights, strict=True)
    confidence = _sigmoid(parameters.support_bias + sum(value * weight for value, weight in weights))
    return Reading(shown_sentences(ranked, parameters), confidence)


def shown_sentences(ranked: Sequence[ScoredSentence], parameters: ReaderParameters) -> tuple[ScoredSentence, ...]:
    """The best of `ranked` (not empty), and up to two more that are nearly as good or that bear it out.

    One that lacks the kind of answer asked for, or another year to "when", is not shown. A sentence bears the best
    one out when it is from another article, gives the same value for the kind of answer asked
    for, and is about as similar to the question. Articles that are not quoted yet go first.
    """
    best, *others = ranked
    enough = parameters.corroboration * best.features.similarity
    shown = [best]
    eligible = [
        sentence
        for sentence in others
        if (sentence.score >= best.score - parameters.also and _may_stand_beside(sentence, best))
        or (
            sentence.article.id != best.article.id
            and sentence.values & best.values
            and sentence.features.similarity >= enough
        )
    ]
    for again in (False, True):
        for sentence in eligible:
            quoted = any(sentence.article.id == other.article.id for other in shown)
            if len(shown) < parameters.sentences and quoted is again and sentence not in shown:
                shown.append(sentence)
    return tuple(shown)


def _may_stand_beside(sentence: ScoredSentence, best: ScoredSentence) -> bool:
    """Whether a sentence has the kind of answer asked for and, for a date, gives no other year than the best one."""
    other_year = best.dated and sentence.values and best.values and not sentence.values & best.values
    return not other_year and not sentence.features.kind_unmet


def rank_sentences(
    library: Library, question: Question, passages: Sequence[Passage], parameters: ReaderParameters
) -> list[ScoredSentence]:
    """The most promising sentences of the passages, best first, no two nearly the same."""
    terms = QuestionTerms.of(question.text, library)
    top_score = max((passage.score for passage in passages), default=1.0)
    likely = [
        candidate
        for place, passage in enumerate(passages)
        for candidate in _best(
            _candidates(terms, passage, parameters, top_score),
            parameters.per_first_passage if place < _FIRST_PASSAGES else parameters.per_passage,
        )
    ]
    distinct = _distinct(library, _best(likely, len(likely)), parameters)
    if not distinct:
        return []
    vectors = library.embedder.embed_remembered(
        [question.text, *(item.span.of(item.article.text) for item in distinct)]
    )
    similarities = vectors[1:] @ vectors[0]
    ranked = [
        _scored(item, item.features._replace(similarity=float(similarity)), parameters)
        for item, similarity in zip(distinct, similarities, strict=True)
    ]
    return _best(ranked, len(ranked))


def support_features(ranked: Sequence[ScoredSentence]) -> SupportFeatures:
    """What decides whether the best of `ranked` (not empty) is believed."""
    following = ranked[1].score if len(ranked) > 1 else ranked[0].score
    return SupportFeatures(ranked[0].features, ranked[0].score, following)


def flat(features: SupportFeatures) -> tuple[float, ...]:
    """The features as one row of numbers, in the order of `ReaderParameters.support_weights`."""
    return (*features.best, features.best_score, features.next_score)


def _candidates(
    question: QuestionTerms, passage: Passage, parameters: ReaderParameters, top_score: float
) -> list[ScoredSentence]:
    """Every sentence of a passage, scored as if it were as similar to the question as the passage."""
    in_passage = question.matches(passage.text)
    context = {**question.matches(passage.article.heading), **in_passage}
    around, names_missing = question.coverage(context), question.names_missing(context)
    passage_similarity = passage.similarity or 0.0
    found = []
    for span in passage.chunk.sentences:
        words = span.of(passage.article.text)
        if is_heading(words) and len(words.split()) < _HEADING_WORDS:
            continue  # a heading claims nothing
        offset = passage.chunk.span.start
        matches = within(in_passage, span.start - offset, span.end - offset)
        kinds = question.expected.places(words)
        features = SentenceFeatures(
            coverage=question.coverage(matches),
            around=around,
            names_missing=names_missing,
            kind_met=float(bool(kinds)),
            kind_unmet=float(not kinds and question.expected.kind is not AnswerKind.OTHER),
            near=_nearness(kinds, [place for places in matches.values() for place in places]),
            counted=float(question.expected.counts_it(words)),
            similarity=passage_similarity,
            passage_similarity=passage_similarity,
            rank=passage.score / top_score,
            shortness=max(0.0, 1 - len(words) / _SHORT),
        )
        sentence = ScoredSentence(
            passage.article,
            span,
            features,
            0.0,
            question.expected.values(words),
            dated=question.expected.kind is AnswerKind.DATE,
        )
        found.append(_scored(sentence, features, parameters))
    return found


def _nearness(kinds: Sequence[Place], terms: Sequence[Place]) -> float:
    """1 where a place of the first sort touches one of the second, falling with the characters between."""
    gaps = [max(0, kind[0] - term[1], term[0] - kind[1]) for kind in kinds for term in terms if kind != term]
    return 1 / (1 + min(gaps) / 10) if gaps else 0.0


def _scored(sentence: ScoredSentence, features: SentenceFeatures, parameters: ReaderParameters) -> ScoredSentence:
    score = sum(value * weight for value, weight in zip(features, parameters.sentence_weights, strict=True))
    return replace(sentence, features=features, score=score)


def _best(sentences: Iterable[ScoredSentence], limit: int) -> list[ScoredSentence]:
    return sorted(sentences, key=lambda sentence: -sentence.score)[:limit]


def _distinct(library: Library, likely: Sequence[ScoredSentence], parameters: ReaderParameters) -> list[ScoredSentence]:
    kept: list[ScoredSentence] = []
    words_kept: list[Shingles] = []
    for sentence in likely:
        words = shingles(library.terms(sentence.span.of(sentence.article.text)))
        if all(overlap(words, earlier) < parameters.same_sentence for earlier in words_kept):
            kept.append(sentence)
            words_kept.append(words)
    return kept


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))
