"""Records -> records that their text does not answer, each a small edit away from one that it does.

People who wrote SQuAD 2.0's unanswerable questions swapped a name, negated, took an antonym, or
asked what the paragraph nearly says (Rajpurkar, Jia and Liang, ACL 2018, table 2). The edits here
do the same by rule. Most come as a contrast: two words exchanged in the question alone, in the text
alone, and in both, which is answerable again; so no trace of the edit tells the answerable ones from the others.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.training.records import Record
from index.article import Span
from index.segmenting import sentences
from rag.opposition import opposites_of

_NAME: Final = re.compile(r"\b[A-Z][\w'’.-]*\w(?:\s+(?:(?:of|the|de|von|van|and)\s+)?[A-Z][\w'’.-]*\w)*")
_NUMBER: Final = re.compile(
    r"\b(?:1\d{3}|20\d\d)s?\b|\b\d[\d,.]*\d\b|\b\d+\b"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundred|thousand|million|billion"
    r"|second|third|fourth|fifth|January|February|March|April|June|July|August|September|October|November|December)\b"
)
_WORD: Final = re.compile(r"\b[a-z]{4,}\b")
_ASKING: Final = frozenset(
    """what when where which whose whom does that this with from have been were there their about into many much long
    often than then they them these those such also most more some other only over after before during between under
    would could should used name type kind called happened same being each both while because through against""".split()
)
_FINITE: Final = re.compile(r"\b(?:is|was|are|were|did|does|do|has|had|have|can|could|would|will|should)\b(?: \w+)?")
_NEAR: Final = (0.35, 0.78)
"""Cosine between words that may be swapped: below it they are unrelated, above it often synonyms."""

_NAMES_FIRST: Final = 0.6
"""How often a name or number is exchanged rather than a word, where there are both."""
_FROM_THE_TEXT: Final = 0.6
"""How often the other name is looked for in the text itself before the other texts of its article."""

_LEAST_LEFT: Final = 80
"""Characters of a text without the answer's sentence; a shorter one shows that it was edited."""
_BEFORE_NAMES: Final = frozenset("the in a an on at when what who where which how".split())
"""Words that are capital at the beginning of a sentence and belong to no name."""

Vector = NDArray[np.float32]
"""Shape (dimensions,), length 1."""


class Edit(StrEnum):
    """How a record is made into one that its text does not answer."""

    NAME = "name or number swapped in the question"
    WORD = "word swapped in the question"
    ANTONYM = "antonym in the question"
    NEGATION = "negation in the question"
    REMOVED = "answer's sentence removed"


SHARES: Final[Mapping[Edit, float]] = {
    Edit.NAME: 0.34,
    Edit.REMOVED: 0.28,
    Edit.ANTONYM: 0.14,
    Edit.WORD: 0.14,
    Edit.NEGATION: 0.1,
}


class Contrast(NamedTuple):
    """A record's words exchanged on one side or on both: two that are not answered, and one that is."""

    asked: Record
    said: Record
    both: Record


