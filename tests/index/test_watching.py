"""Files of a watched folder are told of once they are whole, again when they change, and through any absence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from time import sleep, time

import pytest

from index.article import Article
from index.loading import load
from index.watching import (
    FilesGone,
    FilesReady,
    FilesUnsettled,
    FolderBack,
    FolderEvent,
    FolderGone,
    watch_folder,
)

SETTLE_S = 0.15
WORDS = "The ferry left at dawn. It carried many people."


class Watched:
    """A folder that is watched in a thread; what happens is taken out one event after the other."""

    def __init__(self, folder: Path, settle_s: float) -> None:
        self._folder = folder
        self._settle_s = settle_s
        self._stop = Event()
        self._events: Queue[FolderEvent] = Queue()
        self._thread = Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        for event in watch_folder(self._folder, self._stop, settle_s=self._settle_s, look_s=0.2):
            self._events.put(event)

    def end(self) -> None:
        """Ends the watch, which must end soon."""
        self._stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive()

    def next(self) -> FolderEvent:
        """The next event."""
        return self._events.get(timeout=5)

    def is_quiet(self, seconds: float) -> bool:
        """Whether nothing happens for that long."""
        try:
            self._events.get(timeout=seconds)
        except Empty:
            return True
        return False


Watch = Callable[..., Watched]


@pytest.fixture
def watch(news: Path) -> Iterator[Watch]:
    """Begins to watch the folder `news`, with files that settle in so many seconds."""
    begun: list[Watched] = []

    def begin(settle_s: float = SETTLE_S) -> Watched:
        begun.append(Watched(news, settle_s))
        return begun[-1]

    yield begin
    for watched in begun:
        watched.end()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """The folder that is watched."""
    folder = tmp_path / "news"
    folder.mkdir()
    return folder


def put(path: Path, text: str = WORDS, age_s: float = 60.0) -> Path:
    """A file that was written so long ago."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (time() - age_s, time() - age_s))
    return path


def test_what_is_there_is_told_at_once(watch: Watch, news: Path) -> None:
    """Files that have been still for long do not wait, and come in the order of their names."""
    second, first = put(news / "b.txt"), put(news / "a" / "x.md")
    assert watch(settle_s=50).next() == FilesReady((first, second))


def test_files_are_those_that_are_loaded_from_a_folder(watch: Watch, news: Path) -> None:
    """Hidden files and folders and other kinds are passed over, as `load` does."""
    names = "a.txt b.MD c.html d.htm e.json f.jsonl .g.txt h.docx i.txt.part j .k/l.txt m/n.txt".split()
    for name in names:
        put(news / name, '{"text": "The ferry left at dawn."}')
    event = watch().next()
    loaded = {
        Path(found.origin.partition("#")[0] if isinstance(found, Article) else found.place) for found in load(news)
    }
    assert isinstance(event, FilesReady)
    assert set(event.paths) == loaded
    assert len(loaded) == 7


def test_a_new_and_a_changed_file_are_told(watch: Watch, news: Path) -> None:
    """Each once; a file that is moved in from elsewhere counts as new."""
    watched = watch()
    path = put(news / "a.txt")
    assert watched.next() == FilesReady((path,))
    path.write_text(f"{WORDS} More came later.")
    assert watched.next() == FilesReady((path,))
    moved = put(news.parent / "b.txt").rename(news / "b.txt")
    assert watched.next() == FilesReady((moved,))
    assert watched.is_quiet(0.4)


def test_a_file_is_told_when_it_is_no_longer_written(watch: Watch, news: Path) -> None:
    """While it grows, and for a while after, nobody reads it; even if it keeps an old time, as copies do."""
    there = put(news / "there.txt")
    watched = watch(settle_s=0.6)
    assert watched.next() == FilesReady((there,))
    path = news / "a.txt"
    with path.open("w") as file:
        for _ in range(10):
            file.write(WORDS)
            file.flush()
            os.utime(path, (1_000_000_000, 1_000_000_000))
            sleep(0.1)
        size = path.stat().st_size
    event = watched.next()
    assert event == FilesReady((path,))
    assert path.stat().st_size == size
    assert watched.is_quiet(0.3)


def test_a_deleted_file_is_told_once_and_not_read_again_when_it_comes_back(watch: Watch, news: Path) -> None:
    """The same file, in size and time, is the same; another one in its place is new."""
    path = put(news / "a.txt")
    watched = watch()
    assert watched.next() == FilesReady((path,))
    aside = path.rename(news.parent / "aside.txt")
    assert watched.next() == FilesGone((path,))
    aside.rename(path)
    assert watched.is_quiet(0.4)
    path.unlink()
    assert watched.next() == FilesGone((path,))
    put(path, "Another story. It is longer.")
    assert watched.next() == FilesReady((path,))


def test_a_folder_that_goes_is_waited_for(watch: Watch, news: Path) -> None:
    """Another folder in its place, as after a mount, is watched in turn; files that are the same stay known."""
    path = put(news / "a.txt")
    watched = watch()
    assert watched.next() == FilesReady((path,))
    away = news.rename(news.with_name("away"))
    assert watched.next() == FolderGone()
    assert watched.is_quiet(0.4)
    away.rename(news)
    assert watched.next() == FolderBack()
    news.rename(away)
    assert watched.next() == FolderGone()
    news.mkdir()
    assert watched.next() == FolderBack()
    assert watched.next() == FilesGone((path,))
    new = put(news / "b.txt")
    assert watched.next() == FilesReady((new,))


def test_a_folder_that_links_to_itself_is_walked_once(watch: Watch, news: Path) -> None:
    """A link to a folder is followed, and a loop of links ends."""
    path = put(news / "a.txt")
    (news / "loop").symlink_to(news)
    elsewhere = put(news.parent / "elsewhere" / "b.txt")
    (news / "linked").symlink_to(elsewhere.parent)
    assert watch().next() == FilesReady((path, news / "linked" / "b.txt"))


def test_one_look_tells_of_what_is_there_and_ends(news: Path) -> None:
    """With `once`, a file that is being written is waited for, and then it ends by itself."""
    old = put(news / "a.txt")
    new = put(news / "b.txt", age_s=0)
    events = list(watch_folder(news, Event(), once=True, settle_s=SETTLE_S))
    assert events == [FilesReady((old,)), FilesReady((new,))]
    assert list(watch_folder(news / "none", Event(), once=True)) == [FolderGone()]


def test_one_look_does_not_wait_for_ever(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is written without end is told as such."""
    monkeypatch.setattr("index.watching._ONCE_PATIENCE_S", 0.3)
    path = put(news / "a.txt", age_s=0)
    ended = Event()

    def write() -> None:
        while not ended.wait(0.02):
            with path.open("a") as file:
                file.write(WORDS)

    writer = Thread(target=write)
    writer.start()
    try:
        assert list(watch_folder(news, Event(), once=True, settle_s=SETTLE_S)) == [FilesUnsettled((path,))]
    finally:
        ended.set()
        writer.join()
