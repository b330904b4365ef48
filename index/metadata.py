"""Title, by-line, date and address of an article, where its own first and last lines carry them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from index.cleaning import is_heading

_HEADER_LINES: Final = 8
"""How far down a by-line or a date line may stand."""

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep"
        "|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})\.?"
_MONTH_NAME: Final = r"[A-Z][a-z]{2,8}\.?"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_MONTH} {_DAY},? {_YEAR}\b",
        rf"\b{_DAY}(?: of)? {_MONTH},? {_YEAR}\b",
        rf"\b{_YEAR}(?P<mark>[-/.])(?P<month_number>\d\d)(?P=mark)(?P<day>\d\d)(?!\d)",
    )
)
_AROUND_A_DATE: Final = re.compile(
    r"(?>(?>(?:first |last )?(?:published|updated|posted|modified|date|on|at|mon|tue|wed|thu|fri|sat|sun|\w+day)\b"
    r"[:.,]?"
    r"|\d{1,2}[:.]\d\d(?::\d\d)?(?: ?[ap]\.?m\.?)?|\b(?:utc|gmt|est|edt|et|cet|cest|bst|msk|z)\b"
    r"|[+-]\d\d:?\d\d|[\s|·•,;–—-])+)",
    re.IGNORECASE,
)
_BY_LINE: Final = re.compile(
    r"(?:Written |Story |Words )?[Bb]y:? (?P<author>[A-Z][^.!?:|·•]{1,80}?)(?: *[|·•–—] *(?P<rest>.+))?"
)
_ADDRESS: Final = re.compile(r"<?(?P<url>https?://[^\s<>]+?)>?\.?")
_ADDRESS_LABEL: Final = re.compile(
    r"(?:original(?: url| link| article)?|(?:source|article) url|url|source|link|permalink"
    r"|originally published(?: at| on)?)\s*:\s*",
    re.IGNORECASE,
)
_DATELINE: Final = re.compile(
    rf"[A-Z][\w.'’ -]{{1,40}}(?:, [A-Z][\w.'’ -]{{1,30}})?, (?P<date>(?:{_MONTH_NAME} \d|\d)[^()–—]{{5,20}}?)"
    r" ?(?:\([\w /.&-]{2,40}\) ?)?(?:[–—]| --?|_) ?(?=\S)"
)
"""Before the first sentence of a wire report: "NAIROBI, Kenya, Aug. 7, 2018 (AP) —"."""

_DATE_IN_PATH: Final = re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month_number>\d\d?)/(?P<day>\d\d?)(?:/|$)")


@dataclass(frozen=True, slots=True)
class Header:
    """What an article's own lines say about it; `body` is the rest of its paragraphs."""

    body: tuple[str, ...]
    title: str | None = None
    author: str | None = None
    published: date | None = None
    url: str | None = None


def read_header(paragraphs: Sequence[str]) -> Header:
    """Takes title, by-line, date and address out of `paragraphs`, where they stand on lines of their own.

    A title is a first line that does not end like a sentence. A by-line or a date counts in
    the first eight lines only. An address counts at the top, or anywhere behind a label such
    as "Original url:".
    """
    title = author = url = None
    published: date | None = None
    body: list[str] = []
    label_open = False
    for number, line in enumerate(paragraphs):
        label = _ADDRESS_LABEL.match(line)
        address = _ADDRESS.fullmatch(line[label.end() :] if label else line)
        if address and (label or label_open or number < _HEADER_LINES):
            url, label_open = url or address["url"], False
            continue
        label_open = bool(label and label.end() == len(line))
        if label_open:
            continue
        if number < _HEADER_LINES:
            found_author, found_date = _by_line(line)
            if found_author or found_date:
                author, published = author or found_author, published or found_date
                continue
        if number == 0 and len(paragraphs) > 1 and is_heading(line):
            title = line
            continue
        body.append(line)
    return Header(tuple(body), title, author, published, url)


def parse_date(words: str) -> date | None:
    """The calendar date that `words` state, or None: ISO 8601, RFC 5322, "December 12, 2024", "12 Dec. 2024".

    Numbers alone in day-month order ("12/11/2024") are ambiguous and give None, as do dates that do not exist.
    """
    words = words.strip()
    try:
        return datetime.fromisoformat(words).date()
    except ValueError:
        pass
    for pattern in _DATES:
        if match := pattern.search(words):
            return _date_of(match)
    try:
        return parsedate_to_datetime(words).date()
    except (ValueError, OverflowError):
        return None


def date_in_url(url: str) -> date | None:
    """The date that a news site put into an address: `/2024/12/12/`."""
    try:
        match = _DATE_IN_PATH.search(urlsplit(url).path)
    except ValueError:
        return None
    return _date_of(match) if match else None


def date_in_dateline(paragraph: str) -> date | None:
    """The date of a wire report's dateline, "NAIROBI, Kenya, Aug. 7, 2018 (AP) —"; None where it has no year."""
    match = _DATELINE.match(paragraph)
    return _date_alone(match["date"]) if match else None


def outlet_of(url: str) -> str | None:
    """The site that an address belongs to: its host without "www."."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _by_line(line: str) -> tuple[str | None, date | None]:
    """Author and date, if `line` says nothing but these."""
    if len(line) > 160:
        return None, None
    if match := _BY_LINE.fullmatch(line):
        author, day = match["author"].strip(" ,"), _date_alone(match["rest"] or "")
        for pattern in _DATES:
            if day is None and (inside := pattern.search(author)):
                day, author = _date_of(inside), author[: inside.start()].strip(" ,")
        return author or None, day
    return None, _date_alone(line)


def _date_alone(line: str) -> date | None:
    """The date, if `line` holds one and around it only words such as "Published:", a time or a weekday."""
    for pattern in _DATES:
        if match := pattern.search(line):
            around = (line[: match.start()].strip(), line[match.end() :].strip())
            if all(not part or _AROUND_A_DATE.fullmatch(part) for part in around):
                return _date_of(match)
    return None


def _date_of(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    try:
        month = int(parts["month_number"]) if parts.get("month_number") else _MONTHS[parts["month"].lower()]
        return date(int(parts["year"]), month, int(parts["day"]))
    except (KeyError, ValueError):  # IGNORECASE lets "ſ" and "ı" stand for "s" and "i"
        return None
