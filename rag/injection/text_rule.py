"""One rule about what a text does: a meaning, what it needs, and a pattern; and the words that many patterns share.

Patterns are judged on readings of `rag/injection/disguised_text.py`, so they are in lower case without accents. A
space in a pattern stands for up to four characters that are no letters, or none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rag.injection.disguised_text import unaccented

MACHINE: Final = (
    r"(?:a\.?i\.?(?: (?:assistant|model|system|agent|reader|tool|bot)s?)?|artificial intelligence|llms?|(?:chat)?bots?"
    r"|(?:large )?language models?|(?:virtual |digital )?assistants?|(?:chat)?gpt|claude|gemini|copilot"
    r"|crawlers?|pullquote"
    r"|summari[sz]ers?|(?:automated|retrieval|reader|reading|ranking|answering|question answering|rag)"
    r" (?:system|model|service|pipeline"
    r"|agent)s?)"
)
"""Names of those who are spoken to."""

TEXTS: Final = r"(?:articles?|documents?|passages?|sources?|texts?|chunks?|excerpts?|contexts?|quotes|evidence)"
"""Names of what they read."""

BIDDEN: Final = (
    r"(?:^|[.!?:;,\n\"'>)\]}*] ?|\b(?:and|then|always|only|just|simply|must|instead|now|please|should|shall|will"
    r"|have to"
    r"|need to) )"
)
"""What may stand before a verb that is an order."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text does that `pattern` matches. `may_be_reported`: people also write about such words, so that reporting
    or quoting them is no sign.

    `needs`: sets of words and marks; a text that the pattern matches has one of each set. Most texts fail here.
    """

    meaning: str
    needs: tuple[frozenset[str], ...]
    pattern: re.Pattern[str]
    may_be_reported: bool = False


def rule(meaning: str, needs: tuple[str, ...], pattern: str, *, may_be_reported: bool = False) -> Rule:
    """A rule, its `needs` given as words with spaces between them, and its `pattern` in the notation of this module."""
    sets = tuple(frozenset(unaccented(some).split()) for some in needs)
    return Rule(meaning, sets, re.compile(unaccented(pattern).replace(" ", r"[\W_]{0,4}")), may_be_reported)
