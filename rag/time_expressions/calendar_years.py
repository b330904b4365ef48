"""Rules for years, decades and centuries: "2015", "1939-45", "the early 1990s", "the 19th century", "490 BC"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from rag.time_expressions import periods
from rag.time_expressions.expression import TimeExpressionType, TimeModifier
from rag.time_expressions.heads import Head
from rag.time_expressions.interval import DateInterval
from rag.time_expressions.periods import Period, Unit
from rag.time_expressions.rule import Place, Reading, date_reading, rule
from rag.time_expressions.vocabulary import ORDINALS, PART, YEAR, modifier_of

_LIKELY_YEARS: Final = ("1500", "2099")
"""Bounds of the four digits that are a year even without a word such as "in" before them."""
_FIRST_DECADE_OF_1900S: Final = 20
_LONGEST_SPAN: Final = 80
"""How many years "1939-45" may reach; more is another kind of number."""

_AFTER_TEMPORAL: Final = re.compile(
    r"(?:\b(?:in|since|by|last|next|early|late|mid|this|until|till|through|before|after|during|between|of|circa|around"
    r"|year|from|season|summer|spring|winter|autumn|fall)"
    r"|\bfrom \d{4} (?:to|until|through)|\bbetween \d{4} and|\d{4} ?[-–—])[\s-]?$",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(
    r"[\s-](?:people|men|women|children|troops|police|staff|feet|foot|miles?|yards?|met(?:er|re)s?|metric|tons?|tonnes?"
    r"|km|kg|per|percent|dollars?|euros?|pounds?|points?|votes?|jobs?|copies|hours?|hrs?|GMT|EST|EDT|UTC|calories"
    r"|horsepower|degrees|barrels|units|words|seats)\b|:\d"
)
_PLURAL: Final = re.compile(r"\s(?!was\b|is\b|has\b|does\b)[a-z]+s\b(?<!ss)")
_CALLED: Final = re.compile(r"\s(?:Overture|Series|Edition)\b")
_NAMED: Final = re.compile(
    r"(?:\b(?:[Nn]o|[Nn]umber|[Rr]oom|[Ff]light|[Hh]ighway|[Rr]oute|[Rr]esolution|[Aa]rticle|[Ss]ection|[Pp]ages?"
    r"|[Cc]hannel|[Cc]hapter|Windows|Boeing|Airbus|Office|Area|Unit|Formula|Nikkei|FTSE|Russell|Peugeot|MD|[Ss]ome|about"
    r"|nearly|almost|over|than|least|[Aa]pproximately|roughly|exactly|worth|[Aa]nother)\.?[\s-]|[$€£¥#])$"
)
_DETERMINED: Final = re.compile(
    r"\b(?:the|a|an|his|her|its|their|our|my|your|this|that|[A-Z]\w+['’]s?)\s$", re.IGNORECASE
)
_DECADES: Final = {
    name: 1920 + 10 * number
    for number, name in enumerate("twenties thirties forties fifties sixties seventies eighties nineties".split())
}


def _year(match: re.Match[str], place: Place) -> Reading | None:
    """A year, unless its four digits count or name something."""
    start, end = match.span("year")
    if not (match["part"] or match["the"]) and not _is_year(match["year"], place.text, start, end):
        return None
    if _CALLED.match(place.text, end):
        return None
    return date_reading(periods.calendar_year(int(match["year"])), modifier_of(match.groupdict()), year_said=True)


def _is_year(digits: str, text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 24) : start]
    if _COUNTED.match(text, end):
        return False
    if _AFTER_TEMPORAL.search(before):
        return True
    if _NAMED.search(before) or not _LIKELY_YEARS[0] <= digits <= _LIKELY_YEARS[1]:
        return False
    return not _PLURAL.match(text, end) or bool(_DETERMINED.search(before))


def _second_year(match: re.Match[str], _place: Place) -> Reading | None:
    """The "45" of "1939-45"."""
    first, year = int(match["first"]), int(match["first"][:2] + match["year"])
    year += 100 * (year <= first)
    return date_reading(periods.calendar_year(year), year_said=True) if year - first < _LONGEST_SPAN else None


def _before_christ(match: re.Match[str], _place: Place) -> Reading:
    """A year BC: TIMEX3 has a value for it, a calendar of days has not."""
    modifier = modifier_of(match.groupdict())
    return Reading(TimeExpressionType.DATE, f"BC{int(match['year']):04}", modifier=modifier)


def _decade(match: re.Match[str], _place: Place) -> Reading:
    """The 1990s, the '90s, the nineties; the 1800s are a hundred years, the 2000s ten."""
    parts = match.groupdict()
    if parts.get("name"):
        first = _DECADES[parts["name"].lower()]
    elif len(match["decade"]) == 2:
        first = int(match["decade"])
        first += 1900 if first >= _FIRST_DECADE_OF_1900S else 2000
    else:
        first = int(match["decade"])
    is_hundred = first % 100 == 0 and first < 2000
    return date_reading(
        _hundred_years(first) if is_hundred else periods.decade(first), modifier_of(parts), year_said=True
    )


