"""The names in a text, and whether other texts have them: by word, initials, or the people of a country."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.segmenting import sentences

_WORD: Final = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+-\d+[^\W_]*|[^\W_]+(?:['’&.][^\W_]+)*(?![$€£])")
_WORD_OR_BAR: Final = re.compile(rf"\||{_WORD.pattern}")
_OWNER: Final = re.compile(r"['’]s?$")
_BETWEEN: Final = re.compile(
    r"[ -](?:(?:of|the|and|for|in|on|to|de|la|le|du|des|von|van|der|al|el|bin|ibn|ben|&)[ -])*"
)
_CAPITAL_FOLLOWS: Final = re.compile(r"[ -][A-Z]")
_PARTICLE_FOLLOWS: Final = re.compile(r" (?:al|el|ul|bin|ibn|ben|van|von|de|del|di|da|dos)[ -][A-Z]")
_ROMAN: Final = re.compile(r"[IVX]+")
_PLAIN: Final = str.maketrans("øłđıØŁĐ’", "oldiOLD'", ".-") | {ord("ß"): "ss", ord("æ"): "ae", ord("œ"): "oe"}
_TITLES: Final = frozenset(
    "mr mrs ms miss dr prof professor president vice prime minister premier chancellor foreign defence defense"
    " interior finance general gen colonel col captain capt major maj sergeant sgt lieutenant lt admiral commander"
    " chief sir dame lord lady king queen prince princess emperor sultan sheikh pope cardinal bishop archbishop saint"
    " st senator sen representative rep congressman congresswoman governor gov mayor judge justice secretary"
    " ambassador chairman chairwoman director ayatollah imam rabbi reverend rev jr sr ceo mp mps".split()
)
_FUNCTION_WORDS: Final = frozenset(
    "a about above according across additional after again against all almost already also although among an and"
    " another any anyone anything apart around as at away be because been before behind being below between beyond"
    " both but by can could current currently despite did do does down during each earlier early either else even ever"
    " every everyone everything except few fewer finally first five following for former four from further had half"
    " has have having he hence her here hers him his how however i if in indeed inside instead into is it its itself"
    " just last late later least less like local many may me meanwhile might more moreover most much must my near"
    " nearby nearly neither never nevertheless new next no nobody none nor not nothing now of off old on once one only"
    " or other others otherwise our out outside over own part per perhaps rather recent recently same second senior"
    " seven several shall she should similarly since six so some someone something soon still such ten than that the"
    " their them then there thereafter therefore these they third this those though three through throughout thus to"
    " today together tomorrow tonight too top toward towards two under unless unlike until up upon us using very via"
    " was we were what when where whereas whether which while who whom whose why will with within without would"
    " yesterday yet you your".split()
)
_COMMON_ENDING: Final = re.compile(
    r"(?:ing|ed|ly|ers?|ors?|ists?|ments?|tions?|sions?|ness|ities|ity|ism|ance|ence|ure|ous|ful|ive|ern|al|ages?|ants"
    r"|[^aiu]s)$"
)
_COMMON_OPENERS: Final = frozenset(
    "access aid anger children congress crime crowd damage data debt demand evidence fear fire food fuel gas growth"
    " health heat help hope land life media men money news oil output peace people police power press profit rain"
    " relief research smoke snow speech staff steel supply support talks tax trade traffic turnout unrest war water"
    " wheat women work".split()
)
_FINITE_VERB: Final = re.compile(
    r"[^\w]*(?:\w{2,}ed|is|was|has|had|will|would|won|beat|said|lost|led|met|made|took|gave|sent|got|left|paid|hit|held"
    r"|struck|rose|fell|saw|sold|bought|built|began|became|came|went|put|shot|cut|kept|set|told|wants?|plans?|says"
    r"|cannot|can|could|should|must|did|does)\b"
)
_PEOPLE: Final = re.compile(r"\w+(?:ish|ese|[^cu]ian|ean|[ae]li|qi|stani)s?")
_NO_PEOPLE: Final = frozenset("civilian guardian historian librarian veterinarian pedestrian ocean selfish".split())

_PLACE_ENDINGS: Final = frozenset(
    ["", *"a e y ia um us o al an ain in on en ey way ce and land eland stan istan".split()]
)
_PEOPLE_ENDINGS: Final = frozenset(
    ["", *"n an ian ean nian inian vian egian ese lese uese i ish nish tish ic iot ar er k ine ern".split()]
)
_LEAST_STEM: Final = 3
_SAME: Final = tuple(
    tuple(group.split("|"))
    for group in (
        "US|USA|America|American|Americans|United States|United States of America",
        "UK|Britain|British|Briton|Britons|Great Britain|United Kingdom",
        "UN|United Nations",
        "EU|European Union",
        "UAE|United Arab Emirates|Emirati|Emiratis",
        "France|French",
        "Netherlands|Dutch|Holland",
        "Denmark|Danish|Danes|Dane",
        "Switzerland|Swiss",
        "Wales|Welsh",
        "Philippines|Philippine|Filipino|Filipinos",
        "Germany|German|Germans",
        "Ireland|Irish",
        "Turkey|Türkiye|Turkish",
        "Czech Republic|Czechia|Czech",
        "Myanmar|Burma|Burmese",
        "Islamic State|ISIS|ISIL|Daesh",
        "Covid|COVID-19|Covid-19",
        "G7|Group of Seven",
    )
)
"""Names of one thing that share no stem."""


@dataclass(frozen=True, slots=True)
class Name:
    """Capitalised words that stand next to each other, and where the first one begins."""

    words: str
    start: int


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What the words of some texts bear out; each is folded: without case, accents, dots, hyphens and possessive."""

    words: frozenset[str]
    capitalised: frozenset[str]
    lower: frozenset[str]
    abbreviations: frozenset[str]
    """Words that may be made of initials: "WHO", "U.N.", and "Nato", but not the "In" that opens a sentence."""
    initials: frozenset[str]
    """First letters of capitalised words in a row, or of any three: "who" for "World Health Organization"."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> KnownNames:
        """The words of `texts`, with the other names of each country that they name."""
        found = [match.group() for text in texts for match in _WORD.finditer(text)]
        others = [word for text in texts for name in _other_names(text) for word in name.split()]
        capitals = [word for word in (*found, *others) if word[0].isupper()]
        return cls(
            words=frozenset(map(_fold, (*found, *others))),
            capitalised=frozenset(map(_fold, capitals)),
            lower=frozenset(_fold(word) for word in found if word[0].islower()),
            abbreviations=frozenset(_fold(word) for word in capitals if _is_initialism(word) or len(word) > 3),
            initials=frozenset(letters for text in texts for letters in _initials(text)),
        )

    def bears_out(self, word: str) -> bool:
        """Whether `word` is there: itself, in the singular or plural, as initials, or as a country or its people."""
        folded = _fold(word)
        if _is_initialism(word):
            return folded in self.capitalised or folded in self.initials
        variants = {folded, folded.removesuffix("s"), folded + "s"}
        return not variants.isdisjoint(self.words) or any(
            _is_people_of(one, other) for one in {folded, folded.removesuffix("s")} for other in self.capitalised
        )


def unknown_names(text: str, known: KnownNames) -> list[Name]:
    """The names in `text` of which a word is not borne out, each with its unknown words only.

    Titles ("Mr", "President") and single letters are no names. The first word of a sentence is one
    only by the rule of `_opens_with_name`; a bar at its beginning stands for a word that is left out.
    """
    found: list[Name] = []
    openers = _openers(text)
    for run in _runs(text):
        abbreviated = {
            place for first, last in _parts(run) if _letters(run[first:last]) in known.abbreviations
            for place in range(first, last)
        }  # fmt: skip
        unknown = [
            place
            for place, match in enumerate(run)
            if place not in abbreviated and _may_be_name(match, openers, known) and not known.bears_out(match.group())
        ]
        if unknown:
            start, end = run[_beginning(run, unknown[0], openers)].start(), run[unknown[-1]].end()
            found.append(Name(text[start:end], start))
    return found


def _beginning(run: Sequence[re.Match[str]], place: int, openers: Mapping[int, str]) -> int:
    """The place of the first word of a name, which may be a function word ("New Zealand")."""
    while place and run[place - 1].start() not in openers and _fold(run[place - 1].group()) in _FUNCTION_WORDS:
        place -= 1
    return place


def _fold(word: str) -> str:
    """`word` without case, accents, dots, hyphens and possessive: "assad" for "Assad’s", "us" for "U.S."."""
    word = _OWNER.sub("", word).translate(_PLAIN)
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter)
    ).casefold()


def _runs(text: str) -> list[list[re.Match[str]]]:
    """Capitalised words in a row; small joining words, spaces and hyphens may stand between them."""
    runs: list[list[re.Match[str]]] = []
    end = -1
    for match in _WORD.finditer(text):
        word = match.group()
        if word[0].isupper():
            if runs and end >= 0 and _BETWEEN.fullmatch(text, end, match.start()):
                runs[-1].append(match)
            else:
                runs.append([match])
            end = match.end()
    return runs


def _parts(run: Sequence[re.Match[str]], least: int = 2) -> list[tuple[int, int]]:
    """The parts of a run, from first to last excluded, that initials may stand for: `least` words to seven."""
    size = len(run)
    return [(first, last) for first in range(size) for last in range(first + least, min(size, first + 7) + 1)]


def _letters(run: Sequence[re.Match[str]]) -> str:
    return "".join(_fold(match.group())[:1] for match in run)


def _initials(text: str) -> Iterator[str]:
    rows = [list(_WORD.finditer(text, span.start, span.end)) for span in sentences(text)]
    for least, runs in ((2, _runs(text)), (3, rows)):
        for run in runs:
            yield from (_letters(run[first:last]) for first, last in _parts(run, least))


def _is_initialism(word: str) -> bool:
    letters = _OWNER.sub("", word).replace(".", "")
    return len(letters) > 1 and letters.isalpha() and letters.isupper()


def _openers(text: str) -> dict[int, str]:
    """Where the first word of each sentence begins, and the text that follows it; quotation marks are passed over."""
    found = {}
    for span in sentences(text):
        first = _WORD_OR_BAR.search(text, span.start, span.end)
        if first and first.group() != "|":
            found[first.start()] = text[first.end() : span.end]
    return found


def _may_be_name(match: re.Match[str], openers: Mapping[int, str], known: KnownNames) -> bool:
    word, folded = match.group(), _fold(match.group())
    if len(folded) < 2 or _ROMAN.fullmatch(word) or folded in _TITLES:
        return False
    if _is_initialism(word) or not folded.isalpha():
        return True
    if folded in _FUNCTION_WORDS:
        return False
    return match.start() not in openers or _opens_with_name(word, openers[match.start()], known)


def _opens_with_name(word: str, following: str, known: KnownNames) -> bool:
    """Whether the first word of a sentence, which has its capital anyway, is a name.

    It is not if the quotes have it in small letters, or if it ends like a common word ("Volcanologists",
    "Inflation"). Else it is if it names a people ("Turkish"), owns something ("Assad's"), or if a
    capitalised word ("North Korea") or a finite verb ("Iraq closed") follows at once: an English common
    noun that counts things does not stand there without an article.
    """
    folded = _fold(word)
    if _PARTICLE_FOLLOWS.match(following) or any(word in group for group in _SAME):
        return True
    if folded in known.lower or folded in _COMMON_OPENERS:
        return False
    if _PEOPLE.fullmatch(folded):
        return folded.removesuffix("s") not in _NO_PEOPLE
    if _COMMON_ENDING.search(folded):
        return False
    return bool(_OWNER.search(word) or _CAPITAL_FOLLOWS.match(following) or _FINITE_VERB.match(following))


def _is_people_of(one: str, other: str) -> bool:
    """Whether one word is a place and the other its people: they share a stem, and each has an ending of its kind."""
    other = other.removesuffix("s")
    return any(
        one[size:] in mine and other[size:] in theirs
        for size in range(_LEAST_STEM, len(one) + 1)
        if other.startswith(one[:size])
        for mine, theirs in ((_PLACE_ENDINGS, _PEOPLE_ENDINGS), (_PEOPLE_ENDINGS, _PLACE_ENDINGS))
    )


def _other_names(text: str) -> list[str]:
    plain = text.replace(".", "")
    return [name for group in _SAME if any(_has_phrase(plain, name) for name in group) for name in group]


def _has_phrase(text: str, phrase: str) -> bool:
    return re.search(rf"\b{re.escape(phrase)}\b", text) is not None
