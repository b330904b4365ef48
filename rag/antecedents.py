"""What a pronoun of a follow-up may stand for: persons, places, dates and noun phrases of the question before it.

There is no tagger here. A noun phrase is told by its determiner or its capitals, and ends at the next function word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile
from typing import Final

PERSONAL: Final = frozenset("he she him her his".split())
PLURAL: Final = frozenset("they them their".split())
NEUTER: Final = frozenset("it its this that".split())
AUXILIARIES: Final = frozenset(
    "is are was were be been being am do does did has have had will would can could shall should may might must".split()
)
BE: Final = frozenset("is are was were be been being am".split())
QUESTION_WORDS: Final = frozenset("who whom whose what which when where why how".split())
PREPOSITIONS: Final = frozenset(
    """in at on to of by for from with near about against during after before since until into over under between
    through without across around behind via towards within among""".split()
)
DETERMINERS: Final = frozenset("the a an this that these those its his her their our my your".split())
SUBORDINATORS: Final = frozenset("when while because if that than although though as who which whose where".split())
TIME_NOUNS: Final = frozenset(
    """year years month months week weeks day days night nights morning evening time times century decade decades hour
    hours summer winter spring autumn weekend""".split()
)
_LINKS: Final = frozenset("and or but not so then there".split())
_FUNCTION_WORDS: Final = (PREPOSITIONS - {"of"}) | DETERMINERS | AUXILIARIES | SUBORDINATORS | _LINKS
_CALENDAR: Final = frozenset(
    """January February March April May June July August September October November December Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday""".split()
)
_TITLES: Final = frozenset(
    """President Minister Prime Foreign Defence Defense Vice General Colonel Major Lieutenant Captain Admiral Sergeant
    Mayor Senator Judge King Queen Prince Princess Pope Chancellor Governor Secretary Ambassador Chief Chairman
    Professor Dr Mr Mrs Ms Sir Lord Lady""".split()
)
_ORGANISATIONS: Final = frozenset(
    """Group Army Ministry Council Party State States Union Nations Bank Agency University Company Corps Force Forces
    Committee Court Parliament House Club Office Department Crescent Cross Front Guard""".split()
)
_PARTICIPLES: Final = frozenset(
    """built held sent made found shot hit cut lost sunk won paid left kept told brought bought caught taught led put
    set sold said struck hung fought laid shut begun done gone known grown hurt""".split()
)
_DOUBLED: Final = re.compile(r"[^aeiou][aeiou][bdgmnprt]$")
_DOUBLED_LONG: Final = frozenset("begin admit commit refer permit forget submit occur".split())
_NAME: Final = re.compile(r"\b[A-Z][\w’'-]*(?: (?:(?:de|bin|al|van|von|der|da|di) ){0,2}[A-Z][\w’'-]*)*")
_MONTH: Final = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE: Final = re.compile(
    rf"\b(?P<day>\d\d? {_MONTH}(?: \d{{4}})?|{_MONTH} \d\d?(?:, \d{{4}})?\b)|\b(?:{_MONTH} )?(?:1\d|20)\d\d\b"
)
_PLACE: Final = re.compile(r"\b(in|at|to|near|from) ((?:the )?[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*)")
_EVENT_SUFFIXES: Final = ("tion", "sion", "ment", "al", "ing", "ance", "ence", "ure", "age")


@dataclass(frozen=True, slots=True)
class Clause:
    """A question in parts: "When | did | the warship | sink | off Tartus"; a part that it lacks is empty."""

    asked: str
    auxiliary: str
    subject: str
    verb: str
    rest: str

    @property
    def counted(self) -> str:
        """The nouns within the question word's phrase: "planes" of "how many planes"."""
        asking = QUESTION_WORDS | PREPOSITIONS | {"many", "much"}
        return " ".join(dropwhile(lambda word: word.lower() in asking, self.asked.split()))

    @property
    def topic(self) -> str:
        """What the question is about, as words that can stand in brackets: "Russia intervening in Syria"."""
        if not self.auxiliary:
            return _joined(self.counted, self.verb if self.counted else "", self.rest)
        if self.auxiliary.lower() in BE:
            subject = self.subject or self.counted
            return _joined(_definite(subject), "being" if self.verb and subject else "", self.verb, self.rest)
        return _joined(self.subject, _gerund(self.verb), self.counted, self.rest)


