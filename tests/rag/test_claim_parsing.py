"""A reply becomes claims, whatever it is wrapped in and however it is cut into parts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.claim_parsing import DraftClaim, ReplyParser

BRIDGE: Final = DraftClaim("The bridge opened on May 14, 2024.", ("1.1",))
COST: Final = DraftClaim("It cost 40 million euros.", ("1.3", "2.10"))
AS_JSON: Final = json.dumps(
    {"answered": True, "claims": [{"text": each.text, "sentences": each.ids} for each in (BRIDGE, COST)]}
)
AS_TEXT: Final = f"{BRIDGE.text} [1.1] {COST.text} [1.3, 2.10]"

WORDS: Final = st.sampled_from(
    "The bridge|opened|in May 2024|It cost|40.5 million|euros|“so far”|U.S. troops|Dr. Pell said|{x}|Мост".split("|")
)
SENTENCES: Final = st.lists(WORDS, min_size=1, max_size=4).map(lambda words: " ".join(words) + ".")
IDS: Final = st.lists(st.sampled_from(("1.1", "1.2", "2.10", "12.3")), max_size=3)
THOUGHTS: Final = st.sampled_from(("", '<think>Is it [1.1]? Let me see: {"claims": 1}</think>\n', "<think></think>"))
JSON_REPLIES: Final = st.lists(st.fixed_dictionaries({"text": SENTENCES, "sentences": IDS}), max_size=3).map(
    lambda claims: json.dumps({"answered": bool(claims), "claims": claims}, ensure_ascii=False, indent=1)
)
FENCED: Final = st.one_of(JSON_REPLIES, JSON_REPLIES.map("```json\n{}\n```".format), JSON_REPLIES.map("{}\n".format))
MARKED: Final = st.builds(
    lambda sentence, ids, form: form.format(sentence.rstrip("."), "".join(f"[{key}]" for key in ids), ", ".join(ids)),
    SENTENCES,
    IDS.filter(bool),
    st.sampled_from(("{0}. {1}", "{0} {1}.", "{0}. [{2}]", "- {0} [{2}].", "{0}{1}.\n")),
)
TEXT_REPLIES: Final = st.lists(st.one_of(MARKED, SENTENCES), max_size=4).map(" ".join)
REPLIES: Final = st.builds(str.__add__, THOUGHTS, st.one_of(FENCED, TEXT_REPLIES))


def parsed(*parts: str) -> list[DraftClaim]:
    """The claims of a reply that comes in these parts."""
    parser = ReplyParser()
    return [claim for part in parts for claim in parser.feed(part)] + list(parser.end())


def cut(text: str, places: Iterable[int]) -> list[str]:
    """The text in pieces that end at these places."""
    ends = [*sorted({place % (len(text) + 1) for place in places}), len(text)]
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(REPLIES, st.lists(st.integers(0, 2000), max_size=12), st.integers(0, 2000))
@example(AS_JSON, list(range(len(AS_JSON))), 10_000)
@example(AS_TEXT, list(range(len(AS_TEXT))), 10_000)
@example("A bridge. [1.1] [1.2]", [17], 10_000)
def test_the_parts_of_a_reply_make_no_difference(reply: str, places: list[int], length: int) -> None:
    """However a reply, whole or broken off, is cut into parts, the same claims come in the same order."""
    said = reply[:length]
    assert parsed(*cut(said, places)) == parsed(said)


@given(st.one_of(FENCED, TEXT_REPLIES), st.integers(0, 2000))
@example("A bridge. [1.1] [1.2]", 17)
def test_a_claim_that_came_early_is_never_another_one_later(reply: str, length: int) -> None:
    """What is given of a beginning is the beginning of what is given of the whole."""
    parser = ReplyParser()
    early = list(parser.feed(reply[:length]))
    assert parsed(reply)[: len(early)] == early


@pytest.mark.parametrize(
    "reply",
    [
        AS_JSON,
        AS_TEXT,
        f"```json\n{AS_JSON}\n```",
        f"```\n{AS_JSON}\n```\nI hope this helps.",
        f'<think>Perhaps [2.2]. Or {{"claims": []}}?</think>\n{AS_JSON}',
        f"<think>Perhaps [2.2].</think>{AS_TEXT}",
        "The bridge opened on May 14, 2024 [1.1]. It cost 40 million euros [1.3][2.10].",
        "The bridge opened on May 14, 2024. [1.1] It cost 40 million euros. [1.3] [2.10]",
        "- The bridge opened on May 14, 2024. [1.1]\n- It cost 40 million euros. [ 1.3 ; 2.10 ]",
        "1. The bridge opened on May 14, 2024. [1.1]\n2) It cost 40 million euros. [1.3], [2.10]",
    ],
)
def test_one_answer_in_many_dresses_is_the_same_claims(reply: str) -> None:
    """JSON and text, in fences, after thoughts, as a list, with markers before or after the full stop."""
    claims = [DraftClaim(claim.text.removesuffix(".") + ".", claim.ids) for claim in parsed(reply)]
    assert claims[:2] == [BRIDGE, COST]
    assert all(not claim.ids for claim in claims[2:])


@given(st.integers(0, len(AS_JSON) - 1))
def test_half_a_json_reply_gives_the_claims_that_are_whole(length: int) -> None:
    """Never half a sentence, never a claim without its last id; and it is known to be half."""
    parser = ReplyParser()
    claims = [*parser.feed(AS_JSON[:length]), *parser.end()]
    assert claims in ([], [BRIDGE], [BRIDGE, COST])
    assert not parser.complete
    if length > AS_JSON.index("}"):
        assert claims


def test_claims_come_as_soon_as_they_are_complete() -> None:
    """The first is there before the second is written."""
    parser = ReplyParser()
    assert list(parser.feed(AS_JSON[: AS_JSON.index("}") + 1])) == [BRIDGE]
    parser = ReplyParser()
    assert list(parser.feed(AS_TEXT[: AS_TEXT.index("It cost") + 2])) == [BRIDGE]


def test_ids_in_the_words_of_a_json_claim_count_and_go() -> None:
    """A model that mixes both forms is understood; each id counts once."""
    reply = {"claims": [{"text": "The bridge opened on May 14, 2024 [1.1][2.4].", "sentences": ["1.1", "[1.2]"]}]}
    assert parsed(json.dumps(reply)) == [DraftClaim(BRIDGE.text, ("1.1", "1.2", "2.4"))]


def test_a_sentence_without_markers_is_a_claim_that_points_nowhere() -> None:
    """Markers support the one sentence before them."""
    assert parsed("Bridges are fine. The bridge opened on May 14, 2024. [1.1] I hope that helps!") == [
        DraftClaim("Bridges are fine.", ()),
        BRIDGE,
        DraftClaim("I hope that helps!", ()),
    ]


@pytest.mark.parametrize(
    ("reply", "complete", "silent"),
    [
        ('{"answered": false, "claims": []}', True, True),
        ('```json\n{"answered": false, "claims": []}\n```', True, True),
        ("NOT IN THE ARTICLES", True, True),
        ("Not in the articles.", True, True),
        ("<think>Nothing says so.</think>NOT IN THE ARTICLES", True, True),
        (AS_JSON, True, False),
        (AS_TEXT, True, False),
        ("The bridge opened. [1.1] NOT IN THE ARTICLES", True, False),
        ('{"answered": false, "claims": [', False, False),
        ("<think>Nothing says so", False, False),
        ("", False, False),
        (" \n", False, False),
    ],
)
def test_silence_and_an_end_are_told_from_their_lack(reply: str, *, complete: bool, silent: bool) -> None:
    """To say nothing is an answer; to break off is none."""
    parser = ReplyParser()
    list(parser.feed(reply))
    assert (parser.complete, parser.silent) == (complete, silent)


@given(st.text(st.sampled_from('{}[]":,.` \n<>think/1230claimssentencestext'), max_size=80))
def test_no_reply_is_too_odd_to_be_read(reply: str) -> None:
    """Garbage gives claims that point somewhere or nowhere, and no exception."""
    parser = ReplyParser()
    claims = [*parser.feed(reply), *parser.end()]
    assert all(claim.text for claim in claims)
    assert not (parser.silent and not parser.complete)
