"""What is told while a question is answered, in this order: how it is understood, passages, claims, the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rag.answer import Answer, Citation, Claim, Passage


@dataclass(frozen=True, slots=True)
class QuestionRewritten:
    """A follow-up is understood as this question."""

    standalone_question: str


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The passages nearest to the question, best first."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class ClaimMade:
    """A claim that stands and stays, with those of its citations that are new and the position of the first of them."""

    claim: Claim
    new_citations: tuple[Citation, ...]
    first_new: int


@dataclass(frozen=True, slots=True)
class AnswerMade:
    """The whole answer; nothing comes after it."""

    answer: Answer


Event: TypeAlias = QuestionRewritten | PassagesFound | ClaimMade | AnswerMade
