"""Signs that a sentence says the contrary of what a question asks: a negation on one side only, or an antonym."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[a-z]+")
_NEGATION: Final = re.compile(
    r"\b(?:not|never|no|none|nor|neither|without|cannot|unlike|non)\b|n['’]t\b", re.IGNORECASE
)
_PREFIX: Final = re.compile(r"(?:un|dis|in|im|ir|il)(?=\w{5})")
_ANTONYMS: Final = """
    more less, most least, most fewest, many few, increase decrease, increased decreased, rise fall, rose fell, grow
    shrink, gain lose, gained lost, win lose, won lost, before after, above below, over under, first last, early late,
    earlier later, earliest latest, begin end, began ended, start stop, start finish, started stopped, open close,
    opened closed, north south, northern southern, east west, eastern western, northeast southwest, northwest southeast,
    left right, male female, men women, man woman, boys girls, king queen, father mother, son daughter, husband wife,
    brother sister, large small, larger smaller, largest smallest, big small, biggest smallest, high low, higher lower,
    highest lowest, long short, longer shorter, longest shortest, best worst, better worse, good bad, strong weak,
    stronger weaker, strongest weakest, fast slow, faster slower, hot cold, warm cool, wet dry, rich poor, richest
    poorest, old new, old young, older younger, oldest youngest, oldest newest, ancient modern, legal illegal, support
    oppose, supported opposed, accept reject, accepted rejected, allow forbid, allowed banned, permit prohibit, include
    exclude, included excluded, inside outside, internal external, import export, imports exports, attack defend,
    attacked defended, victory defeat, succeed fail, succeeded failed, success failure, public private, positive
    negative, majority minority, maximum minimum, top bottom, upper lower, front back, arrive leave, arrived left, enter
    leave, entered left, join leave, joined left, create destroy, created destroyed, build destroy, built destroyed,
    friend enemy, ally enemy, allies enemies, buy sell, bought sold, born died, birth death, alive dead, agree disagree,
    agreed disagreed, advantage disadvantage, advance retreat, advanced retreated, expand contract, expanded contracted,
    appear disappear, appeared disappeared, common rare, popular unpopular, usual unusual, able unable, possible
    impossible, known unknown, equal unequal, likely unlikely, simple complex, easy difficult, easy hard, safe
    dangerous, light dark, light heavy, urban rural, domestic foreign, national international, liberal conservative,
    republican democratic, republicans democrats, winter summer, spring autumn, spring fall, day night, morning evening,
    always never, everyone nobody, with without, toward away, raise lower, raised lowered, strengthen weaken, improve
    worsen, encourage discourage, teach learn, employer employee, teacher student, same different, similar different,
    true false, correct wrong, past future, previous next, following preceding, former latter, active inactive, active
    passive, direct indirect, formal informal, dependent independent, add remove, added removed, give take, gave took,
    send receive, sent received, lead follow, led followed, find lose, remember forget, solid liquid, cause effect,
    deny admit, denied admitted, guilty innocent, peace war, wide narrow, deep shallow, thick thin, full empty, near
    far, nearest farthest, closest farthest, plaintiff defendant, convicted acquitted, arrested released, hired fired,
    appointed dismissed, signed vetoed, passed rejected, ratified rejected, surplus deficit, profit loss, income
    expense, demand supply, ceasefire offensive, withdraw deploy, withdrew deployed, withdrawal deployment, captured
    released, captured lost, seized lost, lifted imposed, praised criticised, welcomed condemned
"""


class Opposition(NamedTuple):
    """Signs of the contrary, each 0 or 1.

    negated_question: the question has a negation ("not", "unlike") and the sentence none;
    negated_sentence: the other way round; antonym: the sentence has the antonym of a word of the
    question that it lacks; antonym_around: so does its passage.
    """

    negated_question: float
    negated_sentence: float
    antonym: float
    antonym_around: float


def opposition(question: str, sentence: str, passage: str) -> Opposition:
    """The signs that `sentence`, which stands in `passage`, says the contrary of what `question` asks."""
    asked, said = _is_negated(question), _is_negated(sentence)
    return Opposition(
        float(asked and not said),
        float(said and not asked),
        float(_has_antonym(question, sentence)),
        float(_has_antonym(question, passage)),
    )


def _is_negated(text: str) -> bool:
    return bool(_NEGATION.search(text))


def _has_antonym(question: str, text: str) -> bool:
    asked, said = (frozenset(_WORD.findall(words.lower())) for words in (question, text))
    return any(not said.isdisjoint(opposites_of(word)) for word in asked - said) or any(
        _PREFIX.sub("", word, count=1) in asked for word in said - asked if _PREFIX.match(word)
    )


def opposites_of(word: str) -> frozenset[str]:
    """What would contradict `word`: its antonyms, and "common" for "uncommon"."""
    found = _OPPOSITES.get(word, frozenset())
    return found | {_PREFIX.sub("", word, count=1)} if _PREFIX.match(word) else found


def _opposites() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for pair in _ANTONYMS.split(","):
        one, other = pair.split()
        found[one].add(other)
        found[other].add(one)
    return {word: frozenset(others) for word, others in found.items()}


_OPPOSITES: Final = _opposites()
