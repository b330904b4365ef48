"""What a person sees of an answer that a language model worded."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from index.library import Library
from rag.answer import Question
from rag.reader_model import ReaderModel
from service.settings import Settings
from service.terminal import print_events
from service.wiring import question_answerer
from tests.conftest import BRIDGE
from tests.language_model_server import LanguageModelServer, Reply, Status

pytest.importorskip("llama_index.llms.openai_like")

COST = "How much did the harbour bridge cost?"
REPLY = '{"answered": true, "claims": [{"text": "The bridge cost 40 million euros.", "sentences": ["1.3"]}]}'
WRONG = '{"answered": true, "claims": [{"text": "The bridge cost 70 million euros.", "sentences": ["1.3"]}]}'


def shown(library: Library, model: LanguageModelServer, question: str = COST) -> str:
    """What the terminal has after one question."""
    library.add([BRIDGE])
    answerer = question_answerer(Settings(data_dir=Path("unused"), llm=model.setting, llm_timeout_s=20), library)
    screen = Console(file=io.StringIO(), width=200)
    print_events(screen, answerer.stream(Question(question)))
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_the_claim_stands_above_its_quote(library: Library, reader_model: ReaderModel) -> None:
    """The model's words come first, then the article's, with the place; who worded it stands at the end."""
    with LanguageModelServer([Reply(REPLY)]) as model:
        lines = [line for line in shown(library, model).splitlines() if line.strip()]
    assert lines[0] == "The bridge cost 40 million euros. [1]"
    assert lines[1] == "“Building it took six years and cost 40 million euros.” [1]"
    assert BRIDGE.id in lines[2]
    assert lines[-1].endswith("worded by openai-like:scripted")


def test_a_model_that_fails_is_named_above_the_extractive_answer(library: Library, reader_model: ReaderModel) -> None:
    """The reason is one line in plain words, and the quotes are there all the same."""
    with LanguageModelServer([Status(401)]) as model:
        text = shown(library, model, "When did the harbour bridge open?")
    assert "Without the language model's full answer: " in text
    assert "check its key" in text
    assert "“The new harbour bridge in Velmora opened on May 14, 2024.” [1]" in text


def test_what_the_model_cannot_show_is_said_to_be_missing(library: Library, reader_model: ReaderModel) -> None:
    """A wrong number is never printed; the nearest passages are."""
    with LanguageModelServer([Reply(WRONG)]) as model:
        text = shown(library, model)
    assert "70 million" not in text
    assert text.startswith("The articles do not say, as far as the language model can show.")
    assert "Nearest passages" in text
