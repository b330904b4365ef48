"""What `pullquote keys --json` prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from service.keys import ApiKey, CreatedKey, Scope
from service.wire import Strict


class KeyOut(Strict):
    """What is known about a key: everything but its secret."""

    id: str
    name: str
    scope: Scope
    created: datetime

    @classmethod
    def of(cls, key: ApiKey) -> KeyOut:
        return cls(id=key.id, name=key.name, scope=key.scope, created=key.created)


class KeyList(Strict):
    """Every key, the oldest first."""

    keys: list[KeyOut]

    @classmethod
    def of(cls, keys: Iterable[ApiKey]) -> KeyList:
        return cls(keys=[KeyOut.of(key) for key in keys])


class CreatedKeyOut(KeyOut):
    """A key just made, with the token to send: the only time that it is shown."""

    token: str

    @classmethod
    def of_created(cls, created: CreatedKey) -> CreatedKeyOut:
        key = created.key
        return cls(id=key.id, name=key.name, scope=key.scope, created=key.created, token=created.token)
