"""What readers skip goes: menus, "See also", "Sign up", photo credits. Prose stays.

Works on blocks (lines between blank lines) so that a caption and its credit go together, and
returns one paragraph a line. Every rule drops whole lines, except that a photo credit is cut
from the end of its caption and a paragraph that a page break tore apart is joined again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

Block = Sequence[str]
"""Lines that stand together, with blank lines around them."""

_SPACES: Final = re.compile(r"[^\S\n]+")
_LINE_BREAKS: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_BLANK_LINES: Final = re.compile(r"\n\s*\n")

_WRAP_WIDTHS: Final = range(40, 101)
"""Lines of hard-wrapped text are this long; a longer line is a paragraph of its own."""

_SUBSTANTIAL: Final = 200
"""Characters from which one paragraph counts as body text even with a single sentence."""

_AGENCIES: Final = (
    r"(?:AFP|AP(?: Photo)?|Reuters|Getty(?: Images)?|EPA(?:-EFE)?|TASS|Sputnik|RIA Novosti|Xinhua|Anadolu(?: Agency)?"
    r"|SIPA|dpa|PA(?: Wire)?|Shutterstock|Alamy|Bloomberg|NurPhoto|SANA|Kyodo|Wikimedia Commons|NASA|ESA|Handout|Pool)"
)
_END_OF_SENTENCE: Final = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")
_SENTENCE_WITHIN: Final = re.compile(r"[.!?][\"'”’)]*\s+[\"'“‘(]?[A-Z0-9]")

_LINK_LIST: Final = re.compile(
    r"(?:see also|related(?: (?:articles?|stor(?:y|ies)|content|coverage|links?|topics|reading|news))?"
    r"|read (?:more|also|next)|(?:more|also) (?:on this(?: story)?|stories|news|coverage|reading)|also read"
    r"|watch(?: now| live| more| this)?|listen(?: now)?|recommended(?: for you| reading)?|most (?:read|popular|viewed)"
    r"|trending(?: now)?|you (?:may|might) also like|editors?[’']s? picks?|don[’']t miss|further reading"
    r"|in case you missed it|up next|latest (?:news|stories))",
    re.IGNORECASE,
)
_CALL: Final = re.compile(
    r"(?:read|learn|show|load|see|view) (?:more|all)(?: (?:comments|stories|articles))?[ .…>»→]*"
    r"|click here\b.{0,60}|continue reading\b.{0,60}"
    r"|get the latest\b(?::.{0,80}| (?:news|updates|stories|headlines)\b.{0,80})?"
    r"|get our (?:newsletter|app|free)\b.{0,80}|(?:our|free|daily|weekly|morning) newsletters?|newsletters?"
    r"|sign up\b(?:[.!:]?|,? (?:for|to|here|now|today|below)\b.{0,160})|sign in|log in|register|my account"
    r"|subscribe\b(?:[.!:]?|,? (?:to|for|here|now|today)\b.{0,160})"
    r"|(?:join|follow|like|find) us(?:[.!:]?| (?:on|at|here|today|now)\b.{0,80})"
    r"|download (?:the|our) app\b.{0,80}"
    r"|(?:support|donate to) (?:our|independent) (?:work|journalism|reporting|newsroom)\b.{0,80}|donate(?: now)?",
    re.IGNORECASE,
)
_FURNITURE: Final = re.compile(
    r"filed under\b.{0,80}|(?:tags?|topics?|categor(?:y|ies)|keywords) ?:.{0,200}|advertisements?"
    r"|sponsored(?: content)?|skip to (?:main )?content|share(?: this(?: article| story| page)?| on\b.{0,40})?:?"
    r"|tweet(?: this)?|print(?: this(?: page)?)?|e-?mail(?: this)?|copy link|comments?(?: \(\d+\))?|\d+ comments?"
    r"|leave a (?:comment|reply)|back to top|home|menu|search|contact(?: us)?|about(?: us)?"
    r"|(?:we|this (?:site|website)) uses? cookies\b.{0,300}|(?:accept|reject)(?: all)?(?: cookies)?"
    r"|cookie (?:policy|settings|notice)|privacy policy|terms (?:of|and) (?:use|service|conditions)"
    r"|(?:©|\(c\)|copyright (?:©|\(c\)|(?:19|20)\d\d)).{0,160}|all rights reserved\.?|loading[.…]*"
    r"|(?:.{0,60}\W)?page \d+ of \d+|page \d+|(?:\d+|a few|one|two|three|four|five) min(?:ute)?s? read",
    re.IGNORECASE,
)
_CREDIT_LINE: Final = re.compile(
    r"\(?(?i:(?:photos?|images?|pictures?|photographs?|video|graphic|illustration)(?: (?:credit|by|courtesy of))? ?"
    r"(?::|by|courtesy of)|credit ?:) ?(?:the )?(?=[A-Z])[^!?]{1,100}(?<![.…])\)?"
    rf"|\(?[A-Z][^.!?]{{1,80}}(?: ?/ ?| via ){_AGENCIES}\b[^.!?]{{0,30}}\)?"
)
_CREDIT_AFTER_CAPTION: Final = re.compile(
    rf"(?<=[.!?”\"’'])\s+[(\[]?(?:(?:Photo|Image|Picture|Credit)(?: by| courtesy of|:) ?[^.!?]{{2,80}}"
    rf"|[A-Z][^.!?/]{{1,60}} ?(?:/|via|\|) ?{_AGENCIES}\b[^.!?]{{0,30}})[)\]]?\.?$"
)
_ICON_WORDS: Final = frozenset(
    "arrow arrows back bars bell bookmark burger calendar caret chat check chevron clock close comment "
    "comments cross down download dropdown email envelope expand external facebook flipboard forward gear "
    "globe hamburger heart home icon instagram left-arrow less link linkedin logo login mail menu minus mobile "
    "more more-arrow next no pause phone pin pinterest play plus pocket previous print profile reddit right-arrow "
    "rss search settings share star tag telegram threads tiktok toggle tumblr tweet twitter up user volume "
    "whatsapp x yes youtube".split()
)


def clean_text(text: str) -> str:
    """`text` as plain text with its clutter gone: paragraphs of one line each, a blank line between."""
    return "\n\n".join(clean_blocks(blocks(normalised(text))))


def normalised(text: str) -> str:
    """`text` with one kind of line break and of space, and without characters that nobody sees.

    Control and bidirectional-override characters go; a lone surrogate becomes U+FFFD.
    """
    text = _LINE_BREAKS.sub("\n", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    text = _INVISIBLE.sub("", text)
    text = _SPACES.sub(" ", text)
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))


def blocks(text: str) -> list[Block]:
    """The blocks of normalised `text`, the lines of hard-wrapped paragraphs joined."""
    found = [[line.strip() for line in block.split("\n") if line.strip()] for block in _BLANK_LINES.split(text)]
    return unwrapped([block for block in found if block])


def clean_blocks(found: Iterable[Block]) -> list[str]:
    """The paragraphs that remain of `found` once the clutter is gone."""
    lines = [line for block in found if not _is_caption_without_sentence(block) for line in block]
    lines = [shortened for line in lines if (shortened := _CREDIT_AFTER_CAPTION.sub("", line))]
    return _rejoined(_without_clutter(_without_tail(lines)))


def is_heading(line: str) -> bool:
    """Whether `line` reads as a headline: short, and not ended like a sentence."""
    return len(line) <= 200 and not _END_OF_SENTENCE.search(line)


def unwrapped(found: Sequence[Block]) -> list[Block]:
    """`found` with the lines of hard-wrapped paragraphs joined, where its lines are wrapped at one width."""
    width = max((len(line) for block in found for line in block), default=0)
    inner = [len(line) for block in found for line in block[:-1]]
    long_ones = sum(length in _WRAP_WIDTHS and length > 0.7 * width for length in inner)
    if width not in _WRAP_WIDTHS or long_ones < 3 or long_ones < 0.6 * len(inner):
        return list(found)
    return [_joined_lines(block, width) for block in found]


def _joined_lines(block: Block, width: int) -> list[str]:
    joined = list(block[:1])
    for previous, line in pairwise(block):
        is_short = len(previous) < 0.6 * width or (
            len(previous) < 0.85 * width and _END_OF_SENTENCE.search(previous) is not None
        )
        ends_here = is_short or _is_clutter(previous) or _is_clutter(line)
        if not ends_here:
            joined[-1] += line if previous.endswith("-") else " " + line
        else:
            joined.append(line)
    return joined


def _is_caption_without_sentence(block: Block) -> bool:
    has_credit = any(_CREDIT_LINE.fullmatch(line) for line in block)
    return has_credit and all(_CREDIT_LINE.fullmatch(line) or is_heading(line) for line in block)


def _is_clutter(line: str) -> bool:
    if any(pattern.fullmatch(line) for pattern in (_CALL, _FURNITURE, _CREDIT_LINE)):
        return True
    words = line.split()
    if len(words) > 2:
        words = line.lower().split()
    return len(words) > 1 and all(word in _ICON_WORDS for word in words)


def _is_body(line: str) -> bool:
    """Whether `line` is surely prose: ended like a sentence, and long or of more than one sentence."""
    if not _END_OF_SENTENCE.search(line) or _is_clutter(line):
        return False
    return len(line) >= _SUBSTANTIAL or bool(_SENTENCE_WITHIN.search(line))


def _without_tail(lines: list[str]) -> list[str]:
    """`lines` less the cards and sign-ups that follow the last paragraph of body text."""
    last = max((number for number, line in enumerate(lines) if _is_body(line)), default=-1)
    if last < 0 or not any(_CALL.fullmatch(line) for line in lines[last + 1 :]):
        return lines
    for number in range(last + 1, len(lines)):
        if is_heading(lines[number]) or _CALL.fullmatch(lines[number]):
            return lines[:number]
    return lines


def _without_clutter(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    in_list = False
    for line in lines:
        head = _LINK_LIST.match(line)
        rest = line[head.end() :].strip() if head else ""
        if head and (not rest or rest[0] in ":|"):
            in_list = not rest.strip(":| ")
            continue
        if in_list and is_heading(line):
            continue
        in_list = False
        if not _is_clutter(line):
            kept.append(line)
    return kept


def _rejoined(lines: Sequence[str]) -> list[str]:
    """Paragraphs that a page break tore apart, in one piece: `… president Yanukovich, another` + `pro-Kremlin …`."""
    whole: list[str] = []
    for line in lines:
        torn = whole and len(whole[-1]) > 60 and (whole[-1][-1].isalnum() or whole[-1][-1] in ",-–—")
        if torn and line[0].islower():
            whole[-1] += " " + line
        else:
            whole.append(line)
    return whole
