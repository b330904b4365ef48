"""What the verb `add` does: files, folders, standard input and addresses -> the library."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.article import Article, DateSource
from index.errors import LoadingError
from index.library import Library
from index.loading import load, load_bytes
from index.results import AddReport
from service.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from index.addresses.loading import AddressLoader

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PAGES_AT_ONCE: Final = 16

Told = Callable[[int], None]
"""Told how many articles are done."""


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What the caller knows of the articles; it stands where an article does not say it itself."""

    published: date | None = None
    source: str | None = None

    def complete(self, loaded: Iterable[Article | LoadingError]) -> Iterator[Article | LoadingError]:
        """The same, each article with what it lacked."""
        for one in loaded:
            article = one
            if isinstance(article, Article) and self.published and not article.published:
                article = replace(article, published=self.published, published_from=DateSource.GIVEN)
            if isinstance(article, Article) and self.source and not article.source:
                article = replace(article, source=self.source)
            yield article


def add_given(
    given: Sequence[str], library: Library, settings: Settings, told: Told, known: KnownFacts | None = None
) -> AddReport:
    """Adds what is given: paths, `-` for standard input, and addresses, which come last.

    Pages are fetched a few at a time and then added, so that no site is waited for with the writer's lock held.
    """
    known = known or KnownFacts()
    report = AddReport()
    files = [path for path in given if not _ADDRESS.match(path)]
    if files:
        join(report, library.add(known.complete(_from_files(files, settings)), lambda so_far: told(_done(so_far))))
    addresses = [path for path in given if _ADDRESS.match(path)]
    if addresses:
        loader = _address_loader(library, settings)
        pages = (page for address in addresses for page in loader.load(address))
        while lot := list(islice(pages, _PAGES_AT_ONCE)):
            join(report, _add_pages(lot, library, known))
            loader.remember()
            told(_done(report))
    return report


def print_report(report: AddReport, console: Console, errors: Console) -> None:
    """What could not be added, one line each, and how many articles became what."""
    for error in report.failed:
        errors.print(f"failed: {error}", style="red", markup=False, soft_wrap=True)
    counts = (
        (len(report.added), "added"),
        (len(report.replaced), "replaced"),
        (len(report.unchanged), "unchanged"),
        (len(report.failed), "failed"),
    )
    console.print(", ".join(f"{count} {name}" for count, name in counts if count) or "nothing to add", highlight=False)


def join(report: AddReport, more: AddReport) -> None:
    """Counts what `more` tells of into `report`."""
    report.added.extend(more.added)
    report.replaced.extend(more.replaced)
    report.unchanged.extend(more.unchanged)
    report.failed.extend(more.failed)


def _from_files(paths: Iterable[str], settings: Settings) -> Iterator[Article | LoadingError]:
    import hashlib

    for path in paths:
        if path == "-":
            data = sys.stdin.buffer.read(settings.max_file_bytes + 1)
            origin = f"stdin:{hashlib.sha256(data).hexdigest()}"
            yield load_bytes(data, "standard input", origin, settings.max_file_bytes)
        else:
            yield from load(Path(path), settings.max_file_bytes)


def _address_loader(library: Library, settings: Settings) -> AddressLoader:
    from index.addresses.fetching import FetchLimits  # slow to import
    from index.addresses.loading import AddressLoader

    limits = FetchLimits(settings.fetch_timeout_s, settings.max_file_bytes, settings.allow_private_addresses)
    return AddressLoader(library.catalogue, limits, settings.max_feed_entries)


def _add_pages(pages: Sequence[object], library: Library, known: KnownFacts) -> AddReport:
    from index.addresses.loading import Unchanged

    report = library.add(known.complete(page for page in pages if isinstance(page, Article | LoadingError)))
    report.unchanged.extend(page.article_id for page in pages if isinstance(page, Unchanged))
    return report


def _done(report: AddReport) -> int:
    return len(report.added + report.replaced + report.unchanged)
