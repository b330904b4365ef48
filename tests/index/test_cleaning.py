"""Cleaning takes away what readers skip, and nothing that they read."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.cleaning import clean_text, normalised
from index.loading import load

SAMPLES = Path(__file__).parents[2] / "eval" / "articles"

BEFORE = "The harbour reopened on Tuesday after a week of storms. Ferries left for the islands before noon."
AFTER = "Fishermen said that the catch was poor. They blamed the cold current that came in March."
LONG = (
    "The harbour master counted forty broken masts along the quay and said that no insurer would pay for a storm"
    " which the coast guard had announced three days before it came ashore near the old lighthouse"
)

CLUTTER = [
    "See also:\nStorm shuts harbour for a third day\nFerry prices to rise in May",
    "See also: Storm shuts harbour",
    "Related article: Island school gets a new roof",
    "Related stories\nIsland school gets a new roof\nLighthouse sold to a painter",
    "Read more: Lighthouse sold to a painter",
    "Watch: Waves break over the pier",
    "Watch:\nWaves break over the pier",
    "Most read\nFerry prices to rise in May",
    "Sign up for our newsletter",
    "Sign up to the Morning Tide, our daily letter.",
    "Subscribe to the Morning Tide",
    "Get our newsletter every morning",
    "Get the Latest\nSign up to receive our emails every week.",
    "Newsletter",
    "Photo by Anna Brandt/Getty Images",
    "ANNA BRANDT/AFP",
    "(Anna Brandt via Reuters)",
    "bell search left-arrow share close",
    "facebook twitter email",
    "Filed under:",
    "Filed under: Weather, Islands",
    "Tags: weather, islands, ferries",
    "We use cookies to improve your visit.",
    "This website uses cookies.",
    "Accept all cookies",
    "Cookie settings",
    "Share this article",
    "Share on Facebook",
    "Tweet",
    "Copy link",
    "Page 2 of 3",
    "The Morning Tide, page 2 of 3",
    "Advertisement",
    "Skip to main content",
    "3 min read",
    "© 2024 The Morning Tide",
]


@pytest.mark.parametrize("clutter", CLUTTER)
def test_clutter_between_paragraphs_goes(clutter: str) -> None:
    """A menu, a link list, a sign-up or a button leaves nothing behind, and its neighbours stay whole."""
    assert clean_text(f"{BEFORE}\n\n{clutter}\n\n{AFTER}") == f"{BEFORE}\n\n{AFTER}"


@pytest.mark.parametrize(
    "prose",
    [
        "Watch the tide before you leave, the harbour master told visitors.",
        "Watching from the quay, families waved.",
        "Related companies paid a third of the bill.",
        "Relatives were told first.",
        "Subscribers to the ferry pass pay less.",
        "The island wants everyone to sign up for the lifeboat.",
        "Visitors can subscribe to the ferry pass online.",
        "Sign-up sheets hung in the church hall.",
        "See also how the pier was built, the guide said.",
        "Read more slowly, the teacher said.",
        "Share prices of the ferry company fell by a third.",
        "Print is not dead on the island.",
        "Menu prices rose again.",
        "The photo shows a broken pier.",
        "Page 2 of the report blames the port.",
        "Advertisements fell by half.",
        "He paid.",
        "Nobody was hurt.",
        "A spokesman for Reuters, the agency, declined to comment.",
    ],
)
def test_prose_that_begins_like_clutter_stays(prose: str) -> None:
    """A sentence is kept although it opens with, or holds, a word that menus and sign-ups use."""
    assert clean_text(f"{BEFORE}\n\n{prose}\n\n{AFTER}") == f"{BEFORE}\n\n{prose}\n\n{AFTER}"


def test_headings_stay_where_they_stood() -> None:
    """A subheading between paragraphs is the article's own and is kept."""
    text = f"{BEFORE}\n\nWhat the storm left behind\n\n{AFTER}"
    assert clean_text(text) == text


def test_cards_after_the_last_paragraph_go() -> None:
    """Teasers with a "Read More" below the article are dropped from the first teaser on."""
    cards = "A harbour diary\n\nLighthouse Forum\n\nExplore our yearly event.\n\nRead More\n\nTide Talk\n\nLearn More"
    assert clean_text(f"{BEFORE}\n\n{AFTER}\n\n{cards}") == f"{BEFORE}\n\n{AFTER}"


def test_a_last_short_sentence_stays_without_cards_below() -> None:
    """Short closing lines are only taken for teasers when a call such as "Read More" follows."""
    text = f"{BEFORE}\n\n{AFTER}\n\nThe ferry sails again at noon."
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "credit",
    [
        "Photo: Anna Brandt",
        "Anna Brandt/AFP",
        "(Photo by Anna Brandt)",
        "ANNA BRANDT / Getty Images",
        "Anna Brandt via Reuters",
        "Image courtesy of the Harbour Trust",
    ],
)
def test_a_credit_after_a_caption_goes_and_the_caption_stays(credit: str) -> None:
    """Only the photographer is cut from the end of a caption that is a sentence."""
    caption = "Waves break over the pier on Monday."
    assert clean_text(f"{BEFORE}\n\n{caption} {credit}\n\n{AFTER}") == f"{BEFORE}\n\n{caption}\n\n{AFTER}"


