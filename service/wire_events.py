"""The data of the events that an answer is streamed in."""

from __future__ import annotations

from rag.answer import Citation
from service.wire import CitationOut, Strict


class QuestionEvent(Strict):
    """Event `question`: how a follow-up is understood."""

    standalone_question: str


class CitationEvent(CitationOut):
    """Event `citation`: a citation under the number that the markers of the text have for it, from 1."""

    number: int

    @classmethod
    def numbered(cls, number: int, citation: Citation) -> CitationEvent:
        return cls.model_validate({**CitationOut.of(citation).model_dump(), "number": number})


class DeltaEvent(Strict):
    """Event `delta`: the next claim of the text, with its markers; the citations they name have come before."""

    text: str


class ErrorEvent(Strict):
    """Event `error`: what went wrong after the response began."""

    detail: str


class DoneEvent(Strict):
    """Event `done`: nothing more comes."""
