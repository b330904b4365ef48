"""A link leads to exactly the quoted words: by the specification's algorithm, and in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from index.article import Span
from rag.text_fragment import text_fragment_link
from tests.rag.browser import CHROMIUM, Browser, Page, PageServer, chromium, page_server

URL: Final = "https://example.org/bridge"
TEXT: Final = (
    "The new harbour bridge in Velmora opened on May 14, 2024. “Yes,” he said. It took nine years to build.\n\n"
    "Its towers are 190 metres high. “Yes,” he said. Nobody had asked the mid-river ferry’s pilots."
)
DIRECTIVE: Final = re.compile(r"(?:([^,-]+)-,)?([^,-]+)(?:,([^,-]+))?(?:,-([^,-]+))?")
"""Prefix, start, end and suffix."""

ONE_WORD: Final = re.compile(r"\w(?:['’.,]?\w)*")
WORDS: Final = st.sampled_from('a A in It it the U.S. It’s war, war. “war” "war" not 3.5 mid-war - é E'.split())
PAPER: Final = st.lists(st.tuples(WORDS, st.sampled_from([" ", " ", " ", "\n\n"])), min_size=1, max_size=30)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote within a text."""

    text: str
    span: Span


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    """Texts of few different words, so that much is repeated, and quotes of whole words, give or take some letters."""
    paper = draw(PAPER)
    text = "".join(word + space for word, space in paper).rstrip()
    words = [match.span() for match in re.finditer(r"\S+", text)]
    first = draw(st.integers(0, len(words) - 1))
    last = draw(st.integers(first, len(words) - 1))
    start, end = (
        words[first][0] + draw(st.sampled_from([0, 0, 0, 1, 2])),
        words[last][1] - draw(st.sampled_from([0, 0, 0, 1, 2])),
    )
    assume(start < end and text[start:end] == text[start:end].strip())
    return Quote(text, Span(start, end))


def link_to(quote: str, text: str = TEXT, nth: int = 0, title: str | None = None, url: str = URL) -> str | None:
    """The link to the nth place where `quote` stands in `text`."""
    start = [match.start() for match in re.finditer(re.escape(quote), text)][nth]
    return text_fragment_link(url, text, Span(start, start + len(quote)), title)


def directive_to(quote: str, text: str = TEXT, nth: int = 0, title: str | None = None) -> str:
    """What stands in that link behind the address, decoded."""
    link = link_to(quote, text, nth, title)
    assert link is not None
    return unquote(link.removeprefix(f"{URL}#:~:text="))


def occurrences(page: str, term: str, start: int, *, bounds: str) -> Iterator[Span]:
    """Where `page` has `term` from `start` on, with a word's edge at the ends of it that `bounds` names."""
    inside = {at for word in ONE_WORD.finditer(page) for at in range(word.start() + 1, word.end())}
    for found in re.finditer(f"(?={re.escape(term)})", page[start:]):
        place = Span(start + found.start(), start + found.start() + len(term))
        if not ("start" in bounds and place.start in inside) and not ("end" in bounds and place.end in inside):
            yield place


def compared(text: str) -> str:
    """`text` with equal characters for those that a browser does not tell apart, at the same places."""
    return text.lower().translate(str.maketrans("é“”", 'e""'))


def first_match(link: str, text: str) -> Span | None:
    """What a link matches first in `text`, as the specification's "find a range from a text directive" has it."""
    parsed = DIRECTIVE.fullmatch(link.partition(":~:text=")[2])
    assert parsed
    prefix, start, end, suffix = (compared(unquote(term or "")) for term in parsed.groups())
    page, at = compared(text), 0
    end_bound = "end" if end or not suffix else ""
    while True:
        if prefix:
            before = next(occurrences(page, prefix, at, bounds="start"), None)
            if before is None:
                return None
            at, begin = before.start + 1, after_space(page, before.end)
            found = next(occurrences(page, start, begin, bounds=end_bound), None)
        else:
            found = next(occurrences(page, start, at, bounds=f"start {end_bound}"), None)
            at = begin = found.start if found else at
            at += 1
        if found is None:
            return None
        if found.start == begin and (end or is_followed(page, found.end, suffix)):
            return up_to(page, found, end, suffix) if end else found


