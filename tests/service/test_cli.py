"""The command line, with its exit statuses: 0 answered, 3 not in the articles, 2 bad usage, 1 failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import Run
from tests.conftest import REAL_ARTICLES, ROOT, SAMPLES


@pytest.fixture
def filled(run: Run) -> Run:
    """A library that holds one short article."""
    text = "The bridge in Velmora opened on Monday. Building the bridge cost 40 million euros."
    article = f"Harbour bridge opens\n\nMay 14, 2024\n\n{text}\n".encode()
    assert run("add", "-", stdin=article).status == 0
    return run


def test_a_folder_is_added_and_a_bad_file_in_it_named(run: Run, tmp_path: Path) -> None:
    """The good ones land, the bad one is named, and the exit status is 1."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "good.txt").write_text("The ferry sails again on Monday, the owner said.")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 cut off")
    done = run("add", str(folder))
    assert done.status == 1
    assert "1 added, 1 failed" in done.out
    assert "bad.pdf" in done.err
    again = run("add", str(folder / "good.txt"))
    assert (again.status, again.out) == (0, "1 unchanged\n")


def test_a_question_is_answered_or_not(filled: Run) -> None:
    """Exit status 0 with quotes, 3 with the nearest passages."""
    answered = filled("ask", "How much did building the bridge cost?")
    assert answered.status == 0
    assert "“Building the bridge cost 40 million euros.” [1]" in answered.out
    assert "May 14, 2024" in answered.out
    silent = filled("ask", "Who won the 2022 World Cup?")
    assert silent.status == 3
    assert "The articles do not say." in silent.out
    assert "Nearest passages" in silent.out


def test_an_empty_library_says_what_to_do(run: Run) -> None:
    """Exit status 3, and the command that helps."""
    done = run("ask", "Anyone there?")
    assert done.status == 3
    assert "pullquote add" in done.out
    assert "pullquote add" in run("list").out


def test_everything_that_can_be_piped_speaks_json(filled: Run) -> None:
    """One JSON object on standard output, nothing else."""
    (listed,) = json.loads(filled("list", "--json").out)["articles"]
    assert listed["published"] == "2024-05-14"
    shown = json.loads(filled("show", listed["id"], "--json").out)
    answer = json.loads(filled("ask", "How much did building the bridge cost?", "--json").out)
    citation = answer["citations"][0]
    assert shown["text"][citation["start_char_index"] : citation["end_char_index"]] == citation["cited_text"]
    assert json.loads(filled("search", "bridge", "--json").out)["passages"]
    assert json.loads(filled("verify", "the bridge cost 40 million", "--json").out)["verbatim"] is True
    assert json.loads(filled("add", "-", "--json", stdin=b"A second article came in today.").out)["added"]


def test_articles_are_listed_shown_searched_and_removed(filled: Run) -> None:
    """The verbs for people print text."""
    key = json.loads(filled("list", "--json").out)["articles"][0]["id"]
    assert "Harbour bridge opens" in filled("list").out
    assert "May 14, 2024" in filled("show", key[:6]).out
    assert "Harbour bridge opens" in filled("search", "bridge").out
    assert "removed" in filled("remove", key).out
    assert filled("search", "bridge").status == 3
    missing = filled("show", key)
    assert missing.status == 2
    assert "no article has the id" in missing.err


def test_a_quote_is_verified_or_not_found(filled: Run) -> None:
    """Exit status 0 with the place, 3 without."""
    hit = filled("verify", "40 million euros")
    assert hit.status == 0
    assert "verbatim" in hit.out
    miss = filled("verify", "41 million euros")
    assert (miss.status, "not found" in miss.out) == (3, True)
    assert filled("verify", " ").status == 2


