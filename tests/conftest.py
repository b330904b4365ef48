"""Shared parts: the real embedding model, libraries in temporary folders, and articles written for the tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from index.loading import load
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "eval" / "articles"
REAL_ARTICLES = ROOT.parent / "shared" / "articles"

BRIDGE = Article(
    "bridge",
    "The new harbour bridge in Velmora opened on May 14, 2024. Mayor Ines Calloway cut the ribbon.\n\n"
    "Building it took six years and cost 40 million euros. About 12,000 cars will cross it each day.",
    "Harbour bridge opens",
    source="The Harbour Gazette",
)
OWLS = Article(
    "owls",
    "A pair of snowy owls has nested on the roof of the Northfield library."
    " Dr. Pell, who rings birds, counted five eggs.",
    "Owls move into library",
    source="Northfield Courier",
)


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    """The real model, loaded once for the whole run."""
    return SentenceTransformerEmbedder()


@pytest.fixture
def library(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> Iterator[Library]:
    """An empty library."""
    opened = Library(tmp_path / "library", embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Path:
    """A data folder that holds the shipped sample articles; not to be changed."""
    folder = tmp_path_factory.mktemp("samples") / "library"
    built = Library(folder, embedder)
    report = built.add(load(SAMPLES))
    assert not report.failed
    built.close()
    return folder


@pytest.fixture(scope="session")
def sample_library(sample_folder: Path, embedder: SentenceTransformerEmbedder) -> Iterator[Library]:
    """The library over the sample articles, for reading."""
    opened = Library(sample_folder, embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def reader_model() -> ReaderModel:
    """The shipped reader model, loaded once for the whole run."""
    model = ReaderModel()
    model.load()
    return model


@pytest.fixture(scope="session")
def answerer(sample_library: Library, reader_model: ReaderModel) -> QuestionAnswerer:
    """Answers questions from the sample articles, as the doors do by default."""
    return QuestionAnswerer(sample_library, reader_model)


@pytest.fixture
def copy_of_samples(
    tmp_path: Path, sample_folder: Path, embedder: SentenceTransformerEmbedder
) -> Iterator[Callable[[], Library]]:
    """Opens a copy of the sample library that a test may change; a second call opens the same folder again."""
    folder = tmp_path / "copy"
    opened: list[Library] = []

    def open_copy() -> Library:
        if not folder.exists():
            shutil.copytree(sample_folder, folder)
        opened.append(Library(folder, embedder))
        return opened[-1]

    yield open_copy
    for one in opened:
        one.close()
