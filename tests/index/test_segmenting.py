"""Sentences and chunks have exact spans in any text, and stops that end nothing cut nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.article import Span
from index.embedding import SentenceTransformerEmbedder
from index.segmenting import CHUNK_TOKENS, SENTENCE_CHARACTERS, chunks, sentences

PIECES = (
    "The|harbour|reopened|on|Tuesday|Lt. Gen.|Mr.|U.S.|Anna|J. K. Strand|No. 3|9 a.m.|3.5|45-mile|$2.4 million|etc."
    "|Inc.|“The boats are back,”|she said|“Who paid?”|asked the mayor|(see below)"
    "|…|...|.|. |! |? |, |; |: |—|\n|\n\n|\r\n"
    "|\u00a0|\u2028|漢字。|「船だ。」|한국어 뉴스|🚢|👩\u200d🚀|e\u0301|x"
    + "|".join(["", "y" * 150, "z " * 60, "a.b" * 40])
).split("|")
NEWS = st.lists(st.sampled_from(PIECES), max_size=120).map(" ".join)
JOINED = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)
ANY_TEXT = st.text(max_size=400) | NEWS | JOINED


def words(text: str) -> list[str]:
    """The sentences of `text` as strings."""
    return [span.of(text) for span in sentences(text)]


def outside(text: str, spans: list[Span]) -> str:
    """What of `text` lies in none of the spans, which must be in order and apart."""
    left, cursor = [], 0
    for span in spans:
        assert cursor <= span.start < span.end <= len(text)
        left.append(text[cursor : span.start])
        cursor = span.end
    return "".join([*left, text[cursor:]])


@settings(deadline=None)
@given(ANY_TEXT)
def test_sentences_leave_out_only_white_space(text: str) -> None:
    """Spans are in order, never overlap, and every visible character of any text is in one of them."""
    spans = sentences(text)
    assert not outside(text, spans).strip()
    assert all(span.of(text) == span.of(text).strip() for span in spans)


@settings(deadline=None)
@given(ANY_TEXT)
def test_no_sentence_crosses_a_line_break(text: str) -> None:
    """A paragraph's end is a sentence's end, whichever character breaks the line."""
    assert all(len(sentence.splitlines()) == 1 for sentence in words(text))


@settings(deadline=None)
@given(NEWS)
def test_a_sentence_is_a_sentence_by_itself(text: str) -> None:
    """Cutting one line again gives the same sentences, so spans do not depend on the lines around."""
    for line in text.splitlines():
        assert words(f"Before.\n{line}\nAfter.")[1:-1] == words(line)


@settings(deadline=None, max_examples=60)
@given(text=ANY_TEXT, target=st.sampled_from([8, 40, CHUNK_TOKENS]))
@example(text="0100000002::0", target=8)
def test_chunks_hold_every_character_once_and_fit(
    embedder: SentenceTransformerEmbedder, text: str, target: int
) -> None:
    """Chunks are runs of sentences in order that leave out only white space and never exceed the target."""
    found = chunks(text, embedder.count_tokens, target)
    parts = [part for chunk in found for part in chunk.sentences]
    assert not outside(text, parts).strip()
    assert [chunk.span for chunk in found] == [Span(c.sentences[0].start, c.sentences[-1].end) for c in found]
    assert all(size <= target for size in embedder.count_tokens([chunk.span.of(text) for chunk in found]))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["The boats left.", "Nobody paid for it.", "Mr. Strand of Acme Inc. agreed."])))
def test_sentences_that_fit_are_never_cut(embedder: SentenceTransformerEmbedder, lines: list[str]) -> None:
    """When no sentence is too long, chunks cover each sentence exactly once and whole."""
    text = "\n".join(lines)
    found = chunks(text, embedder.count_tokens, 30)
    assert [part for chunk in found for part in chunk.sentences] == sentences(text)


@pytest.mark.parametrize(
    "expected",
    [
        ["Lt. Gen. Ole Strand was fired.", "He left."],
        ["Mr. Strand met Dr. Brandt in St. Ives.", "Both left."],
        ["The U.S. Navy sent a ship.", "It left."],
        ["Envoys of the U.S. and the U.N. met.", "They left."],
        ["She flew to the U.S.", "The trip took nine hours."],
        ["J. K. Strand wrote it.", "It sold."],
        ["George W. Strand won.", "He left."],
        ["It was No. 3 on the list.", "No. 4 won."],
        ["The answer is no.", "The talks are over."],
        ["It began at 9 a.m. on Monday.", "It ended at 5 p.m.", "Nobody came."],
        ["At 9 a.m. Putin spoke.", "He left."],
        ["It rose 3.5 percent to $2.75.", "That is all."],
        ["They agreed on a 45-mile stretch.", "It is long."],
        ["The vote is on Jan. 5 at noon.", "Few came."],
        ["Acme Inc. built it for Brandt & Co. in May.", "It sank."],
        ["“We won.”", "He smiled."],
        ["He said: ‘It is over.’", "They left."],
        ['"It is over," she said.', '"Go home."', "They went."],
        ["(Nobody paid.)", "She did."],
        ["“Who won?” asked the mayor.", "Nobody knew."],
        ["“Stop!” he cried, and ran.", "She stayed."],
        ["What?!", "Nobody knew."],
        ["He waited… and waited... and left.", "She stayed."],
        ["He waited…", "Then he left."],
        ["Boats came 🚢.", "People cheered 🎉!", "Done."],
        ["1. Close the gate.", "2. Leave."],
    ],
    ids=lambda expected: " ".join(expected)[:40],
)
def test_a_stop_that_ends_a_sentence_is_told_from_one_that_does_not(expected: list[str]) -> None:
    """Abbreviations, initials, numbers, times and quotations are cut where a reader would cut them."""
    assert words(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "嵐が去った。港は再開した！「船だ。」人々は叫んだ",
            ["嵐が去った。", "港は再開した！", "「船だ。」", "人々は叫んだ"],
        ),
        ("One came.\r\nTwo left.\r\n\r\nThree stayed", ["One came.", "Two left.", "Three stayed"]),
        ("One came.\u00a0Two\u00a0left.", ["One came.", "Two\u00a0left."]),
        ("nobody came at all", ["nobody came at all"]),
        ("What was left\nThe pier was gone.", ["What was left", "The pier was gone."]),
        ("", []),
        (" \n\t\u00a0\r\n", []),
    ],
    ids=["Japanese", "CRLF", "NBSP", "no stop", "heading", "empty", "white space"],
)
def test_other_scripts_and_spaces(text: str, expected: list[str]) -> None:
    """Ideographic stops, odd spaces and missing stops are handled without losing a character."""
    assert words(text) == expected


@pytest.mark.parametrize("unit", ["x", "word ", "No. ", "a.", ". ", "“", "漢", "각", "🚢"])
def test_a_line_of_100_000_characters_is_cut_in_little_time(embedder: SentenceTransformerEmbedder, unit: str) -> None:
    """One endless line, with spaces or without, becomes chunks of bounded size within seconds."""
    text = unit * (100_000 // len(unit))
    started = time.perf_counter()
    found = chunks(text, embedder.count_tokens)
    assert time.perf_counter() - started < 20
    parts = [part for chunk in found for part in chunk.sentences]
    assert not outside(text, parts).strip()
    assert all(part.end - part.start <= SENTENCE_CHARACTERS for part in parts)
    assert all(size <= CHUNK_TOKENS for size in embedder.count_tokens([chunk.span.of(text) for chunk in found]))


def test_a_long_sentence_is_cut_at_punctuation(embedder: SentenceTransformerEmbedder) -> None:
    """Where a sentence is too long for a chunk, the pieces end at a comma rather than within a word."""
    text = ", ".join(["boats and nets and ropes"] * 60) + "."
    parts = [part.of(text) for chunk in chunks(text, embedder.count_tokens) for part in chunk.sentences]
    assert len(parts) > 1
    assert all(part.endswith((",", ".")) for part in parts)


def test_chunks_of_one_text_are_even(embedder: SentenceTransformerEmbedder) -> None:
    """A text a little over one chunk gives two halves, not a full chunk and a scrap."""
    text = " ".join(["The boats left the harbour before noon."] * 30)
    sizes = embedder.count_tokens([chunk.span.of(text) for chunk in chunks(text, embedder.count_tokens)])
    assert len(sizes) == 2
    assert min(sizes) > 0.7 * max(sizes)
