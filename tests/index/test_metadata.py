"""Title, by-line, date and address are read from an article's own lines, or left unknown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.metadata import date_in_dateline, date_in_url, outlet_of, parse_date, read_header

BODY = "The harbour reopened on Tuesday. Ferries left before noon."
DAY = date(2024, 12, 3)


def test_a_first_line_without_a_full_stop_is_the_title() -> None:
    """A headline is taken out of the body and becomes the title."""
    header = read_header(["Storm shuts harbour", BODY])
    assert (header.title, header.body) == ("Storm shuts harbour", (BODY,))


def test_a_first_sentence_is_no_title() -> None:
    """An article that begins with prose keeps its first paragraph and has no title."""
    header = read_header([BODY, BODY])
    assert (header.title, header.body) == (None, (BODY, BODY))


def test_a_single_line_is_body_and_no_title() -> None:
    """A text of one line is not emptied to make a title of it."""
    header = read_header(["Storm shuts harbour"])
    assert (header.title, header.body) == (None, ("Storm shuts harbour",))


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Anna Brandt", "Anna Brandt"),
        ("by Anna Brandt", "Anna Brandt"),
        ("By: Anna Brandt", "Anna Brandt"),
        ("Written by Anna Brandt", "Anna Brandt"),
        ("By Anna Brandt and Ole Strand-Lund", "Anna Brandt and Ole Strand-Lund"),
        ("By Zoë O’Neill, Harbour Correspondent", "Zoë O’Neill, Harbour Correspondent"),
    ],
)
def test_a_by_line_names_the_author(line: str, author: str) -> None:
    """A line that says only who wrote the article becomes its author."""
    header = read_header(["Storm shuts harbour", line, BODY])
    assert (header.author, header.published, header.body) == (author, None, (BODY,))


@pytest.mark.parametrize(
    "line",
    [
        "By Anna Brandt, December 3, 2024",
        "By Anna Brandt December 3, 2024",
        "By Anna Brandt | December 3, 2024",
        "By Anna Brandt • 3 Dec 2024",
        "By Anna Brandt — Published: 2024-12-03",
        "By Anna Brandt | Tuesday, 3 December 2024, 10:30 GMT",
    ],
)
def test_a_by_line_may_carry_the_date(line: str) -> None:
    """Author and date on one line are told apart."""
    header = read_header(["Storm shuts harbour", line, BODY])
    assert (header.author, header.published, header.body) == ("Anna Brandt", DAY, (BODY,))


@pytest.mark.parametrize(
    "line",
    [
        "December 3, 2024",
        "Dec. 3, 2024",
        "3 December 2024",
        "3rd of December 2024",
        "2024-12-03",
        "Published: 3 December 2024",
        "Last updated on Tuesday, December 3, 2024 at 4:05 p.m. EST",
        "Tue, 03 Dec 2024 10:30:00 +0100",
    ],
)
def test_a_line_that_is_only_a_date_dates_the_article(line: str) -> None:
    """A date is found with a weekday, a time or a word such as "Published" around it."""
    header = read_header(["Storm shuts harbour", line, BODY])
    assert (header.published, header.body) == (DAY, (BODY,))


@pytest.mark.parametrize(
    "line",
    [
        "By Tuesday the harbour had reopened.",
        "By the end of May 2024 the ferries were full.",
        "The ferry sank on December 3, 2024.",
        "On 3 December 2024 the ferry sank off the cape.",
    ],
)
def test_a_sentence_with_a_date_or_a_by_is_prose(line: str) -> None:
    """A date inside a sentence is no publication date, and "By" may begin a sentence."""
    header = read_header(["Storm shuts harbour", line, BODY])
    assert (header.author, header.published, header.body) == (None, None, (line, BODY))


def test_a_date_far_down_is_part_of_the_story() -> None:
    """Only the first lines can carry the by-line and the date."""
    paragraphs = [BODY] * 9 + ["December 3, 2024", "By Anna Brandt"]
    header = read_header(paragraphs)
    assert (header.published, header.author, header.body) == (None, None, tuple(paragraphs))


ADDRESS = "https://www.example.org/2024/12/03/storm"


@pytest.mark.parametrize(
    "lines",
    [
        [f"Original url: {ADDRESS}"],
        ["Original url:", f"<{ADDRESS}>"],
        ["Source:", ADDRESS],
        [f"URL: <{ADDRESS}>."],
        [f"Originally published at: {ADDRESS}"],
    ],
)
def test_a_labelled_address_is_found_anywhere(lines: list[str]) -> None:
    """Behind a label, on its line or the next, an address counts even at the very end."""
    header = read_header([BODY] * 20 + lines)
    assert header.url == ADDRESS
    assert header.body == (BODY,) * 20


def test_a_bare_address_counts_at_the_top_only() -> None:
    """Without a label an address is the article's own at the top, and part of the text further down."""
    assert read_header(["Storm shuts harbour", ADDRESS, BODY]).url == ADDRESS
    below = read_header([BODY] * 20 + [ADDRESS])
    assert (below.url, below.body[-1]) == (None, ADDRESS)


