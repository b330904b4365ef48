"""What is told of each answer: a line in the log, the metrics, and, where questions are logged, the trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from opentelemetry.trace import get_current_span

from rag.answer import Answer, Passage, Question
from service.http.metrics import Metrics

_log: Final = structlog.get_logger("pullquote.http")


class Observer:
    """Sees the answers that leave by any door. The words of a question are told only with `log_questions`."""

    def __init__(self, metrics: Metrics, *, log_questions: bool) -> None:
        self._metrics = metrics
        self._log_questions = log_questions

    def answered(self, question: Question, answer: Answer, door: str) -> None:
        """An answer is complete; `door` names the route's kind, `ask` or `chat`."""
        self._metrics.observe_answer(answer, door)
        _log.info(
            "question answered",
            door=door,
            status=answer.status.value,
            reason=answer.reason.value if answer.reason else None,
            confidence=round(answer.confidence, 3),
            citations=len(answer.citations),
            generation=answer.generation,
            writer=answer.writing.writer,
            degraded=answer.writing.degraded is not None,
            retrieve_ms=round(answer.timings.retrieve_ms, 1),
            read_ms=round(answer.timings.read_ms, 1),
            write_ms=round(answer.timings.write_ms, 1),
            **self._words(question),
        )

    def searched(self, question: Question, passages: Sequence[Passage]) -> None:
        """A search is done."""
        _log.info("search answered", passages=len(passages), **self._words(question))

    def _words(self, question: Question) -> dict[str, str]:
        if not self._log_questions:
            return {}
        get_current_span().set_attribute("pullquote.question", question.text)
        return {"question": question.text}