def clause(question: str) -> Clause:
    """The parts of `question`; what cannot be told apart is in `rest`."""
    words = question.strip(" ?!.").split()
    if not words:
        return Clause("", "", "", "", "")
    first = 1 if words[0].lower() in PREPOSITIONS and len(words) > 1 else 0
    if words[first].lower() not in QUESTION_WORDS and words[0].lower() not in AUXILIARIES:
        return Clause("", "", "", "", " ".join(words))
    place = next((n for n, word in enumerate(words[:8]) if word.lower() in AUXILIARIES), None)
    if place is None:
        return _without_auxiliary(words, first)
    asked, auxiliary, after = " ".join(words[:place]), words[place], words[place + 1 :]
    if auxiliary.lower() in BE:
        subject, verb, rest = _around_be(asked, after)
    else:
        subject, verb, rest = _around_do(after)
    return Clause(asked, auxiliary, subject, verb, rest)


def _without_auxiliary(words: list[str], first: int) -> Clause:
    end = first + 1
    if words[first].lower() not in ("who", "what"):
        while end < len(words) and not _is_function(words[end]) and not _is_name(words[end]):
            end += 1
        end = max(end - 1, first + 1)
    return Clause(" ".join(words[:end]), "", "", " ".join(words[end : end + 1]), " ".join(words[end + 1 :]))


def _around_be(asked: str, words: list[str]) -> tuple[str, str, str]:
    end = _phrase_end(words)
    predicate = end > 0 and _is_participle(words[end - 1])
    if predicate and (end > 1 or asked.lower().split()[:1] != ["what"]):
        return " ".join(words[: end - 1]), words[end - 1], " ".join(words[end:])
    if end > 1 and end < len(words):
        later = _after_prepositional_phrase(words, end)
        if later < len(words) and _is_participle(words[later]):
            return " ".join(words[:later]), words[later], " ".join(words[later + 1 :])
    return " ".join(words[:end]), "", " ".join(words[end:])


def _around_do(words: list[str]) -> tuple[str, str, str]:
    end = _phrase_end(words)
    if words and _is_name(words[0]):
        verb = next((n for n, word in enumerate(words[:end]) if not _is_name(word) and word not in ("of", "and")), end)
    else:
        verb = end - 1
        if verb >= 3 and words[verb].endswith("s") and not words[verb].endswith("ss"):
            verb -= 1
        if end == 2 and words[0].lower() in DETERMINERS and end < len(words):
            verb = _after_prepositional_phrase(words, end)
    verb = min(max(verb, 0), len(words))
    return " ".join(words[:verb]), " ".join(words[verb : verb + 1]), " ".join(words[verb + 1 :])


def _after_prepositional_phrase(words: list[str], preposition: int) -> int:
    n = preposition + 1
    if n < len(words) and words[n].lower() in DETERMINERS:
        return n + 2
    return max(n, _end_of_name(words, n))


def _end_of_name(words: list[str], start: int) -> int:
    """Where the name that begins at `start` ends; 0 where none begins there."""
    n = start
    while n < len(words) and _is_name(words[n]) and words[n] not in _CALENDAR:
        n += 1
    return n if n > start else 0


def _phrase_end(words: list[str]) -> int:
    """Where the run of words from the start ends that no function word interrupts."""
    for n, word in enumerate(words):
        inside = n == 0 or words[n - 1].lower() == "of" or (word == "and" and _end_of_name(words, n + 1) > 0)
        if not inside and (_is_function(word) or word[:1].isdigit()):
            return n
    return len(words)


def _is_function(word: str) -> bool:
    return word.lower() in _FUNCTION_WORDS or word.endswith(",")


