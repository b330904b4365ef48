"""Rules for dates that name a day or a month: "30 September 2015", "Monday, Dec. 8", "mid-March", "2015-09-30"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.expression import TimeModifier
from rag.time_expressions.heads import Head
from rag.time_expressions.interval import DateInterval
from rag.time_expressions.rule import Place, Reading, date_reading, rule
from rag.time_expressions.vocabulary import (
    DAY,
    LONG_MONTH,
    MONTH,
    PART,
    SHORT_WEEKDAY,
    TO,
    YEAR,
    digits_of,
    modifier_of,
    month_number,
    weekday_number,
)  # fmt: skip
from rag.time_expressions.yearless_dates import day_without_year, month_without_year

_FIRST_YEAR_OF_1900S: Final = 30
"""Two digits below it are a year of the 2000s."""

_MENTION: Final = 2000
"""How many characters away the full name of a person called May may stand."""

_ALSO_WORDS: Final = ("May", "March")
_AFTER_TEMPORAL: Final = re.compile(
    r"\b(?:in|since|by|last|next|early|late|mid|this|until|till|through|before|after|during|each|every|between|past|of"
    r"|from|following|previous|and|to|or|for|around)[\s-]$",
    re.IGNORECASE,
)
_AFTER_PREPOSITION: Final = re.compile(
    r"\b(?:in|since|by|last|next|early|late|mid|this|until|till|during|every)[\s-]$", re.IGNORECASE
)
_MONTH_BEHIND: Final = re.compile(rf"(?:[-–—/]|,? (?:to|and|or|through|until) ){MONTH}")
_TITLE: Final = re.compile(r"\b(?:Mrs?|Ms|Miss|Dr|Sir)\.?\s$")
_PERSON_MAY: Final = re.compile(r"\b(?:Theresa|Mrs\.?|Ms\.?|Minister|Brian|James|PM|Secretary) May\b")


def _full(match: re.Match[str], place: Place) -> Reading:
    """A day of a month, with or without a year."""
    parts = match.groupdict()
    month, number = month_number(parts["month"]), digits_of(parts["day"])
    if parts["year"]:
        year = int(parts["year"]) - (month_number(parts.get("last_month") or parts["month"]) < month)
        return date_reading(periods.day(date(year, month, number)), year_said=True)
    weekday = weekday_number(parts["weekday"]) if parts.get("weekday") else None
    return day_without_year(_of_that_year(place) if parts.get("that") else place, number, month, weekday)


def _iso(match: re.Match[str], _place: Place) -> Reading:
    day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    return date_reading(periods.day(day), year_said=True)


def _numeric(match: re.Match[str], _place: Place) -> Reading:
    """Day and month as numbers: where either could be which, only the year is known."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    if year < 100:
        year += 2000 if year < _FIRST_YEAR_OF_1900S else 1900
    if first != second and first <= 12 and second <= 12:
        return replace(date_reading(periods.calendar_year(year), year_said=True), value=f"{year:04}-XX-XX")
    month, day = (second, first) if second <= 12 else (first, second)
    return date_reading(periods.day(date(year, month, day)), year_said=True)


def _month(match: re.Match[str], place: Place) -> Reading | None:
    """A month, with or without a year, or a third of one."""
    parts = match.groupdict()
    number, modifier = month_number(parts["month"]), modifier_of(parts)
    if parts["year"]:
        year = int(parts["year"]) - (month_number(parts.get("last_month") or parts["month"]) < number)
        return date_reading(periods.month(year, number), modifier, year_said=True)
    if parts.get("that"):
        return month_without_year(_of_that_year(place), number, modifier)
    if modifier is None and not _is_bare_month(match, place.text):
        return None
    return month_without_year(place, number, modifier)


def _half_of_month(match: re.Match[str], place: Place) -> Reading | None:
    """The first or the second half of a month: up to the 15th, or from the 16th on."""
    whole = _month(match, place)
    if whole is None or whole.interval is None:
        return whole
    first, last = whole.interval.earliest, whole.interval.latest
    if match["which"] == "first":
        return replace(whole, interval=DateInterval(first, first.replace(day=15)), modifier=TimeModifier.START)
    return replace(whole, interval=DateInterval(first.replace(day=16), last), modifier=TimeModifier.END)


def _of_that_year(place: Place) -> Place:
    return replace(place, story=place.said)


def _is_bare_month(match: re.Match[str], text: str) -> bool:
    """Whether a lone month is one, and not a verb, a person or a demonstration."""
    start, end = match.span("month")
    before, behind = text[max(0, start - 12) : start], text[end : end + 30]
    prepared, determined = _AFTER_TEMPORAL.search(before), before.lower().endswith("the ")
    if _TITLE.search(before):
        return False
    if _MONTH_BEHIND.match(behind):
        return True
    if match["month"] not in _ALSO_WORDS:
        return bool(prepared or determined or not re.match(r" [A-Z][a-z]|-[A-Z]", behind))
    if match["month"] == "May" and _PERSON_MAY.search(text, max(0, start - _MENTION), end + _MENTION):
        return bool(_AFTER_PREPOSITION.search(before))
    attributive = determined and re.match(r" (?!on |for |of |in )[a-z]", behind)
    return bool(prepared or attributive or re.match(r"['’]s [a-z]", behind))


