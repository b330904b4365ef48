"""Records -> records that their text does not answer, each a small edit away from one that it does.

People who wrote SQuAD 2.0's unanswerable questions swapped a name, negated, took an antonym, or
asked what the paragraph nearly says (Rajpurkar, Jia and Liang, ACL 2018, table 2). The edits here
do the same by rule; a twin that is edited alike on both sides stays answerable, so that the
edit's traces alone give nothing away.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

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
    CONTEXT = "name or number swapped in the text"
    REMOVED = "answer's sentence removed"


SHARES: Final[Mapping[Edit, float]] = {
    Edit.NAME: 0.34,
    Edit.WORD: 0.16,
    Edit.ANTONYM: 0.12,
    Edit.NEGATION: 0.05,
    Edit.CONTEXT: 0.18,
    Edit.REMOVED: 0.15,
}


class Editor:
    """Makes unanswerable records and twins; the seed and the order of the calls decide which.

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
            Edit.CONTEXT: self._context_swapped,
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

    def twin(self, record: Record) -> Record | None:
        """`record` with one name or number swapped in question, title and text alike: still answerable.

        The answer's own words stay. None where no name can be swapped.
        """
        swap = self._shared_name(record)
        if swap is None or record.answer is None:
            return None
        old, new = swap
        before = _swapped(record.context[: record.answer.start], old, new)
        after = _swapped(record.context[record.answer.end :], old, new)
        if new not in before and new not in after:
            return None
        span = Span(len(before), len(before) + len(record.answer_text))
        question, title = (_swapped(text, old, new) for text in (record.question, record.title))
        return Record(question, title, before + record.answer_text + after, span)

    def _name_swapped(self, record: Record) -> Record | None:
        asked = _names(record.question)
        self._random.shuffle(asked)
        for old in asked:
            new = self._like(old, [*_names(record.context), *self._some_of(record.title)], record)
            if new is not None:
                return replace(record, question=_swapped(record.question, old, new))
        return None

    def _word_swapped(self, record: Record) -> Record | None:
        asked = [word for word in _WORD.findall(record.question) if word not in _ASKING]
        self._random.shuffle(asked)
        said = [word for word in _WORD.findall(record.context) if word not in _ASKING]
        for old in asked:
            new = self._like(old, said, record, highest=_NEAR[1])
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

    def _context_swapped(self, record: Record) -> Record | None:
        swap = self._shared_name(record)
        if swap is None:
            return None
        return replace(record, title=_swapped(record.title, *swap), context=_swapped(record.context, *swap))

    def _shared_name(self, record: Record) -> tuple[str, str] | None:
        """A name or number that question and text share, and another to put in its place."""
        shared = [
            name
            for name in _names(record.question)
            if re.search(rf"\b{re.escape(name)}\b", record.context) and name not in record.answer_text
        ]
        self._random.shuffle(shared)
        for old in shared:
            new = self._like(old, self._some_of(record.title), record)
            if new is not None and new not in record.context:
                return old, new
        return None

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
        yield from (word for word in _WORD.findall(text) if word not in _ASKING)


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
