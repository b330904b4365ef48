"""The steps from each schema of the catalogue to the next, run by Alembic: one module of `versions` a schema.

A step is never changed once it is released. It names its tables and columns itself, since
`index.tables` has those of the latest schema only.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

_FOLDER: Final = Path(__file__).parent
_ONE_AT_A_TIME: Final = threading.Lock()
"""Alembic keeps the run that is under way in a global."""


def revision_of(schema: str) -> str:
    """Alembic's name for a schema: "0002" for "2"."""
    return schema.zfill(4)


def upgrade(connection: sa.Connection, unstamped: str | None) -> None:
    """Brings a catalogue, or an empty database, to the latest schema within the connection's transaction.

    `unstamped`: the schema of a catalogue that was made before Alembic's table was kept; else None.
    """
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    with _ONE_AT_A_TIME:
        if unstamped:
            command.stamp(config, revision_of(unstamped))
        command.upgrade(config, "head")
