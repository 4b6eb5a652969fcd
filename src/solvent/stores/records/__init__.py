"""Records on SQLite, or on any database SQLAlchemy reaches."""

from solvent.stores.records.database import Database
from solvent.stores.records.ledger import SqlLedger
from solvent.stores.records.prompts import SqlPrompts
from solvent.stores.records.studies import SqlStudies

__all__ = ["Database", "SqlLedger", "SqlPrompts", "SqlStudies"]