def up_to(page: str, start: Span, end: str, suffix: str) -> Span | None:
    """From the first words of a match to the first of its last words that the suffix follows."""
    stop = start.end
    while last := next(occurrences(page, end, stop, bounds="start" if suffix else "start end"), None):
        stop = last.end
        if is_followed(page, stop, suffix):
            return Span(start.start, stop)
    return None


def is_followed(page: str, at: int, suffix: str) -> bool:
    """Whether the suffix stands next behind a place."""
    begin = after_space(page, at)
    return not suffix or any(found.start == begin for found in occurrences(page, suffix, begin, bounds="end"))


def after_space(page: str, at: int) -> int:
    """The first place from `at` on without white space."""
    space = re.compile(r"\s*").match(page, at)
    assert space
    return space.end()


@given(quotes(), st.none() | st.lists(WORDS, min_size=1, max_size=4).map(" ".join))
@example(Quote("war, war. war, war. war", Span(10, 18)), None)
@example(Quote('Here is a "war" of words. Here is a “war” of words.', Span(26, 51)), None)
@example(Quote("Here is a résumé of war. Here is a resume of war.", Span(25, 49)), None)
@example(Quote("They said war.\n\nwarm warm warm warm warmth", Span(0, 40)), None)
def test_a_link_matches_its_quote_first(quote: Quote, title: str | None) -> None:
    """By the specification, in a page with the title before the text."""
    link = text_fragment_link(URL, quote.text, quote.span, title)
    assume(link is not None)
    assert link is not None
    before = f"{title or ''}\n"
    assert first_match(link, before + quote.text) == quote.span.shifted(len(before))


@given(quotes())
def test_a_quote_that_stands_once_in_the_text_has_a_link(quote: Quote) -> None:
    """Where it lies in one paragraph, whatever stands around it."""
    words = quote.span.of(quote.text)
    assume("\n" not in words)
    assume(len(re.findall(f"(?={re.escape(compared(words))})", compared(quote.text))) == 1)
    assert text_fragment_link(URL, quote.text, quote.span) is not None


@given(st.text(min_size=1, max_size=60), st.data())
def test_a_directive_has_only_characters_that_are_no_syntax(text: str, data: st.DataObject) -> None:
    """And its terms, decoded, are words of the text: the first begins the quote, the last ends it."""
    start = data.draw(st.integers(0, len(text) - 1))
    quote = Span(start, data.draw(st.integers(start + 1, len(text))))
    link = text_fragment_link(URL, text, quote)
    assume(link is not None)
    assert link is not None
    parsed = DIRECTIVE.fullmatch(link.removeprefix(f"{URL}#:~:text="))
    assert parsed
    assert all(re.fullmatch(r"(?:[\w.~]|%[\dA-F]{2})+", term, re.ASCII) for term in parsed.groups() if term)
    prefix, first, last, suffix = (unquote(term or "") for term in parsed.groups())
    words = " ".join(quote.of(text).split())
    assert words.startswith(first)
    assert words.endswith(last or first)
    assert " ".join(text[: quote.start].split()).endswith(prefix)
    assert " ".join(text[quote.end :].split()).startswith(suffix)


@pytest.mark.parametrize(
    ("quote", "nth", "directive"),
    [
        pytest.param("nine years to build", 0, "nine years to build", id="a short quote as it is"),
        pytest.param("“Yes,” he said.", 0, "“Yes,” he said.,-It", id="the first of two by what follows"),
        pytest.param("“Yes,” he said.", 1, "“Yes,” he said.,-Nobody", id="the second too"),
        pytest.param("190", 0, "190,-metres high. “Yes", id="one word with its neighbours"),
        pytest.param(
            "to build.\n\nIts towers are", 0, "nine years-,to build,Its towers are,-190", id="ends of two paragraphs"
        ),
        pytest.param("mid-river ferry’s pilots", 0, "the-,mid-river ferry’s pilots", id="hyphen and apostrophe"),
        pytest.param("river ferry’s", 0, "mid--,river ferry’s,-pilots", id="a part of a hyphenated word"),
        pytest.param("etre", 0, "m-,etre,-s high. “Yes", id="a part of a word"),
    ],
)
def test_a_link_has_as_few_words_as_do(quote: str, nth: int, directive: str) -> None:
    """Four words and fifteen characters of each side that is looked for, with few words around the quote."""
    assert directive_to(quote, nth=nth) == directive


