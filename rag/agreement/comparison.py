"""Do the sources agree on what was asked? Statements of independent sources, compared with the one that answers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from rag.agreement.statements import Statement, statement
from rag.agreement.values import DateValue, NameValue, Relation, WordsValue
from rag.answer import Passage
from rag.answer_kind import Expectation
from rag.reading import ScoredSentence
from rag.recency import asks_for_latest

_SEVERAL: Final = re.compile(
    r"^\W*(?:name|list)\b|\bwho (?:are|were|all)\b|\bwhat (?:are|were)\b"
    r"|\b(?:which|what) (?:(?!(?:was|is|has|does)\b)\w+ ){0,2}?(?!(?:news|was|has|does)\b)\w+[^su'’]s\b"
    r"(?! (?:(?:the|an?|of|is|was|has|through)\b|(?-i:[A-Z])))",
    re.IGNORECASE,
)
_SHARED: Final = re.compile(
    r"\b(?:together|jointly|shared? (?:the|it|with)|co-?(?:authors?|wrote|written|founde[dr]s?|directed|winners?)"
    r"|the (?:pair|duo|two of them)"
    r"|(?:wrote|written|made|built|founded|won|led|painted|directed|composed|discovered|designed) (?:\w+ ){0,4}?"
    r"with (?:an?|his|her|their) (?:\w+ )?(?:friend|brother|sister|wife|husband|colleague|partner|daughter|son))\b",
    re.IGNORECASE,
)
"""Signs that a thing was done by more than one."""

_YEAR: Final = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_FOREGROUND: Final = 4
"""Articles that may be about the very thing that was asked; the others found are the background."""


@dataclass(frozen=True, slots=True)
class AgreementParameters:
    """When a sentence counts as an answer that a source gives, beside the one that is answered with.

    To agree: `answer_span`, `passage_answers`: the least scaled logits of the reader that its words answer, and that
    its passage does; `names_missing`: how much more of the question's names its passage may lack than the answer's;
    `corroboration`: share of the answer's similarity to the question from which the same value is enough.

    To differ: `same_matter`, the least probability that it speaks of what was asked, by a logistic model of the same
    two logits and of how far its article stands out from those found for the question, with `bias` and the weights.

    `precise_answer_span`, `precise_score`: what it takes for a more precise date to go first.
    """

    answer_span: float = -0.55
    passage_answers: float = -0.24
    names_missing: float = 0.34
    corroboration: float = 0.7
    same_matter: float = 0.3
    bias: float = -2.29
    answer_span_weight: float = 3.14
    passage_answers_weight: float = -4.23
    prominence_weight: float = 5.94
    precise_answer_span: float = -0.3
    precise_score: float = 4.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """The statements that give the answer's value, best first, and those that differ, by value.

    No two of `agreeing` are of one independent source; neither are two of one group of `differing`. `unresolved`: dates
    counted from the day of publication, of articles whose day is unknown. `superseded`: what older articles give, where
    it is asked how things stand now. `exclusive`: only one value can be right, so that to differ is to disagree.
    """

    agreeing: tuple[Statement, ...] = ()
    differing: tuple[tuple[Statement, ...], ...] = ()
    unresolved: tuple[Statement, ...] = ()
    superseded: tuple[Statement, ...] = ()
    exclusive: bool = True


def compare(
    question: str,
    expected: Expectation,
    ranked: Sequence[ScoredSentence],
    found_in: Sequence[Passage],
    clusters: Mapping[str, str],
    parameters: AgreementParameters,
) -> Agreement:
    """How the statements in `ranked`, best first, stand to that of the first.

    `found_in`: the passages that they are from; `clusters`: the independent source of each of their articles.

    A source that gives the answer's value anywhere agrees with it, whatever else it gives. One that gives it nowhere
    differs with its best statement; where it is asked how things stand now, not if it is older than the answer.
    """
    answer = statement(ranked[0], expected) if ranked else None
    if answer is None:
        return Agreement()
    standing = prominence(found_in)
    stated = [
        (clusters[sentence.article.id], found) for sentence in ranked[1:] if (found := statement(sentence, expected))
    ]

    def relates(found: Statement, relation: Relation) -> bool:
        return answer.value.relation_to(found.value) is relation

    agreeing = _first_of_each(stated, lambda it: relates(it, Relation.AGREES) and _agrees(it, ranked[0], parameters))
    own = clusters[answer.sentence.article.id]
    agreeing = {own: answer, **{source: found for source, found in agreeing.items() if source != own}}
    different = _first_of_each(
        stated,
        lambda it: (
            relates(it, Relation.DIFFERS) and _in_its_years(it, question) and _same_matter(it, standing, parameters)
        ),
    )
    unresolved = _first_of_each(stated, lambda it: _is_unresolved(it) and _answers(it.sentence, ranked[0], parameters))
    first, *rest = _most_precise_first(agreeing.values(), parameters)
    compatible, apart = _compatible(first, rest)
    differing = [*apart, *(found for source, found in different.items() if source not in agreeing)]
    superseded = [found for found in differing if asks_for_latest(question) and _older(found, answer)]
    differing = [found for found in differing if found not in superseded]
    return Agreement(
        agreeing=(first, *compatible),
        differing=tuple(_groups(differing)),
        unresolved=tuple(found for source, found in unresolved.items() if source not in agreeing),
        superseded=tuple(superseded),
        exclusive=_exclusive(question, answer, differing),
    )


def _first_of_each(
    stated: Iterable[tuple[str, Statement]], wanted: Callable[[Statement], bool]
) -> dict[str, Statement]:
    """The first statement of each source that is wanted."""
    found: dict[str, Statement] = {}
    for source, each in stated:
        if source not in found and wanted(each):
            found[source] = each
    return found


def _is_unresolved(found: Statement) -> bool:
    """Whether it is a date counted from a day of publication that is unknown."""
    return found.relative and found.value == DateValue(None) and not found.sentence.article.published


def _in_its_years(found: Statement, question: str) -> bool:
    """Whether the article is of the years that the question names: it says one of them, or was published then."""
    years = {int(year) for year in _YEAR.findall(question)}
    article = found.sentence.article
    said = {int(year) for year in _YEAR.findall(f"{article.title} {article.text}")}
    then = {article.published.year, article.published.year - 1} if article.published else set()
    return not years or bool(years & (said | then))


def _exclusive(question: str, answer: Statement, differing: Iterable[Statement]) -> bool:
    """Whether only one value can be right: not of several that are asked for, nor of people who share a thing."""
    if isinstance(answer.value, WordsValue):
        return False
    if not isinstance(answer.value, NameValue):
        return True
    shared = any(_SHARED.search(each.sentence.article.text) for each in (answer, *differing))
    return not asks_for_several(question) and not shared


def asks_for_several(question: str) -> bool:
    """Whether more than one answer is asked for, so that none excludes another: "Which cities …?", "Who were …?"."""
    return bool(_SEVERAL.search(question))


def _compatible(first: Statement, others: Iterable[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Those of `others` that contradict neither `first` nor each other, and the rest.

    Two that agree with a vague answer may yet exclude each other: March 2015 and September 2015 both lie in 2015.
    """
    kept: list[Statement] = [first]
    apart: list[Statement] = []
    for each in others:
        contradicts = any(one.value.relation_to(each.value) is Relation.DIFFERS for one in kept)
        (apart if contradicts else kept).append(each)
    return kept[1:], apart


