"""A case from a question: ask it, show the answer, take what a person says of it, add the case to the file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from eval.cases import Case, CaseError, Evidence, case_line, load_cases
from eval.expectations import normalised
from eval.reports.wording import printable
from eval.runner import library_of, named_articles
from index.article import Article
from rag.answer import Answer, Citation, Question
from service.settings import Settings
from service.terminal import print_answer

Ask = Callable[[str], str]
"""Shows a prompt and returns the line typed; raises EOFError when there is no more."""

_PROMPT: Final = "> "
_SLUG: Final = 48
_MOST_ARTICLES: Final = 9
_AROUND: Final = 50


class _LeftError(Exception):
    """The person leaves without a case."""


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a person said a right answer is; silence when there is no value."""

    values: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def write_case(
    question: str, cases: Path, articles: Path, settings: Settings, console: Console, ask: Ask
) -> Case | None:
    """Asks `question` of the articles in a folder and appends a case to the file `cases`, made when missing.

    The person at `ask` accepts the answer, corrects it, says that silence is right, or leaves (then None, and
    the file stays as it is). Raises CaseError when the file is malformed or cannot be written, QuestionError
    for a question that cannot be asked.
    """
    asked = Question(question.strip())
    known = _known(cases)
    for case in known:
        if normalised(case.question) == normalised(asked.text):
            _say(console, f"the case {case.id!r} asks this already", "yellow")
    _say(console, "adding the articles …", "dim")
    with library_of(articles, settings) as answerer:
        answer = answerer.ask(asked)
        dialogue = _Dialogue(answer, named_articles(answerer.library, articles), console, ask)
        print_answer(console, answer)
        try:
            expected = dialogue.expected()
            tags = dialogue.tags()
        except _LeftError:
            _say(console, "no case written", "yellow")
            return None
    case = Case(
        id=_new_id(asked.text, {case.id for case in known}),
        question=asked.text,
        expect=expected.values,
        cite=expected.cite,
        evidence=expected.evidence,
        unanswerable=not expected.values,
        tags=tags,
    )
    _append(cases, case_line(case))
    _say(console, f"added {case.id!r} to {cases}", "green")
    return case


