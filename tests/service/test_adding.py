"""`pullquote add ADDRESS` and `pullquote watch FOLDER`, on real servers, folders and processes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep, time
from typing import Self

import pytest
from rich.console import Console

from index.embedding import SentenceTransformerEmbedder
from index.errors import InputError, LibraryLockedError
from index.library import Library
from index.loading import load
from index.lock import WriterLock
from service import cli
from service.settings import Settings
from service.watching import FolderKeeper
from tests.conftest import ROOT
from tests.index.addresses.conftest import page
from tests.index.web_server import Reply, Versions, WebServer

WORDS = "The ferry left at dawn. It carried many people."
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server that has no page yet."""
    with WebServer() as server:
        yield server


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: SentenceTransformerEmbedder,
) -> Run:
    """Runs a command in this process on a library of its own, allowed to read 127.0.0.1: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULLQUOTE_DATA_DIR", str(tmp_path / "library"))
    monkeypatch.setenv("PULLQUOTE_ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setattr("service.wiring.SentenceTransformerEmbedder", lambda _model: embedder)  # loaded once is enough

    def run_it(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pullquote", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 1
        return (status, *capsys.readouterr())

    return run_it


def test_addresses_and_files_are_added_together(run: Run, web: WebServer, tmp_path: Path) -> None:
    """One bad address among good ones stops nothing; it is named, and the exit status is 1."""
    (tmp_path / "a.txt").write_text(WORDS)
    web.pages["/good"] = Reply(page("Good"))
    status, out, err = run("add", web.url("/none"), "a.txt", web.url("/good"))
    assert (status, out) == (1, "2 added, 1 failed\n")
    assert f"failed: {web.url('/none')}: there is no such page" in err
    _, shown, _ = run("list", "--json")
    assert {article["title"] for article in json.loads(shown)["articles"]} == {"Good", "a.txt"}


def test_an_address_is_asked_again_only_for_what_is_new(run: Run, web: WebServer) -> None:
    """An unchanged page counts as such, also with --json; a changed one is replaced, a removed one loaded again."""
    versions = Versions([page("First")])
    web.pages["/a"] = versions
    assert run("add", web.url("/a"))[:2] == (0, "1 added\n")
    status, out, _ = run("add", "--json", web.url("/a"))
    (article,) = json.loads(out)["unchanged"]
    assert status == 0
    assert web.requests[-1].headers["if-none-match"] == '"1"'
    versions.bodies.append(page("Second"))
    assert run("add", web.url("/a"))[:2] == (0, "1 replaced\n")
    assert run("remove", article)[0] == 0
    assert run("add", web.url("/a"))[:2] == (0, "1 added\n")


def test_the_settings_bound_what_is_fetched(run: Run, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries of a feed, bytes of a page, and whether private addresses may be read."""
    items = "".join(f"<item><link>/{number}</link></item>" for number in range(3))
    web.pages["/feed"] = Reply(f"<rss><channel>{items}</channel></rss>", "text/xml")
    web.pages |= {f"/{number}": Reply(page(f"Report {number}")) for number in range(3)}
    web.pages["/0"] = Reply(page("Long", "word " * 1_000))
    monkeypatch.setenv("PULLQUOTE_MAX_FEED_ENTRIES", "2")
    monkeypatch.setenv("PULLQUOTE_MAX_FILE_BYTES", "2000")
    status, out, err = run("add", web.url("/feed"))
    assert (status, out) == (1, "1 added, 1 failed\n")
    assert "over the limit of 2,000 bytes" in " ".join(err.split())
    monkeypatch.delenv("PULLQUOTE_ALLOW_PRIVATE_ADDRESSES")
    status, out, err = run("add", web.url("/1"))
    assert (status, out) == (1, "1 failed\n")
    assert "set allow_private_addresses" in err


@pytest.mark.parametrize("address", ["ftp://news.test/a", "HTTP://ann:s3cret@news.test/", "file:///etc/passwd"])
def test_an_address_that_cannot_be_fetched_is_no_path(run: Run, address: str) -> None:
    """It is refused as an address, and a password in it is not printed."""
    status, out, err = run("add", address)
    assert (status, out) == (1, "1 failed\n")
    assert "address" in err
    assert "s3cret" not in err


