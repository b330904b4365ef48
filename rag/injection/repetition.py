"""Whether a text says the same few words over and over: it is made for what counts words, and not for a reader."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_WINDOW: Final = 100
_FEWEST: Final = 12
"""Different words that a hundred words in a row have at least, in any prose; half of them is usual."""


def repeats_itself(text: str) -> bool:
    """Whether a hundred words in a row of `text` are but eleven different ones, in time linear in its length."""
    words = _WORD.findall(text.lower())
    windows = (words[start : start + _WINDOW] for start in range(0, len(words) - _WINDOW + 1, _WINDOW // 2))
    return any(len(set(window)) < _FEWEST for window in windows)
