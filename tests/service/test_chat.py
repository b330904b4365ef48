"""The chat: questions, commands, and a real terminal."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from rag.pipeline import QuestionAnswerer
from service.chat import Chat, run_chat
from tests.conftest import ROOT

PROMPT = "\x1b[?2004h"
"""What a terminal is told when the prompt is up: bracketed paste is on."""


@pytest.fixture
def screen() -> Console:
    """A console whose output can be read."""
    return Console(file=io.StringIO(), width=200)


def shown(screen: Console) -> str:
    """What the console has printed."""
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_quotes_of_the_last_answer_can_be_listed_and_opened(answerer: QuestionAnswerer, screen: Console) -> None:
    """/sources shows them with their places, /open N among the words around."""
    chat = Chat(answerer, screen)
    assert chat.respond("When did Russia intervene?")
    answer = shown(screen)
    assert "2015" in answer
    once = answer.count("” [1]")
    chat.respond("/sources")
    assert (once, shown(screen).count("” [1]")) == (1, 2)
    before = len(shown(screen))
    chat.respond("/open 1")
    opened = shown(screen)[before:]
    first_quote = answer.split("“")[1].split("”")[0]
    assert " ".join(first_quote.split()) in " ".join(opened.split())
    assert len(opened) > len(first_quote) + 200


def test_a_follow_up_is_understood_from_the_turns_before_it(answerer: QuestionAnswerer, screen: Console) -> None:
    """The chat shows how it understood the question; /new forgets the conversation."""
    chat = Chat(answerer, screen)
    chat.respond("Who was the pilot of the Russian jet shot down by Turkey?")
    chat.respond("and when was it shot down?")
    assert "asked as: " in shown(screen)
    assert "jet" in shown(screen).split("asked as: ")[1].splitlines()[0]
    chat.respond("/new")
    before = len(shown(screen))
    chat.respond("and when was it shot down?")
    assert "asked as: " not in shown(screen)[before:]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/sources", "no quotes yet"),
        ("/open 1", "no quote '1'"),
        ("/open", "no quote ''"),
        ("/nonsense", "/help lists them"),
        ("/help", "/quit"),
        ("x" * 5000, "over the limit"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_chat_goes_on(
    answerer: QuestionAnswerer, screen: Console, line: str, words: str
) -> None:
    """No line ends the chat but /quit."""
    assert Chat(answerer, screen).respond(line)
    assert words in shown(screen)


def test_empty_lines_are_passed_over_and_quit_leaves(answerer: QuestionAnswerer, screen: Console) -> None:
    """Only /quit answers False."""
    chat = Chat(answerer, screen)
    assert chat.respond("  ")
    assert shown(screen) == ""
    assert not chat.respond("/quit")


def test_questions_can_be_piped_in(
    answerer: QuestionAnswerer, screen: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal each line of standard input is answered, until /quit."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("At what temperature does lead melt?\n/quit\n/help\n"))
    run_chat(answerer, screen, tmp_path / "history")
    assert "The articles do not say." in shown(screen)
    assert "/sources" not in shown(screen)


def test_on_a_terminal_ctrl_c_drops_the_line_and_ctrl_d_leaves(tmp_path: Path) -> None:
    """A real process on a pseudo-terminal; the questions are kept for the next time."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "PULLQUOTE_DATA_DIR": str(tmp_path / "library"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "chat"], cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = ""

    def wait_for(words: str) -> None:
        nonlocal seen
        deadline = time.monotonic() + 90
        while words not in seen and time.monotonic() < deadline:
            if select.select([ours], [], [], 0.5)[0]:
                try:
                    seen += os.read(ours, 65536).decode(errors="replace")
                except OSError:
                    break
        assert words in seen
        seen = seen[seen.index(words) + len(words) :]

    wait_for("/help lists commands")
    wait_for(PROMPT)
    os.write(ours, b"half a question\x03")
    wait_for(PROMPT)
    os.write(ours, b"Anyone there?\r")
    wait_for("There are no articles yet")
    wait_for(PROMPT)
    os.write(ours, b"\x04")
    assert process.wait(30) == 0
    os.close(ours)
    history = (tmp_path / "library" / "chat-history").read_text()
    assert "Anyone there?" in history
    assert "half a question" not in history
