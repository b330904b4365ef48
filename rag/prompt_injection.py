"""Signs that a text speaks to the machine that reads it, not to a person: documents are data, never instructions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from index.article import Article
from rag.injection.dictation_rules import DICTATION_RULES
from rag.injection.disguised_text import fold, readings, run_together
from rag.injection.foreign_instruction_rules import FOREIGN_INSTRUCTION_RULES
from rag.injection.imitation_rules import IMITATION_RULES
from rag.injection.instruction_rules import INSTRUCTION_RULES
from rag.injection.repetition import repeats_itself
from rag.injection.text_rule import MACHINE, TEXTS

_RULES: Final = (*INSTRUCTION_RULES, *DICTATION_RULES, *IMITATION_RULES, *FOREIGN_INSTRUCTION_RULES)
_NEEDED: Final = frozenset(sign for rule in _RULES for some in rule.needs for sign in some)
_WORDS: Final = frozenset(sign for sign in _NEEDED if sign.isascii() and sign.isalnum())
_MARKS: Final = tuple(sorted(sign for sign in _NEEDED - _WORDS if sign.isascii()))
_FOREIGN: Final = tuple(sorted(sign for sign in _NEEDED if not sign.isascii()))
_RULES_WITH: Final = {sign: tuple(n for n, rule in enumerate(_RULES) if sign in rule.needs[0]) for sign in _NEEDED}
_SPACED: Final = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)) + bytes(128)
_RUN_TOGETHER: Final = re.compile(
    r"(?:ignore|disregard|forget|override).{0,40}?(?:instruction|prompt|directive|guideline)"
)
_ENDS: Final = (".", "!", '"')
_LONGEST_PART: Final = 1000
_WINDOW: Final = 160

_REPORTED: Final = re.compile(
    r"(?:\b(?:they|we|who|people|officials|residents|men|soldiers|not|never|don.?t|didn.t|\b(?!you\b)\w+"
    r" (?:should|could"
    r"|would|did|might|may|can|cannot|will|must))"
    r"|\b(?:told|tells?|telling|order(?:s|ed|ing)?|ask(?:s|ed|ing)|instruct(?:s|ed|ing)|trick(?:s|ed|ing)?"
    r"|persuad\w+|got"
    r"|get|getting|forc\w+|caus\w+|refus\w+|decid\w+|chose|tried|try|trying|attempt\w*|able|advis\w+|urg\w+|warn\w+"
    r"|encourag\w+|commands?|prompts?|requests?|allow\w*|convinc\w+|manipulat\w+)(?:\W+(?!you\b)\w+){0,8}?\Wto)\W{0,3}$"
)
_ABOUT_INJECTION: Final = re.compile(
    r"prompt|inject|chatbot|hidden|white text|jailbreak|researcher|language model|phrase|\btexts?\b|\bai\b"
    r"|\bbots?\b|\b(?:typed|typing|wrote|writing"
    r"|said|says)\b"
)
_ASKS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"prompt.injection|\binject(?:ed|s)?\b.*\b(?:instruction|prompt|text|command)|jailbreak",
        r"\b(?:hidden|embedded|secret|malicious|hostile|injected) (?:instruction|prompt|command|message)s?\b",
        rf"\b(?:instruct\w*|commands?|orders?|tells?|told|say to|says to|address\w*|speaks? to"
        rf"|manipulat\w*)\b[^?]*\b(?:{MACHINE}"
        r"|(?:the|a) (?:model|machine|software))\b",
        rf"\b(?:{MACHINE}|the (?:model|machine)|machines)\b[^?]*\b(?:instructions?|instructed|commanded|ordered"
        rf"|told)\b",
        r"\b(?:ignor|disregard|forget+)(?:e|ing)?\b[^?]{0,40}\binstructions?\b",
        rf"\binstructions?\b[^?]*\b(?:in|inside|hidden|contain\w*|give[ns]?)\b[^?]*\b{TEXTS}\b",
        rf"\b{TEXTS}\b[^?]*\b(?:contain|hid|ha[sv]e?|gives?|includ)\w*\b[^?]*\binstructions?\b",
    )
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text does by the rule that it meets, and the words, folded and decoded, that meet it."""

    meaning: str
    words: str


def speaks_to_a_machine(text: str) -> bool:
    """Whether `text` gives orders to the machine that reads it, imitates its chat or its reply, or dictates an answer.

    Deterministic, in time linear in the length of `text`. Reports of such orders, and quotations in reports, are none.
    """
    return evidence(text) is not None


def evidence(text: str) -> Evidence | None:
    """What `text` does by the first rule that one of its readings meets, or None."""
    found = (_evidence_in(part) for reading in readings(text) for part in _parts(reading))
    return next(filter(None, found), None)


@lru_cache(maxsize=4_096)
def is_hostile(article: Article) -> bool:
    """Whether `article` speaks to a machine anywhere: in its text, its title, or what else is shown or read of it.

    So does a text that says the same few words over and over, to be found by them.
    """
    if repeats_itself(article.text):
        return True
    shown = (article.author, article.source, article.url, article.name, f"{article.title or ''}\n{article.text}")
    return any(speaks_to_a_machine(field) for field in shown if field)


def asks_about_instructions(question: str) -> bool:
    """Whether `question` asks what a text tells a machine to do, so that such texts are what it looks for."""
    folded = fold(question)
    return any(pattern.search(folded) for pattern in _ASKS)


def _evidence_in(reading: str) -> Evidence | None:
    signs = _signs(reading)
    candidates = {number for sign in signs for number in _RULES_WITH[sign]}
    for rule in (_RULES[number] for number in sorted(candidates)):
        if any(signs.isdisjoint(some) for some in rule.needs):
            continue
        for match in rule.pattern.finditer(reading):
            if not (rule.may_be_reported and _is_reported(reading, match)):
                return Evidence(rule.meaning, match.group())
    if (letters := run_together(reading)) and (order := _RUN_TOGETHER.search(letters)):
        return Evidence("sets instructions aside in letters set apart", order.group())
    return None


def _parts(reading: str) -> Iterator[str]:
    """The paragraphs of `reading`, one that breaks off within a sentence together with the next."""
    begun = ""
    for line in reading.split("\n"):
        begun += line + "\n"
        if line.endswith(_ENDS) or len(begun) > _LONGEST_PART:
            yield begun
            begun = ""
    if begun:
        yield begun


def _signs(reading: str) -> frozenset[str]:
    """The words and marks that any rule needs, of those that `reading` has."""
    words = reading.encode("ascii", "replace").translate(_SPACED).decode("ascii").split()
    marks = _MARKS if reading.isascii() else (*_MARKS, *_FOREIGN)
    return _WORDS.intersection(words).union(mark for mark in marks if mark in reading)


def _is_reported(reading: str, match: re.Match[str]) -> bool:
    """Whether the matched words are somebody else's: told of in the third person, or in quotation marks in a report."""
    before = reading[max(0, match.start() - _WINDOW) : match.start()].rpartition("\n")[2]
    after = reading[match.end() : match.end() + _WINDOW]
    if _REPORTED.search(before):
        return True
    outside = f"{before.rpartition(chr(34))[0]} {after.partition(chr(34))[2]}"
    return before.count('"') % 2 == 1 and '"' in after and _ABOUT_INJECTION.search(outside) is not None
