"""A chat on the terminal: a question a line, with history, and commands to look behind an answer."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from index.errors import PullquoteError
from rag.answer import Answer, Question, Turn
from rag.pipeline import QuestionAnswerer
from service.terminal import print_citation, print_events, print_in_context

_TURNS: Final = 50
_HELP: Final = """Ask a question, and follow-ups such as "and who led it?", or:
  /sources   the quotes of the last answer, with their places
  /open N    quote N among the words around it
  /help      this list
  /new       forget the conversation
  /quit      leave (Ctrl-D does too; Ctrl-C drops the line, or stops the answer)"""


class Chat:
    """One conversation: follow-ups are understood from its turns, and the last answer's quotes can be looked at."""

    def __init__(self, answerer: QuestionAnswerer, console: Console) -> None:
        self._answerer = answerer
        self._console = console
        self._last: Answer | None = None
        self._turns: deque[Turn] = deque(maxlen=_TURNS)

    def respond(self, line: str) -> bool:
        """Answers one line; False when it asks to leave."""
        command, _, rest = line.strip().partition(" ")
        if command in ("/quit", "/exit"):
            return False
        if command == "/help":
            self._console.print(Text(_HELP))
        elif command == "/sources":
            self._show_sources()
        elif command == "/new":
            self._turns.clear()
            self._console.print(Text("a new conversation", style="dim"))
        elif command == "/open":
            self._open(rest.strip())
        elif command.startswith("/"):
            self._console.print(Text(f"unknown command {command!r}: /help lists them", style="red"))
        elif command:
            self._ask(line)
        return True

    def _ask(self, line: str) -> None:
        try:
            question = Question(line.strip(), history=tuple(self._turns))
            self._last = print_events(self._console, self._answerer.stream(question))
        except PullquoteError as error:
            self._console.print(Text(f"error: {error}", style="red"))
            return
        except KeyboardInterrupt:
            self._console.print(Text("stopped", style="yellow"))
            return
        self._turns.append(Turn(self._last.standalone_question or question.text, self._last.text))

    def _show_sources(self) -> None:
        if self._last is None or not self._last.citations:
            self._console.print(Text("no quotes yet: ask a question first", style="yellow"))
            return
        for number, citation in enumerate(self._last.citations, start=1):
            print_citation(self._console, number, citation)

    def _open(self, number: str) -> None:
        citations = self._last.citations if self._last else ()
        if not number.isdecimal() or not 1 <= int(number) <= len(citations):
            self._console.print(Text(f"no quote {number!r}: the last answer has {len(citations)}", style="yellow"))
            return
        print_in_context(self._console, citations[int(number) - 1])


def run_chat(answerer: QuestionAnswerer, console: Console, history: Path) -> None:
    """Chats until the input ends or /quit; keeps the questions in the file `history`."""
    chat = Chat(answerer, console)
    interactive = sys.stdin.isatty()
    if interactive:
        console.print(Text("Ask the articles. /help lists commands, /quit leaves.", style="dim"))
    for line in _typed_lines(history) if interactive else sys.stdin:
        if not chat.respond(line):
            return
        console.print()


def _typed_lines(history: Path) -> Iterator[str]:
    """Lines from the keyboard: Ctrl-C drops the line, Ctrl-D ends."""
    from prompt_toolkit import PromptSession  # only a person at a keyboard needs it
    from prompt_toolkit.history import FileHistory

    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))
    while True:
        try:
            yield session.prompt("? ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