def _is_participle(word: str) -> bool:
    return word in _PARTICIPLES or word.endswith(("ed", "en"))


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word != "I"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _gerund(verb: str) -> str:
    if not verb or not verb.isalpha():
        return verb
    if verb in _DOUBLED_LONG or (len(verb) <= 4 and _DOUBLED.search(verb)):
        return verb + verb[-1] + "ing"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    silent = len(verb) > 2 and verb.endswith("e") and not verb.endswith(("ee", "oe", "ye"))
    return (verb[:-1] if silent else verb) + "ing"


def _definite(phrase: str) -> str:
    return re.sub(r"^(?:a|an|this|that|these|those)\b", "the", phrase, flags=re.IGNORECASE)


def possessive(phrase: str) -> str:
    """`phrase` as an owner: "the rebels'", "Hamas's", "Russia's"."""
    return phrase + ("'" if phrase.endswith("s") and not _is_name(phrase.rsplit(maxsplit=1)[-1]) else "'s")


def names(text: str) -> list[tuple[str, str]]:
    """Capitalised names with the word before each, lower case; sentence openers and calendar words are left out."""
    found = []
    for match in _NAME.finditer(text):
        before = text[: match.start()].split()[-1:]
        words = re.sub(r"['’]s?$", "", match.group()).split()
        lead = before[0].lower() if before else ""
        while words and (words[0] in _CALENDAR or words[0].lower() in _FUNCTION_WORDS | QUESTION_WORDS | {"of"}):
            lead = words.pop(0).lower()
        if words:
            found.append((" ".join(words), lead))
    return found


def persons(text: str) -> list[str]:
    """Names like those of persons: two capitalised words or more, or one after a title; titles are left off."""
    found = []
    for name, before in names(text):
        words = name.split()
        bare = list(dropwhile(lambda word: word in _TITLES, words))
        if not bare or words[-1] in _ORGANISATIONS:
            continue
        if len(bare) == 1 and len(bare) < len(words):
            found.append(" ".join(words[-2:]))
        elif len(bare) > 1 and before not in ("the", "in", "at", "near") and len(bare) <= 4:
            found.append(" ".join(bare))
    return found


def place(text: str) -> str:
    """The last named place with its preposition, such as "in Homs"; "" where there is none."""
    found = [match for match in _PLACE.finditer(text) if match.group(2).split()[0] not in _CALENDAR]
    if not found:
        return ""
    before, name = found[-1].groups()
    return f"{'in' if before in ('to', 'from') else before} " + re.sub(r"['’]s$", "", name)


def date(text: str) -> str:
    """The last date with its preposition, such as "in July 2012"; "" where there is none."""
    found = list(_DATE.finditer(text))
    return f"{'on' if found[-1].group('day') else 'in'} {found[-1].group()}" if found else ""


def noun_phrases(text: str) -> list[str]:
    """Phrases with a determiner, and names of two words or more, in order."""
    words = text.replace("?", "").split()
    found, n = [], 0
    while n < len(words):
        start = n
        named = _is_name(words[n]) and words[n].lower() not in _FUNCTION_WORDS | QUESTION_WORDS
        if words[n].lower() in DETERMINERS or (named and _end_of_name(words, n) > n + 1):
            n = start + max(_phrase_end(words[start:]), 1)
            if words[n : n + 1] and words[n] in ("in", "on", "at", "near"):
                n = max(n, _end_of_name(words, n + 1))
            phrase = " ".join(words[start:n]).strip(' ,.;:"“”')
            if n - start > 1 and phrase.split()[-1].lower() not in TIME_NOUNS:
                found.append(_definite(phrase))
        else:
            n += 1
    return found


def is_plural(phrase: str) -> bool:
    """Whether the head of a noun phrase looks like a plural."""
    head = re.split(r" (?:of|in|on|from|who|that) ", phrase)[0].split()[-1]
    regular = head.endswith("s") and not head.endswith(("ss", "us", "is")) and not _is_name(head)
    return regular or head in ("people", "men", "women", "children", "police")


