"""The catalogue's file: a SQLite database of one schema, its transactions, and its way to a later schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from index.database_copy import RESTORE, is_damage, snapshot
from index.errors import LibraryUnusableError, SchemaMismatchError
from index.tables import META

SCHEMA: Final = "2"
"""The schema that this version reads and writes; `index/migrations` has the way to it from each earlier one."""


@dataclass(frozen=True, slots=True)
class Migration:
    """From which schema a catalogue was migrated, and where the copy of how it was lies, if it had to be."""

    before: str
    kept: Path | None


class Database:
    """One file of the schema of this version, made where it is missing.

    Raises LibraryUnusableError when it cannot be opened, read or written, and SchemaMismatchError
    when it has another schema. A file that is put in its place is used from the next transaction on.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        if not file.exists():
            _make_empty(file)
        self._engine = _engine(file)
        try:
            with self.transaction() as connection:
                schema = _schema(connection)
            if schema is None:
                with self.transaction() as connection:
                    _upgrade(connection)
            elif schema != SCHEMA:
                raise _mismatch(file, schema)
        except LibraryUnusableError:
            self.close()
            raise

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A connection whose changes are made together when the block ends, or else not at all."""
        with _transaction(self._engine, self._file) as connection:
            yield connection


def migrate(file: Path, keep_in: Path | None = None) -> Migration:
    """Brings a catalogue of an earlier schema to that of this version, whole or not at all; the generation stays.

    Before that a copy of it is put into the folder `keep_in`, if one is given. Whoever calls holds the writer's
    lock. Raises LibraryUnusableError when there is none or it is damaged, SchemaMismatchError when it is of a later
    schema.
    """
    if not file.exists():
        raise LibraryUnusableError(f"there is no catalogue {str(file)!r} to migrate: pullquote add makes a new one")
    engine = _engine(file)
    try:
        with _transaction(engine, file) as connection:
            before = _schema(connection)
        if before is None or not before.isdecimal() or int(before) > int(SCHEMA):
            raise _mismatch(file, before)
        kept = _kept_copy(file, before, keep_in) if keep_in and before != SCHEMA else None
        with _transaction(engine, file) as connection:
            _upgrade(connection)
            problems = [str(line) for line in connection.scalars(sa.text("PRAGMA integrity_check")) if line != "ok"]
            problems += [f"row without its article: {row}" for row in connection.execute(_ORPHANS)]
            if problems:
                raise LibraryUnusableError(f"the catalogue {str(file)!r} is damaged ({problems[0]}): {RESTORE}")
    finally:
        engine.dispose()
    return Migration(before, kept)


def read_meta(connection: sa.Connection, key: str) -> str | None:
    """A value that is kept for the catalogue as a whole."""
    return connection.scalar(sa.select(META.c.value).where(META.c.key == key))


def write_meta(connection: sa.Connection, values: dict[str, str]) -> None:
    """Puts these values in place of those there are."""
    connection.execute(sa.delete(META).where(META.c.key.in_(values)))
    connection.execute(sa.insert(META), [{"key": key, "value": value} for key, value in values.items()])


_ORPHANS: Final = sa.text("PRAGMA foreign_key_check")


def _schema(connection: sa.Connection) -> str | None:
    """The schema of a catalogue; None when it has no table at all."""
    tables = sa.inspect(connection).get_table_names()
    return (read_meta(connection, "schema") or "unknown") if "meta" in tables else ("unknown" if tables else None)


def _upgrade(connection: sa.Connection) -> None:
    """Brings the tables to the latest schema within the transaction."""
    from index.migrations import upgrade  # alembic takes a quarter of a second to import

    connection.execute(sa.text("BEGIN IMMEDIATE"))  # else each table would be made by itself
    stamped = sa.inspect(connection).has_table("alembic_version")
    upgrade(connection, None if stamped else _schema(connection))


def _kept_copy(file: Path, schema: str, folder: Path) -> Path:
    kept = folder / f"{file.stem}.schema-{schema}{file.suffix}"
    unfinished = kept.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    snapshot(file, unfinished)
    unfinished.replace(kept)
    return kept


def _mismatch(file: Path, schema: str | None) -> SchemaMismatchError:
    if schema and schema.isdecimal() and int(schema) < int(SCHEMA):
        cure = "run pullquote migrate, which keeps a copy of it"
    else:
        cure = "use the Pullquote that made it"
    return SchemaMismatchError(
        f"the catalogue {str(file)!r} has schema {schema!r}, this version reads {SCHEMA!r}: {cure}"
    )


def _make_empty(file: Path) -> None:
    try:
        file.touch()
    except OSError as error:
        raise LibraryUnusableError(
            f"cannot make the catalogue {str(file)!r} ({error.strerror}): make its folder writable"
        ) from error


def _engine(file: Path) -> sa.Engine:
    """Connections that never make a file, and that are opened again once another file has its place."""
    address = sa.URL.create("sqlite", database=file.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = sa.create_engine(address, connect_args={"timeout": 30})

    def prepare(connection: sa.engine.interfaces.DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["place"] = _place(file)
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def check(
        _connection: sa.engine.interfaces.DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if record.info["place"] != _place(file):
            raise DisconnectionError("another file has its place")

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "checkout", check)
    return engine


def _place(file: Path) -> tuple[int, int] | None:
    """What tells a file from another of its name; None when there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def _transaction(engine: sa.Engine, file: Path) -> Iterator[sa.Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        cure = (
            RESTORE
            if is_damage(cause)
            else "check that its folder is writable, has free space and holds an undamaged catalogue"
        )
        raise LibraryUnusableError(f"the catalogue {str(file)!r} cannot be used ({cause}): {cure}") from error
