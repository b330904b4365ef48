"""A follow-up and the turns before it -> a question that stands alone, by rules over closed lists of words.

What stands alone is left as it is. A pronoun that nothing fits stays, and the topic is put behind it in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rag.answer import MAX_QUESTION_CHARACTERS, Turn
from rag.antecedents import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    NEUTER,
    PERSONAL,
    PLURAL,
    PREPOSITIONS,
    QUESTION_WORDS,
    SUBORDINATORS,
    TIME_NOUNS,
    Clause,
    antecedent,
    clause,
    event,
    names,
    possessive,
)

_POSSESSIVES: Final = frozenset("his her its their".split())
_NOMINATIVES: Final = frozenset("he she they".split())
_NO_NOUNS: Final = (
    AUXILIARIES | PREPOSITIONS | PERSONAL | PLURAL | NEUTER | frozenset(["", "of", "there", "you", "we", "i", "not"])
)
_NOT_OWNED: Final = PREPOSITIONS | DETERMINERS | AUXILIARIES | SUBORDINATORS | frozenset(["", "and", "or"])
_CLAUSE_OPENERS: Final = SUBORDINATORS | (PREPOSITIONS - frozenset("to of about by with in on for from at".split()))
_LEADING: Final = frozenset("before after when while since if although".split())
_REQUESTS: Final = frozenset("tell give explain describe show list name compare please and but so".split())
_IMPERSONAL: Final = frozenset("rain raining snow snowing because called".split())
_CLAUSAL: Final = frozenset("that to for if whether like when".split())
_WORD: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|“[^”]*”|(?<!\w)['‘][^'’]*['’](?!\w)")
_MARKER: Final = re.compile(r"\s*\[\d+\]")
_LEAD: Final = re.compile(r"^\s*(?:(?:and|but|so|ok|okay|then|also)\b[, ]*)+", re.IGNORECASE)
_BARE: Final = re.compile(r"(?:why|when|where|how(?: many| much| long| often)?|who|since when|by whom)$", re.IGNORECASE)
_BARE_WITH_PRONOUN: Final = re.compile(
    r"(why|when|where|how) (?:(?:is|was) (?:it|that|this)|did (?:it|that|this) (?:happen|occur|take place))$",
    re.IGNORECASE,
)
_ADVERBIAL: Final = re.compile(r"(?:when|where|why|how|(?:in|on) (?:which|what) \w+)$", re.IGNORECASE)
_WHAT_ABOUT: Final = re.compile(r"(?:what|how) about (.+)$", re.IGNORECASE)
_RELATIVE_TIME: Final = re.compile(
    r"(?:(?:in )?the (?:year|month|week|day|season) (?:after|before)"
    r"|(?:the )?(?:next|following|previous) (?:year|month|week|day))$",
    re.IGNORECASE,
)
_IN_YEAR: Final = re.compile(r",? (?:in|of) ((?:1\d|20)\d\d)\b")
_OPEN_SHAPES: Final = re.compile(
    r"(?:was|were|did|has|is) (?:anyone|anybody|someone|anything|everyone) (?:else )?\w+"
    r"|what (?:happened|changed|went wrong)(?: next| then| afterwards| later)?|who (?:won|lost|died|was responsible)"
    r"|how many (?:people )?(?:died|survived|(?:were|was) \w+)|who said so|which ones?",
    re.IGNORECASE,
)
_MOST_FRAGMENT_WORDS: Final = 6
_MOST_TOPIC_WORDS: Final = 20


@dataclass(frozen=True, slots=True)
class _Pronoun:
    word: str
    start: int
    end: int
    owns: bool


def recent(turns: Sequence[Turn], count_tokens: Callable[[Sequence[str]], list[int]], limit: int) -> tuple[Turn, ...]:
    """The latest turns that together have at most `limit` tokens, oldest first.

    A turn that is too long loses its answer, and is left out with all before it if that does not do.
    """
    kept: list[Turn] = []
    for turn in reversed(turns):
        asked, answered = count_tokens([turn.question, turn.answer])
        if asked > limit:
            break
        if asked + answered > limit:
            turn, answered = Turn(turn.question, ""), 0
        limit -= asked + answered
        kept.append(turn)
    return tuple(reversed(kept))


def needs_history(question: str) -> bool:
    """Whether `question` leans on what was said before: a fragment, or a pronoun without its noun."""
    core = _core(question)
    shaped = core and (_fragment(question, core) or _BARE_WITH_PRONOUN.match(core) or _OPEN_SHAPES.fullmatch(core))
    return bool(shaped or (core and _pronouns(question)))


def standalone_question(question: str, turns: Sequence[Turn]) -> str:
    """`question` as it can be understood alone: a fragment completed, a pronoun replaced by what it stands for.

    The latest turn decides first, then those before it. Unchanged where it stands alone, where there are no
    turns, and where the result would be longer than 2,000 characters.
    """
    if not turns or not needs_history(question):
        return question
    turns = [Turn(turn.question, _MARKER.sub("", turn.answer)) for turn in turns]
    result = _rewritten(question, turns)
    return result if len(result) <= MAX_QUESTION_CHARACTERS else question


def _rewritten(question: str, turns: Sequence[Turn]) -> str:
    core, before = _core(question), turns[-1].question.strip(" ?!.")
    asked = clause(before)
    bare = _BARE_WITH_PRONOUN.match(core)
    if bare and asked.verb and not event(asked, turns[-1].answer):
        return _completed(bare.group(1), before, asked)
    if _BARE.match(core):
        return _completed(core, before, asked)
    if _fragment(question, core):
        return _with_fragment(core, before, asked)
    lead = _LEAD.match(question)
    text = question[lead.end() :] if lead else question.strip()
    return _with_antecedents(text, turns, asked)


def _core(question: str) -> str:
    return _LEAD.sub("", question).strip(" ?!.")


def _fragment(question: str, core: str) -> bool:
    """Whether there is no verb to be seen: "why?", "and in Georgia?", "what about Turkey?"."""
    words = core.split()
    if _BARE.match(core) or (len(words) <= _MOST_FRAGMENT_WORDS and _WHAT_ABOUT.match(core)):
        return True
    known = any(word.lower() in AUXILIARIES | QUESTION_WORDS for word in words)
    if known or not 0 < len(words) <= _MOST_FRAGMENT_WORDS:
        return False
    first, asks, led = words[0].lower(), question.rstrip().endswith("?"), core != question.strip(" ?!.")
    if led and (first in PREPOSITIONS | DETERMINERS or words[0][:1].isupper() or words[0].isdigit()):
        return True
    return asks and (first in PREPOSITIONS or (led and len(words) == 1))


def _completed(asked_word: str, before: str, asked: Clause) -> str:
    """The question before, asked with another question word where its own was "when", "where", "why" or "how"."""
    adverbial = asked_word.lower() not in ("who", "how many", "how much", "by whom")
    if asked.auxiliary and (_ADVERBIAL.match(asked.asked) or (not asked.asked and adverbial)):
        words = before.split()[len(asked.asked.split()) :]
        return f"{_capitalised(asked_word)} {words[0].lower()} {' '.join(words[1:])}?"
    return f"{before}, and {asked_word.lower()}?"


def _with_fragment(core: str, before: str, asked: Clause) -> str:
    about = _WHAT_ABOUT.match(core)
    phrase = about.group(1) if about else core
    if _RELATIVE_TIME.match(phrase):
        year = _IN_YEAR.search(before)
        if year and phrase.endswith(("after", "before")):
            return f"{before[: year.start()]} {phrase} {year.group(1)}{before[year.end() :]}?"
        return f"{before}, and {phrase}?"
    if {word.lower() for word in _WORD.findall(phrase)} & (PERSONAL | PLURAL | NEUTER):
        return f"{before}, and {'what about ' if about else ''}{phrase}?"
    words = phrase.split()
    if words[0].lower() in PREPOSITIONS and len(words) > 1:
        return _with_prepositional_phrase(phrase, before)
    return _with_noun_phrase(phrase, before, asked)


def _with_prepositional_phrase(phrase: str, before: str) -> str:
    """The question before with `phrase` in place of its own phrase of that preposition and sort, or at its end."""
    first, second = phrase.split()[:2]
    preposition = first.lower()
    noun = r"(?:1\d|20)\d\d\b" if second[:1].isdigit() else r"(?:the )?[^\W\d][\w’'-]*(?: [A-Z][\w’'-]*)*"
    own = list(re.finditer(rf"\b{preposition} {noun}", before))
    phrase = preposition + phrase[len(preposition) :]
    return f"{before[: own[-1].start()]}{phrase}{before[own[-1].end() :]}?" if own else f"{before} {phrase}?"


def _with_noun_phrase(phrase: str, before: str, asked: Clause) -> str:
    """The question before with `phrase` in place of its year, of what it is "about", or of its subject."""
    if phrase.isdigit():
        replaced = re.sub(r"\b(?:1\d|20)\d\d\b", phrase, before)
        return f"{replaced}?" if replaced != before else f"{before} in {phrase}?"
    about = re.search(r"\babout (?:the )?[\w’'-]+(?: [A-Z][\w’'-]*)*$", before)
    if about:
        return f"{before[: about.start()]}about {phrase}?"
    named = [name for name, _ in names(before)]
    for own in [asked.subject, *(named if len(named) == 1 else [])]:
        if own and before.count(own) == 1 and own[:1].isupper() == phrase[:1].isupper():
            return f"{before.replace(own, phrase)}?"
    return f"{before}, and what about {phrase}?"


def _with_antecedents(text: str, turns: Sequence[Turn], asked: Clause) -> str:
    """`text` with the first pronoun of each sort replaced; with the topic in brackets where none could be."""
    result, missed, free = text, [], _pronouns(text)
    pronouns, both = _firsts(free), {"they", "them"} <= {pronoun.word for pronoun in free}
    for pronoun in reversed(pronouns):
        found = (antecedent(pronoun.word, turn.question, turn.answer) for turn in reversed(turns))
        noun = next(filter(None, found), "")
        if not noun or (both and pronoun.word in PLURAL):  # "they" and "them" of one clause are two things
            missed.append(pronoun.word)
            continue
        before = text[: pronoun.start].split()[-1:]
        if pronoun.word in ("there", "then") and before and before[0].lower() in PREPOSITIONS:
            noun = noun.partition(" ")[2]
        result = result[: pronoun.start] + (possessive(noun) if pronoun.owns else noun) + result[pronoun.end :]
    if len(missed) == len(pronouns) or set(missed) - {"there", "then"}:
        result = _with_topic(result, turns[-1].question, asked)
    return _capitalised(result)


def _with_topic(text: str, before: str, asked: Clause) -> str:
    topic = " ".join((asked.topic or before.strip(" ?!.")).split()[:_MOST_TOPIC_WORDS])
    asking = text.rstrip(" ?!.")
    return f"{asking} ({topic}){text[len(asking) :].strip() or '?'}" if topic else text


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _firsts(pronouns: Sequence[_Pronoun]) -> list[_Pronoun]:
    """The first of each sort, in order: a later one then has its noun within the question."""
    found: dict[object, _Pronoun] = {}
    for pronoun in pronouns:
        sort = next((words for words in (PERSONAL, PLURAL, NEUTER) if pronoun.word in words), pronoun.word)
        found.setdefault(sort, pronoun)
    return list(found.values())


def _pronouns(question: str) -> list[_Pronoun]:
    """The pronouns of `question` that have no noun of their own in it, in order."""
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    words = [match for match in _WORD.finditer(question) if not any(a <= match.start() < b for a, b in quoted)]
    texts = [*(match.group() for match in words), ""]
    found = []
    for n, match in enumerate(words):
        word = match.group().lower()
        if match.group().isupper() and len(word) > 1:
            continue
        owns = word in _POSSESSIVES and (word != "her" or texts[n + 1].lower() not in _NOT_OWNED)
        if word in PERSONAL | PLURAL | NEUTER | {"there", "then"} and _is_free(n, word, texts[:-1], owns=owns):
            found.append(_Pronoun(word, match.start(), match.end(), owns))
    return found


def _is_free(n: int, word: str, words: list[str], *, owns: bool) -> bool:
    before = words[n - 1].lower() if n else ""
    after = words[n + 1].lower() if n + 1 < len(words) else ""
    if word == "there":
        counts = before in BE - {"been"} and words[0].lower() in ("how", "what", "which")
        return not after and not counts and not any(other[:1].isupper() for other in words[1:n])
    if word == "then":
        return not after and n > 1
    demonstrative = word in ("this", "that")
    if _is_expletive(n, words) if word == "it" else demonstrative and not _is_pronoun(n, before, after, words):
        return False
    nouns = _nouns_before(n, words)
    if owns or (word == "it" and after == "s"):
        return not _owner_within(n, words, nouns)
    return not _noun_within(n, word, words, nouns)


def _is_pronoun(n: int, before: str, after: str, words: list[str]) -> bool:
    """Whether "this" or "that" stands alone, before no noun and after none: "when was that?"."""
    if not after:
        return True
    if before in AUXILIARIES and n <= 3:
        return after in DETERMINERS | PREPOSITIONS or n + 2 == len(words)
    return before in SUBORDINATORS and after in AUXILIARIES


def _is_expletive(n: int, words: list[str]) -> bool:
    """Whether "it" stands for nothing: "is it true that …", "how long does it take to …", "it rains"."""
    before, after = words[n - 1].lower() if n else "", [*(word.lower() for word in words[n + 1 : n + 7]), ""]
    governed = not n or before in AUXILIARIES | {"make", "makes", "made"} or after[0] in BE | {"s"}
    return after[0] in _IMPERSONAL or "time" in words[:2] or (governed and not _CLAUSAL.isdisjoint(after))


def _nouns_before(n: int, words: list[str]) -> list[int]:
    """Where nouns begin among the `n` words before a pronoun, as far as capitals and function words tell."""
    found = []
    for k, word in enumerate(words[:n]):
        following = words[k + 1].lower() if k + 1 < n else ""
        asks = word.lower() in ("many", "which", "what", "whose")
        named = k > 0 and word[:1].isupper()
        subject = word.lower() in ("do", "does", "did") and following not in _NO_NOUNS
        counted = asks and following not in _NO_NOUNS | TIME_NOUNS and not following.endswith("ed")
        if named or subject or counted or (word.lower() in DETERMINERS and following):
            found.append(k)
    return found


def _owner_within(n: int, words: list[str], nouns: list[int]) -> bool:
    """Whether "his" or "its" may belong to a noun before it, or to "who": "who lost his job in Deraa"."""
    before, first = words[n - 1].lower() if n else "", words[0].lower()
    if first == "who" and before not in BE:
        return bool(nouns) or any(word[:1].isupper() or word.lower() == "the" for word in words[n + 1 :])
    of_it = before == "of" and first in ("what", "who") and words[1].lower() in BE
    return bool(nouns) and not of_it


def _noun_within(n: int, word: str, words: list[str], nouns: list[int]) -> bool:
    """Whether a pronoun may stand for a noun before it: one of another clause, or with "to" and a verb between."""
    lower = [other.lower() for other in words[:n]]
    before, after = lower[-1] if lower else "", words[n + 1].lower() if n + 1 < len(words) else ""
    nominative = word in _NOMINATIVES or (word == "it" and after in AUXILIARIES)
    if nominative and n > 1 and lower[0] == "who" and before not in AUXILIARIES:
        return True
    if n and _opens_with_statement(lower):
        return True
    if not nouns:
        return False
    between = lower[nouns[0] + 1 :]
    if before in AUXILIARIES:
        return any(other in QUESTION_WORDS for other in between)
    if nominative:
        return True
    if word in PLURAL and "many" in lower[:2]:
        return lower[2:3] != ["of"]
    if before.endswith("ing") or (len(nouns) > 1 and "to" in between[:-1]):
        return True
    verbs = [k for k, other in enumerate(lower) if other in AUXILIARIES]
    second_verb = any(later - verb >= 3 for verb, later in pairwise(verbs))
    return second_verb or any(other in _CLAUSE_OPENERS for other in between)


def _opens_with_statement(before: list[str]) -> bool:
    """Whether something is said before it is asked: "If the dam breaks, will it …", "Before he resigned, …"."""
    first, asks = before[0], next((k for k, word in enumerate(before) if word in QUESTION_WORDS), len(before))
    if first in _LEADING:
        return first != "when" or before[1:2] == [] or before[1] not in AUXILIARIES
    if first in PREPOSITIONS:
        return asks > 2
    return first not in QUESTION_WORDS | AUXILIARIES | _REQUESTS and len(before) > 2
