"""One module a schema; Alembic finds them by their folder."""