def test_a_quote_that_is_long_or_crosses_paragraphs_is_looked_for_by_its_ends() -> None:
    """A term cannot lie in two paragraphs, and the whole of a long quote would be a very long address."""
    assert directive_to(TEXT[58:135]) == "“Yes,” he said. It,are 190 metres high."
    report = f"In short, {'the bridge is open and ' * 15}the old ferry still runs too."
    assert directive_to(report[10:], report) == "the bridge is open,ferry still runs too."


def test_words_of_the_title_are_not_taken_for_the_quote() -> None:
    """They stand above the article, so a browser finds them first."""
    assert directive_to(TEXT[:57], title=TEXT[:57]) == f"{TEXT[:57]},-“Yes"
    both = TEXT[:135]
    assert (
        directive_to(both, title="The new harbour bridge in")
        == "The new harbour bridge in Velmora,are 190 metres high."
    )


def test_last_words_that_the_quote_has_twice_do_not_cut_it_short() -> None:
    """More of them are looked for, or what follows them."""
    text = "Rebels began the war.\n\nSome said that they held the old city. The army held the old city. So it ended."
    assert directive_to(text.removesuffix(" So it ended."), text) == "Rebels began the war,army held the old city."
    text = "Rebels began the war.\n\nThey held it.\n\nThey held it.\n\nNobody knew."
    assert directive_to(text.removesuffix("\n\nNobody knew."), text) == "Rebels began the war,They held it.,-Nobody"


def test_words_in_two_paragraphs_are_not_taken_for_a_quote_in_one() -> None:
    """Nor are words that share some with the quote itself."""
    text = "They left the old city.\n\nNobody knew. They left the old city. Nobody knew why."
    assert directive_to("left the old city. Nobody knew", text) == "left the old city. Nobody knew"
    text = "So on and on and on it went."
    link = text_fragment_link(URL, text, Span(10, 19))
    assert link == f"{URL}#:~:text=on%20and%20on,-it%20went"


def test_a_quote_that_nothing_tells_from_another_has_no_link() -> None:
    """The second of three equal paragraphs has a neighbour before it, the third none that the second has not."""
    text = "It ended.\n\nIt ended.\n\nIt ended."
    assert directive_to("It ended.", text, nth=1) == "It ended.-,It ended."
    assert link_to("It ended.", text, nth=2) is None


def test_a_quote_of_nothing_that_can_be_seen_has_no_link() -> None:
    """And white space around one is not marked."""
    assert text_fragment_link(URL, "A \u00adbridge", Span(2, 3)) is None
    assert text_fragment_link(URL, TEXT, Span(102, 104)) is None
    assert text_fragment_link(URL, TEXT, Span(102, 136)) == text_fragment_link(URL, TEXT, Span(104, 135))


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/bridge?page=2&all=yes", "https://example.org/bridge?page=2&all=yes#"),
        ("https://example.org/bridge#comments", "https://example.org/bridge#comments"),
        ("https://example.org/bridge#:~:text=old,words", "https://example.org/bridge#"),
        ("https://example.org/#!/bridge:~:text=old", "https://example.org/#!/bridge"),
        ("HTTP://example.org/Brücke", "HTTP://example.org/Brücke#"),
        ("https://[2001:db8::1]:8443/bridge", "https://[2001:db8::1]:8443/bridge#"),
    ],
)
def test_an_address_keeps_what_it_has_except_for_a_directive(url: str, linked: str) -> None:
    """A fragment stays before the directive; an earlier directive goes."""
    assert link_to("nine years to build", url=url) == f"{linked}:~:text=nine%20years%20to%20build"


