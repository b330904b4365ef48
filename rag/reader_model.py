"""The reader model at run time: reads a question beside a text, and points at the answer's first and last token."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from index.article import Span
from index.embedding import default_tokenizer
from index.errors import ModelError
from rag.reading_input import Joined, ReadingInput

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_FILE: Final = Path(__file__).with_name("reader.onnx")
_WEIGHTS_SHA256: Final = "7a7e1d9c0344abc51991434bcf09fdb4946ea14cbf3a4aa6294ac3f104c7c882"
_LONGEST_ANSWER: Final = 30
_OVERLAP: Final = 64
"""Tokens that two windows share: more than an answer has, so that every answer stands whole in one of them."""
_MOST_THREADS: Final = 4
_READINGS_REMEMBERED: Final = 1_000
"""Readings kept in memory, those of a hundred questions: 25 KB each."""
_CURE: Final = "install Pullquote again"

Logits = NDArray[np.float32]
"""Shape (tokens,), one value for each token of a text."""


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What the model says of one text.

    `answers`: logit that the text answers the question. `places`: the characters [start, end) of each
    token in the text. `starts`, `ends`: logits, one a token, that the answer starts or ends there, less
    that of "not here": above 0 where the token is likelier than no answer.
    """

    answers: float
    places: tuple[tuple[int, int], ...]
    starts: Logits
    ends: Logits

    def best_span(self, start: int, end: int) -> tuple[float, Span] | None:
        """The likeliest answer of 1 to 30 tokens within the characters [start, end): its two logits added, its place.

        None when no token lies within. Of equals, the one that begins first, then the shorter.
        """
        places = np.asarray(self.places, dtype=np.int64).reshape(-1, 2)
        within = np.flatnonzero((places[:, 0] >= start) & (places[:, 1] <= end) & (places[:, 0] < places[:, 1]))
        if not len(within):
            return None
        beyond = np.full(_LONGEST_ANSWER - 1, -np.inf, dtype=np.float32)
        ends = sliding_window_view(np.concatenate([self.ends[within], beyond]), _LONGEST_ANSWER)
        sums = self.starts[within, np.newaxis] + ends
        first, more = divmod(int(sums.argmax()), _LONGEST_ANSWER)
        place = Span(int(places[within[first], 0]), int(places[within[first + more], 1]))
        return float(sums[first, more]), place


class ReaderModel:
    """The model in `file`, whose SHA-256 is `sha256`: the one in this package if none is given. Loads on first use.

    Safe to share between threads. Raises ModelError when the file is missing, is not the expected one, or
    cannot be read.
    """

    def __init__(self, file: Path = _FILE, sha256: str = _WEIGHTS_SHA256) -> None:
        self._file = file
        self._sha256 = sha256
        self._lock = threading.Lock()
        self._read_lately = lru_cache(_READINGS_REMEMBERED)(self._reading)

    @property
    def fingerprint(self) -> str:
        """Names the weights: equal fingerprints, equal readings."""
        return self._sha256[:12]

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory, so that `read` answers at once."""
        return "_session" in self.__dict__

    def load(self) -> None:
        """Brings the model into memory; raises ModelError when it cannot."""
        with self._lock:
            self._input  # noqa: B018 - a cached property: asking for it loads it
            self._session  # noqa: B018 - likewise

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """What the model says of each (title, text), in their order; each is read as if it were alone.

        Of a question the first 48 tokens are read, of a title the first 20; a text of any length is read whole.
        What was read lately for the same question is not read again.
        """
        if not texts:
            return []
        self.load()
        return [self._read_lately(question, title, text) for title, text in texts]

    def _reading(self, asked: str, heading: str, words: str) -> PassageReading:
        """Reads the text in windows: of a token's logits in several, the greatest counts."""
        question, title, text = self._input.tokens([asked, heading, words])
        starts = np.full(len(text.ids), -np.inf, dtype=np.float32)
        ends = starts.copy()
        answers = -np.inf
        room = self._input.room_for(question, title)
        for first, last in _windows(len(text.ids), room):
            found = self._outputs(self._input.joined(question, title, text.cut(first, last)))
            starts[first:last] = np.maximum(starts[first:last], found.starts)
            ends[first:last] = np.maximum(ends[first:last], found.ends)
            answers = max(answers, found.answers)
        return PassageReading(answers, text.places, starts, ends)

    def _outputs(self, joined: Joined) -> _Outputs:
        """One input a run: ten of equal length take a tenth more processor time in a batch; others have padding too."""
        ids, types = (np.array([values], dtype=np.int64) for values in (joined.ids, joined.types))
        names = ["starts", "ends", "answers"]
        starts, ends, answers = self._session.run(names, {"ids": ids, "types": types, "mask": np.ones_like(ids)})
        text = slice(joined.context_start, -1)  # the last token is the mark after the text
        return _Outputs(starts[0, text] - starts[0, 0], ends[0, text] - ends[0, 0], float(answers[0]))

    @cached_property
    def _input(self) -> ReadingInput:
        return ReadingInput(default_tokenizer())

    @cached_property
    def _session(self) -> InferenceSession:
        weights = self._checked_weights()
        import onnxruntime  # slow to import

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(os.cpu_count() or 1, _MOST_THREADS)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # what is amiss is raised
        try:
            return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions have no base of their own
            raise ModelError(f"cannot load the reader model {str(self._file)!r}: {error}; {_CURE}") from error

    def _checked_weights(self) -> bytes:
        try:
            weights = self._file.read_bytes()
        except OSError as error:
            raise ModelError(f"cannot read the reader model {str(self._file)!r}: {error.strerror}; {_CURE}") from error
        if (found := hashlib.sha256(weights).hexdigest()) != self._sha256:
            raise ModelError(
                f"the reader model {str(self._file)!r} has SHA-256 {found!r}, not {self._sha256!r}:"
                f" it is damaged or changed; {_CURE}"
            )
        return weights


@dataclass(frozen=True, slots=True)
class _Outputs:
    """The model's logits for one window, those of its text's tokens less that of "not here"."""

    starts: Logits
    ends: Logits
    answers: float


def sha256_of(file: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _windows(tokens: int, room: int) -> list[tuple[int, int]]:
    """Ranges [first, last) of at most `room` tokens that cover all; the last one is as full as the others."""
    last = max(0, tokens - room)
    return [(first, min(first + room, tokens)) for first in [*range(0, last, room - _OVERLAP), last]]
