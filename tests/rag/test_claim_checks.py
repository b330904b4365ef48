"""A claim stands on the sentences that it points at, or it is said what is wrong with it."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.segmenting import sentences
from rag.claim_checks import Failed, Standing, check, in_other_language
from rag.claim_parsing import DraftClaim
from rag.numbering import NumberedSentence
from tests.conftest import BRIDGE, OWLS

SENTENCES: Final = {
    f"{place}.{number}": NumberedSentence(f"{place}.{number}", article, span)
    for place, article in enumerate((BRIDGE, OWLS), start=1)
    for number, span in enumerate(sentences(article.text), start=1)
}
"""1.1 opened on May 14, 1.2 the mayor, 1.3 six years and 40 million, 1.4 cars; 2.1 owls, 2.2 Dr. Pell."""

WORDS: Final = tuple({word for each in SENTENCES.values() for word in each.text.split()} | {"1999", "Putin", "not"})


def checked(text: str, *ids: str) -> Standing | Failed:
    """What becomes of a claim that points at these sentences."""
    return check(DraftClaim(text, ids), SENTENCES)


def quotes(text: str, *ids: str) -> list[str]:
    """The words that a claim is found to stand on."""
    found = checked(text, *ids)
    assert isinstance(found, Standing), found
    return [citation.cited_text for citation in found.citations]


@pytest.mark.parametrize(
    ("claim", "key"),
    [
        ("The harbour bridge in Velmora opened on May 14, 2024.", "1.1"),
        ("It took six years to build.", "1.3"),
        ("The cost was €40 million.", "1.3"),
        ("Dr. Pell counted 5 eggs.", "2.2"),
    ],
)
def test_a_claim_that_its_sentence_says_stands_on_it(claim: str, key: str) -> None:
    """In the model's words, with the article's words as the quote."""
    assert quotes(claim, key) == [SENTENCES[key].text]


@pytest.mark.parametrize(
    ("claim", "key", "words"),
    [
        ("The bridge opened on May 15, 2024.", "1.1", "the date May 15, 2024"),
        ("Building it cost 50 million euros.", "1.3", "50 million"),
        ("The bridge in Pontheim opened.", "1.1", "the name Pontheim"),
        ("The harbour bridge did not open on May 14, 2024.", "1.1", "not"),
        ("The bridge was called “a marvel of our age”.", "1.1", "'a marvel of our age' in quotation marks"),
    ],
)
def test_a_claim_that_says_more_than_its_sentence_fails(claim: str, key: str, words: str) -> None:
    """The problem names what is missing, so that the model can mend it."""
    found = checked(claim, key)
    assert isinstance(found, Failed)
    assert words in found.problem


@pytest.mark.parametrize("ids", [(), ("9.9",), ("9.9", "0.1", "1.99")])
def test_a_claim_that_points_at_nothing_fails_whatever_it_says(ids: tuple[str, ...]) -> None:
    """Even a true one: nobody could check it."""
    found = checked(SENTENCES["1.1"].text, *ids)
    assert isinstance(found, Failed)
    assert (found.problem, found.unknown_ids) == ("it points at no sentence that is there", len(ids))


def test_ids_that_no_sentence_has_are_left_out_and_counted() -> None:
    """The claim stands on the others."""
    found = checked("It cost 40 million euros.", "7.7", "1.3", "1.20")
    assert isinstance(found, Standing)
    assert (len(found.citations), found.unknown_ids) == (1, 2)


def test_a_name_is_quoted_from_where_the_article_has_it() -> None:
    """The sentence that is pointed at says "she" or "it"; the one that says who is quoted too."""
    assert SENTENCES["1.2"].text in quotes("Ines Calloway’s bridge cost 40 million euros.", "1.3")
    assert isinstance(checked("Ines Calloway counted five eggs.", "2.2"), Failed)


def test_a_model_that_counts_badly_is_understood() -> None:
    """It points one sentence too far; the sentence that says the claim is quoted."""
    assert SENTENCES["1.3"].text in quotes("Building it cost 40 million euros.", "1.4")


def test_a_quote_that_adds_nothing_is_left_out() -> None:
    """Sentences that are pointed at for good measure are no evidence."""
    assert quotes("Dr. Pell counted five eggs.", "1.4", "2.2", "2.1") == [SENTENCES["2.2"].text]


@pytest.mark.parametrize(
    "claim",
    [
        "The sentences do not mention who paid for the bridge.",
        "There is no information about the ferry in the articles.",
        "The passages say nothing about cyclists, so it is not known.",
    ],
)
def test_what_the_articles_do_not_say_is_no_claim(claim: str) -> None:
    """Such a reply is silence that came as a sentence."""
    assert isinstance(checked(claim, "1.1"), Failed)


def test_a_denial_that_an_article_reports_is_a_claim() -> None:
    """A negation about the world is not one about the text."""
    article = Article("denial", "The ministry did not say how many soldiers had died in the fighting near the town.")
    (span,) = sentences(article.text)
    found = check(
        DraftClaim("The ministry did not say how many soldiers had died.", ("1.1",)),
        {"1.1": NumberedSentence("1.1", article, span)},
    )
    assert isinstance(found, Standing)


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join),
    st.lists(st.sampled_from([*SENTENCES, "3.1", "1.77"]), max_size=4, unique=True),
)
def test_whatever_is_claimed_quotes_are_copies_and_ids_are_accounted_for(claim: str, ids: list[str]) -> None:
    """A standing claim has quotes, each a whole sentence of an article; every id is known or counted as unknown."""
    found = checked(claim, *ids)
    assert found.unknown_ids == sum(key not in SENTENCES for key in ids)
    if isinstance(found, Standing):
        every = {each.text for each in SENTENCES.values()}
        assert found.citations
        assert {citation.cited_text for citation in found.citations} <= every
        assert len(set(found.citations)) == len(found.citations)


@given(st.sampled_from(sorted(SENTENCES)))
def test_a_sentence_stands_on_itself(key: str) -> None:
    """A model that copies is always right."""
    assert quotes(SENTENCES[key].text, key) == [SENTENCES[key].text]


@pytest.mark.parametrize(
    ("claim", "other"),
    [
        ("Le nouveau pont du port de Velmora a ouvert ses portes en mai.", True),
        ("Die neue Hafenbrücke wurde im Mai nach sechs Jahren eröffnet.", True),
        ("Новый мост открылся в мае.", True),
        ("新的港口大桥于五月开放。", True),
        ("The new bridge was opened by the mayor in the month of May.", False),
        ("Velmora, 14 May 2024", False),
        ("Ines Calloway", False),
        ("40 million euros", False),
    ],
)
def test_a_claim_in_another_language_is_noticed(claim: str, *, other: bool) -> None:
    """By its small words; names, numbers and very short answers say nothing of a language."""
    assert in_other_language(claim, [BRIDGE.text, OWLS.text]) is other
