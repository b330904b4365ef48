"""Reads files, each in a process of its own with bounds on time and memory, and prints what came of each as JSON.

Run as a program with the paths. What is read how follows from the suffix: .feed, .sitemap and .gz are what an address
may send, .prose goes all the way to chunks, and others are files that are added.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import trafilatura  # noqa: F401 - imported once, before the processes part
from lxml import etree  # noqa: F401

from index.addresses.content_coding import body_of, unpacked_file
from index.addresses.feeds import read_feed
from index.addresses.sitemaps import read_sitemap
from index.article import Article
from index.errors import LoadingError
from index.loading import MAX_BYTES, load, load_bytes
from index.segmenting import chunks
from rag.prompt_injection import evidence

CPU_SECONDS: Final = 60
MEMORY_BYTES: Final = 2_000_000_000
PLACE: Final = "http://a.example/list"


def read_list(read: Callable[[bytes, str, str], list[object]]) -> Callable[[Path], str]:
    """What says how many entries a feed or sitemap lists."""
    return lambda path: f"{len(read(path.read_bytes(), PLACE, PLACE))} entries"


def read_gzip(path: Path) -> str:
    """How much there is in a gzip file, as a file and as the coding of a response."""
    data = path.read_bytes()
    body_of([data], "gzip", MAX_BYTES, PLACE)
    return f"{len(unpacked_file(data, MAX_BYTES, PLACE))} bytes"


def read_prose(path: Path) -> str:
    """How many chunks a text has, once it is loaded, judged and cut."""
    article = load_bytes(path.read_bytes(), PLACE, PLACE)
    if isinstance(article, LoadingError):
        raise article
    evidence(article.text)
    return f"{len(chunks(article.text, lambda texts: [len(text) // 4 + 1 for text in texts]))} chunks"


def read_files(path: Path) -> str:
    """The articles, or the first error, of a file that is added."""
    found = list(load(path))
    for item in found:
        if not isinstance(item, Article):
            raise item
    return f"{len(found)} articles"


READERS: Final = {
    ".feed": read_list(read_feed),  # type: ignore[arg-type]  # both list entries
    ".sitemap": read_list(read_sitemap),  # type: ignore[arg-type]
    ".gz": read_gzip,
    ".prose": read_prose,
}


def read_alone(path: Path) -> None:
    """Reads `path` in a process of its own; what cannot be read within the bounds kills it, and is said so."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        tell(path, outcome(path))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        tell(path, f"killed: status {status}")


def outcome(path: Path) -> str:
    """What came of reading: a count, the problem that a person is told, or the name of what went wrong."""
    try:
        return READERS.get(path.suffix, read_files)(path)
    except LoadingError as error:
        return f"refused: {error.problem}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test must hear of it
        return f"crashed: {type(error).__name__}: {str(error)[:200]}"


def tell(path: Path, words: str) -> None:
    """One line of JSON."""
    print(json.dumps([path.name, words]), flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        read_alone(Path(name))
