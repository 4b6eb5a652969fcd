"""How an older records database becomes a newer one (Alembic; run when it is opened)."""
