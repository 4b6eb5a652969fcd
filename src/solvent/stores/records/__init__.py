"""Records on SQLite, or on any database SQLAlchemy reaches."""

from solvent.stores.records.ledger import SqlLedger

__all__ = ["SqlLedger"]
