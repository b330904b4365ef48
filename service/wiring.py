"""Settings -> the parts that do the work. One way to build them, for every door and for the eval."""

from __future__ import annotations

from dataclasses import replace

from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from rag.pipeline import QuestionAnswerer
from rag.retrieval import RetrievalParameters
from service.settings import Settings


def open_library(settings: Settings) -> Library:
    """The library in the data folder, made when missing. Raises LibraryUnusableError."""
    return Library(settings.data_dir, SentenceTransformerEmbedder(settings.embedding_model))


def question_answerer(settings: Settings, library: Library) -> QuestionAnswerer:
    """What answers questions from `library`."""
    return QuestionAnswerer(library, replace(RetrievalParameters(), passages=settings.passages))
