"""Whether a sentence speaks of what is to come: "on Monday" is then the next one, and otherwise the last."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from rag.time_expressions.vocabulary import SENTENCE_END

_REACH: Final = 300
"""How many characters before and behind an expression are looked at; a sentence is seldom longer."""
_OPENING: Final = 30
"""Up to so many characters before the expression are an opening such as "But on", behind which a sentence begins."""

_SCHEDULED: Final = (
    r"opens?|begins?|starts?|resumes?|reconvenes?|ends?|expires?|closes?|meets?|faces?|hosts?|travels?|visits?|returns?"
    r"|arrives?|leaves?|plays?|goes|comes?|takes? (?:place|effect|office)"
)
_PROGRESSIVE: Final = (
    "arriving|coming|flying|going|heading|holding|hosting|launching|leaving|meeting|opening|playing|returning|starting"
    "|travell?ing|visiting|voting"
)
_WORD: Final = r"(?:\([^()]{1,20}\)|[\w.:]{1,20})"
_AHEAD: Final = re.compile(
    r"\b(?:[Ww]ill|won['’]t|would|wouldn['’]t|shall|must|may|might|should"
    r"|(?:is|are|was|were|be|am) (?:\w+ly )?(?:to|about to)|going to|to be \w+ed"
    r"|plan(?:s|ned|ning)?|scheduled|slated|expect(?:s|ed|ing)?|due|set (?:to|for)|intend(?:s|ed|ing)?"
    r"|hop(?:es|ed|ing) to|aim(?:s|ed|ing)? to|wants? to|(?:agree|promise|vow|pledge|threaten)[sd]? to"
    r"|(?:has|have) until|deadline|upcoming|forthcoming|ahead of|as (?:early|soon) as|no later than"
    rf"|(?:is|are|am) (?:\w+ly )?(?:{_PROGRESSIVE})"
    rf"|(?:{_SCHEDULED})(?= (?:{_WORD} ){{0,4}}(?:on )?$))\b|['’]ll\b"
)
_PAST_VERB: Final = (
    r"said|told|was|were|had|did|went|came|took|made|gave|got|held|met|found|left|won|lost|fell|rose|began|became|brought"
    r"|saw|sent|spoke|wrote|shot|struck|broke|flew|drove|ran|(?<!be )(?<!been )(?<!is )(?<!are )(?<!to )[a-z]{2,}ed"
)
_PAST: Final = re.compile(rf"\b(?:{_PAST_VERB}|has|have)\b")
_PAST_BESIDE: Final = re.compile(
    rf"\b(?:{_PAST_VERB}|(?:was|were|had|has|have) \w+)(?: (?:part|most|much|all) of)?"
    r"(?: (?:here|there|it|him|her|them|reporters|out|up|down|off))?,?"
    r"(?: (?:(?:late|early|earlier) )?(?:on|in|by|at|for|late|early))?(?: the)?\s*$"
)
_MODAL_BESIDE: Final = re.compile(r"(?:['’]s \w+)? (?:will|would|shall|should|might|must)\b")
_INFINITIVE: Final = re.compile(r"\bto [a-z]{2,}\b(?! (?:the|a|an)\b)")
_WAITING: Final = re.compile(r"\b(?:ahead of|before|until)\s(?:the\s)?$")
_BREAK: Final = re.compile(r"[;—]|--")


class Direction(Enum):
    """Where a sentence looks from the day of its writing; OPEN where it has no verb that says."""

    AHEAD = "ahead"
    OPEN = "open"
    BACK = "back"


def direction(text: str, start: int, end: int) -> Direction:
    """Where the sentence around text[start:end] puts that time.

    The last word before the expression that tells decides, unless a past verb is next to the expression ("said
    Monday") or something of that day is spoken of ("Monday's ruling"). Where the sentence begins with the
    expression, the first such word behind it decides.
    """
    before = _BREAK.split(SENTENCE_END.split(text[max(0, start - _REACH) : start])[-1])[-1]
    behind = SENTENCE_END.split(text[end : end + _REACH], maxsplit=1)[0]
    if _MODAL_BESIDE.match(behind):
        return Direction.AHEAD
    cues, past = list(_AHEAD.finditer(before)), list(_PAST.finditer(before))
    if cues:
        owned = behind.startswith(("'s", "’s")) and not _WAITING.search(before)
        return Direction.BACK if owned or _PAST_BESIDE.search(before, cues[-1].end()) else Direction.AHEAD
    if past:
        return Direction.OPEN if _INFINITIVE.search(before, past[-1].end()) else Direction.BACK
    return _of_what_follows(behind) if len(before) <= _OPENING else Direction.OPEN


def _of_what_follows(words: str) -> Direction:
    ahead, past = _AHEAD.search(words), _PAST.search(words)
    if ahead and (past is None or ahead.start() <= past.start()):
        return Direction.AHEAD
    return Direction.BACK if past else Direction.OPEN