class Editor:
    """Makes unanswerable records and contrasts; the seed and the order of the calls decide which.

    `vectors`: of the names and words that `vocabulary_of` the records lists. What is swapped in stands in
    `records`, in a text of the same title.
    """

    def __init__(self, records: Sequence[Record], vectors: Mapping[str, Vector], seed: int) -> None:
        self._vectors = vectors
        self._random = random.Random(seed)  # noqa: S311  (no secret)
        found: dict[str, dict[str, None]] = {}
        for context, title in {record.context: record.title for record in records}.items():
            found.setdefault(title, {}).update(dict.fromkeys(_names(context)))
        self._names = {title: list(names) for title, names in found.items()}
        self._ways: Mapping[Edit, Callable[[Record], Record | None]] = {
            Edit.NAME: self._name_swapped,
            Edit.WORD: self._word_swapped,
            Edit.ANTONYM: self._with_antonym,
            Edit.NEGATION: self._negated,
            Edit.REMOVED: _removed,
        }

    def unanswerable(self, record: Record) -> Record | None:
        """`record` (which has an answer) edited so that its text does not answer it; None if no edit fits.

        The kind of edit is drawn by `SHARES`; where it does not fit, the first in their order that does.
        """
        drawn = self._random.choices(list(SHARES), weights=list(SHARES.values()), k=1)[0]
        for edit in (drawn, *SHARES):
            if (edited := self._ways[edit](record)) is not None:
                return replace(edited, answer=None)
        return None

    def contrast(self, record: Record) -> Contrast | None:
        """`record` (which has an answer) with two names, numbers or words exchanged; None where none fit.

        One of the two stands in question and text, the other may stand in the text. The answer's own words stay,
        and neither of the two is among them.
        """
        pair = self._exchangeable(record)
        if pair is None or record.answer is None:
            return None
        before, after = record.context[: record.answer.start], record.context[record.answer.end :]
        question, title, before, after = (
            _exchanged(text, *pair) for text in (record.question, record.title, before, after)
        )
        if not any(re.search(rf"\b{re.escape(pair[1])}\b", text) for text in (before, after)):
            return None
        span = Span(len(before), len(before) + len(record.answer_text))
        both = Record(question, title, before + record.answer_text + after, span)
        return Contrast(
            asked=replace(record, question=question, answer=None),
            said=replace(both, question=record.question, answer=None),
            both=both,
        )

    def _name_swapped(self, record: Record) -> Record | None:
        asked = _names(record.question)
        self._random.shuffle(asked)
        for old in asked:
            new = self._like(old, [*_names(record.context), *self._some_of(record.title)], record)
            if new is not None:
                return replace(record, question=_swapped(record.question, old, new))
        return None

    def _word_swapped(self, record: Record) -> Record | None:
        asked = _words(record.question)
        self._random.shuffle(asked)
        said = _words(record.context)
        for old in asked:
            like = [word for word in said if _ending(word) == _ending(old)]
            new = self._like(old, like, record, highest=_NEAR[1])
            if new is not None:
                return replace(record, question=_swapped(record.question, old, new))
        return None

    def _with_antonym(self, record: Record) -> Record | None:
        found = [
            (word, opposite)
            for word in re.findall(r"\b[a-z]+\b", record.question)
            for opposite in sorted(opposites_of(word))
            if opposite in self._vectors  # "iversity" is no word, though "university" begins like "unequal"
        ]
        if not found:
            return None
        old, new = self._random.choice(found)
        return replace(record, question=_swapped(record.question, old, new))

    def _negated(self, record: Record) -> Record | None:
        verb = _FINITE.search(record.question)
        if verb is None or re.search(r"\bnot\b|n't", record.question):
            return None
        place = verb.start() + len(verb[0].split()[0]) if self._random.random() < 0.5 else verb.end()
        word = self._random.choice((" not", " not", " never"))
        return replace(record, question=record.question[:place] + word + record.question[place:])

    def _exchangeable(self, record: Record) -> tuple[str, str] | None:
        """A name, number or word that question and text share, and one of its kind to change places with."""
        names, words = self._shared(record, _names(record.question)), self._shared(record, _words(record.question))
        self._random.shuffle(names)
        self._random.shuffle(words)
        first, second = (names, words) if self._random.random() < _NAMES_FIRST else (words, names)
        for old in (*first, *second):
            new = self._other_word(old, record) if old in words else self._other_name(old, record)
            if new is not None and not re.search(rf"\b{re.escape(new)}\b", record.answer_text):
                return old, new
        return None

    def _shared(self, record: Record, asked: Sequence[str]) -> list[str]:
        """Those that the text has too, and the answer has not."""
        return [
            word
            for word in dict.fromkeys(asked)
            if re.search(rf"\b{re.escape(word)}\b", record.context) and word not in record.answer_text
        ]

    def _other_name(self, old: str, record: Record) -> str | None:
        near = _names(record.context) if self._random.random() < _FROM_THE_TEXT else []
        return self._like(old, near, record) or self._like(old, self._some_of(record.title), record)

    def _other_word(self, old: str, record: Record) -> str | None:
        opposites = [word for word in sorted(opposites_of(old)) if word in self._vectors]
        if opposites:
            return self._random.choice(opposites)
        said = [word for word in _words(record.context) if _ending(word) == _ending(old)]
        return self._like(old, said, record, highest=_NEAR[1])

    def _some_of(self, title: str, count: int = 60) -> list[str]:
        names = self._names.get(title, [])
        return names if len(names) <= count else self._random.sample(names, count)

    def _like(self, old: str, candidates: Sequence[str], record: Record, highest: float = 0.9) -> str | None:
        """One of the three candidates nearest to `old` in meaning that share no word with it or the question."""
        vector = self._vectors.get(old.lower())
        if vector is None:
            return None
        number = bool(_NUMBER.fullmatch(old))
        taken = {*re.findall(r"\w+", record.question.lower())}
        free = [
            name
            for name in dict.fromkeys(candidates)
            if bool(_NUMBER.fullmatch(name)) is number
            and taken.isdisjoint(re.findall(r"\w+", name.lower()))
            and name.lower()[:4] != old.lower()[:4]
            and name.lower() in self._vectors
        ]
        near = sorted(((float(self._vectors[name.lower()] @ vector), name) for name in free), key=lambda pair: -pair[0])
        fit = [name for cosine, name in near if _NEAR[0] <= cosine <= highest][:3]
        return self._random.choice(fit) if fit else None