def test_doctor_is_content_after_a_rebuild_and_not_without_an_index(filled: Run, tmp_path: Path) -> None:
    """Exit status 0 or 1, and the cure works."""
    import shutil

    assert filled("doctor").status == 0
    shutil.rmtree(tmp_path / "library" / "lexical")
    broken = filled("doctor")
    assert broken.status == 1
    assert "pullquote rebuild" in broken.out + broken.err
    assert filled("rebuild").status == 0
    assert filled("doctor").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", ""), "the question is empty"),
        (("ask", "x" * 100_000), "over the limit of 2,000"),
        (("ask",), "Missing argument"),
        (("ask", "Who?", "--after", "yesterday"), "yesterday"),
        (("nonsense",), "No such command"),
        (("show", "no"), "no article has the id"),
    ],
)
def test_bad_usage_exits_2_and_says_why(run: Run, arguments: tuple[str, ...], words: str) -> None:
    """One message on standard error, no stack trace."""
    done = run(*arguments)
    assert done.status == 2
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("path", ["missing.txt", "http://127.0.0.1:9/story"])
def test_what_cannot_be_added_is_named(run: Run, path: str) -> None:
    """Exit status 1, with the path and a cure or cause."""
    done = run("add", path)
    assert done.status == 1
    assert path in done.err


def test_an_unknown_setting_names_the_nearest_known_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in a setting is not passed over."""
    monkeypatch.setenv("PULLQUOTE_PASAGES", "3")
    done = run("list")
    assert done.status == 2
    assert "'PULLQUOTE_PASAGES'" in done.err
    assert "'PULLQUOTE_PASSAGES'" in done.err


def test_another_embedding_model_is_refused_with_the_cure(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 1, naming both models."""
    monkeypatch.setenv("PULLQUOTE_EMBEDDING_MODEL", str(tmp_path / "other-model"))
    done = filled("ask", "Who?")
    assert done.status == 1
    assert "all-MiniLM-L6-v2@" in done.err
    assert "pullquote rebuild" in done.err


def test_a_data_folder_that_cannot_be_made_is_a_clear_error(run: Run, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("x")
    done = run("--data-dir", str(tmp_path / "file"), "list")
    assert done.status == 1
    assert "PULLQUOTE_DATA_DIR" in done.err


def test_the_version_and_the_help_are_there(run: Run) -> None:
    """Both exit 0; the help names every verb."""
    assert run("--version").out.startswith("pullquote ")
    shown = run("--help")
    assert shown.status == 0
    for verb in "add list show remove search ask chat serve verify doctor rebuild eval".split():
        assert f"\n  {verb}" in shown.out


def test_help_loads_none_of_the_heavy_parts() -> None:
    """What makes --help and list fast: torch, Chroma, SQLAlchemy and FastAPI stay out until needed."""
    code = (
        "import sys; from service import cli; sys.argv = ['pullquote', '--help']\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'chromadb', 'tantivy', 'sqlalchemy', 'fastapi', 'transformers', 'trafilatura', 'numpy'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "loaded: []" in done.stdout


def test_list_loads_neither_model_nor_indexes(tmp_path: Path) -> None:
    """Listing needs the catalogue only."""
    code = (
        "import sys; from service import cli; sys.argv = ['pullquote', 'list']\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "print('loaded:', sorted({'torch', 'chromadb', 'tantivy', 'fastapi', 'transformers'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PULLQUOTE_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert "loaded: []" in done.stdout


def test_a_second_writer_is_refused_while_a_process_adds(tmp_path: Path) -> None:
    """Two real processes: the error names the one that holds the lock."""
    environment = {**os.environ, "PULLQUOTE_DATA_DIR": str(tmp_path / "library")}
    command = [sys.executable, "-m", "service", "add"]
    first = subprocess.Popen([*command, str(SAMPLES)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    note = tmp_path / "library" / "writer.json"
    deadline = time.monotonic() + 60
    while not note.is_file() and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    second = subprocess.run(
        [*command, str(SAMPLES)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert f"process {first.pid}" in second.stderr
    assert first.wait(120) == 0


def test_the_real_articles_answer_the_questions_they_must(run: Run) -> None:
    """Three questions of five real articles: a year from three of them, a name, and silence."""
    if not REAL_ARTICLES.is_dir():
        pytest.skip("the five real articles are not here")
    assert run("add", str(REAL_ARTICLES)).out == "5 added\n"
    when = json.loads(run("ask", "When did Russia intervene?", "--json").out)
    assert "2015" in when["text"]
    assert len({citation["article_id"] for citation in when["citations"]}) >= 3
    who = run("ask", "Who was in charge of Moscow's operations in Syria?")
    assert (who.status, "Kisel" in who.out) == (0, True)
    assert run("ask", "Who won the 2022 World Cup?").status == 3
