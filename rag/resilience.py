"""A language model that is asked again when it may help, and left alone when it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Final

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from index.errors import (
    ContextOverflowError,
    ModelLeftAloneError,
    ModelRefusalError,
    ModelUnreachableError,
    ReplyCancelledError,
)
from rag.circuit_breaker import CircuitBreaker
from rag.language_model import Cancellation, JsonSchema, LanguageModel, Message

ATTEMPTS: Final = 3
FAILURES_IN_A_ROW: Final = 5
REST_SECONDS: Final = 30.0
_BACKOFF: Final = wait_exponential_jitter(multiplier=0.5, max=8.0, jitter=0.5)


class ResilientModel:
    """A LanguageModel over another one: bounded retries, and a circuit breaker.

    A failure that may pass is tried again, `attempts` times in all, after the time that the server
    asks for or a growing one, as long as that ends before the reply's seconds do. Once a part of a reply
    has come, nothing is tried again: what was said cannot be taken back. After `failures` failures in a
    row, of whichever callers, no request is sent for `rest` seconds; then one decides.
    """

    def __init__(
        self,
        model: LanguageModel,
        attempts: int = ATTEMPTS,
        failures: int = FAILURES_IN_A_ROW,
        rest: float = REST_SECONDS,
    ) -> None:
        self._model = model
        self._attempts = attempts
        self._breaker = CircuitBreaker(failures, rest)

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def constrains(self) -> bool:
        return self._model.constrains

    def reply(
        self, messages: Sequence[Message], schema: JsonSchema | None, seconds: float, cancellation: Cancellation
    ) -> Iterator[str]:
        deadline = monotonic() + seconds
        retrying = Retrying(
            stop=stop_after_attempt(self._attempts) | stop_before_delay(seconds),
            wait=_pause,
            retry=retry_if_exception_type(ModelUnreachableError),
            sleep=sleep_using_event(cancellation.cancelled),
            reraise=True,
        )
        first, rest = retrying(lambda: self._begin(messages, schema, deadline - monotonic(), cancellation))
        yield first
        yield from rest

    def _begin(
        self, messages: Sequence[Message], schema: JsonSchema | None, seconds: float, cancellation: Cancellation
    ) -> tuple[str, Iterator[str]]:
        """The first part of a reply ("" when it is empty) and the others, still to come."""
        if cancellation.cancelled.is_set():
            raise ReplyCancelledError(f"the reply of {self.name!r} was stopped: nobody waits for it")
        if not self._breaker.lets_through():
            raise ModelLeftAloneError(
                f"the model {self.name!r} failed {self._breaker.failures} times in a row:"
                f" it is left alone for {self._breaker.rest:.0f} s after the last one"
            )
        parts = self._counted(self._model.reply(messages, schema, seconds, cancellation))
        return next(parts, ""), parts

    def _counted(self, parts: Iterator[str]) -> Iterator[str]:
        """`parts`, with what becomes of them told to the breaker; a refusal too shows that the server is there."""
        try:
            yield from parts
        except ModelUnreachableError:
            self._breaker.failed()
            raise
        except (ContextOverflowError, ModelRefusalError):
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ModelUnreachableError) else None
    return _BACKOFF(state) if asked is None else asked
