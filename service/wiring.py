"""Settings -> the parts that do the work. One way to build them, for every door and for the eval."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from index.embedding import SentenceTransformerEmbedder
from index.errors import ModelError
from index.library import Library
from index.lock import WriterLock
from index.vector_place import ChromaServer
from rag.generation import Writer
from rag.llm import open_language_model
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from rag.resilience import ResilientModel
from rag.retrieval import RetrievalParameters
from service.settings import Settings

_log: Final = logging.getLogger("pullquote")


def open_library(settings: Settings, writer_lock: WriterLock | None = None) -> Library:
    """The library in the data folder, made when missing; it writes under `writer_lock`, if one is given.

    Raises LibraryUnusableError, or SettingsError for an address that is no Chroma server's.
    """
    server = ChromaServer(settings.chroma_url, settings.chroma_collection) if settings.chroma_url else None
    embedder = SentenceTransformerEmbedder(settings.embedding_model)
    return Library(settings.data_dir, embedder, chroma_server=server, writer_lock=writer_lock)


def question_answerer(settings: Settings, library: Library) -> QuestionAnswerer:
    """What answers questions from `library`. Raises SettingsError when the language model cannot be set up."""
    return QuestionAnswerer(
        library,
        reader_model(settings),
        replace(RetrievalParameters(), passages=settings.passages),
        writer=_writer(settings),
        history_tokens=settings.history_tokens,
    )


def _writer(settings: Settings) -> Writer | None:
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
    model = open_language_model(settings.llm, key)
    if model is None:
        return None
    return Writer(
        ResilientModel(model), settings.llm_passages, settings.llm_timeout_s, settings.llm_format, settings.llm_odds
    )


def reader_model(settings: Settings) -> ReaderModel | None:
    """The trained reader, loaded; None when the settings want none, or, with a warning, when it cannot be loaded."""
    if settings.reader == "scores":
        return None
    model = ReaderModel()
    try:
        model.load()
    except ModelError as error:
        _log.warning("%s; until then answers come from scores alone, and are worse", error)
        return None
    return model
