"""Links to quotes: an article's address with a text directive, by which a browser scrolls to the words and marks them.

The form and the way in which browsers match it: https://wicg.github.io/scroll-to-text-fragment/
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final
from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

from index.article import Span

_LEAST_WORDS: Final = 4
_LEAST_CHARACTERS: Final = 15
"""Around an article a page has menus and headlines that share words with it: what is looked for has this much."""

_MOST_CHARACTERS: Final = 300
"""Of a quote that is looked for as a whole. Elsewhere its first words may stand in a teaser, seldom all of them."""

_MOST_TRIES: Final = 1000
"""So that a text of endless repetitions does not hold up an answer."""

_MOST_RISK: Final = 9
_MOST_WORDS: Final = 8
"""Of a term that does not hold the whole quote; where so many do not tell two places apart, more seldom do."""

_MARKS: Final = r'"“”„«»(){}\[\],.;:!?…–—\-。，、；：！？「」『』《》（）'
"""What a word is written without. An apostrophe may be part of it."""

_WORD: Final = re.compile(rf"[^\s{_MARKS}](?:[^\s。，、；：！？「」『』《》（）]*[^\s{_MARKS}])?")
_WITHIN_WORD: Final = re.compile(r"(?<=\w)(?=\w)|(?<=\w['’.:,;·])(?=\w)|(?<=\w)(?=['’.:,;·]\w)")
"""Where a term can neither begin nor end, unless a prefix or a suffix has the rest of the word."""

_QUOTATION_MARKS: Final = str.maketrans("‘’‚‛“”„‟", "''''\"\"\"\"")
_UNSEEN: Final = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
"""Accents, vowel points, soft hyphens and characters without width."""


@dataclass(frozen=True, slots=True)
class _TextDirective:
    """What is looked for: one term, or what lies from one to another, between two that are not marked; "" is none.

    `crossings`: how many of prefix and suffix lie in another paragraph than what is marked, 0 to 2.
    """

    prefix: str
    start: str
    end: str
    suffix: str
    crossings: int

    def __str__(self) -> str:
        prefix = f"{_encoded(self.prefix)}-," if self.prefix else ""
        end = f",{_encoded(self.end)}" if self.end else ""
        suffix = f",-{_encoded(self.suffix)}" if self.suffix else ""
        return f"{prefix}{_encoded(self.start)}{end}{suffix}"

    @property
    def risk(self) -> int:
        """How easily a page with more on it than the text leads it astray, 0 to 9.

        A short end is looked for only behind the start. Something may stand between two paragraphs, and then nothing
        is marked; where a short start stands in a menu too, other words are.
        """
        short_start = _is_short(self.prefix, self.start, "" if self.end else self.suffix)
        short_end = self.end != "" and _is_short(self.end, self.suffix)
        return 4 * short_start + 2 * self.crossings + short_end

    def first_match(self, page: str) -> tuple[int, int] | None:
        """Where a browser finds it in `page`, which is folded; None where it does not, or where browsers may differ.

        The algorithm is the specification's without its word boundaries, on which browsers differ. So it finds
        every place that one of them finds, and a directive whose first match is right here is right in each.
        """
        prefix, start, end, suffix = (_folded(term) for term in (self.prefix, self.start, self.end, self.suffix))
        at = page.find(prefix or start)
        while at >= 0:
            begin = _after_space(page, at + len(prefix)) if prefix else at
            if page.startswith(start, begin):
                stop = begin + len(start)
                if end:
                    return _up_to(page, begin, stop, end, suffix)
                if _is_followed(page, stop, suffix):
                    return begin, stop
            at = page.find(prefix or start, at + 1)
        return None


def text_fragment_link(url: str, text: str, span: Span, title: str | None = None) -> str | None:
    """The address of an article with a text directive that leads to the characters `span` of its `text`.

    The quote stands in it as a whole or, where it is long or crosses paragraphs, by its ends; with it as few
    words around the quote as tell it from the rest. `text` has one paragraph a line. `title` stands before it
    on the page, and its words are not taken for the quote's. A fragment of `url` is kept, a directive in it is
    replaced. None where the address is not one of the web (http, https), and where no directive will do.
    """
    quote = _without_outer_space(text, span)
    if quote is None or not _is_web_address(url):
        return None
    before, words = _folded(f"{title or ''}\n{text[: quote.start]}"), _folded(quote.of(text))
    page = before + words + _folded(text[quote.end :])
    place = len(before), len(before + words)
    for directive in islice(_directives(text, quote), _MOST_TRIES):
        if directive.first_match(page) == place:
            address, _, fragment = url.partition("#")
            return f"{address}#{fragment.partition(':~:')[0]}:~:text={directive}"
    return None


def _directives(text: str, quote: Span) -> Iterator[_TextDirective]:
    """Directives that match the quote and perhaps something before it too.

    The least risky come first; of these, those with the fewest words around the quote; of these, the shortest.
    """
    forms = list(_forms(quote.of(text)))
    contexts = _contexts(text, quote)
    for risk in range(_MOST_RISK + 1):
        for prefix, suffix, crossings in contexts:
            directives = (_TextDirective(prefix, start, end, suffix, crossings) for start, end in forms)
            yield from sorted((each for each in directives if each.risk == risk), key=lambda each: len(str(each)))


def _forms(words: str) -> Iterator[tuple[str, str]]:
    """The quote as one term, which has to lie in one paragraph, and, if it is long, as first words and last words."""
    lines = words.split("\n")
    if len(lines) == 1:
        yield words, ""
    if len(lines) > 1 or len(words) > _MOST_CHARACTERS:
        yield from product(_beginnings(lines[0]), _endings(lines[-1]))


def _contexts(text: str, quote: Span) -> list[tuple[str, str, int]]:
    """Pairs of a prefix and a suffix, with how many of them lie in another paragraph; the fewest words first."""
    before, after = text[: quote.start].rstrip(), text[quote.end :].lstrip()
    prefixes = _endings(before.rsplit("\n", 1)[-1])
    suffixes = _beginnings(after.split("\n", 1)[0])
    if not _WITHIN_WORD.match(text, quote.start):
        prefixes = ["", *prefixes]
    if not _WITHIN_WORD.match(text, quote.end):
        suffixes = ["", *suffixes]
    other_before = "\n" in text[len(before) : quote.start]
    other_after = "\n" in text[quote.end : len(text) - len(after)]
    contexts = (
        (prefix, suffix, (other_before and prefix != "") + (other_after and suffix != ""))
        for prefix, suffix in product(prefixes, suffixes)
    )
    return sorted(contexts, key=lambda context: len(_WORD.findall(" ".join(context[:2]))))


def _beginnings(line: str) -> Sequence[str]:
    """The first word of a line, the first two, and so on."""
    return [line[: word.end()] for word in list(_WORD.finditer(line))[:_MOST_WORDS]]


def _endings(line: str) -> Sequence[str]:
    """The last word of a line, the last two, and so on."""
    return [line[word.start() :] for word in list(_WORD.finditer(line))[: -_MOST_WORDS - 1 : -1]]


def _up_to(page: str, begin: int, stop: int, end: str, suffix: str) -> tuple[int, int] | None:
    """From `begin` to the first `end` behind `stop` that the suffix follows."""
    at = page.find(end, stop)
    while at >= 0:
        if at < stop:
            return None  # two of them overlap, and word boundaries decide which one a browser takes
        stop = at + len(end)
        if _is_followed(page, stop, suffix):
            return begin, stop
        at = page.find(end, at + 1)
    return None


def _is_followed(page: str, at: int, suffix: str) -> bool:
    return page.startswith(suffix, _after_space(page, at))


def _after_space(page: str, at: int) -> int:
    while page[at : at + 1].isspace():
        at += 1
    return at


def _folded(text: str) -> str:
    """`text` as browsers compare it: without case, accents and unseen characters, with one kind of space and quote."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKD", text).casefold()).translate(_QUOTATION_MARKS)
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", "\n", text))


def _encoded(term: str) -> str:
    """A term percent-encoded, with one space for each run, and without "-", which is syntax here."""
    return percent_encoded(re.sub(r"\s+", " ", term), safe="").replace("-", "%2D")


def _is_short(*terms: str) -> bool:
    """Whether a menu or a headline may well have all of these words."""
    words = " ".join(terms).strip()
    return len(words) < _LEAST_CHARACTERS or len(_WORD.findall(words)) < _LEAST_WORDS


def _without_outer_space(text: str, span: Span) -> Span | None:
    """The span without white space at its ends; None where nothing is left that can be seen."""
    words = span.of(text)
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, start + len(words.strip())) if _folded(words).strip() else None


def _is_web_address(url: str) -> bool:
    if re.search(r"[\s\x00-\x1f]", url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # such as a bracket that is never closed
        return False