_WEEKDAY_BEFORE: Final = rf"(?:(?P<weekday>{SHORT_WEEKDAY})(?:,? (?:the )?|, on ))?"
_ANY_WEEKDAY: Final = rf"(?:{SHORT_WEEKDAY},? )?"
_ANY_PART: Final = re.sub(r"\?P<\w+>", "?:", PART)
_MAYBE_YEAR: Final = rf"(?:,? (?P<year>{YEAR}))?"
_THAT_YEAR: Final = r" of (?P<that>that(?: same)?|the same) year"
_NO_PLACE: Final = r"(?! (?:Street|Square|Avenue|Road|Boulevard|Bridge|Movement|Park|Stadium|Brigade|Plaza)\b)"
_NO_NUMBER: Final = r"(?<![\w.,$-])"
_MONTH_DAY: Final = rf"\b(?P<words>{_WEEKDAY_BEFORE}(?P<month>{MONTH}) (?P<day>{DAY}))"
_SHORT_MONTH: Final = r"(?P<month>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"

_RANGES: Final = (
    rule(Head.MONTH, rf"{_MONTH_DAY}{TO}{DAY}{_MAYBE_YEAR}(?! {MONTH})", _full),
    rule(
        Head.MONTH,
        rf"\b(?P<month>{MONTH}) {DAY}{TO}(?P<words>(?P<day>{DAY}){_MAYBE_YEAR})(?! {MONTH})",
        _full,
    ),
    rule(Head.MONTH, rf"{_MONTH_DAY}{TO}{_ANY_WEEKDAY}(?P<last_month>{MONTH}) {DAY},? (?P<year>{YEAR})", _full),
    rule(
        Head.MONTH,
        rf"{_NO_NUMBER}(?P<words>{_WEEKDAY_BEFORE}(?P<day>{DAY})){TO}{_ANY_WEEKDAY}{DAY}(?: of)?"
        rf" (?P<month>{MONTH}){_MAYBE_YEAR}(?!\w)",
        _full,
    ),
    rule(
        Head.MONTH,
        rf"{_NO_NUMBER}(?P<words>{_WEEKDAY_BEFORE}(?P<day>{DAY})(?: of)? (?P<month>{MONTH})){TO}"
        rf"{_ANY_WEEKDAY}{DAY}(?: of)? (?P<last_month>{MONTH}),? (?P<year>{YEAR})",
        _full,
    ),
    rule(
        Head.MONTH,
        rf"\b(?P<words>{PART}?(?P<month>{MONTH}))(?:, {MONTH}){{0,3}},?{TO}{_ANY_PART}?(?P<last_month>{MONTH})"
        rf"(?: of|,)? (?P<year>{YEAR})(?!\w)",
        _month,
    ),
)
"""Of a range of days or months, the end that borrows its month or its year from the other one."""

RULES: Final = (
    *_RANGES,
    rule(
        Head.MONTH,
        rf"\b[Tt]he (?P<which>first|second) half of (?P<month>{LONG_MONTH}){_MAYBE_YEAR}(?!\w)",
        _half_of_month,
    ),
    rule(Head.NUMBER, r"(?<![\w/-])(?P<year>\d{4})(?P<mark>[/-])(?P<month>\d\d)(?P=mark)(?P<day>\d\d)(?![\d/-])", _iso),
    rule(Head.NUMBER, rf"(?<![\w-])(?P<day>\d\d?)-{_SHORT_MONTH}-(?P<year>\d{{4}})(?![\w-])", _full),
    rule(
        Head.NUMBER,
        r"(?<![\w/.,$-])(?P<first>\d\d?)(?P<mark>[/.-])(?P<second>\d\d?)(?P=mark)(?P<year>(?:1\d|20)\d\d|\d\d)"
        r"(?![\w/-]|[.,]\d)",
        _numeric,
    ),
    rule(
        Head.MONTH,
        rf"\b{_WEEKDAY_BEFORE}(?P<month>{MONTH}) (?:the )?(?P<day>{DAY})"
        rf"(?:(?:,|, in| in)? (?P<year>{YEAR})|{_THAT_YEAR})?",
        _full,
    ),
    rule(
        Head.MONTH,
        rf"(?:{_NO_NUMBER}|(?<=[\d.]-)){_WEEKDAY_BEFORE}(?P<day>{DAY})(?: day)?(?: of)? (?P<month>{MONTH})"
        rf"(?:,? (?P<year>{YEAR})|{_THAT_YEAR})?(?!\w){_NO_PLACE}",
        _full,
    ),
    rule(Head.MONTH, rf"{_NO_NUMBER}(?P<day>\d\d?) (?P<month>{MONTH}),? (?P<year>{YEAR})(?!\w)", _full),
    rule(Head.MONTH, rf"\b(?P<month>{MONTH}) (?P<day>\d\d?),? (?P<year>{YEAR})(?!\w)", _full),
    rule(Head.MONTH, rf"\b{PART}?(?P<month>{MONTH})(?: of|,| in)? (?P<year>{YEAR})(?!\w)", _month),
    rule(Head.MONTH, rf"\b{PART}?(?P<month>{LONG_MONTH})(?P<year>)?(?!\w)(?:{_THAT_YEAR})?", _month),
)