def _hundred_years(first: int) -> Period:
    """The "1800s": 1800 to 1899, a year off the nineteenth century."""
    return Period(Unit.CENTURY, f"{first // 100:02}", DateInterval(date(first, 1, 1), date(first + 99, 12, 31)))


def _century(match: re.Match[str], _place: Place) -> Reading:
    return date_reading(periods.century(_ordinal(match["century"])), modifier_of(match.groupdict()), year_said=True)


def _half_of_many_years(match: re.Match[str], _place: Place) -> Reading:
    """The first or the second half of a decade or a century."""
    decade = match["decade"]
    whole = periods.decade(int(decade)) if decade else periods.century(_ordinal(match["century"]))
    first, last = whole.interval.earliest, whole.interval.latest
    middle = first.year + (last.year - first.year) // 2
    reading = date_reading(whole, year_said=True)
    if match["which"].lower() == "first":
        return replace(reading, interval=DateInterval(first, last.replace(year=middle)), modifier=TimeModifier.START)
    return replace(reading, interval=DateInterval(first.replace(year=middle + 1), last), modifier=TimeModifier.END)


def _ordinal(word: str) -> int:
    return int(word) if word.isdecimal() else ORDINALS.index(word.lower()) + 1


_NAME: Final = rf"(?P<name>(?i:{'|'.join(_DECADES)}))"
_CENTURY: Final = (
    rf"(?i:(?P<century>\d{{1,2}}(?=st|nd|rd|th)|{'|'.join(reversed(ORDINALS))})(?:st|nd|rd|th)?[ -]century)\b"
)
_LONG_DECADE: Final = r"(?P<decade>(?:1\d|20)\d0)"
_YEAR_WORDS: Final = r"(?:the )?(?i:fiscal year|fiscal|the year|calendar year|AD) "

RULES: Final = (
    rule(
        Head.NUMBER,
        rf"(?<![\w.,])(?:the year )?{PART}?(?P<year>\d{{1,4}}) (?:BCE?|B\.C\.(?:E\.)?)(?!\w)",
        _before_christ,
    ),
    rule(
        Head.NUMBER,
        rf"(?<![\w.,$€£¥/#@-])(?P<part>{PART})?(?P<the>{_YEAR_WORDS})?(?P<year>{YEAR})(?!:\d|/\d(?!\d\b))(?!-\d{{3}}\b)",
        _year,
    ),
    rule(Head.NUMBER, rf"(?<=\d{{4}}[-–—])(?P<part>)(?P<the>)(?P<year>{YEAR})(?!-)", _year),
    rule(
        Head.NUMBER,
        r"(?<![\w.,$€£¥/-])(?P<first>(?:1\d|20)\d\d)[-–/](?P<words>(?P<year>\d\d))(?![\w%/-]|[.,]\d)",
        _second_year,
    ),
    rule(Head.NUMBER, rf"(?<!\w)(?:the )?{PART}?{_LONG_DECADE}['’]?s\b", _decade),
    rule(Head.NUMBER, rf"(?<![\w'’])(?:the )?{PART}?['’](?P<decade>[1-9]0)['’]?s\b", _decade),
    rule(Head.NUMBER, rf"\b(?:in|of|since|during|from) the {PART}?(?P<words>(?P<decade>[2-9]0)['’]?s)\b", _decade),
    rule(
        Head.NUMBER,
        rf"\b(?:in|of|since|during|from|by) (?P<words>(?:the |his |her |their )?{PART}?{_NAME})\b(?! and)",
        _decade,
    ),
    rule(Head.UNIT, rf"\b(?:the )?{PART}?{_CENTURY}", _century),
    rule(
        Head.UNIT,
        rf"\b(?:the )?(?P<which>first|second) half of the (?:{_LONG_DECADE}s\b|{_CENTURY})",
        _half_of_many_years,
    ),
)