@pytest.mark.parametrize(
    "words",
    [
        "2024-12-03",
        "2024-12-03T23:30:00Z",
        "2024-12-03T10:30:00+01:00",
        "2024-12-03 10:30",
        "20241203",
        "2024/12/03",
        "2024.12.03",
        "Tue, 03 Dec 2024 10:30:00 GMT",
        "Tue, 3 Dec 2024 10:30:00 +0100",
        "December 3, 2024",
        "DECEMBER 3 2024",
        "Dec. 3rd, 2024",
        "3 Dec. 2024",
        " 3 december 2024 ",
    ],
)
def test_date_forms_that_are_understood(words: str) -> None:
    """ISO 8601, RFC 5322 and the forms of newspapers give the calendar date as written."""
    assert parse_date(words) == DAY


@pytest.mark.parametrize("month", ["Jan", "February", "Mar.", "May", "Sept.", "Sep", "october", "Nov"])
def test_months_are_known_by_name_and_short_name(month: str) -> None:
    """A month is recognised in full, shortened, and in any case."""
    found = parse_date(f"{month} 3, 2024")
    assert found is not None
    assert found.strftime("%b").casefold() == month[:3].casefold()


@pytest.mark.parametrize("words", ["February 30, 2024", "31 April 2024", "2023-02-29", "2024-13-01", "2024-99-99"])
def test_dates_that_do_not_exist_are_unknown(words: str) -> None:
    """An impossible date gives None rather than its nearest neighbour."""
    assert parse_date(words) is None


@pytest.mark.parametrize("words", ["12/11/2024", "12-11-2024", "12.11.2024", "12 11 2024"])
def test_a_date_that_could_be_two_days_is_unknown(words: str) -> None:
    """Day and month as bare numbers are ambiguous and give None."""
    assert parse_date(words) is None


@pytest.mark.parametrize("words", ["", "None", "yesterday", "1702339200", "December", "May 2024", "10:30", "\ud800"])
def test_words_without_a_day_are_no_date(words: str) -> None:
    """What names no calendar day gives None."""
    assert parse_date(words) is None


@settings(deadline=None)
@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_read_back_from_every_form(day: date) -> None:
    """Any day of two centuries survives being written as ISO, American, British and RFC 5322."""
    forms = [
        day.isoformat(),
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day} {day:%b} {day.year}",
        f"{day:%a}, {day:%d %b} {day.year} 10:30:00 +0000",
    ]
    assert [parse_date(form) for form in forms] == [day] * len(forms)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.org/2024/12/03/storm", DAY),
        ("https://example.org/world/2024/12/3/", DAY),
        ("https://example.org/world/2024/12/3", DAY),
        ("https://example.org/2024/13/03/storm", None),
        ("https://example.org/2024/12/storm", None),
        ("https://example.org/storm?from=/2024/12/03/", None),
        ("https://example.org/", None),
    ],
)
def test_the_date_in_an_address(url: str, expected: date | None) -> None:
    """A year, month and day in the path date the article; the query and impossible days do not."""
    assert date_in_url(url) == expected


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.example.org/storm", "example.org"),
        ("http://news.example.org:8080/storm", "news.example.org"),
        ("https://WWW.Example.ORG/", "example.org"),
        ("not an address", None),
    ],
)
def test_the_outlet_is_the_host_without_www(url: str, outlet: str | None) -> None:
    """An address names its outlet by its host, in lower case."""
    assert outlet_of(url) == outlet


@pytest.mark.parametrize(
    "opening",
    [
        "NAIROBI, Kenya, Dec. 3, 2024 (AP) — ",
        "LONDON, December 3, 2024 (Reuters) - ",
        "Port-au-Prince, 3 December 2024 – ",
        "NEW YORK, Dec. 3, 2024 (AP) -- ",
    ],
)
def test_a_dateline_gives_its_date(opening: str) -> None:
    """Place, date and agency before the first words tell when a wire report was sent."""
    assert date_in_dateline(opening + BODY) == DAY


@pytest.mark.parametrize(
    "paragraph",
    [
        "NAIROBI, Kenya (AP) — The harbour reopened on December 3, 2024.",
        "NAIROBI, Dec. 3 (AP) — The harbour reopened.",
        "The treaty, signed on December 3, 2024 — and torn up a year later — was short.",
        BODY,
    ],
)
def test_a_date_in_prose_is_no_dateline(paragraph: str) -> None:
    """A date without a year, or one that belongs to the first sentence, does not date the article."""
    assert date_in_dateline(paragraph) is None
