"""The LLM writer: passages -> claims that a model words and points at, each held against what it points at.

The model never writes a quote: it gives the ids of sentences, and the sentences are copied from the articles.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Final, TypeAlias

from index.article import Span
from index.errors import (
    ContextOverflowError,
    LanguageModelError,
    ModelRefusalError,
    ReplyCancelledError,
    UnusableReplyError,
)
from rag.answer import Passage
from rag.claim_checks import Failed, Standing, check, in_other_language
from rag.claim_parsing import DraftClaim, ReplyParser
from rag.language_model import Cancellation, LanguageModel
from rag.numbering import NumberedSentence, numbered
from rag.prompts import answer_messages, reply_schema

_REPLIES: Final = 2
"""How often a model is asked at most while its reply cannot be used."""


Place: TypeAlias = tuple[str, Span]
"""Where a sentence stands: its article's id, and its span."""


class ReplyFormat(StrEnum):
    """How a model is asked to reply: JSON under a schema, text with markers, or what its server can hold it to."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a model's claims.

    `unknown_ids`: ids it pointed at that no sentence has; `dropped_claims`: claims that did not stand, also when
    written again; `broken`: why the reply ended early, after a claim that stands; None when it did not.
    """

    unknown_ids: int
    dropped_claims: int
    broken: str | None


@dataclass(frozen=True, slots=True)
class Writer:
    """Words answers with a language model. Safe to share between threads.

    `passages`: how many of the nearest ones the model is given; `seconds`: how long all its replies to one
    question may take together. `odds`: how many times likelier it is that the reader is right about a sentence
    once a claim of the model stands on it, as measured (docs/language-models.md).
    """

    model: LanguageModel
    passages: int = 3
    seconds: float = 120.0
    reply_format: ReplyFormat = ReplyFormat.AUTO
    odds: float = 4.0

    def confidence(self, reader_confidence: float) -> float:
        """The probability in [0, 1] that a claim answers which stands on a sentence that the reader gives this one."""
        return self.odds * reader_confidence / (1 + (self.odds - 1) * reader_confidence)

    def write(
        self,
        question: str,
        passages: Sequence[Passage],
        likely: Collection[Place],
        cancellation: Cancellation,
    ) -> Generator[Standing, None, Written]:
        """The claims that stand, each as soon as it is complete; returns what became of the others.

        `likely`: the places of the sentences that the reader believes in most; the model is told of them.
        A prompt that is too long for the model is sent again with half the passages, and one whose schema its
        server refuses as a prompt for text. Raises LanguageModelError
        when the model gives no usable reply, and ReplyCancelledError when nobody waits for one.
        """
        deadline = monotonic() + self.seconds
        shown = tuple(passages[: self.passages])
        replies_left = _REPLIES
        as_json = self.reply_format is ReplyFormat.JSON or (
            self.reply_format is ReplyFormat.AUTO and self.model.constrains
        )
        while True:
            answering = _Answering(self.model, question, shown, likely, deadline, cancellation, as_json=as_json)
            try:
                return (yield from answering.claims())
            except ContextOverflowError:
                if len(shown) == 1:
                    raise
                shown = shown[: len(shown) // 2]
            except UnusableReplyError:
                replies_left -= 1
                if not replies_left:
                    raise
            except ModelRefusalError as error:
                if not (as_json and error.form and self.reply_format is ReplyFormat.AUTO):
                    raise
                as_json = False


class _Answering:
    """One prompt to the model and, if claims of its reply fail, one more for these."""

    def __init__(
        self,
        model: LanguageModel,
        question: str,
        passages: Sequence[Passage],
        likely: Collection[Place],
        deadline: float,
        cancellation: Cancellation,
        *,
        as_json: bool,
    ) -> None:
        self._model = model
        self._as_json = as_json
        self._question = question
        self._passages = passages
        self._sentences: Mapping[str, NumberedSentence] = numbered(passages)
        self._likely = [key for key, each in self._sentences.items() if (each.article.id, each.span) in likely]
        self._deadline = deadline
        self._cancellation = cancellation
        self._stood: set[str] = set()
        self._unknown_ids = 0

    def claims(self) -> Generator[Standing, None, Written]:
        parser = ReplyParser()
        failed = yield from self._standing(self._drafts(parser))
        if isinstance(failed, LanguageModelError):
            return self._written(0, failed)
        if not failed:
            if not self._stood and not parser.silent:
                raise self._unusable("has neither claims nor says that there are none")
            return self._written(0)
        failures = {each.text: each.problem for each in failed}
        stood = len(self._stood)
        try:
            outcome = yield from self._standing(self._drafts(ReplyParser(), failures))
        except UnusableReplyError:
            outcome = failed
        mended = len(self._stood) - stood
        if isinstance(outcome, LanguageModelError):
            return self._written(max(0, len(failed) - mended), outcome)
        return self._written(max(len(outcome), len(failed) - mended))

    def _standing(self, drafts: Iterable[DraftClaim]) -> Generator[Standing, None, list[Failed] | LanguageModelError]:
        """Gives the claims that stand and returns those that failed.

        Returns the error that ended the reply where claims stood before it, and raises it where none did.
        """
        failed: list[Failed] = []
        try:
            for draft in drafts:
                if in_other_language(draft.text, [self._question, *(item.text for item in self._passages)]):
                    raise self._unusable("is in another language than the articles")
                found = check(draft, self._sentences)
                self._unknown_ids += found.unknown_ids
                if isinstance(found, Failed):
                    failed.append(found)
                elif found.text not in self._stood:
                    self._stood.add(found.text)
                    yield found
        except ReplyCancelledError:
            raise
        except LanguageModelError as error:
            if not self._stood:
                raise
            return error
        return failed

    def _drafts(self, parser: ReplyParser, failures: Mapping[str, str] | None = None) -> Iterator[DraftClaim]:
        messages = answer_messages(self._question, self._passages, self._likely, failures, as_json=self._as_json)
        schema = reply_schema(self._sentences) if self._as_json else None
        seconds = max(0.1, self._deadline - monotonic())
        for part in self._model.reply(messages, schema, seconds, self._cancellation):
            yield from parser.feed(part)
        yield from parser.end()
        if not parser.complete:
            raise self._unusable("is broken off" if parser.text.strip() else "is empty")

    def _unusable(self, fault: str) -> UnusableReplyError:
        return UnusableReplyError(f"the reply of the model {self._model.name!r} {fault}")

    def _written(self, dropped: int, broken: LanguageModelError | None = None) -> Written:
        return Written(self._unknown_ids, dropped, str(broken) if broken else None)