def test_a_label_above_a_credit_goes_with_it() -> None:
    """The name of a picture, which is no sentence, is dropped along with the credit in its block."""
    block = "Island Harbour Festival\nCaptain Ole Strand\nPhoto by Anna Brandt/Getty Images"
    assert clean_text(f"{BEFORE}\n\n{block}\n\n{AFTER}") == f"{BEFORE}\n\n{AFTER}"


def test_hard_wrapped_paragraphs_are_unwrapped() -> None:
    """Lines broken at a fixed width become one line a paragraph."""
    wrapped = (
        "The harbour reopened on Tuesday after a week of storms that kept\n"
        "the ferries in port and left four hundred visitors stranded on\n"
        "the islands, where the only shop ran out of bread on the second\n"
        "day and the school was opened to those without a bed.\n\n"
        "Fishermen said that the catch was poor, and most of them put it\n"
        "down to the cold current that had come with the March storms."
    )
    first, second = clean_text(wrapped).split("\n\n")
    assert first.startswith("The harbour reopened on Tuesday after a week of storms that kept the ferries in port")
    assert first.endswith("the second day and the school was opened to those without a bed.")
    assert second.startswith("Fishermen said that the catch was poor, and most of them put it down to")


def test_one_paragraph_a_line_is_not_unwrapped() -> None:
    """Long lines without blank lines between them are paragraphs of their own."""
    assert clean_text(f"{LONG}.\n{LONG}.\n{BEFORE}") == f"{LONG}.\n\n{LONG}.\n\n{BEFORE}"


def test_a_paragraph_torn_by_a_page_break_is_rejoined() -> None:
    """A paragraph that stops in mid-sentence goes on with the lower-case line below it."""
    assert clean_text(f"{LONG}\n\nand the fish market.\n\n{AFTER}") == f"{LONG} and the fish market.\n\n{AFTER}"


def test_a_finished_paragraph_is_not_joined_to_the_next() -> None:
    """A full stop ends a paragraph even where the next one begins in lower case."""
    assert clean_text(f"{LONG}.\n\niPhones rang all night.") == f"{LONG}.\n\niPhones rang all night."


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\u2028two\u2029three\x85four\x0bfive", "one\ntwo\nthree\nfour\nfive"),
        ("a\u00a0b\u2009c\td", "a b c d"),
        ("har\u00adbour\u200b \u2060ferry\ufeff", "harbour ferry"),
        ("\u202eabc\u202c \u2066def\u2069", "abc def"),
        ("a\x00b\x1b[0mc\x7f", "ab[0mc"),
        ("x\ud800y", "x\ufffdy"),
        ("\udc00", "\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
    ],
    ids=["CRLF", "separators", "spaces", "zero width", "bidi", "controls", "lone high", "lone low", "surrogate pair"],
)
def test_odd_characters_are_normalised(raw: str, expected: str) -> None:
    """One line break, one space, nothing invisible, and no half of a character."""
    assert normalised(raw) == expected


def test_visible_characters_are_left_alone() -> None:
    """Quotes, dashes, accents, emoji and other scripts come through as they are."""
    text = "“Naïve” — said ‘Zoë’… 한국어 漢字 👩\u200d🚀 مرحبا"
    assert normalised(text) == text


@pytest.mark.parametrize(
    "article",
    [loaded for loaded in load(SAMPLES) if isinstance(loaded, Article)],
    ids=lambda article: article.name[:30],
)
def test_cleaning_a_clean_article_changes_nothing(article: Article) -> None:
    """Cleaning twice is cleaning once: an article's stored text is its own cleaned text."""
    assert clean_text(article.text) == article.text


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.txt")), ids=lambda sample: sample.stem)
def test_cleaning_a_raw_sample_twice_is_cleaning_it_once(sample: Path) -> None:
    """What the first pass leaves of a file with clutter, the second pass leaves too."""
    once = clean_text(sample.read_text(encoding="utf-8"))
    assert once
    assert clean_text(once) == once


PIECES = [*CLUTTER, BEFORE, AFTER, LONG, "", " ", "He paid.", "pro-port leader", "\r\n", "\u00a0", "What was left"]


@settings(deadline=None)
@given(
    st.text(st.characters(codec=None)) | st.lists(st.sampled_from(PIECES) | st.text(max_size=20)).map("\n".join),
)
def test_any_text_cleans_to_visible_lines(text: str) -> None:
    """Whatever comes in, surrogates too, cleaning succeeds and no control character or surrogate is left."""
    cleaned = clean_text(text)
    assert all(char == "\n" or unicodedata.category(char) not in ("Cc", "Cs") for char in cleaned)
    assert all(line == line.strip() for line in cleaned.split("\n"))
