"""Whatever a vendor's client raises becomes an error that says what to do, and repeats nothing of the server."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import ContextOverflowError, LanguageModelError, ModelRefusalError, ModelUnreachableError
from rag.vendor_errors import translated

SECRET: Final = "sk-very-secret"


class VendorStatusError(Exception):
    """An HTTP error as the clients of OpenAI and Anthropic raise it: with a status and the response."""

    def __init__(self, status: int, words: str = SECRET, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status_code = status
        self.response = httpx.Response(status, headers=headers)


class VendorOddError(Exception):
    """An error of a vendor that nothing is known of."""


class ConnectTimeout(Exception):  # noqa: N818 - vendors name theirs so
    """A time-out of a library that derives from nothing."""


def raised_from(cause: Exception) -> Exception:
    """A vendor's error that wraps another one."""
    try:
        raise RuntimeError("Connection error.") from cause
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, ModelRefusalError, "check its name"),
        (401, ModelRefusalError, "check its key"),
        (403, ModelRefusalError, "check its key, and what it may be used for"),
        (404, ModelRefusalError, "check its name and address"),
        (408, ModelUnreachableError, "HTTP 408"),
        (409, ModelUnreachableError, "HTTP 409"),
        (413, ModelRefusalError, "HTTP 413"),
        (422, ModelRefusalError, "HTTP 422"),
        (429, ModelUnreachableError, "too many requests"),
        (500, ModelUnreachableError, "HTTP 500"),
        (529, ModelUnreachableError, "HTTP 529"),
    ],
)
def test_a_status_says_whether_to_try_again_and_what_to_check(
    status: int, kind: type[LanguageModelError], words: str
) -> None:
    """Only what may pass by itself is worth another try, and no word of the server is repeated."""
    error = translated(VendorStatusError(status), "a-model", 10)
    assert type(error) is kind
    assert words in str(error)
    assert "'a-model'" in str(error)
    assert SECRET not in str(error)


@pytest.mark.parametrize(("status", "form"), [(400, True), (422, True), (401, False), (404, False)])
def test_only_a_refused_form_may_be_cured_by_another_form(status: int, *, form: bool) -> None:
    """A server that knows no JSON schema says 400 or 422; a wrong key stays wrong."""
    error = translated(VendorStatusError(status), "a-model", 10)
    assert isinstance(error, ModelRefusalError)
    assert error.form is form


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
        "the request exceeds the available context size, try increasing it",
        "prompt is too long: 208310 tokens > 200000 maximum",
        "Requested tokens (1402) exceed context window of 512",
        "input length exceeds the context length",
    ],
)
def test_a_prompt_that_is_too_long_is_told_from_other_bad_requests(words: str) -> None:
    """The words of llama.cpp, OpenAI, Anthropic and Ollama, with a status and without one."""
    assert isinstance(translated(VendorStatusError(400, words), "a-model", 10), ContextOverflowError)
    assert isinstance(translated(ValueError(words), "a-model", 10), ContextOverflowError)
    assert not isinstance(translated(VendorStatusError(500, words), "a-model", 10), ContextOverflowError)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_pause_that_a_server_asks_for_is_kept_in_seconds(status: int) -> None:
    """Retry-After is a number of seconds or a date; a date that is past means now."""

    def pause(value: str) -> float | None:
        error = translated(VendorStatusError(status, headers={"Retry-After": value}), "a-model", 10)
        assert isinstance(error, ModelUnreachableError)
        return error.retry_after

    in_a_minute = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert pause("1.5") == 1.5
    assert 55 < (pause(in_a_minute) or 0) <= 60
    assert pause("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert pause("soon") is None


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
@example("nan")
@example("-5")
@example("Fri, 31 Dec 99999 23:59:59 GMT")
@example("Wed, 21 Oct 2015 07:28:00 -9999999999")
def test_no_header_makes_a_pause_of_less_than_nothing(value: str) -> None:
    """Whatever a server sends as Retry-After, the pause is none or at least 0."""
    error = translated(VendorStatusError(503, headers={"Retry-After": value}), "a-model", 10)
    assert isinstance(error, ModelUnreachableError)
    assert error.retry_after is None or error.retry_after >= 0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "did not reply within 12 s"),
        (httpx.ReadTimeout("timed out"), "did not reply within 12 s"),
        (raised_from(ConnectTimeout()), "did not reply within 12 s"),
        (ConnectionRefusedError(111, SECRET), "cannot be reached"),
        (httpx.RemoteProtocolError(SECRET), "cannot be reached, or broke off"),
        (raised_from(httpx.ConnectError(SECRET)), "cannot be reached"),
    ],
)
def test_a_server_that_is_not_there_is_told_from_one_that_is_slow(error: Exception, words: str) -> None:
    """Whichever library says so, and however deep in the chain of causes."""
    ours = translated(error, "a-model", 12)
    assert type(ours) is ModelUnreachableError
    assert words in str(ours)
    assert SECRET not in str(ours)


def test_a_time_limit_below_a_second_is_not_rounded_to_nothing() -> None:
    """What is left of a deadline may be short, but no model is said to have had 0 seconds."""
    assert "within 0 s" not in str(translated(TimeoutError(), "a-model", 0.4))


def test_an_unknown_failure_is_told_in_plain_words() -> None:
    """Neither the class that a vendor raises nor what it says reaches the person who asked."""
    error = translated(VendorOddError(SECRET), "a-model", 10)
    assert VendorOddError.__name__ not in str(error)
    assert SECRET not in str(error)
