"""Schema 2: near-duplicates in clusters, and what is known of the pages that articles were fetched from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the tables; stored articles get their signatures with the next write, which has the means to make them."""
    op.create_table(
        "fetches",
        sa.Column("url", sa.String, primary_key=True),
        sa.Column("etag", sa.String),
        sa.Column("last_modified", sa.String),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("article_id", sa.String(12), sa.ForeignKey("articles.id", ondelete="CASCADE"), index=True),
    )
    op.create_table(
        "signatures",
        sa.Column("article_id", sa.String(12), sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("fullness", sa.Integer, nullable=False),
        sa.Column("cluster", sa.String(12), nullable=False, index=True),
    )
    op.create_table(
        "bands",
        sa.Column("hash", sa.BigInteger, primary_key=True),
        sa.Column("cluster", sa.String(12), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO meta VALUES ('unsigned', CASE WHEN EXISTS (SELECT 1 FROM articles) THEN 'some' ELSE '' END)"
    )
    op.execute("UPDATE meta SET value = '2' WHERE key = 'schema'")