def answering(ranked: Sequence[ScoredSentence], parameters: AgreementParameters) -> list[ScoredSentence]:
    """The first of `ranked`, and those others at whose words the reader points as answers of the kind asked for."""
    others = (each for each in ranked[1:] if each.answer is not None and each.features.kind >= 0)
    return [*ranked[:1], *(each for each in others if _answers(each, ranked[0], parameters))]


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


def _agrees(found: Statement, best: ScoredSentence, parameters: AgreementParameters) -> bool:
    """Whether a statement of the answer's value bears it out: the reader takes it for an answer, or it is as near."""
    return _answers(found.sentence, best, parameters) or _as_near(found.sentence, best, parameters)


def _as_near(sentence: ScoredSentence, best: ScoredSentence, parameters: AgreementParameters) -> bool:
    """Whether a sentence is about as similar to the question: with the same value, that is enough to bear it out."""
    near = sentence.similarity >= parameters.corroboration * best.similarity
    return near and sentence.features.names_missing <= best.features.names_missing + parameters.names_missing


def _same_matter(found: Statement, standing: Mapping[str, float], parameters: AgreementParameters) -> bool:
    """Whether a statement that differs is likely to speak of what was asked, rather than of something like it."""
    features = found.sentence.features
    logit = (
        parameters.bias
        + parameters.answer_span_weight * features.answer_span
        + parameters.passage_answers_weight * features.passage_answers
        + parameters.prominence_weight * standing[found.sentence.article.id]
    )
    return features.kind >= 0 and 1 / (1 + math.exp(-logit)) >= parameters.same_matter


def prominence(passages: Sequence[Passage]) -> dict[str, float]:
    """How far the best passage of each article lies above the background: the mean of the fifth article's and on.

    Where many articles are nearly as near to a question, they are of one subject, and each may be about another event.
    """
    best: dict[str, float] = {}
    for passage in passages:
        best.setdefault(passage.article.id, passage.score)
    rest = list(best.values())[_FOREGROUND:]
    background = fmean(rest) if rest else 0.5 * min(best.values(), default=0.0)
    return {article: score - background for article, score in best.items()}


def _most_precise_first(agreeing: Iterable[Statement], parameters: AgreementParameters) -> list[Statement]:
    """The same, a date that lies within another before it where the reader is as sure of it."""
    answer, *others = agreeing
    surer = [
        each
        for each in others
        if _lies_within(each, answer)
        and each.sentence.features.answer_span >= parameters.precise_answer_span
        and each.sentence.score >= answer.sentence.score - parameters.precise_score
    ]
    first = min([answer, *surer], key=_days)
    return [first, *(each for each in (answer, *others) if each is not first)]


def _lies_within(found: Statement, answer: Statement) -> bool:
    """Whether the one is a date within the other."""
    inner, outer = (each.value.interval if isinstance(each.value, DateValue) else None for each in (found, answer))
    return inner is not None and outer is not None and outer.contains(inner)


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
