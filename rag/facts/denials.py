"""Whether a text denies what another one says, by the word that a negation stands before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.segmenting import sentences

_NEUTRAL: Final = re.compile(
    r"\b(?:not (?:only|just|merely|simply|least|all|every|everyone|always|necessarily|until|to mention"
    r"|(?:more|less|fewer|later) than)|no (?:doubt|matter|(?:fewer|less|more|later|sooner) than)"
    r"|nothing (?:but|short of)|none other|(?:whether )?or not|if not|without (?:doubt|question)|never mind|no\.? \d)",
    re.IGNORECASE,
)
"""Negations in form that deny nothing, or only a part."""

_NEGATION: Final = re.compile(
    r"\b(?:no (?:signs?|evidence|traces?|proof) (?:of|that)|not|never|no one|nobody|nothing|none|nor|neither|nowhere|no"
    r"|without|cannot)\b|\b\w+n['’]t\b",
    re.IGNORECASE,
)
_REFUSAL: Final = re.compile(
    r"\b(?:den(?:y|ied|ies|ying)|(?:refus(?:e|ed|es|ing)|declin(?:ed|es|ing)|fail(?:ed|s|ing)) to)\b", re.IGNORECASE
)
_WEAK_NEGATION: Final = re.compile(
    r"\b(?:(?:denia|refus|reject|fail|declin|impossib|lack|absen|prevent|stop|block|cancel|collaps|avoid|abandon|dismiss"
    r"|halt|except|acquit|disput|accus|alleg|claim|doubt|question|remain|oppos|veto|withdr|drop|disagree|disapprov"
    r"|un(?!i|der|til|less)\w{4}|in(?:capable|active|complete|eligible|sufficient))\w*"
    r"|bar(?:s|red)|ban(?:s|ned)?|clos(?:e|ed|es|ing)|end(?:ed|s)|rul(?:e|ed|es|ing) out|empty|hardly|barely|scarcely"
    r"|few|little|zero|only|before|instead|rather|far from|free of|cleared of|missed|lost|still|against)\b",
    re.IGNORECASE,
)
"""Words that deny something by their meaning, or hedge it: they excuse a missing negation on the other side."""

_RESTRICTION: Final = re.compile(
    r"\b(?:until|unless|except|only|than|because|if|whether)\b|(?<!,) but\b", re.IGNORECASE
)
"""What turns a negation before it into something else: "did not reopen until May" says that it reopened."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_EMPTY_WORDS: Final = frozenset(
    "a about all also am an and another any are as at be been being both but by can could did do does doing done each"
    " either even ever every for from get got had has have having he her him his i in into is it its longer many may"
    " might more most much must my of off on one onto or other our out over shall she should so some such than that"
    " the their them there these they this those to too up us very was we were which who whom whose will with would"
    " yet you your".split()
)
_LEAST_SHARE: Final = 0.5
"""Of the claim's words that a sentence must have to be about the same thing."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A word that is denied on one side only; `words` as they stand in the claim, from `start`."""

    words: str
    start: int


@dataclass(frozen=True, slots=True)
class _Denial:
    """A negation and the stem of the first word with a meaning after it, which is what it denies."""

    negation: re.Match[str]
    denied: str


def contradictions(claim: str, quotes: Sequence[str]) -> list[Contradiction]:
    """What the claim denies and the quotes say, or the reverse.

    Each sentence of the claim is compared with the sentences of the quotes that share most of its words,
    and at least half of them. It contradicts them if it does every one.
    """
    stated = [span.of(quote) for quote in quotes for span in sentences(quote)]
    found = []
    for span in sentences(claim):
        sentence = span.of(claim)
        nearest = _nearest(sentence, stated)
        conflicts = [word for other in nearest if (word := _conflict(sentence, other, stated))]
        if conflicts and len(conflicts) == len(nearest):
            found.append(Contradiction(conflicts[0].group(), span.start + conflicts[0].start()))
    return found


def is_negated(text: str) -> bool:
    """Whether `text` has a negation or a refusal that denies something."""
    text = _without_neutral(text)
    return bool(_NEGATION.search(text) or _REFUSAL.search(text))


def _conflict(sentence: str, other: str, stated: Sequence[str]) -> re.Match[str] | None:
    """The word of the claim's `sentence` that is denied either there or in `other`, but not in both."""
    sentence, other = _without_neutral(sentence), _without_neutral(other)
    if denial := next(_denials(sentence), None):
        said = denial.denied in _stems(other) and not _denies_somehow(other, besides=denial.denied)
        return denial.negation if said else None
    mine = {_stem(match.group()): match for match in reversed(list(_content(sentence)))}
    for denial in _denials(other):
        word = denial.denied
        if word in mine and not _denies_somehow(sentence, besides=word) and not _said_elsewhere(word, stated):
            return mine[word]
    return None


def _said_elsewhere(word: str, stated: Iterable[str]) -> bool:
    """Whether a sentence says `word` without any negation."""
    return any(word in _stems(sentence) and not is_negated(sentence) for sentence in stated)


def _denies_somehow(text: str, besides: str) -> bool:
    """Whether `text` has a negation, a refusal, or a word that comes near to one and has not the stem `besides`."""
    weak = (_stem(match.group()) for match in _WEAK_NEGATION.finditer(text))
    return is_negated(text) or any(each != besides for each in weak)


def _denials(text: str) -> Iterator[_Denial]:
    """The denials in `text`, negations before refusals, without those that are taken back in part ("not … until")."""
    for pattern in (_NEGATION, _REFUSAL):
        for match in pattern.finditer(text):
            denied = next(_content(text, match.end()), None)
            if denied and not _RESTRICTION.search(text, match.end()):
                yield _Denial(match, _stem(denied.group()))


def _nearest(sentence: str, stated: Sequence[str]) -> list[str]:
    """The sentences that share most of the words of `sentence`, several if they tie; none if that is under half."""
    words = _stems(sentence)
    shares = [len(words & _stems(other)) for other in stated]
    most = max(shares, default=0)
    if not words or most < _LEAST_SHARE * len(words):
        return []
    return [other for other, share in zip(stated, shares, strict=True) if share == most]


def _content(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """The words of `text` from `start` on that have a meaning of their own, negations left out."""
    for match in _WORD.finditer(text, start):
        word = match.group()
        if word.lower() not in _EMPTY_WORDS and not word.isdigit() and not _NEGATION.fullmatch(word):
            yield match


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(match.group()) for match in _content(text))


def _stem(word: str) -> str:
    """`word` without the endings of number and tense: "enter" for "entered", "carri" for "carry" and "carried"."""
    word = re.sub(r"['’]s?$", "", word.lower())
    if len(word) > 4:
        word = re.sub(r"(?:ing|ed|es|s)$", "", word)
    word = re.sub(r"([bdgmnprt])\1$", r"\1", word)
    word = word.removesuffix("e") if len(word) > 3 else word
    return re.sub(r"y$", "i", word)


def _without_neutral(text: str) -> str:
    return _NEUTRAL.sub(lambda match: "|" * len(match.group()), text)
