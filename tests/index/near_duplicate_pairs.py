"""Pairs of texts that are one story or two, made by a seeded program from texts written for this project."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Final

from index.article import Article
from index.loading import load

_HERE: Final = Path(__file__).parent
_SAMPLES: Final = Path(__file__).parents[2] / "eval" / "articles"
_ONE_WIRE_STORY: Final = {"putin-khmeimim-2017.html", "putin-orders-troops-home-courier.txt"}
"""Sample articles that were written as one story in two outlets."""

_LONG: Final = 200
"""Words from which a text is truncated too."""

_REWORDINGS: Final = {
    "said": "stated",
    "told": "informed",
    "about": "around",
    "according to": "as reported by",
    "more than": "over",
    "began": "started",
    "after": "following",
    "big": "large",
    "killed": "dead",
    "troops": "soldiers",
    "town": "city",
    "percent": "per cent",
    "center": "centre",
    "defense": "defence",
    "harbour": "harbor",
    "kilometres": "kilometers",
    "program": "programme",
    "United States": "U.S.",
    "president": "head of state",
    "nearly": "almost",
    "however": "but",
    "people": "persons",
    "first": "initial",
    "took": "seized",
    "shut": "closed",
    "talks": "negotiations",
    "also": "too",
    "The": "This",
    "had": "has",
}
_CLUTTER: Final = (
    "Sign up for our morning letter and have the best of our reporting in your inbox before breakfast.",
    "This article was first published by the Meridian Wire. It has been edited for length and style.",
    "You have two free articles left this month. Subscribe today for one crown a week and read without limits.",
    "Our reporters depend on readers like you. If you value what we do, consider a gift of any size.",
    "More from this section: five walks for the weekend, a quiz of the week, and what our critics are reading.",
    "Share this story with your friends, or leave a comment below. Comments are open for three days.",
)
_FOOTERS: Final = (
    "The Harbour Gazette is published by Gazette Media, registered in Velmora under number 4471-B. All rights are"
    " reserved. No part of this publication may be stored, copied or passed on in any form without written consent."
    " The publisher accepts no liability for the content of pages to which this page links. Quotations of prices are"
    " delayed by at least 15 minutes and are no recommendation to buy or sell. Complaints about our journalism are"
    " dealt with by the readers' editor, who replies within ten working days.",
    "You receive this letter because you asked for it on our website. To change how often it comes, or to stop it,"
    " follow the link in your confirmation. The Northfield Courier keeps your address for no other purpose and gives"
    " it to nobody. Our rules on privacy and on cookies apply. If the letter is not shown as it should be, open it in"
    " your browser. Was it forwarded to you by a friend? Then subscribe here: it is free, it is short, and it comes"
    " each weekday at seven in the morning.",
)
_SEPARATE: Final = (
    "The town library will be closed on Friday while its heating is mended. Books that fall due on that day may be"
    " brought back by Tuesday without a fee. The reading room in the annex stays open until six, and the van goes to"
    " its usual stops in the hills.",
    "Volunteers counted 412 swifts over Northfield on Saturday evening, a third more than last summer. The group put"
    " it down to sixty nest boxes on the water tower. A second count is planned for the last week of July, if the"
    " weather allows.",
    "A fire in a barn near Tollgate destroyed forty tonnes of hay on Thursday night. Nobody was hurt, and the horses"
    " had been led out in time by two neighbours. The cause is not known; the fire service suspects a fault in a"
    " grain dryer.",
    "Pupils of Calder grammar school have won a prize for a robot that sorts waste by its colour. It took them seven"
    " months and most of their lunch breaks. The machine, called Benno, will be shown at the county fair in"
    " September.",
    "The price of a swim in the indoor pool goes up to four crowns in May. The council says that heating costs have"
    " doubled in two years. Children under six and members of the rescue club still swim free, and there are cards"
    " for ten visits.",
    "A lost letter of 1931 has reached the family to which it was written. A carpenter found it behind a panel of the"
    " old post office in Fenwick. It announces a visit for Easter, and nobody alive can say whether the guest ever"
    " came.",
)
"""Short news, each of something else."""

Change = Callable[[random.Random, str], str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, how they were made, and whether they are one story; `development`: thresholds may be set on it."""

    first: str
    second: str
    kind: str
    same: bool
    development: bool


