"""API keys: who may use the service over HTTP, and for what. They live in the data folder, secrets as digests only."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from index.errors import InputError, KeysUnusableError, UnknownKeyError

_PREFIX: Final = "pq"
_ID_BYTES: Final = 4
_SECRET_BYTES: Final = 32
_MOST_NAME: Final = 100
_LOCK_S: Final = 10.0
_NO_KEYS: Final[Mapping[str, _StoredKey]] = MappingProxyType({})
_NOBODY: Final = secrets.token_hex(hashlib.sha256().digest_size)
"""Stands in for the digest of a key that does not exist, so that both cases take the same steps."""


class Scope(StrEnum):
    """What a key is good for; each scope includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: Scope) -> bool:
        """Whether a key of this scope may do what asks for `other`."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known about a key: everything but its secret. `created` is in UTC."""

    id: str
    name: str
    scope: Scope
    created: datetime


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A key just made, with the token that its holder sends: `pq_<id>_<secret>`. It is not to be had again."""

    key: ApiKey
    token: str = field(repr=False)


class KeyStore:
    """The keys of one data folder, in its file `keys.json`. Safe to share between threads and processes.

    Each look at the keys sees what any process changed before it. Every method raises
    KeysUnusableError when the file is damaged or cannot be read: then nobody has a key.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "keys.json"
        self._seen: tuple[_FileVersion | None, Mapping[str, _StoredKey]] = (None, _NO_KEYS)

    def keys(self) -> tuple[ApiKey, ...]:
        """Every key, the oldest first."""
        return tuple(stored.key for stored in self._stored().values())

    def holder(self, token: str) -> ApiKey | None:
        """The key that `token` is of, or None. An unknown id and a wrong secret take the same time."""
        key_id, secret = _parts(token)
        stored = self._stored().get(key_id)
        known = hmac.compare_digest(_digest(secret).encode(), (stored.sha256 if stored else _NOBODY).encode())
        return stored.key if stored and known else None

    def create(self, name: str, scope: Scope) -> CreatedKey:
        """Makes a key. Raises InputError where `name` is blank, over 100 characters or not printable."""
        if not name.strip() or len(name) > _MOST_NAME or not name.isprintable():
            raise InputError(
                f"a key cannot be named {name[:_MOST_NAME]!r}: give 1 to {_MOST_NAME} printable characters"
            )
        secret = secrets.token_hex(_SECRET_BYTES)
        created = datetime.now(UTC).replace(microsecond=0)

        def add(stored: dict[str, _StoredKey]) -> ApiKey:
            key_id = next(new for new in iter(lambda: secrets.token_hex(_ID_BYTES), "") if new not in stored)
            stored[key_id] = _StoredKey(key_id, name, scope, created, _digest(secret))
            return stored[key_id].key

        key = self._change(add)
        return CreatedKey(key, f"{_PREFIX}_{key.id}_{secret}")

    def revoke(self, key_id: str) -> ApiKey:
        """Takes a key away; it is refused from the next request on. Raises UnknownKeyError."""

        def take_away(stored: dict[str, _StoredKey]) -> ApiKey:
            if key_id not in stored:
                raise UnknownKeyError(f"no key has the id {key_id!r}: see pullquote keys list")
            return stored.pop(key_id).key

        return self._change(take_away)

    def _stored(self) -> Mapping[str, _StoredKey]:
        try:
            if _FileVersion.of(self._file.stat()) == self._seen[0]:
                return self._seen[1]
            with self._file.open("rb") as opened:
                version = _FileVersion.of(os.fstat(opened.fileno()))
                data = opened.read()
        except FileNotFoundError:
            self._seen = (None, _NO_KEYS)
            return _NO_KEYS
        except OSError as error:
            raise KeysUnusableError(
                f"the keys in {str(self._file)!r} cannot be read ({error.strerror}):"
                " make the file readable for the user that runs Pullquote"
            ) from error
        self._seen = (version, self._parsed(data))
        return self._seen[1]

    def _parsed(self, data: bytes) -> Mapping[str, _StoredKey]:
        from pydantic import TypeAdapter  # slow

        try:
            stored = TypeAdapter(_KeyFile).validate_json(data).keys
        except ValueError as error:
            raise KeysUnusableError(
                f"the keys in {str(self._file)!r} are damaged: put the file back from a backup,"
                " or move it away and create the keys again"
            ) from error
        return MappingProxyType({one.id: one for one in stored})

    def _change(self, change: Callable[[dict[str, _StoredKey]], ApiKey]) -> ApiKey:
        from filelock import FileLock, Timeout  # slow

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / "keys.lock", timeout=_LOCK_S):
                stored = dict(self._stored())
                changed = change(stored)
                self._write(_KeyFile(tuple(stored.values())))
        except Timeout as error:
            raise KeysUnusableError(
                f"the keys in {str(self._file)!r} are being changed by another process: try again"
            ) from error
        except OSError as error:
            raise KeysUnusableError(
                f"the keys in {str(self._file)!r} cannot be written ({error.strerror}):"
                " free some space, or make the data folder writable"
            ) from error
        return changed

    def _write(self, contents: _KeyFile) -> None:
        """The new file is whole on the disk before it takes the old one's place."""
        from pydantic import TypeAdapter  # slow

        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as written:
            written.write(TypeAdapter(_KeyFile).dump_json(contents, indent=2) + b"\n")
            written.flush()
            os.fsync(descriptor)
        draft.replace(self._file)
        if os.name == "posix":  # elsewhere a folder cannot be opened
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


@dataclass(frozen=True, slots=True)
class _StoredKey:
    """A key as it stands in the file. `sha256` is that of its secret, in hexadecimal digits.

    A slow hash is for passwords, which can be guessed; 256 random bits cannot.
    """

    id: str
    name: str
    scope: Scope
    created: datetime
    sha256: str

    @property
    def key(self) -> ApiKey:
        return ApiKey(self.id, self.name, self.scope, self.created)


@dataclass(frozen=True, slots=True)
class _KeyFile:
    """The whole file."""

    keys: tuple[_StoredKey, ...]


@dataclass(frozen=True, slots=True)
class _FileVersion:
    """What tells one state of a file from another without reading it: each change makes a new file."""

    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> _FileVersion:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


def _parts(token: str) -> tuple[str, str]:
    """The id and the secret in a token; both are empty where it is none."""
    match token.split("_"):
        case [prefix, key_id, secret] if prefix == _PREFIX:
            return key_id, secret
    return "", ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
