"""Text into sentences, sentences into chunks, with spans that are exact for any Unicode text.

A sentence never crosses a line break: cleaned text has one paragraph a line. The rules are for
news in English; other scripts are cut at their own full stops and otherwise at line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.article import Span

CHUNK_TOKENS: Final = 200
"""Tokens of text in a full chunk; with the heading it stays below the 256 that MiniLM reads."""

SENTENCE_CHARACTERS: Final = 2000
"""A longer sentence is cut however few its tokens are: one word of 100,000 letters counts as one."""

TokenCounter = Callable[[Sequence[str]], Sequence[int]]
"""Counts the tokens of each text, special tokens left out."""

_LINE: Final = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_CLOSERS: Final = "\"'”’»)\\]"
_END: Final = re.compile(rf"(?<![.!?…])[.!?…]++[{_CLOSERS}]*+(?=\s)|[。！？｡]+[」』”’）)]*")
_BEFORE_A_WORD: Final = frozenset("\"'“‘([«—–-")
_NEXT_WORD: Final = re.compile(r"[\s\"'“‘(\[«]*([^\s\"'’”,.;:!?)]*)")

_BEFORE_A_NAME: Final = frozenset(
    "mr mrs ms mx dr prof gen lt col maj sgt capt cmdr cpl pvt adm brig gov sen rep reps sens rev hon pres supt det"
    " insp st mt ft fr msgr amb atty vs cf e.g i.e approx fig".split()
)
_BEFORE_A_NUMBER: Final = frozenset("no nos p pp vol art sec jan feb mar apr jun jul aug sept sep oct nov dec".split())
_MAY_END: Final = frozenset("inc co corp ltd llc plc jr sr bros dept est etc al ave blvd rd".split())
_STARTERS: Final = frozenset(
    "a after all although an and any as at because before both but by each even for from he her his how however i if in"
    " it its last many meanwhile more most my no nobody nor not now of on one only or other our she since so some such"
    " that the their then there these they this those though three to two under until we what when where whether which"
    " while who why with yet you".split()
)

_CUTS: Final = (re.compile(r"[;:—–](?=\s)"), re.compile(r",(?=\s)"), re.compile(r"(?<=\S)(?=\s)"))


@dataclass(frozen=True, slots=True)
class ChunkSpan:
    """Where one chunk stands: from its first sentence's start to its last one's end."""

    span: Span
    sentences: tuple[Span, ...]


def sentences(text: str) -> list[Span]:
    """The sentences of `text` in order: spans that do not overlap and leave out only white space."""
    return [span for line in _LINE.finditer(text) for span in _line_sentences(text, line.start(), line.end())]


def chunks(text: str, count_tokens: TokenCounter, target: int = CHUNK_TOKENS) -> list[ChunkSpan]:
    """Runs of whole sentences of at most `target` tokens each, as even in size as the sentences allow.

    A sentence longer than a chunk is cut into several, at punctuation where there is any.
    """
    pieces: list[tuple[Span, int]] = []
    whole = sentences(text)
    for span, size in zip(whole, count_tokens([span.of(text) for span in whole]), strict=True):
        pieces.extend(_cut(text, span, size, count_tokens, target))
    return list(_packed(text, pieces, count_tokens, target))


def _line_sentences(text: str, start: int, end: int) -> Iterator[Span]:
    cursor = start
    for match in _END.finditer(text, start, end):
        if match.end() < end and not _ends_sentence(text, cursor, match, end):
            continue
        yield from _trimmed(text, cursor, match.end())
        cursor = match.end()
    yield from _trimmed(text, cursor, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)


def _ends_sentence(text: str, start: int, match: re.Match[str], end: int) -> bool:
    """Whether the stop at `match`, in the sentence that began at `start`, is the sentence's end."""
    mark = match.group()
    if mark[0] in "。！？｡":
        return True
    following = _NEXT_WORD.match(text, match.end(), end)
    word = following.group(1) if following else ""
    if word[:1].islower():
        return False
    if not mark.startswith(".") or mark.startswith("..") or "?" in mark or "!" in mark:
        return True
    opening = _last_word_start(text, start, match.start())
    last = text[opening : match.start()]
    key = last.lower()
    if key in _BEFORE_A_NAME:
        return False
    if key in _BEFORE_A_NUMBER and word[:1].isdigit():
        return False
    if last.isdigit() and not text[start:opening].strip():
        return False  # "1." opens a numbered line
    is_initial = len(last) == 1 and last.isupper()
    if is_initial or key in _MAY_END or ("." in last and last.replace(".", "").isalpha()):
        return word.lower() in _STARTERS and word[:1].isupper()
    return True


def _last_word_start(text: str, start: int, end: int) -> int:
    # a search from `start` would read a long sentence again at each of its stops
    while end > start and text[end - 1] not in _BEFORE_A_WORD and not text[end - 1].isspace():
        end -= 1
    return end


def _cut(text: str, span: Span, size: int, count_tokens: TokenCounter, limit: int) -> Iterator[tuple[Span, int]]:
    """`span` whole if it is at most `limit` tokens, or the pieces it is cut into, each with its size."""
    if (size <= limit and span.end - span.start <= SENTENCE_CHARACTERS) or span.end - span.start == 1:
        yield span, size
        return
    middle = _cut_position(text, span)
    halves = [*_trimmed(text, span.start, middle), *_trimmed(text, middle, span.end)]
    for half, half_size in zip(halves, count_tokens([half.of(text) for half in halves]), strict=True):
        yield from _cut(text, half, half_size, count_tokens, limit)


def _cut_position(text: str, span: Span) -> int:
    """The best place to cut: at punctuation, a comma or white space in the middle half, else in the middle."""
    quarter = (span.end - span.start) // 4
    middle = (span.start + span.end) // 2
    for pattern in _CUTS:
        places = [match.end() for match in pattern.finditer(text, span.start + quarter, span.end - quarter)]
        inside = [place for place in places if span.start < place < span.end]
        if inside:
            return min(inside, key=lambda place: abs(place - middle))
    return middle


def _packed(
    text: str, pieces: Sequence[tuple[Span, int]], count_tokens: TokenCounter, target: int
) -> Iterator[ChunkSpan]:
    total = sum(size for _, size in pieces)
    even_size = total / max(1, -(-total // target))
    run: list[Span] = []
    filled = 0
    for span, size in pieces:
        together = filled + size
        if run and run[-1].end == span.start:
            # the halves of a word that was cut can have more tokens together than each by itself
            together = max(together, count_tokens([text[run[0].start : span.end]])[0])
        if run and (together > target or filled >= even_size):
            yield ChunkSpan(Span(run[0].start, run[-1].end), tuple(run))
            run, together = [], size
        run.append(span)
        filled = together
    if run:
        yield ChunkSpan(Span(run[0].start, run[-1].end), tuple(run))