def rows(name: str) -> dict[str, str]:
    """The sections of a text file of this folder, by their headings."""
    sections = re.split(r"^# (.+)\n", (_HERE / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(sections[::2], sections[1::2], strict=True))


def retellings() -> list[list[str]]:
    """Events, each told three times in different words."""
    return [[account.strip() for account in told.split("---\n")] for told in rows("retellings.txt").values()]


def bulletins(random_state: random.Random, days: int) -> dict[str, list[str]]:
    """Outlets' templates, by name, each filled in for so many days."""
    templates = rows("bulletins.txt")
    lines = (line.partition(": ") for line in templates.pop("choices").splitlines())
    choices = {name: values.split("; ") for name, _, values in lines}
    choices["number"] = [str(number) for number in range(2, 60)]
    return {
        name: [re.sub(r"\{(\w+)\}", lambda slot: random_state.choice(choices[slot[1]]), text) for _ in range(days)]
        for name, text in templates.items()
    }


@cache
def samples() -> tuple[Article, ...]:
    """The sample articles."""
    return tuple(item for item in load(_SAMPLES) if isinstance(item, Article))


def words(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


def truncated(share: float) -> Change:
    """Keeps the first share of the words, and ends as a teaser does."""

    def change(_: random.Random, text: str) -> str:
        kept = list(re.finditer(r"\S+", text))[: round(share * words(text))]
        return text[: kept[-1].end()] + " …"

    return change


def edited(random_state: random.Random, text: str) -> str:
    """A sub-editor's hand: words and spelling, a number or two, one sentence in twelve, other quotation marks."""
    for old, new in _REWORDINGS.items():
        if random_state.random() < 0.35:
            text = re.sub(rf"\b{old}\b", new, text, count=random_state.choice((1, 1, 2)))
    found = re.findall(r"\b\d{2,3}\b", text)
    for number in random_state.sample(found, min(2, len(found))):
        text = re.sub(rf"\b{number}\b", str(int(number) + 1), text, count=1)
    sentences = re.split(r"(?<=[.!?])(\s+)", text)
    kept = [s for n, s in enumerate(sentences) if n < 2 or n % 2 or random_state.random() > 1 / 12]
    marks = str.maketrans("\"'", "”’") if "’" not in text else str.maketrans("’“”", '\'""')
    return "".join(kept).translate(marks)


def reordered(random_state: random.Random, text: str) -> str:
    """The first paragraph stays, two others change places, or all of them do in a text of few."""
    first, *rest = text.split("\n")
    full = [number for number, line in enumerate(rest) if line.strip()]
    if len(full) > 1:
        one, other = random_state.sample(full, 2)
        rest[one], rest[other] = rest[other], rest[one]
    if random_state.random() < 0.3:
        random_state.shuffle(rest)
    return "\n".join([first, *rest])


def cluttered(random_state: random.Random, text: str) -> str:
    """Lines of an outlet's own before, between and after: one to three of them."""
    lines = text.split("\n")
    for line in random_state.sample(_CLUTTER, random_state.choice((1, 2, 3))):
        place = random_state.choice((0, random_state.randrange(len(lines) + 1), len(lines)))
        lines.insert(place, line)
    return "\n".join(lines)


def retitled(random_state: random.Random, text: str) -> str:
    """Another headline and place line above."""
    return f"{random_state.choice(_CLUTTER).split(',')[0]}\nMBELE (Meridian Wire) - {text}"


def in_turn(*changes: Change) -> Change:
    """One change after the other."""

    def change(random_state: random.Random, text: str) -> str:
        for one in changes:
            text = one(random_state, text)
        return text

    return change


CHANGES: Final[dict[str, Change]] = {
    "edited": edited,
    "reordered": reordered,
    "cluttered": cluttered,
    "retitled": retitled,
    "edited twice": in_turn(edited, edited),
    "edited, reordered": in_turn(edited, reordered),
    "edited, cluttered": in_turn(edited, cluttered),
    "reordered, cluttered, retitled": in_turn(reordered, cluttered, retitled),
}
TRUNCATIONS: Final[dict[str, Change]] = {
    **{f"first {share} %": truncated(share / 100) for share in (30, 40, 50, 60, 75, 90)},
    "edited, first 35 %": in_turn(edited, truncated(0.35)),
    "edited, first 60 %, cluttered": in_turn(edited, truncated(0.6), cluttered),
}


def copies(random_state: random.Random) -> Iterator[Pair]:
    """Each text against changed ones of itself, and two changed ones against each other."""
    told = [account for accounts in retellings() for account in accounts]
    for number, text in enumerate([*(article.text for article in samples()), *told]):
        changes = CHANGES | (TRUNCATIONS if words(text) >= _LONG else {})
        made = {kind: change(random_state, text) for kind, change in changes.items()}
        for kind in made if words(text) >= _LONG else random_state.sample(sorted(made), 3):
            yield Pair(text, made[kind], kind, same=True, development=number % 2 == 0)
        kinds = random_state.sample(sorted(CHANGES), 2)
        yield Pair(made[kinds[0]], made[kinds[1]], "two changed ones", same=True, development=number % 2 == 0)


def strangers(random_state: random.Random) -> Iterator[Pair]:
    """Pairs that have words in common and are not one story."""
    for number, accounts in enumerate(retellings()):
        for first, second in combinations(accounts, 2):
            yield Pair(first, second, "one event, other words", same=False, development=number % 2 == 0)
    for number, (one, other) in enumerate(combinations(samples(), 2)):
        same = {Path(one.origin).name, Path(other.origin).name} == _ONE_WIRE_STORY
        yield Pair(one.text, other.text, "sample articles", same=same, development=number % 2 == 0)
    for number, days in enumerate(bulletins(random_state, 4).values()):
        for first, second in combinations(days, 2):
            yield Pair(first, second, "one template, other facts", same=False, development=number % 2 == 0)
    yield from _follow_ups(random_state)
    yield from _around_the_same_boilerplate(random_state)
    yield from _round_ups()


def _follow_ups(random_state: random.Random) -> Iterator[Pair]:
    """Another article that repeats two paragraphs of background, in the middle or at the end."""
    texts = [article.text for article in samples()]
    for number, text in enumerate(texts):
        background = [line for line in text.split("\n") if words(line) > 15][-2:]
        new = [line for line in texts[number - 5].split("\n") if line.strip()]
        place = random_state.choice((len(new) // 2, len(new)))
        later = "\n\n".join([*new[:place], *background, *new[place:]])
        yield Pair(text, later, "follow-up", same=False, development=number % 2 == 0)


def _around_the_same_boilerplate(random_state: random.Random) -> Iterator[Pair]:
    """Short news before, after or within an outlet's own lines."""
    for number, (first, second) in enumerate(combinations(_SEPARATE, 2)):
        for footer in _FOOTERS:
            shapes = ("{0}\n{1}", "{1}\n{0}", "{2}\n{0}\n{1}", "{0}\n{1}\n{2}")
            shape, line = shapes[number // 2 % 4], random_state.choice(_CLUTTER)
            one, other = (shape.format(text, footer, line) for text in (first, second))
            yield Pair(one, other, "one boilerplate, other news", same=False, development=number % 2 == 0)


def _round_ups() -> Iterator[Pair]:
    """One item of a round-up of six against the whole of it."""
    whole = "\n\n".join(_SEPARATE)
    for number, item in enumerate(_SEPARATE):
        yield Pair(whole, item, "item of a round-up", same=False, development=number % 2 == 0)


def pairs() -> Sequence[Pair]:
    """All pairs, the same in each run."""
    random_state = random.Random(20260714)
    return (*copies(random_state), *strangers(random_state))
