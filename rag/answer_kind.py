"""What kind of answer a question asks for (a date, a number, a name …), and where a sentence has one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class AnswerKind(StrEnum):
    """The kinds that can be told from a question's first words."""

    DATE = "date"
    NUMBER = "number"
    MONEY = "money"
    PERCENTAGE = "percentage"
    DURATION = "duration"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    OTHER = "other"


_WORD_NUMBERS: Final = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half)"
)
_MONTHS: Final = (
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\."
    r"|January|February|March|April|May|June|July|August|September|October|November|December"
)
_WEEKDAYS: Final = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NUMBER: Final = rf"(?:\d[\d,.]*|\b{_WORD_NUMBERS}\b)"
_UNITS: Final = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|a\.?m\.?|p\.?m\.?)"
_CAPITALS: Final = r"\b[A-Z][\w’'-]+(?:(?: (?:of|de|bin|al|van|von|the))? [A-Z][\w’'.-]+)*"
_NAME: Final = re.compile(rf"(?<![.!?] )(?<!^){_CAPITALS}")
_CALENDAR: Final = re.compile(rf"(?:(?:{_WEEKDAYS}|{_MONTHS})\b\.? ?)+")
_CAPITALISED: Final = re.compile(
    rf"(?:(?<!^)|(?!(?:The|An?|It|He|She|They|This|That|In|On|At|His|Her|Its) )){_CAPITALS}"
)

_QUESTION_WORDS: Final = (
    (
        AnswerKind.MONEY,
        r"\bhow (?:much money|expensive)\b|\bwhat (?:was|is|were|are) the (?:cost|price|budget)\b"
        r"|\bhow much (?:did|does|do|was|is|will) .*\b(?:cost|paid?|spen[dt]|worth|earn)",
    ),
    (
        AnswerKind.PERCENTAGE,
        r"\b(?:what|which) (?:percent(?:age)?|share|proportion|fraction)\b|\bhow many percent\b",
    ),
    (AnswerKind.DURATION, r"\bhow long\b"),
    (
        AnswerKind.NUMBER,
        r"\bhow (?:many|much|old|far|tall|big|large|often|high|deep|fast|wide|heavy)\b"
        r"|\b(?:what|which) (?:number|amount|quantity|distance|size|age)\b|\bwhat (?:was|is) the (?:death )?toll\b",
    ),
    (AnswerKind.DATE, r"\bwhen\b|\b(?:what|which) (?:year|day|date|month|century|decade|time|season)\b"),
    (
        AnswerKind.PERSON,
        r"\bwho(?:se|m)?\b|\b(?:what|which) (?:person|man|woman|general|president|minister|leader|scientist|author"
        r"|journalist|commander|officer|pilot|envoy|spokes\w+)\b",
    ),
    (
        AnswerKind.PLACE,
        r"\bwhere\b|\b(?:what|which) (?:country|city|town|place|province|region|state|village|river|port|airport"
        r"|base|street|stadium)\b",
    ),
    (AnswerKind.REASON, r"\bwhy\b|\bfor what reason\b|\bwhat caused\b"),
)
_QUESTIONS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _QUESTION_WORDS)
_FOUND_IN: Final = {
    AnswerKind.DATE: re.compile(
        rf"\b(?:1\d|20)\d\ds?\b|\b(?:{_MONTHS})|\b{_WEEKDAYS}\b|\b(?:yesterday|today|tomorrow)\b"
        r"|\b(?:last|next|this) (?:year|month|week|spring|summer|autumn|fall|winter|night)\b"
        rf"|\b{_NUMBER} (?:years?|months?|weeks?|days?|hours?|decades?) (?:ago|earlier|later|before|after)\b"
        r"|\b\d\d?(?:st|nd|rd|th)[- ]century\b|\b\d{1,4} (?:BC|AD|BCE|CE)\b"
    ),
    AnswerKind.NUMBER: re.compile(_NUMBER, re.IGNORECASE),
    AnswerKind.MONEY: re.compile(
        rf"[$€£¥₽₹]\s?\d|{_NUMBER} (?:dollars?|euros?|pounds?|roubles?|rubles?|yen|cents?|million|billion|trillion"
        r"|kron(?:e|er|or)|francs?|rupees?|yuan|zlotys?|pesos?|liras?|rand|crore|lakh)\b",
        re.IGNORECASE,
    ),
    AnswerKind.PERCENTAGE: re.compile(
        rf"{_NUMBER} ?(?:%|per ?cent\b)|\b(?:half|third|quarter|fifth|majority)s?\b", re.IGNORECASE
    ),
    AnswerKind.DURATION: re.compile(
        rf"{_NUMBER}[- ]{_UNITS}|\b(?:a|an|several|few) {_UNITS}|\bdecades\b|\bovernight\b", re.IGNORECASE
    ),
    AnswerKind.REASON: re.compile(
        r"\b(?:because|since|due to|so that|in order to|after|as a result|caused?|owing to"
        r"|to (?:avoid|prevent|protect|stop|keep|help|make|save|ensure))\b",
        re.IGNORECASE,
    ),
}
_YEAR_ALONE: Final = re.compile(r"\b(?:1\d|20)\d\d\b")
_COUNTED: Final = re.compile(r"\bhow many (?:more |other |of the |of )?((?:[\w’'-]+ ?){1,3})", re.IGNORECASE)