class _Dialogue:
    """What a person is asked about one answer."""

    def __init__(self, answer: Answer, articles: Mapping[str, Article], console: Console, ask: Ask) -> None:
        self._answer = answer
        self._articles = articles
        self._names = {article.id: name for name, article in articles.items()}
        self._console = console
        self._ask = ask

    def expected(self) -> _Expected:
        """What a right answer is, as the person decides."""
        silent = not self._answer.citations
        self._prompt("Is this right? [y]es, [n]o: give the right value, [s]ilence is right, [q]uit")
        while True:
            decision = self._line().casefold()
            if decision in ("q", "quit"):
                raise _LeftError
            if decision in ("s", "silence") or (silent and decision in ("y", "yes")):
                return _Expected()
            if decision in ("y", "yes"):
                return self._accepted()
            if decision in ("n", "no"):
                return self._corrected()
            self._warn("type y, n, s or q")

    def tags(self) -> tuple[str, ...]:
        """The tags, each once."""
        self._prompt("Tags, with spaces or commas between them; just Enter for none")
        return tuple(dict.fromkeys(tag for tag in re.split(r"[\s,]+", self._line()) if tag))

    def _accepted(self) -> _Expected:
        citations = self._answer.citations
        self._prompt("Which words of the quotes are the answer? Just Enter takes quote 1 as a whole")
        values = self._values() or (" ".join(citations[0].cited_text.split()),)
        holding = [citation for citation in citations if _says(citation.cited_text, values)]
        if not holding:
            self._warn(f"no quote says {_in_words(values)}: the case fails until one does")
            self._warn_unless_said(values)
        chosen: Sequence[Citation] = holding or citations
        names = [self._names[citation.article_id] for citation in chosen]
        evidence = (
            Evidence(article=name, text=citation.cited_text) for name, citation in zip(names, chosen, strict=True)
        )
        return _Expected(values, tuple(dict.fromkeys(names)), tuple(evidence))

    def _corrected(self) -> _Expected:
        self._prompt("What is the right value, in the words of an article?")
        while not (values := self._values()):
            self._warn("type the right value, or leave with Ctrl-D")
        return _Expected(values, self._articles_to_cite(values))

    def _values(self) -> tuple[str, ...]:
        """One line a value, any of which is right, up to an empty line."""
        values: list[str] = []
        while typed := self._line():
            values.append(typed)
            self._console.print(Text("another wording that is right too, or just Enter", style="dim"))
        return tuple(dict.fromkeys(values))

    def _articles_to_cite(self, values: Sequence[str]) -> tuple[str, ...]:
        found = [name for name, article in self._articles.items() if _says(article.text, values)][:_MOST_ARTICLES]
        if not found:
            self._warn_unless_said(values)
            return ()
        for number, name in enumerate(found, start=1):
            self._console.print(Text(f"{number}. {printable(name)}", style="cyan"))
            self._console.print(Text(f"   {_excerpt(self._articles[name].text, values)}", style="dim"))
        self._prompt("Which of these may a right answer quote? Their numbers; just Enter if it does not matter")
        while True:
            typed = re.findall(r"[^\s,]+", self._line())
            if all(word.isdecimal() and 1 <= int(word) <= len(found) for word in typed):
                return tuple(dict.fromkeys(found[int(word) - 1] for word in typed))
            self._warn(f"type numbers from 1 to {len(found)}")

    def _warn_unless_said(self, values: Sequence[str]) -> None:
        if not any(_says(article.text, values) for article in self._articles.values()):
            self._warn(f"no article says {_in_words(values)}: the case cannot pass")

    def _prompt(self, words: str) -> None:
        _say(self._console, f"\n{words}", "bold")

    def _warn(self, words: str) -> None:
        _say(self._console, words, "yellow")

    def _line(self) -> str:
        try:
            return self._ask(_PROMPT).strip()
        except (EOFError, KeyboardInterrupt):
            raise _LeftError from None


def _known(cases: Path) -> list[Case]:
    """The cases that the file has; none when it is missing or blank."""
    try:
        blank = not cases.exists() or not cases.read_bytes().strip()
    except OSError as error:
        raise CaseError(f"{str(cases)!r} cannot be read as a case file: {error.strerror or error}") from error
    return [] if blank else load_cases(cases)


def _append(cases: Path, line: str) -> None:
    """Adds a line, and first the line end that the last one may lack."""
    try:
        cases.parent.mkdir(parents=True, exist_ok=True)
        with cases.open("a+b") as file:
            if file.tell():
                file.seek(-1, 2)
                line = line if file.read(1) == b"\n" else f"\n{line}"
            file.write(f"{line}\n".encode())
    except OSError as error:
        raise CaseError(f"{str(cases)!r} cannot be written: {error.strerror or error}") from error


def _new_id(question: str, taken: Collection[str]) -> str:
    """The question in small letters and hyphens, with a number behind it where that id is taken."""
    plain = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode().casefold()
    words = "-".join(re.findall(r"[a-z0-9]+", plain.replace("'", "")))
    slug = words if len(words) <= _SLUG else words[: _SLUG + 1].rpartition("-")[0] or words[:_SLUG]
    slug = slug or "case"
    number = 1
    while (key := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return key


def _says(text: str, values: Sequence[str]) -> bool:
    said = normalised(text)
    return any(normalised(value) in said for value in values)


def _excerpt(text: str, values: Sequence[str]) -> str:
    """The first value that the text has, among the words around it."""
    flat = printable(text)
    places = (re.search(re.escape(printable(value)), flat, re.IGNORECASE) for value in values)
    place = next((found for found in places if found), None)
    start, end = (max(0, place.start() - _AROUND), place.end() + _AROUND) if place else (0, 2 * _AROUND)
    return f"{'…' if start else ''}{flat[start:end]}{'…' if end < len(flat) else ''}"


def _in_words(values: Sequence[str]) -> str:
    return " or ".join(repr(value) for value in values)


def _say(console: Console, words: str, style: str) -> None:
    console.print(Text(words, style=style))
