"""What a vendor's client raises -> this project's errors, without a word that the server said."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from index.errors import ContextOverflowError, LanguageModelError, ModelRefusalError, ModelUnreachableError

_OVERFLOW: Final = re.compile(
    r"context.{0,40}(length|size|window|limit)|(length|size|window|limit).{0,40}context"
    r"|prompt is too long|too many tokens",
    re.IGNORECASE,
)
_MAY_BE_TOO_LONG: Final = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
_OF_FORM: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_TRANSIENT: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY})
_TO_CHECK: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "key",
    HTTPStatus.FORBIDDEN: "key, and what it may be used for",
    HTTPStatus.NOT_FOUND: "name and address",
}


def translated(error: Exception, name: str, seconds: float) -> LanguageModelError:
    """The error of this project for what went wrong while the model `name` had `seconds` to reply.

    Vendors' classes are told apart by what they carry (a status code, headers) and by the names of
    their kinds, so that none of them need be installed.
    """
    status = _status(error)
    if status is None:
        return _without_status(error, name, seconds)
    if status in _MAY_BE_TOO_LONG and _OVERFLOW.search(str(error)):
        return ContextOverflowError(f"the prompt is longer than the model {name!r} can read")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ModelUnreachableError(f"the model {name!r} has too many requests (HTTP 429)", _retry_after(error))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT:
        return ModelUnreachableError(f"the server of the model {name!r} failed (HTTP {status})", _retry_after(error))
    return ModelRefusalError(
        f"the server of the model {name!r} refused the request (HTTP {status}):"
        f" check its {_TO_CHECK.get(status, 'name')}",
        form=status in _OF_FORM,
    )


def _without_status(error: Exception, name: str, seconds: float) -> LanguageModelError:
    kinds = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
    if any("Timeout" in kind for kind in kinds):
        return ModelUnreachableError(f"the model {name!r} did not reply within {seconds:.3g} s")
    if _OVERFLOW.search(str(error)):  # llama.cpp in this process raises a plain ValueError
        return ContextOverflowError(f"the prompt is longer than the model {name!r} can read")
    if kinds & {"OSError", "TransportError", "APIConnectionError", "RemoteProtocolError"}:
        return ModelUnreachableError(f"the server of the model {name!r} cannot be reached, or broke off")
    return ModelUnreachableError(f"the model {name!r} gave a reply that cannot be read")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 400 <= status < 600 else None


def _retry_after(error: Exception) -> float | None:
    """Seconds that the header Retry-After asks for, as a number or a date (RFC 9110, 10.2.3)."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get("retry-after") if isinstance(headers, Mapping) else None
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
