"""A scripted web server, and a loader that reaches nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from index.addresses.fetching import FetchLimits
from index.addresses.loading import AddressLoader
from index.article import Article, Validators
from tests.index.web_server import WebServer, leading_to

NAMES = {name: ["127.0.0.1"] for name in ("news.test", "www.news.test", "other.test")}


@dataclass
class Memory:
    """What a catalogue remembers of fetched pages, while their articles are stored."""

    known: dict[str, tuple[Validators, str | None]] = field(default_factory=dict)

    def validators(self, url: str) -> Validators | None:
        return self.known[url][0] if url in self.known else None

    def remember_fetched(self, url: str, validators: Validators, article_id: str | None) -> None:
        self.known[url] = (validators, article_id)


MakeLoader = Callable[..., AddressLoader]


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server that has no page yet."""
    with WebServer() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that a loader waited, without having slept."""
    return []


@pytest.fixture
def loader(waits: list[float]) -> MakeLoader:
    """Makes loaders that may read 127.0.0.1, know the names of the tests and no other, and never sleep."""

    def make(
        memory: Memory | None = None, *, max_entries: int = 100, max_bytes: int = 300_000, timeout_s: float = 5.0
    ) -> AddressLoader:
        limits = FetchLimits(timeout_s, max_bytes, allow_private_addresses=True)
        return AddressLoader(memory or Memory(), limits, max_entries, resolve=leading_to(NAMES), wait=waits.append)

    return make


def page(title: str, *more: str, head: str = "") -> str:
    """A web page with an article of that title."""
    text = "The harbour reopened on Tuesday after a week of storms. Ferries left for the islands before noon."
    body = "".join(f"<p>{paragraph}</p>" for paragraph in (text, f"This is the report called {title}.", *more))
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><article>{body}</article></body></html>"
    )


def articles(found: object) -> list[Article]:
    """What was loaded, all of which must be articles."""
    assert isinstance(found, Iterator)
    loaded = list(found)
    assert all(isinstance(item, Article) for item in loaded), loaded
    return loaded