@pytest.mark.parametrize(
    "url", ["", "bridge.html", "file:///bridge.html", "javascript:alert(1)", "https://", "https://[::1", "https://a b/"]
)
def test_what_is_no_address_of_the_web_has_no_link(url: str) -> None:
    """A browser follows a text directive over HTTP only."""
    assert link_to("nine years to build", url=url) is None


PAGES: Final = {
    "a repeated quote": Page(TEXT, "“Yes,” he said.", nth=1),
    "two paragraphs": Page(TEXT, TEXT[75:137]),
    "the title again": Page(TEXT, TEXT[:57], title=TEXT[:57]),
    "a short paragraph again": Page("It ended.\n\nThe war began.\n\nIt ended.", "It ended.", nth=1),
    "the beginning of other words": Page("The war ended in May. In a way, the war ended.", "the war ended."),
    "an accent": Page("His résumé of the talks was long. A resume of the talks is here.", "A resume of the talks"),
    "syntax of directives": Page("AT&T-led, 50% #1 deals, say A-B & C.", "T-led, 50% #1 deals, say A-B & C."),
    "typography": Page(
        "They said: 'It was 10 km of international law', and left.",
        "'It was 10 km of international law'",
        shown=(("10 km", "10&nbsp;km"), ("international", "inter&shy;national"), ("&#x27;", "’")),
    ),
    "Chinese": Page("今天天气很好。俄罗斯军队今天开始撤离。俄罗斯军队明天再说。", "俄罗斯军队今天开始撤离。"),
    "a part of Chinese words": Page("今天天气很好。俄罗斯军队今天开始撤离。", "队今"),
    "Hebrew": Page("הרכבת יצאה בבוקר. הרכבת יצאה מהתחנה בצהריים ולא חזרה. סוף.", "הרכבת יצאה מהתחנה בצהריים ולא חזרה."),
    "emoji": Page("Thanks 🎉 all 👩‍👩‍👧 of you 🎉🎉 now", "🎉 all 👩‍👩‍👧 of you 🎉"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    """Serves pages for as long as this module's tests run."""
    with page_server() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser, where there is one."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with chromium() as running:
        yield running


@pytest.mark.parametrize("name", PAGES)
def test_chromium_marks_exactly_the_quote(name: str, browser: Browser, server: PageServer) -> None:
    """The same pixels as on a page where the quoted words have that colour by themselves."""
    page = PAGES[name]
    server.pages |= {"/linked": page.html(quoted=False), "/quoted": page.html(quoted=True)}
    link = text_fragment_link(f"{server.address}/linked", page.text, page.span, page.title)
    assert link is not None
    assert browser.view(link).marks_the_same(browser.view(f"{server.address}/quoted"))


def test_chromium_scrolls_to_the_quote(browser: Browser, server: PageServer) -> None:
    """On a page of many windows' length, it is in sight, and nothing else is marked."""
    text = "\n".join(f"Paragraph {number} says that nothing happened that day." for number in range(300))
    page = Page(text, "Paragraph 250 says that nothing happened that day.")
    server.pages |= {"/linked": page.html(quoted=False), "/quoted": page.html(quoted=True)}
    link = text_fragment_link(f"{server.address}/linked#top", page.text, page.span)
    assert link is not None
    seen = browser.view(link)
    assert seen.scrolled > 0
    assert seen.marks_the_same(browser.view(f"{server.address}/quoted", seen.scrolled))


def test_chromium_shows_when_a_link_is_wrong(browser: Browser, server: PageServer) -> None:
    """One that leads to other words does not pass for one that leads to these."""
    page = PAGES["a repeated quote"]
    server.pages |= {"/linked": page.html(quoted=False), "/quoted": page.html(quoted=True)}
    wrong = text_fragment_link(f"{server.address}/linked", page.text, page.span.shifted(-72))
    assert wrong is not None
    assert not browser.view(wrong).marks_the_same(browser.view(f"{server.address}/quoted"))
