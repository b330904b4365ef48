"""A draft claim -> a claim that stands on sentences of the articles, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.segmenting import sentences as sentences_of
from rag.answer import Citation
from rag.claim_parsing import DraftClaim
from rag.grounding import FactKind, Unsupported, unsupported
from rag.numbering import NumberedSentence

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_TOKEN: Final = re.compile(r"\w+")
_QUOTED: Final = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»")
_LEAST_WORDS: Final = 4
_LEAST_SHARED: Final = 1 / 3
_MOST: Final = 0.5
_ADDED: Final = 2
_NEAREST: Final = 30
_SAYS_NOTHING: Final = re.compile(
    r"\b(?:not|never|nowhere|no)\b.{0,40}\b(?:mention|stat|said|say|specif|provid|given|information|known|answer)\w*"
    r".{0,60}\b(?:passages?|sentences?|articles?|texts?|context|sources?)\b"
    r"|\b(?:passages?|sentences?|articles?|texts?|context)\b.{0,40}\b(?:not|no)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim that stands, with the quotes that bear it out."""

    text: str
    citations: tuple[Citation, ...]
    unknown_ids: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """A claim that does not stand, and why, in words for the model that wrote it."""

    text: str
    problem: str
    unknown_ids: int = 0


def check(draft: DraftClaim, sentences: Mapping[str, NumberedSentence]) -> Standing | Failed:
    """Whether `draft` stands on those of `sentences` that it points at.

    Ids that no sentence has are left out and counted. Where something of the claim is missing in its quotes, up to
    two more sentences are quoted that have it: for a name any sentence of the same articles, since it is what "he"
    stands for; for anything else one of `sentences` that says half of the claim, which a model that counts badly
    means to point at. A quote without which the claim stands just as well is left out.
    """
    known = tuple(sentences[key].citation for key in draft.ids if key in sentences)
    unknown = len(draft.ids) - len(known)
    if not known:
        return Failed(draft.text, "it points at no sentence that is there", unknown)
    if _SAYS_NOTHING.search(draft.text):
        return Failed(draft.text, "it says only what the sentences do not say", unknown)
    problem = _problem(draft.text, known)
    quoted = known if not problem else _completed(draft.text, known, sentences)
    if _problem(draft.text, quoted):
        return Failed(draft.text, problem, unknown)
    return Standing(draft.text, _needed(draft.text, quoted), unknown)


def in_other_language(claim: str, texts: Sequence[str]) -> bool:
    """Whether `claim` is in another language than `texts`, going by the words that both have.

    In one language even a free paraphrase shares its small words with a few passages. Names and numbers are
    left out, since they cross languages; a claim of fewer than four other words is not judged.
    """
    words = [word.group().casefold() for word in _WORD.finditer(claim) if not word.group()[0].isupper()]
    known = {word.group().casefold() for text in texts for word in _WORD.finditer(text)}
    if len(words) < _LEAST_WORDS and claim.isascii():
        return False
    return bool(words) and sum(word in known for word in words) < _LEAST_SHARED * len(words)


def _problem(claim: str, quoted: Sequence[Citation]) -> str:
    """What is wrong with a claim that stands on `quoted`; "" where nothing is."""
    quotes = [citation.cited_text for citation in quoted]
    if words := _misquoted(claim, quotes):
        return f"it puts {words!r} in quotation marks, which its sentences do not say"
    missing = unsupported(claim, quotes)
    return f"its sentences do not say {', '.join(str(each) for each in missing)}" if missing else ""


def _completed(
    claim: str, known: Sequence[Citation], sentences: Mapping[str, NumberedSentence]
) -> tuple[Citation, ...]:
    """`known` and up to two sentences that bring something of what is missing, the first that do."""
    quoted = tuple(known)
    for _ in range(_ADDED):
        missing = unsupported(claim, [citation.cited_text for citation in quoted])
        bringing = (
            (*quoted, other)
            for other in _candidates(claim, missing, known, sentences)
            if len(unsupported(claim, [*(each.cited_text for each in quoted), other.cited_text])) < len(missing)
        )
        quoted = next(bringing, quoted)
    return quoted


def _candidates(
    claim: str, missing: Sequence[Unsupported], known: Sequence[Citation], sentences: Mapping[str, NumberedSentence]
) -> Iterator[Citation]:
    """Sentences that may bring what is missing: those that say most of the claim, then those near the quotes."""
    shown = [each.citation for each in sentences.values()]
    for other in sorted(shown, key=lambda each: -_shared(claim, [each])):
        if other not in known and _shared(claim, [other]) >= _MOST:
            yield other
    if all(each.kind is FactKind.NAME for each in missing):
        for first in {citation.article_id: citation for citation in reversed(known)}.values():
            spans = sentences_of(first.article.text)
            for span in sorted(spans, key=lambda span: abs(span.start - first.span.start))[:_NEAREST]:
                yield Citation(first.article, span)


def _needed(claim: str, quoted: Sequence[Citation]) -> tuple[Citation, ...]:
    """`quoted` without the sentences that bring neither a word of the claim nor something that is checked."""
    needed = list(quoted)
    for citation in sorted(quoted, key=lambda each: _shared(claim, [each])):
        rest = [each for each in needed if each is not citation]
        if rest and _shared(claim, rest) >= _shared(claim, needed) and not _problem(claim, rest):
            needed = rest
    return tuple(needed)


def _shared(claim: str, quoted: Sequence[Citation]) -> float:
    """Share of the claim's words that are in what is quoted, 0 to 1."""
    words = {word.casefold() for word in _TOKEN.findall(claim)}
    said = {word.casefold() for citation in quoted for word in _TOKEN.findall(citation.cited_text)}
    return len(words & said) / max(1, len(words))


def _misquoted(claim: str, quotes: Sequence[str]) -> str | None:
    """The first words that the claim gives as a quotation and none of its quotes has, character for character."""
    for match in _QUOTED.finditer(claim):
        words = next(group for group in match.groups() if group).strip(" .,;:!?")
        if words and not any(words in quote for quote in quotes):
            return words
    return None
