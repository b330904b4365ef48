"""An answer in the making: claims are added one by one, and each citation is counted once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answer import Answer, Citation, Claim
from rag.events import ClaimMade


class AnswerDraft:
    """The claims and citations so far. One thread at a time."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.citations: list[Citation] = []

    def add(self, text: str, citations: Sequence[Citation]) -> ClaimMade:
        """Adds a claim that stands on `citations`; those of a place that is cited already are not new."""
        first_new = len(self.citations)
        positions = []
        for citation in citations:
            same = (known for known, other in enumerate(self.citations) if _place(other) == _place(citation))
            position = next(same, len(self.citations))
            if position == len(self.citations):
                self.citations.append(citation)
            positions.append(position)
        claim = Claim(text, tuple(dict.fromkeys(positions)))
        self.claims.append(claim)
        return ClaimMade(claim, tuple(self.citations[first_new:]), first_new)

    @property
    def text(self) -> str:
        """The claims in one string, each followed by its markers, which count from 1."""
        return " ".join(marked(claim) for claim in self.claims)


def claims_made(answer: Answer) -> Iterator[ClaimMade]:
    """The claims of a whole answer, as they are told one by one."""
    draft = AnswerDraft()
    for claim in answer.claims:
        yield draft.add(claim.text, [answer.citations[position] for position in claim.citations])


def marked(claim: Claim) -> str:
    """A claim followed by the markers of its citations, such as [1][3]."""
    return f"{claim.text} {''.join(f'[{position + 1}]' for position in claim.citations)}"


def _place(citation: Citation) -> tuple[str, int, int]:
    return citation.article_id, citation.span.start, citation.span.end