Place = tuple[int, int]
"""Where something begins and ends in a text."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an answer must hold: a kind, and for "how many …" the words for what is counted."""

    kind: AnswerKind
    counted: str = ""
    names: frozenset[str] = frozenset()

    def places(self, sentence: str) -> list[Place]:
        """Where `sentence` holds something of the kind; nowhere for kind OTHER.

        A person or place must be a capitalised name that the question does not give itself;
        a number must not look like a year.
        """
        if self.kind in (AnswerKind.PERSON, AnswerKind.PLACE):
            return self.names_in(sentence)
        pattern = _FOUND_IN.get(self.kind)
        found = list(pattern.finditer(sentence)) if pattern else []
        if self.kind is AnswerKind.NUMBER:
            found = [match for match in found if not _YEAR_ALONE.fullmatch(match.group().rstrip(".,"))]
        return [match.span() for match in found]

    def names_in(self, sentence: str) -> list[Place]:
        """Where `sentence` has a capitalised name that the question does not give itself."""
        return [match.span() for match in _NAME.finditer(sentence) if self._is_new(match.group())]

    def names_at(self, sentence: str, part: Place) -> list[Place]:
        """The same for the names in those characters, at least in part; one that opens the sentence counts too.

        A day or month before a name is no part of it: "on Saturday Elias Norén".
        """
        start, end = part
        found = []
        for match in _CAPITALISED.finditer(sentence):
            day = _CALENDAR.match(match.group())
            name = match.group()[day.end() if day else 0 :].rstrip(".")
            first = match.end() - len(match.group()) + (day.end() if day else 0)
            if name and first < end and start < first + len(name) and self._is_new(name):
                found.append((first, first + len(name)))
        return found

    def values(self, sentence: str, part: Place | None = None) -> frozenset[str]:
        """What `sentence` gives for an answer, so that two sentences can be compared: years, numbers or last names.

        With `part`, only what lies in those characters of it, at least in part.
        """
        start, end = part or (0, len(sentence))
        if self.kind is AnswerKind.DATE:
            return frozenset(_YEAR_ALONE.findall(sentence[start:end]))
        found = (sentence[a:b] for a, b in self.places(sentence) if a < end and b > start)
        if self.kind in (AnswerKind.PERSON, AnswerKind.PLACE):
            return frozenset(name.split()[-1].removesuffix("’s").removesuffix("'s").casefold() for name in found)
        return frozenset(value.casefold().strip(" .,") for value in found)

    def counts_it(self, sentence: str) -> bool:
        """For "how many …": whether a number stands at most four words before what is counted."""
        return bool(self.counted) and bool(
            re.search(rf"{_NUMBER}(?: [\w’'%.-]+){{0,4}} {self.counted}", sentence, re.IGNORECASE)
        )

    def _is_new(self, name: str) -> bool:
        return any(word.casefold() not in self.names for word in name.split() if word[:1].isupper())


def expectation(question: str) -> Expectation:
    """What the answer to `question` must hold, by its question word."""
    words = (word.strip("?.,!:;\"'“”‘’()").removesuffix("'s").removesuffix("’s") for word in question.split())
    names = frozenset(word.casefold() for word in words)
    for kind, pattern in _QUESTIONS:
        if pattern.search(question):
            return Expectation(kind, _counted(question) if kind is AnswerKind.NUMBER else "", names)
    return Expectation(AnswerKind.OTHER, "", names)


def names_and_numbers(question: str) -> list[str]:
    """The words of a question that a passage about it can hardly lack: capitalised ones past the first, and numbers."""
    words = re.findall(r"[\w.]*\w", question.replace("’s", "").replace("'s", ""))
    return [word for number, word in enumerate(words) if word[:1].isdigit() or (number > 0 and word[:1].isupper())]


def _counted(question: str) -> str:
    """A pattern for the beginnings of the counted words, longest phrase first: "cruise missiles" or "missiles"."""
    match = _COUNTED.search(question)
    if not match:
        return ""
    stems = [re.escape(word[: max(4, len(word) - 2)]) for word in match.group(1).split() if len(word) > 2]
    return rf"(?:{'|'.join(stems)})" if stems else ""
