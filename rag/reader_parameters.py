"""The reader's features and what each is worth: the types, and the numbers that `make fit` wrote to reader.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class SentenceFeatures(NamedTuple):
    """What the reader sees of one sentence, each about 0 to 1 (or, as weights, what each is worth).

    coverage: rarity-weighted share of the question's terms in the sentence; around: the same in
    its passage and title; names_missing: share of the question's names and numbers that the
    passage and title lack; kind: 1 if it holds the kind of answer asked for, -1 if not, 0 if no
    kind is asked for; counted: whether a number stands before what "how many" counts;
    passage_similarity: cosine of its passage to the question; shortness: 1 at 0 characters, 0 from 80;
    the alignments: see `rag.alignment.Alignment`; answer_span: the reader model's logit of the best
    answer in the sentence, passage_answers: its logit that the passage answers, both in tens
    and 0 without a model.
    """

    coverage: float
    around: float
    names_missing: float
    kind: float
    counted: float
    passage_similarity: float
    shortness: float
    content_alignment: float
    question_alignment: float
    function_alignment: float
    answer_span: float
    passage_answers: float


class SupportFeatures(NamedTuple):
    """What decides whether the best sentence is believed (or, as weights, what each is worth).

    best_score, next_score: the scores of the best sentence and of the next; lead: how far the best
    one's lies above the mean of all the sentences that were scored; least_alignment: see
    `rag.alignment.Alignment`; negated_question to antonym_around: see `rag.opposition.Opposition`; the
    others as in SentenceFeatures. Few on purpose: more of them fit one kind of library better and others worse.
    """

    best_score: float
    next_score: float
    lead: float
    names_missing: float
    kind: float
    similarity: float
    least_alignment: float
    negated_question: float
    negated_sentence: float
    antonym: float
    antonym_around: float
    answer_span: float
    passage_answers: float


@dataclass(frozen=True, slots=True)
class ReaderParameters:
    """Weights of the two models, and the rules that use them.

    `threshold`: confidence below which the reader is silent; `also`: how far below the best
    sentence's score another one may be to be shown with it; `per_first_passage`: sentences read
    closely of each of the first three passages, the most promising ones; `per_passage`: of each other one;
    `agreement`: how far below the best score a sentence may be to go before it because more articles
    give its value; `same_sentence`: overlap from which two sentences are one; `corroboration`: share of the best
    one's similarity that a sentence of another article with the same value needs to be shown.
    """

    sentence_weights: SentenceFeatures
    support_weights: SupportFeatures
    support_bias: float
    threshold: float
    also: float
    agreement: float = 0.35
    per_first_passage: int = 4
    per_passage: int = 2
    same_sentence: float = 0.6
    corroboration: float = 0.7
    sentences: int = 3


@cache
def reader_parameters(*, with_model: bool) -> ReaderParameters:
    """The parameters in reader.json, those for reading with the reader model or those for doing without."""
    stored = json.loads((files("rag") / "reader.json").read_text())["with model" if with_model else "without model"]
    return ReaderParameters(
        SentenceFeatures(**stored["sentence"]["weights"]),
        SupportFeatures(**stored["support"]["weights"]),
        stored["support"]["bias"],
        stored["threshold"],
        stored["also"],
    )
