"""Whether the service is fit to be asked: its models are loaded, and its indexes agree with the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final

import structlog

from index.errors import PullquoteError
from rag.pipeline import QuestionAnswerer
from service.http.problems import disclosed

_log: Final = structlog.get_logger("pullquote.http")


class Readiness:
    """Looks anew each time it is asked, in milliseconds; tells the log when the service gets ready, or no longer is."""

    def __init__(self, answerer: QuestionAnswerer) -> None:
        self._answerer = answerer
        self._lock = threading.Lock()
        self._told: str | None = None

    def hindrance(self) -> str | None:
        """What keeps the service from being ready, without a path; None when it is ready."""
        found = "; ".join(self._hindrances())
        with self._lock:
            changed, self._told = found != self._told, found
        if changed and found:
            _log.warning("not ready", hindrance=found)
        elif changed:
            _log.info("ready")
        return found or None

    def _hindrances(self) -> Iterator[str]:
        if self._answerer.model is not None and not self._answerer.model.loaded:
            yield "the reader model is not loaded yet"
        if not self._answerer.library.embedder.loaded:
            yield "the embedding model is not loaded yet"
            return  # the library may need it to finish what a dead process left undone
        try:
            difference = self._answerer.library.disagreement()
        except PullquoteError as error:
            difference = disclosed(error)
        if difference:
            yield difference
