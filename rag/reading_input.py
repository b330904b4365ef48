"""Question, title and text -> the tokens that the reader model reads together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS: Final = 256
_QUESTION_TOKENS: Final = 48
_TITLE_TOKENS: Final = 20
_MARKS: Final = 4
"""One at the beginning, one after each of the three parts."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of a text, and the characters [start, end) where each stands."""

    ids: tuple[int, ...]
    places: tuple[tuple[int, int], ...]

    def cut(self, start: int, end: int) -> Tokens:
        """The tokens from `start` to before `end`."""
        return Tokens(self.ids[start:end], self.places[start:end])


@dataclass(frozen=True, slots=True)
class Joined:
    """One input of the model: `ids`, `types` (0 question and title, 1 text), and where the text's tokens begin."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    context_start: int


@dataclass(frozen=True, slots=True)
class ReadingInput:
    """Puts [CLS] question [SEP] title [SEP] text [SEP] together, at most `MAX_TOKENS` tokens."""

    tokenizer: Tokenizer

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text."""
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [Tokens(tuple(encoding.ids), tuple(encoding.offsets)) for encoding in encodings]

    def room_for(self, question: Tokens, title: Tokens) -> int:
        """How many tokens of text fit beside this question and title."""
        return MAX_TOKENS - _MARKS - min(len(question.ids), _QUESTION_TOKENS) - min(len(title.ids), _TITLE_TOKENS)

    def joined(self, question: Tokens, title: Tokens, context: Tokens) -> Joined:
        """The three as one input; a question or title that is too long loses its end."""
        begin, part = self._mark("[CLS]"), self._mark("[SEP]")
        asked = (begin, *question.ids[:_QUESTION_TOKENS], part, *title.ids[:_TITLE_TOKENS], part)
        ids = (*asked, *context.ids, part)
        return Joined(ids, (0,) * len(asked) + (1,) * (len(context.ids) + 1), len(asked))

    def _mark(self, name: str) -> int:
        found = self.tokenizer.token_to_id(name)
        if found is None:
            raise ValueError(f"the tokenizer has no {name!r}: give the tokenizer of a BERT model")
        return found