def vocabulary_of(records: Sequence[Record]) -> list[str]:
    """The names, numbers and words that an Editor of these records compares, each once, in lower case.

    All of the questions, and those of the texts that occur twice.
    """
    asked = Counter(_comparable(record.question for record in records))
    said = Counter(_comparable(dict.fromkeys(record.context for record in records)))
    return [*asked, *(name for name, count in said.items() if count > 1 and name not in asked)]


def _comparable(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (name.lower() for name in _names(text))
        yield from _words(text)


def _words(text: str) -> list[str]:
    """Words in lower case that say what a question is about; no names."""
    return [word for word in _WORD.findall(text) if word not in _ASKING]


def _ending(word: str) -> str:
    """The ending that tells a word's form, as far as its letters do: one in its place keeps a sentence a sentence."""
    return next((ending for ending in ("ing", "ed", "ly", "ss", "s") if word.endswith(ending)), "")


def _names(text: str) -> list[str]:
    """Names and numbers of a text; the first word of a sentence is no name by its capital alone."""
    found = [match[0] for match in _NUMBER.finditer(text)]
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip()
        first = not before or before[-1] in '.?!:"“'
        words = match[0].split()
        if first and len(words) == 1:
            continue
        if first and words[0].lower() in _BEFORE_NAMES:
            words = words[1:]
        name = " ".join(words) if first else match[0]
        if len(name) > 2 and name in text:
            found.append(name)
    return found


def _swapped(text: str, old: str, new: str) -> str:
    return re.sub(rf"\b{re.escape(old)}\b", lambda _: new, text)


def _exchanged(text: str, one: str, other: str) -> str:
    """The text with each of the two where the other stood."""
    places = re.compile(rf"\b(?:{re.escape(one)}|{re.escape(other)})\b")
    return places.sub(lambda found: other if found[0] == one else one, text)


def _removed(record: Record) -> Record | None:
    """The record without the sentence of its answer, if what is left is long enough and does not repeat it."""
    if record.answer is None:
        return None
    answer, whole = record.answer, sentences(record.context)
    kept = [span.of(record.context) for span in whole if span.end <= answer.start or span.start >= answer.end]
    rest = " ".join(kept)
    if len(kept) == len(whole) or len(rest) < _LEAST_LEFT or record.answer_text.lower() in rest.lower():
        return None
    return replace(record, context=rest)
