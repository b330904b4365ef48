"""Schema 1: articles, their chunks, and what the derived indexes have yet to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables, and the values that are kept for the catalogue as a whole."""
    meta = op.create_table(
        "meta", sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("origin", sa.String, nullable=False, unique=True),
        sa.Column("title", sa.String),
        sa.Column("author", sa.String),
        sa.Column("source", sa.String, index=True),
        sa.Column("published", sa.Date, index=True),
        sa.Column("published_from", sa.String),
        sa.Column("url", sa.String),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.String(64), nullable=False, index=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "chunks",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("article_id", sa.String(12), sa.ForeignKey("articles.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sentences", sa.Text, nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("chunk_id", sa.String, primary_key=True),
        sa.Column("article_id", sa.String(12), nullable=False),
        sa.Column("drop", sa.Boolean, nullable=False),
    )
    values = {"schema": "1", "generation": "0", "model": "", "wipe": ""}
    op.bulk_insert(meta, [{"key": key, "value": value} for key, value in values.items()])
