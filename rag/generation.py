"""The LLM writer: passages -> claims that a model words and points at, each held against what it points at.

The model never writes a quote: it gives the ids of sentences, and the sentences are copied from the articles.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import Final, TypeAlias

from index.errors import (
    ContextOverflowError,
    LanguageModelError,
    ModelRefusalError,
    ReplyCancelledError,
    UnusableReplyError,
)
from rag.answer import Citation, Passage
from rag.answer_draft import AnswerDraft
from rag.claim_checks import Failed, check, in_other_language
from rag.claim_parsing import DraftClaim, ReplyParser
from rag.events import ClaimMade
from rag.language_model import Cancellation, LanguageModel
from rag.numbering import numbered
from rag.prompts import answer_messages, reply_schema
from rag.reading import ScoredSentence

_REPLIES: Final = 2
"""How often a model is asked at most while its reply cannot be used."""


_LIKELY: Final = 2
"""How many of the sentences that the reader ranks first the model is told of."""

Believes: TypeAlias = Callable[[str, Sequence[Citation]], bool]


class ReplyFormat(StrEnum):
    """How a model is asked to reply: JSON under a schema, text with markers, or what its server can hold it to."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a model's claims.

    `draft`: those that stand; `unknown_ids`: ids it pointed at that no sentence has; `dropped_claims`: claims that
    did not stand, also when written again; `disbelieved_claims`: claims that stand on sentences which the reader does
    not take for an answer; `broken`: why the reply ended early, None when it did not.
    """

    draft: AnswerDraft
    unknown_ids: int
    dropped_claims: int
    disbelieved_claims: int
    broken: str | None


@dataclass(frozen=True, slots=True)
class Writer:
    """Words answers with a language model. Safe to share between threads.

    `passages`: how many of the nearest ones the model is given; `seconds`: how long all its replies to one question
    may take together, that which rewrites it included. `odds`: how many times likelier it is that the reader is right
    about a sentence once a claim of the model stands on it, as measured (docs/language-models.md).
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
        ranked: Sequence[ScoredSentence],
        believes: Believes,
        deadline: float,
        cancellation: Cancellation,
    ) -> Generator[ClaimMade, None, Written]:
        """The claims that stand, each as soon as it is complete; returns what became of all.

        `ranked`: sentences as the reader ranks them, the first of which the model is told of; `believes`: whether
        the reader takes a claim on some quotes for an answer; `deadline`: until when, by the monotonic clock. A
        prompt that is too long for the model is sent again with half the passages, and one whose schema its server
        refuses as a prompt for text. Raises LanguageModelError when there is no usable reply, and
        ReplyCancelledError when nobody waits for one.
        """
        shown = tuple(passages[: self.passages])
        replies_left = _REPLIES
        as_json = self.reply_format is ReplyFormat.JSON or (
            self.reply_format is ReplyFormat.AUTO and self.model.constrains
        )
        while True:
            prompt = _Prompt(question, shown, ranked, as_json=as_json)
            answering = _Answering(self.model, prompt, believes, deadline, cancellation)
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


class _Prompt:
    """What a model is asked about one question: passages with numbered sentences, and the form of its reply."""

    def __init__(
        self, question: str, passages: Sequence[Passage], ranked: Sequence[ScoredSentence], *, as_json: bool
    ) -> None:
        self.sentences = numbered(passages, ranked)
        self.schema = reply_schema(self.sentences) if as_json else None
        self.words = [question, *(passage.text for passage in passages)]
        first = {(sentence.article.id, sentence.span) for sentence in ranked[:_LIKELY]}
        likely = [key for key, each in self.sentences.items() if (each.article.id, each.span) in first]
        self.messages = partial(answer_messages, question, passages, likely, as_json=as_json)


class _Answering:
    """One prompt to the model and, if claims of its reply fail, one more for these."""

    def __init__(
        self,
        model: LanguageModel,
        prompt: _Prompt,
        believes: Believes,
        deadline: float,
        cancellation: Cancellation,
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._believes = believes
        self._deadline = deadline
        self._cancellation = cancellation
        self._draft = AnswerDraft()
        self._unknown_ids = 0
        self._disbelieved: set[str] = set()

    def claims(self) -> Generator[ClaimMade, None, Written]:
        parser = ReplyParser()
        failed = yield from self._standing(self._drafts(parser))
        if isinstance(failed, LanguageModelError):
            return self._written(0, failed)
        if not failed:
            if not (self._draft.claims or self._disbelieved or parser.silent):
                raise self._unusable("has neither claims nor says that there are none")
            return self._written(0)
        failures = {each.text: each.problem for each in failed}
        stood = len(self._draft.claims)
        try:
            outcome = yield from self._standing(self._drafts(ReplyParser(), failures))
        except UnusableReplyError:
            outcome = failed
        mended = len(self._draft.claims) - stood
        if isinstance(outcome, LanguageModelError):
            return self._written(max(0, len(failed) - mended), outcome)
        return self._written(max(len(outcome), len(failed) - mended))

    def _standing(self, drafts: Iterable[DraftClaim]) -> Generator[ClaimMade, None, list[Failed] | LanguageModelError]:
        """Gives the claims that stand and are believed, and returns those that failed.

        Returns the error that ended the reply where claims stood before it, and raises it where none did.
        """
        failed: list[Failed] = []
        try:
            for draft in drafts:
                if in_other_language(draft.text, self._prompt.words):
                    raise self._unusable("is in another language than the articles")
                found = check(draft, self._prompt.sentences)
                self._unknown_ids += found.unknown_ids
                if isinstance(found, Failed):
                    failed.append(found)
                elif not self._believes(found.text, found.citations):
                    self._disbelieved.add(found.text)
                elif found.text not in {claim.text for claim in self._draft.claims}:
                    yield self._draft.add(found.text, found.citations)
        except ReplyCancelledError:
            raise
        except LanguageModelError as error:
            if not self._draft.claims:
                raise
            return error
        return failed

    def _drafts(self, parser: ReplyParser, failures: Mapping[str, str] | None = None) -> Iterator[DraftClaim]:
        messages, seconds = self._prompt.messages(failures=failures), max(0.1, self._deadline - monotonic())
        for part in self._model.reply(messages, self._prompt.schema, seconds, self._cancellation):
            yield from parser.feed(part)
        yield from parser.end()
        if not parser.complete:
            raise self._unusable("is broken off" if parser.text.strip() else "is empty")

    def _unusable(self, fault: str) -> UnusableReplyError:
        return UnusableReplyError(f"the reply of the model {self._model.name!r} {fault}")

    def _written(self, dropped: int, broken: LanguageModelError | None = None) -> Written:
        disbelieved, reason = len(self._disbelieved), str(broken) if broken else None
        return Written(self._draft, self._unknown_ids, dropped, disbelieved, reason)