def test_listing_imports_nothing_of_the_web(tmp_path: Path) -> None:
    """Start-up stays fast: the clients of the web are imported only to fetch."""
    program = (
        "import sys; sys.argv = ['pullquote', 'list']\n"
        "from service import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'httpx', 'httpcore', 'feedparser', 'protego', 'watchfiles'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PULLQUOTE_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


# watch


@pytest.fixture
def library(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> Iterator[Library]:
    """An empty library."""
    opened = Library(tmp_path / "library", embedder)
    yield opened
    opened.close()


def keeper_of(library: Library) -> tuple[FolderKeeper, io.StringIO, io.StringIO]:
    """What watches for `library`, and what it prints."""
    out, err = io.StringIO(), io.StringIO()
    settings = Settings(data_dir=library.folder)
    return FolderKeeper(library, settings, Console(file=out), Console(file=err), settle_s=0.2), out, err


def until(happened: Callable[[], bool]) -> None:
    """Waits until something has happened, for ten seconds at most."""
    end = monotonic() + 10
    while not happened() and monotonic() < end:
        sleep(0.02)


def interrupting_when(happened: Callable[[], bool]) -> Callable[[], None]:
    """What sends this process a SIGINT, as Ctrl-C does, once something has happened."""

    def interrupt() -> None:
        until(happened)
        signal.raise_signal(signal.SIGINT)

    return interrupt


@contextmanager
def running(work: Callable[[], None]) -> Iterator[None]:
    """Does some work in a thread meanwhile, and waits for its end."""
    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def written(path: Path, text: str = WORDS) -> Path:
    """A file that was written a minute ago."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (time() - 60, time() - 60))
    return path


def test_a_folder_is_gone_through_once(run: Run, tmp_path: Path) -> None:
    """With --once: a line for each article, the bad file named, exit status 1; and all unchanged the next time."""
    written(tmp_path / "news" / "a.txt", f"Ferry sails\n\n{WORDS}")
    bad = written(tmp_path / "news" / "half.json", '{"text": "The fer')
    status, out, err = run("watch", "--once", "news")
    assert status == 1
    assert out.startswith("added ")
    assert out.endswith("news/a.txt: Ferry sails\n")
    assert "failed: news/half.json: not JSON" in err
    bad.unlink()
    assert run("watch", "--once", "news") == (0, "1 unchanged\n", "")


def test_the_name_of_a_file_cannot_steer_the_terminal(library: Library, tmp_path: Path) -> None:
    """Escape sequences and bytes that are no text are shown as what they are."""
    folder = written(tmp_path / "news" / "a\x1b[2J.txt").parent
    written(folder / os.fsdecode(b"b\xff.txt"), "Another story. It is longer.")
    keeper, out, _ = keeper_of(library)
    keeper.keep(folder, once=True)
    first, second = out.getvalue().splitlines()
    assert f"{folder}/a\\x1b[2J.txt: " in first
    assert f"{folder}/b\\udcff.txt: " in second


def test_a_library_within_the_watched_folder_is_left_out(library: Library, tmp_path: Path) -> None:
    """Its own files change with every article that is added, and are no articles."""
    written(tmp_path / "a.txt")
    keeper, _, err = keeper_of(library)
    for _ in range(2):
        report = keeper.keep(tmp_path, once=True)
    assert (library.folder / "writer.json").exists()
    assert (len(report.added), len(report.unchanged), err.getvalue()) == (1, 1, "")


def test_a_folder_that_is_not_there_is_bad_usage(run: Run, library: Library) -> None:
    """A slip of the pen is told at once."""
    status, _, err = run("watch", "newz")
    assert status == 2
    assert "there is no folder 'newz': make it" in err
    with pytest.raises(InputError):
        keeper_of(library)[0].keep(Path("newz"), once=True)


def test_another_writer_is_waited_for(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While someone else writes, a watch says so and tries again; going through once it stops with the error."""
    monkeypatch.setattr("service.watching._LOCK_RETRY_S", 0.1)
    folder = written(tmp_path / "news" / "a.txt").parent
    keeper, out, err = keeper_of(library)
    held = Event()

    def other_writer() -> None:
        lock = WriterLock(library.folder)
        lock.take()
        held.set()
        until(lambda: "waiting" in err.getvalue())
        sleep(0.4)
        lock.release()

    with running(other_writer):
        assert held.wait(5)
        with pytest.raises(LibraryLockedError):
            keeper_of(library)[0].keep(folder, once=True)
        with running(interrupting_when(lambda: "added" in out.getvalue())):
            report = keeper.keep(folder, once=False)
    assert err.getvalue().startswith("waiting: the library in")
    assert err.getvalue().count("waiting") == 1
    assert len(report.added) == 1


class WatchProcess:
    """`pullquote watch` as a process of its own, which ends with the test."""

    def __init__(self, folder: Path, data: Path) -> None:
        environment = {**os.environ, "PULLQUOTE_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service", "watch", str(folder)],
            env=environment,
            cwd=folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()

    def line(self) -> str:
        """The next line that it prints."""
        assert self._process.stdout
        return self._process.stdout.readline()

    def interrupted(self) -> tuple[int, str]:
        """Exit status after Ctrl-C, and what it printed last."""
        self._process.send_signal(signal.SIGINT)
        rest, _ = self._process.communicate(timeout=20)
        return self._process.returncode, rest


def test_a_watched_folder_keeps_the_library_up_to_date(library: Library, tmp_path: Path) -> None:
    """New, half-written, changed and deleted files, each with its line; another writer adds in between."""
    news = written(tmp_path / "news" / "a.txt").parent
    mine = written(tmp_path / "mine.txt", "Someone else adds this. It is short.")
    keeper, out, err = keeper_of(library)

    def change() -> None:
        until(lambda: f"{news}/a.txt: a.txt" in out.getvalue())
        (news / "b.json").write_text('{"text": "The harbour reop')
        until(lambda: f"failed: {news}/b.json: not JSON" in err.getvalue())
        (news / "b.json").write_text('{"title": "Harbour", "text": "The harbour reopened."}')
        until(lambda: f"{news}/b.json: Harbour" in out.getvalue())
        other = Library(library.folder, library.embedder)
        other.add(load(mine))
        other.close()
        (news / "a.txt").write_text(f"{WORDS} The captain was pleased.")
        until(lambda: "replaced" in out.getvalue())
        (news / "a.txt").unlink()
        interrupting_when(lambda: f"{news}/a.txt is gone; what was added stays" in out.getvalue())()

    with running(change):
        report = keeper.keep(news, once=False)
    assert [line.split(" ")[0] for line in out.getvalue().splitlines()] == [
        "watching",
        "added",
        "added",
        "replaced",
        f"{news}/a.txt",
    ]
    assert (len(report.added), len(report.replaced), len(report.failed)) == (2, 1, 1)
    assert sorted(article.name for article in library.articles()) == ["Harbour", "a.txt", "mine.txt"]


def test_a_watch_ends_with_status_0_on_ctrl_c(library: Library, tmp_path: Path) -> None:
    """As a process of its own: a line for each event as it comes, through an absence of the folder, to the end."""
    news = written(tmp_path / "news" / "a.txt").parent
    library.add(load(news))
    with WatchProcess(news, library.folder) as process:
        assert process.line() == f"watching {news}; Ctrl-C ends it\n"
        assert process.line() == "1 unchanged\n"
        (news / "b.json").write_text('{"text": "The harbour reop')
        assert process.line().startswith(f"failed: {news}/b.json: not JSON")
        news.rename(tmp_path / "away")
        assert process.line() == f"{news} cannot be read any more: waiting for it\n"
        (tmp_path / "away").rename(news)
        assert process.line() == f"{news} is back\n"
        assert process.interrupted() == (0, "")


def test_what_an_article_does_not_say_is_said_when_it_is_added(run: Run, tmp_path: Path) -> None:
    """Day and outlet that are given stand where the article has none, and the day is told to be given."""
    (tmp_path / "plain.txt").write_text(WORDS, encoding="utf-8")
    (tmp_path / "dated.txt").write_text(f"Ferry leaves\n\nMay 14, 2019\n\n{WORDS} It rained.", encoding="utf-8")
    status, _, _ = run("add", "plain.txt", "dated.txt", "--published", "2017-12-11", "--source", "The Morning Tide")
    assert status == 0
    _, listed, _ = run("list", "--json")
    articles = {article["title"]: article for article in json.loads(listed)["articles"]}
    assert {article["source"] for article in articles.values()} == {"The Morning Tide"}
    given, said = articles["plain.txt"], articles["Ferry leaves"]
    assert (given["published"], given["published_from"]) == ("2017-12-11", "given")
    assert (said["published"], said["published_from"]) == ("2019-05-14", "byline")


def test_a_reprint_is_shown_with_its_copies(run: Run, tmp_path: Path) -> None:
    """`show` names the articles that print the same text, as words and as JSON."""
    story = " ".join(f"On pier {n} the crew of ferry {n} counted {n + 3} ropes and went home." for n in range(20))
    for name, headline in (("first", "Ropes counted"), ("second", "Crews go home")):
        (tmp_path / f"{name}.txt").write_text(f"{headline}\n\n{story}", encoding="utf-8")
    run("add", "first.txt", "second.txt")
    _, listed, _ = run("list", "--json")
    ids = {article["title"]: article["id"] for article in json.loads(listed)["articles"]}
    _, shown, _ = run("show", ids["Ropes counted"])
    assert f"same story  {ids['Crews go home']}" in shown
    _, told, _ = run("show", ids["Ropes counted"], "--json")
    assert [copy["id"] for copy in json.loads(told)["copies"]] == [ids["Crews go home"]]
