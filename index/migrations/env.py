"""What Alembic runs first: it is given a connection, whose transaction it neither begins nor ends."""

from __future__ import annotations

from alembic import context

from index.tables import TABLES

context.configure(connection=context.config.attributes["connection"], target_metadata=TABLES)
context.run_migrations()
