"""Audits, findings over time, and what each audit said of each finding."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the tables of the ledger."""
    op.create_table(
        "audits",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("project", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("observed", sa.Text, nullable=False),
        sa.Column("totals", sa.Text, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )
    op.create_index("audits_of_project", "audits", ["project", "at"])
    op.create_table(
        "findings",
        sa.Column("project", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.String, primary_key=True),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("debt", sa.String, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("accepted_by", sa.Text),
        sa.Column("accepted_reason", sa.Text),
        sa.Column("accepted_until", sa.BigInteger),
    )
    op.create_table(
        "audit_findings",
        sa.Column("audit_id", sa.String, sa.ForeignKey("audits.id"), primary_key=True),
        sa.Column("fingerprint", sa.String, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("audit_findings_by_fingerprint", "audit_findings", ["fingerprint"])


def downgrade() -> None:
    """Remove the tables of the ledger."""
    for name in ("audit_findings", "findings", "audits"):
        op.drop_table(name)
