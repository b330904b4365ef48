"""A follow-up -> a question that stands alone: by the language model where there is one, or else by rules."""

from __future__ import annotations

from collections.abc import Sequence

from index.errors import LanguageModelError, ReplyCancelledError
from rag.answer import MAX_QUESTION_CHARACTERS, Turn
from rag.conversation import needs_history, standalone_question
from rag.grounding import unsupported
from rag.language_model import Cancellation, LanguageModel
from rag.prompts import standalone_messages


def rewritten(
    question: str, turns: Sequence[Turn], model: LanguageModel | None, seconds: float, cancellation: Cancellation
) -> str:
    """`question` as it can be understood without `turns`; as it is where it stands alone already.

    A model's rewriting is taken if it is one question that brings no name, number or date of its own.
    """
    if not turns or not needs_history(question):
        return question
    if model is not None:
        try:
            proposed = _proposed(question, turns, model, seconds, cancellation)
        except ReplyCancelledError:
            raise
        except LanguageModelError:
            proposed = None
        if proposed is not None:
            return proposed
    return standalone_question(question, turns)


def _proposed(
    question: str, turns: Sequence[Turn], model: LanguageModel, seconds: float, cancellation: Cancellation
) -> str | None:
    messages = standalone_messages(question, [(turn.question, turn.answer) for turn in turns])
    reply = "".join(model.reply(messages, None, seconds, cancellation)).strip().strip("\"'")
    said = [question, *(turn.question for turn in turns), *(turn.answer for turn in turns)]
    usable = reply.endswith("?") and "\n" not in reply and len(reply) <= MAX_QUESTION_CHARACTERS
    return reply if usable and not unsupported(reply, said) else None
