"""Questions about how things stand now: recent articles go before older ones; for other questions they do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rag.answer import Passage

_LATEST: Final = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|now|nowadays|currently|at present|at the moment|presently|these days|so far"
    r"|as of (?:now|today)|up to date|this (?:week|month|year)|today[’']s|today(?=\W*$))\b"
    r"|\b(?:the|whose|its|their) current (?!in\b|of\b|meter)\w"
    r"|\b(?:is|are|has|have|does|do)\b.*\bstill (?!lifes?\b|images?\b)\w",
    re.IGNORECASE,
)
_NOT_LATEST: Final = re.compile(
    r"\b(?:until|by|before|even|just) (?:now|today)\b|\bnow[- ](?:known|called|named)\b", re.IGNORECASE
)
_HALF_LIFE_DAYS: Final = 180


def asks_for_latest(question: str) -> bool:
    """Whether `question` asks how things stand now: "the latest toll", "Who is currently …?"."""
    return bool(_LATEST.search(_NOT_LATEST.sub(" ", question)))


def recent_preferred(passages: Sequence[Passage], weight: float) -> list[Passage]:
    """`passages` scored anew: the most recent gains `weight`, one half a year older half of it, undated none."""
    newest = max((passage.article.published for passage in passages if passage.article.published), default=None)
    return [
        replace(passage, score=passage.score + weight * 0.5 ** ((newest - day).days / _HALF_LIFE_DAYS))
        if newest and (day := passage.article.published)
        else passage
        for passage in passages
    ]
