"""What code in Rust raises when it meets what it never expected, such as the contents of a damaged file."""

from __future__ import annotations

from typing import Final

_PANIC: Final = "PanicException"
"""PyO3's class for a panic; it cannot be imported."""


def is_panic(error: BaseException) -> bool:
    """Whether `error` is a panic of native code. It is no Exception, so that nothing catches it by chance."""
    return type(error).__name__ == _PANIC
