"""The catalogue's file: a SQLite database, brought to the schema of this version, and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from index.errors import LibraryUnusableError
from index.tables import ARTICLES, META, TABLES

_SCHEMA: Final = "2"
_FIRST_VALUES: Final = {"generation": "0", "model": "", "wipe": "", "unsigned": ""}


class Database:
    """One file, made where it is missing. Raises LibraryUnusableError when it cannot be opened, read or written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})
        sa.event.listen(self._engine, "connect", _prepare_connection)
        with self.transaction() as connection:
            schema = read_meta(connection, "schema") if sa.inspect(connection).has_table("meta") else None
        if schema != _SCHEMA:
            self._bring_to_schema()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A connection whose changes are made together when the block ends, or else not at all."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise LibraryUnusableError(
                f"the catalogue {str(self._file)!r} cannot be used ({cause}): check that its folder is writable,"
                " has free space and holds an undamaged catalogue"
            ) from error

    def _bring_to_schema(self) -> None:
        """Makes the tables that a new file lacks, or one of schema 1, which has neither clusters nor fetches."""
        with self.transaction() as connection:
            connection.execute(sa.text("BEGIN IMMEDIATE"))  # else each table would be made by itself
            TABLES.create_all(connection)
            schema = read_meta(connection, "schema")
            if schema is None:
                write_meta(connection, _FIRST_VALUES)
            elif schema == "1":
                holds_articles = connection.scalar(sa.select(ARTICLES.c.id).limit(1)) is not None
                write_meta(connection, {"unsigned": "some" if holds_articles else ""})
            elif schema != _SCHEMA:
                raise LibraryUnusableError(
                    f"the catalogue {str(self._file)!r} has schema {schema!r}, this version reads {_SCHEMA!r}:"
                    " use the Pullquote that made it"
                )
            write_meta(connection, {"schema": _SCHEMA})


def read_meta(connection: sa.Connection, key: str) -> str | None:
    """A value that is kept for the catalogue as a whole."""
    return connection.scalar(sa.select(META.c.value).where(META.c.key == key))


def write_meta(connection: sa.Connection, values: dict[str, str]) -> None:
    """Puts these values in place of those there are."""
    connection.execute(sa.delete(META).where(META.c.key.in_(values)))
    connection.execute(sa.insert(META), [{"key": key, "value": value} for key, value in values.items()])


def _prepare_connection(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
