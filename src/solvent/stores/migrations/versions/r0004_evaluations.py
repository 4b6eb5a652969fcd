"""Versions of prompts that were tried on a dataset."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Make the table of evaluations."""
    op.create_table(
        "prompt_evaluations",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("project", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("pairs", sa.Integer, nullable=False),
        sa.Column("difference", sa.Float, nullable=False),
        sa.Column("low", sa.Float, nullable=False),
        sa.Column("high", sa.Float, nullable=False),
    )
    op.create_index(
        "prompt_evaluations_of_prompt", "prompt_evaluations", ["project", "name", "number"]
    )


def downgrade() -> None:
    """Remove the table of evaluations."""
    op.drop_table("prompt_evaluations")
