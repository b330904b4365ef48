"""Writing a case: what a person answers decides what the case expects, and the file only grows by whole lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from eval.case_writing import write_case
from eval.cases import Case, CaseError, Evidence, load_cases
from eval.runner import case_result, library_of, named_articles
from index.embedding import SentenceTransformerEmbedder
from index.errors import QuestionError
from service.settings import Settings
from tests.eval.conftest import Command

QUESTION = "How many passengers does the ferry carry?"
SENTENCE = "It carries 90 passengers."
Write = Callable[..., Case | None]


class Scripted:
    """Answers prompts from a list; at its end there is no more input."""

    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)

    def __call__(self, prompt: str) -> str:
        line = next(self._lines, None)
        if line is None:
            raise EOFError
        return line


@pytest.fixture
def screen() -> io.StringIO:
    """What the person saw."""
    return io.StringIO()


@pytest.fixture
def write(
    tmp_path: Path, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch, embedder: SentenceTransformerEmbedder
) -> Write:
    """Writes a case about two articles on a ferry, with scripted answers."""
    monkeypatch.setattr("service.wiring.SentenceTransformerEmbedder", lambda _model: embedder)
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "ferry.txt").write_text(f"The ferry to Port Ellis sails again on Monday. {SENTENCE}")
    (folder / "crew.txt").write_text("A crew of seven runs the boat [bold]all year[/bold].")

    def write_one(*lines: str, question: str = QUESTION) -> Case | None:
        console = Console(file=screen, width=100)
        return write_case(
            question, tmp_path / "cases.jsonl", folder, Settings(data_dir=tmp_path), console, Scripted(*lines)
        )

    return write_one


def test_an_accepted_answer_becomes_a_case_with_its_quotes_as_evidence(
    write: Write, tmp_path: Path, screen: io.StringIO
) -> None:
    """The value that was picked, the article and the sentence; and the case passes when it is asked."""
    case = write("y", "90 passengers", "", "how-many, boats  how-many")
    assert case == Case(
        id="how-many-passengers-does-the-ferry-carry",
        question=QUESTION,
        expect=("90 passengers",),
        cite=("ferry.txt",),
        evidence=(Evidence(article="ferry.txt", text=SENTENCE),),
        tags=("how-many", "boats"),
    )
    assert load_cases(tmp_path / "cases.jsonl") == [case]
    assert f"“{SENTENCE}” [1]" in screen.getvalue()
    assert "[y]es, [n]o: give the right value, [s]ilence is right, [q]uit" in screen.getvalue()
    folder = tmp_path / "articles"
    with library_of(folder, Settings(data_dir=tmp_path)) as answerer:
        by_name = named_articles(answerer.library, folder)
        result = case_result(case, answerer, {article.id: name for name, article in by_name.items()})
    assert result.passed
    assert (result.evidence_found, result.evidence_total) == (1, 1)


def test_the_first_quote_as_a_whole_is_the_value_when_none_is_picked(write: Write) -> None:
    """Enter alone accepts it."""
    case = write("YES", "", "")
    assert case
    assert case.expect == (SENTENCE,)
    assert case.tags == ()


def test_an_accepted_value_that_no_quote_says_is_warned_of(write: Write, screen: io.StringIO) -> None:
    """In an article it may still be quoted one day; in none it cannot."""
    case = write("y", "crew of seven", "", "")
    assert case
    assert case.cite == ("ferry.txt",)
    assert "no quote says 'crew of seven'" in screen.getvalue()
    assert "cannot pass" not in screen.getvalue()
    assert write("y", "ninety-one", "", "")
    assert "no article says 'ninety-one': the case cannot pass" in screen.getvalue()


def test_a_corrected_answer_expects_the_value_that_was_given(write: Write, screen: io.StringIO) -> None:
    """The articles that say it are shown, to choose from; wordings that are right too are kept."""
    case = write("maybe", "n", "", "SEVEN", "7 sailors", "", "2", "1", "who")
    assert case
    assert (case.expect, case.cite, case.evidence) == (("SEVEN", "7 sailors"), ("crew.txt",), ())
    shown = screen.getvalue()
    assert "type y, n, s or q" in shown
    assert "type the right value" in shown
    assert "1. crew.txt\n   A crew of seven runs the boat [bold]all year[/bold]." in shown
    assert "type numbers from 1 to 1" in shown


def test_a_corrected_value_that_no_article_says_is_warned_of(write: Write, screen: io.StringIO) -> None:
    """There is no article to choose then."""
    case = write("n", "800", "", "")
    assert case
    assert (case.expect, case.cite) == (("800",), ())
    assert "no article says '800': the case cannot pass" in screen.getvalue()


def test_silence_can_be_the_right_answer(write: Write) -> None:
    """Said outright, or by accepting an answer that is silence."""
    said = write("s", "")
    assert said
    assert said.unanswerable
    accepted = write("y", "", question="Who painted the Mona Lisa?")
    assert accepted
    assert accepted.unanswerable


@pytest.mark.parametrize("lines", [("q",), (), ("n", "90"), ("y", "90", "")])
def test_leaving_writes_nothing(write: Write, tmp_path: Path, lines: tuple[str, ...]) -> None:
    """By `q`, or by the end of the input at any prompt."""
    assert write(*lines) is None
    assert not (tmp_path / "cases.jsonl").exists()


def test_a_case_is_added_below_those_that_are_there(write: Write, tmp_path: Path, screen: io.StringIO) -> None:
    """Also where the last line has no end; an id that is taken gets a number; a question asked already is told."""
    file = tmp_path / "cases.jsonl"
    first = {"id": "how-many-passengers-does-the-ferry-carry", "question": f" {QUESTION.upper()}", "expect": ["90"]}
    file.write_text(json.dumps(first))
    assert write("y", "90", "", "")
    assert write("y", "90", "", "")
    assert [case.id.removeprefix(str(first["id"])) for case in load_cases(file)] == ["", "-2", "-3"]
    assert file.read_text().startswith(f"{json.dumps(first)}\n{{")
    assert file.read_text().endswith("}\n")
    assert "asks this already" in screen.getvalue()


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("Où est l'église?", "ou-est-leglise"),
        ("Когда?", "case"),
        ("Who " * 40, "-".join(["who"] * 12)),
        (f"W{'o' * 99}?", f"w{'o' * 47}"),
    ],
)
def test_an_id_is_made_of_the_questions_words(write: Write, question: str, key: str) -> None:
    """Plain letters, hyphens, and no more than can be typed."""
    case = write("s", "", question=question)
    assert case
    assert case.id == key


def test_a_file_or_question_that_cannot_be_used_is_refused_before_anything_is_asked(
    write: Write, tmp_path: Path
) -> None:
    """A malformed file is not added to."""
    with pytest.raises(QuestionError):
        write("y", question="   ")
    (tmp_path / "cases.jsonl").write_text("{broken\n")
    with pytest.raises(CaseError, match="line 1: not JSON"):
        write("y")
    assert (tmp_path / "cases.jsonl").read_text() == "{broken\n"
    (tmp_path / "cases.jsonl").unlink()
    (tmp_path / "cases.jsonl").mkdir()
    with pytest.raises(CaseError, match="cannot be read"):
        write("y")


def test_the_command_writes_a_case(
    command: Command, ferry_eval: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`pullquote eval new` takes its answers from standard input; giving up is exit status 1."""
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n90\n\nboats\n"))
    assert command("new", QUESTION, *ferry_eval[:4]).status == 0
    assert load_cases(tmp_path / "cases.jsonl")[-1].tags == ("boats",)
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    assert command("new", QUESTION, *ferry_eval[:4]).status == 1