def event(asked: Clause, answer: str) -> str:
    """The answer's noun for what the question's verb says: "Russia's intervention"; "" where there is none."""
    verb = re.sub(r"ed$", "", asked.verb)
    if len(verb) < 4:
        return ""
    stem = re.escape(verb[: max(4, len(verb) - (2 if verb.endswith("e") else 1))])
    pattern = rf"\b(?:([A-Z][\w-]*)['’]s |([Tt]he|[Aa]n?|[Ii]ts|[Tt]heir) )?({stem}\w*)((?: on| of) (?:the )?[\w-]+)?"
    for match in re.finditer(pattern, answer):
        owner, determiner, noun, object_ = match.groups()
        derived = noun != verb and noun.endswith(_EVENT_SUFFIXES)
        agent = not asked.auxiliary or _is_name(asked.subject)
        if not (derived or (agent and noun == verb and (owner or determiner))):
            continue
        if owner or _is_name(asked.subject):
            return f"{possessive(owner or asked.subject)} {noun}"
        return f"the {noun}{object_ or ''}"
    return ""


def organisation(text: str) -> str:
    """The last name that looks like an organisation's, with "the"; "" where there is none."""
    found = [
        name for name, before in names(text) if name.split()[-1] in _ORGANISATIONS or (before == "the" and " " in name)
    ]
    return f"the {found[-1]}" if found else ""


def antecedent(pronoun: str, question: str, answer: str) -> str:
    """What `pronoun` stands for after `question` was answered with `answer`; "" where nothing fits.

    "there" and "then" give a preposition too: "in Homs", "in July 2012".
    """
    asked = clause(question)
    if pronoun in PERSONAL:
        return _person(asked, question, answer)
    if pronoun in PLURAL:
        return _several(asked, question, answer)
    if pronoun == "there":
        sources = (answer, question) if asked.asked.lower() == "where" else (question, answer)
        return next((found for source in sources if (found := place(source))), "")
    if pronoun == "then":
        return date(answer) or date(question)
    # "this" and "that" point at what happened, never at a thing
    return event(asked, answer) or ("" if pronoun in ("this", "that") else _thing(asked))


def _person(asked: Clause, question: str, answer: str) -> str:
    """The person asked about, unless "who" was asked; else the first one answered; else whom the answer calls "he"."""
    answered = [name for name in persons(answer) if name not in question]
    if asked.asked.lower() in ("who", "whom") and answered:
        return answered[0]
    found = persons(question) or answered
    if found:
        return found[0]
    return _single_name(asked) if re.search(r"\b(?:he|she|his|her|him)\b", answer, re.IGNORECASE) else ""


def _several(asked: Clause, question: str, answer: str) -> str:
    """What was counted or chosen from; else a plural, an organisation or the name that the question is about."""
    if asked.counted and asked.counted.split()[0].lower() not in TIME_NOUNS:
        return f"the {asked.counted}"
    object_ = asked.rest.split()[: _phrase_end(asked.rest.split())]
    plurals = [phrase for phrase in noun_phrases(question) if is_plural(phrase)]
    if object_ and object_[0].islower() and not _is_function(object_[0]) and is_plural(" ".join(object_)):
        plurals.append(f"the {' '.join(object_)}")
    return (plurals or [organisation(question) or organisation(answer) or _single_name(asked)])[0]


def _thing(asked: Clause) -> str:
    """The question's noun phrase of most words; of "what was the purpose of the curfew", the curfew."""
    phrases = noun_phrases(asked.subject) + noun_phrases(f"{asked.verb} {asked.rest}")
    phrases = [phrase for phrase in phrases if not is_plural(phrase) and not persons(phrase)]
    if asked.asked.lower() == "what" and asked.auxiliary.lower() in BE and phrases:
        return (noun_phrases(phrases[0].partition(" of ")[2]) or phrases)[0]
    return max(phrases, key=lambda phrase: len(phrase.split()), default="")


def _single_name(asked: Clause) -> str:
    return asked.subject if asked.subject[:1].isupper() and " " not in asked.subject else ""
