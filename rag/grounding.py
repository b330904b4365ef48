"""Whether what can be checked in a claim stands in its quotes: numbers, dates, names and negation, by rules alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rag.facts.denials import contradictions, is_negated
from rag.facts.names import KnownNames, unknown_names
from rag.facts.partial_dates import PartialDate, partial_dates
from rag.facts.quantities import Measure, Quantity, quantities


class FactKind(StrEnum):
    """The kinds of facts that are checked."""

    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"
    MONEY = "money"
    NAME = "name"
    NEGATION = "negation"


_KIND_OF_MEASURE: Final = {
    Measure.COUNT: FactKind.NUMBER,
    Measure.PERCENTAGE: FactKind.PERCENT,
    Measure.MONEY: FactKind.MONEY,
}
_NOUNS: Final = {
    FactKind.NUMBER: "the number",
    FactKind.DATE: "the date",
    FactKind.PERCENT: "the percentage",
    FactKind.MONEY: "the amount",
    FactKind.NAME: "the name",
}


_Place = tuple[int, FactKind, str]
"""Where in the claim something unsupported begins, its kind, and its words."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """One thing that a claim says and its quotes do not; `words` as they stand in the claim.

    Of kind NEGATION, the words are the negation that the quotes do not have, or the word that they deny.
    """

    kind: FactKind
    words: str

    def __str__(self) -> str:
        if noun := _NOUNS.get(self.kind):
            return f"{noun} {self.words}"
        return f"the denial {self.words!r}" if is_negated(self.words) else f"{self.words!r}, which the quotes deny"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a text states; `words` is the text with bars where its dates and quantities stand."""

    dates: Sequence[PartialDate]
    quantities: Sequence[Quantity]
    words: str


def unsupported(claim: str, quotes: Sequence[str]) -> tuple[Unsupported, ...]:
    """What `claim` says and none of `quotes` does, in the order of the claim; nothing if it is grounded.

    A claim without quotes has all that it states returned. What cannot be read as a number, a date, a name or
    a negation is not checked: an empty answer says that nothing speaks against the claim, not that it is true.
    """
    said, stated = _read(claim), [_read(quote) for quote in quotes]
    dates = [found for each in stated for found in each.dates]
    # the numbers of a quote's dates count too: "the 30th" may be said of "Sept. 30"
    amounts = [found for each in stated for found in each.quantities]
    amounts += [found for quote in quotes for found in quantities(quote)]
    known = KnownNames.of([*quotes, *(each.words for each in stated)])
    found = [
        *_unsupported_dates(said.dates, dates, amounts),
        *_unsupported_quantities(said.quantities, amounts),
        *((each.start, FactKind.NAME, each.words) for each in unknown_names(said.words, known)),
        *((each.start, FactKind.NEGATION, each.words) for each in contradictions(claim, quotes)),
    ]
    return tuple(dict.fromkeys(Unsupported(kind, words) for _, kind, words in sorted(found)))


def _read(text: str) -> _Facts:
    dates = partial_dates(text)
    undated = _without(text, [found for found in dates if found.firm])
    amounts = quantities(undated)
    return _Facts(dates, amounts, _without(undated, amounts))


def _without(text: str, found: Sequence[PartialDate] | Sequence[Quantity]) -> str:
    """`text` with a bar for each character of what was found, so that every other word stays where it is."""
    for each in found:
        text = text[: each.start] + "|" * len(each.words) + text[each.start + len(each.words) :]
    return text


def _unsupported_dates(
    claimed: Sequence[PartialDate], stated: Sequence[PartialDate], numbers: Sequence[Quantity]
) -> Iterator[_Place]:
    for found in claimed:
        # four digits after "of" or "to" may count something
        counted = found.is_bare_year and quantities(found.words)[0].stands_in(numbers)
        if found.firm and not counted and not found.stands_in(stated):
            yield found.start, FactKind.DATE, found.words


def _unsupported_quantities(claimed: Sequence[Quantity], stated: Sequence[Quantity]) -> Iterator[_Place]:
    for quantity in claimed:
        if quantity.firm and not quantity.stands_in(stated):
            yield quantity.start, _KIND_OF_MEASURE[quantity.measure], quantity.words
