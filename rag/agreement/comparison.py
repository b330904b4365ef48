"""Do the sources agree on what was asked? Statements of independent sources, compared with the one that answers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rag.agreement.statements import Statement, statement
from rag.agreement.values import DateValue, NameValue, QuantityValue, Relation, WordsValue
from rag.answer_kind import Expectation
from rag.reading import ScoredSentence
from rag.recency import asks_for_latest

_SEVERAL: Final = re.compile(
    r"^\W*(?:name|list)\b|\b(?:which|what) (?:\w+ ){0,2}?(?!news\b)\w+[^su'’]s\b(?! (?:the|of|is|was)\b)"
    r"|\bwho (?:are|were|all)\b|\bwhat (?:are|were)\b",
    re.IGNORECASE,
)
"""A question that asks for more than one: "Which cities …?", "Who were …?"."""


@dataclass(frozen=True, slots=True)
class AgreementParameters:
    """When a sentence counts as an answer that a source gives, beside the one that is answered with.

    `answer_span`, `passage_answers`: the least scaled logits of the reader that its words answer, and that its
    passage does; `names_missing`: how much more of the question's names its passage may lack than the answer's.

    To differ it must also be likely enough to speak of the same thing: a logistic model of the two logits and of its
    source's place among those found, from 0, with `bias` and the other weights; at least `measured` where it gives a
    date or a quantity, `named` where it gives a name, of which a text has many. `around`: how much less of the
    question's terms its passage and title may have.

    `corroboration`: share of the answer's similarity to the question from which a sentence with its value agrees too;
    `precise_answer_span`, `precise_score`: what it takes for a more precise date to go first.
    """

    answer_span: float = -0.55
    passage_answers: float = -0.24
    names_missing: float = 0.34
    bias: float = 0.84
    answer_span_weight: float = 4.08
    passage_answers_weight: float = -3.08
    place_weight: float = -0.45
    last_place: int = 6
    measured: float = 0.15
    named: float = 0.4
    around: float = 0.6
    corroboration: float = 0.7
    precise_answer_span: float = -0.3
    precise_score: float = 4.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """The statements that give the answer's value, best first, and those that differ, by value.

    No two of `agreeing` are of one independent source; neither are two of one group of `differing`. `unresolved`: dates
    counted from the day of publication, of articles whose day is unknown. `exclusive`: only one of the values can be
    right, so that to differ is to disagree.
    """

    agreeing: tuple[Statement, ...] = ()
    differing: tuple[tuple[Statement, ...], ...] = ()
    unresolved: tuple[Statement, ...] = ()
    exclusive: bool = True


def compare(
    question: str,
    expected: Expectation,
    ranked: Sequence[ScoredSentence],
    clusters: Mapping[str, str],
    parameters: AgreementParameters,
) -> Agreement:
    """How the statements in `ranked`, best first, stand to that of the first.

    `clusters`: the independent source of each article, by its id, those of the best passages first.
    A source that gives the answer's value anywhere agrees with it, whatever else it gives. One that gives it nowhere
    differs with its best statement; where it is asked how things stand now, not if it is older than the answer.
    """
    answer = statement(ranked[0], expected) if ranked else None
    if answer is None:
        return Agreement()
    places = {source: place for place, source in enumerate(dict.fromkeys(clusters.values()))}
    agreeing: dict[str, Statement] = {clusters[answer.sentence.article.id]: answer}
    others: dict[str, Statement] = {}
    unresolved: dict[str, Statement] = {}
    for sentence in ranked[1:]:
        source = clusters[sentence.article.id]
        found = statement(sentence, expected)
        if found is None:
            continue
        answers = _answers(sentence, ranked[0], parameters)
        relation = answer.value.relation_to(found.value)
        if relation is Relation.AGREES and (answers or _as_near(sentence, ranked[0], parameters)):
            agreeing.setdefault(source, found)
        elif relation is Relation.DIFFERS and answers and _same_matter(found, answer, places[source], parameters):
            others.setdefault(source, found)
        elif answers and found.relative and found.value == DateValue(None):
            unresolved.setdefault(source, found)
    differing = [found for source, found in others.items() if source not in agreeing]
    if asks_for_latest(question):
        differing = [found for found in differing if not _older(found, answer)]
    several = isinstance(answer.value, NameValue) and _SEVERAL.search(question)
    exclusive = not (several or isinstance(answer.value, WordsValue))
    return Agreement(
        agreeing=tuple(_most_precise_first(agreeing.values(), parameters)),
        differing=tuple(_groups(differing)),
        unresolved=tuple(found for source, found in unresolved.items() if source not in agreeing),
        exclusive=exclusive,
    )


def answering(ranked: Sequence[ScoredSentence], parameters: AgreementParameters) -> list[ScoredSentence]:
    """The first of `ranked`, and those others that the reader takes for answers of the kind asked for."""
    return [
        *ranked[:1],
        *(each for each in ranked[1:] if each.features.kind >= 0 and _answers(each, ranked[0], parameters)),
    ]


def _older(found: Statement, answer: Statement) -> bool:
    """Whether a statement is known to have been published before the answer."""
    day, answered = found.sentence.article.published, answer.sentence.article.published
    return day is not None and answered is not None and day < answered


def _answers(sentence: ScoredSentence, best: ScoredSentence, parameters: AgreementParameters) -> bool:
    """Whether the reader takes the sentence for an answer, in a passage about what was asked."""
    return (
        sentence.features.answer_span >= parameters.answer_span
        and sentence.features.passage_answers >= parameters.passage_answers
        and sentence.features.names_missing <= best.features.names_missing + parameters.names_missing
    )


def _as_near(sentence: ScoredSentence, best: ScoredSentence, parameters: AgreementParameters) -> bool:
    """Whether a sentence is about as similar to the question: with the same value, that is enough to bear it out."""
    near = sentence.similarity >= parameters.corroboration * best.similarity
    return near and sentence.features.names_missing <= best.features.names_missing + parameters.names_missing


def _same_matter(found: Statement, answer: Statement, place: int, parameters: AgreementParameters) -> bool:
    """Whether a statement that differs is likely to speak of what was asked, rather than of something like it."""
    features = found.sentence.features
    logit = (
        parameters.bias
        + parameters.answer_span_weight * features.answer_span
        + parameters.passage_answers_weight * features.passage_answers
        + parameters.place_weight * min(place, parameters.last_place)
    )
    measured = isinstance(found.value, DateValue | QuantityValue)
    least = parameters.measured if measured else parameters.named
    about_it = features.around >= answer.sentence.features.around - parameters.around
    return features.kind >= 0 and about_it and 1 / (1 + math.exp(-logit)) >= least


def _most_precise_first(agreeing: Iterable[Statement], parameters: AgreementParameters) -> list[Statement]:
    """The same, a date that lies within another before it where the reader is as sure of it."""
    answer, *others = agreeing
    surer = [
        each
        for each in others
        if each.sentence.features.answer_span >= parameters.precise_answer_span
        and each.sentence.score >= answer.sentence.score - parameters.precise_score
    ]
    first = min([answer, *surer], key=_days)
    return [first, *(each for each in (answer, *others) if each is not first)]


def _days(found: Statement) -> int:
    """How many days a date leaves open; 0 for what is no date, or for one that cannot be resolved."""
    interval = found.value.interval if isinstance(found.value, DateValue) else None
    return interval.days if interval else 0


def _groups(statements: Iterable[Statement]) -> list[tuple[Statement, ...]]:
    """Statements that agree together, in the order of the first of each group."""
    groups: list[list[Statement]] = []
    for found in statements:
        for group in groups:
            if group[0].value.relation_to(found.value) is Relation.AGREES:
                group.append(found)
                break
        else:
            groups.append([found])
    return [tuple(group) for group in groups]
