"""The one database of the records, shared by the stores of each noun."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solvent.errors import Unavailable
from solvent.stores.records.tables import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Database:
    """An open database, at the newest version of its tables.

    Args:
        where: A SQLite file, `:memory:`, or a SQLAlchemy address.

    Raises:
        Conflict: A newer Solvent wrote it.
        Unavailable: It cannot be opened.
    """

    def __init__(self, where: Path | str) -> None:
        self._engine = open_engine(where)
        self._where = str(where)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction, committed at the end.

        Raises:
            Unavailable: The database cannot be used just now.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise Unavailable(
                f"`{self._where}` cannot be used: {error.orig}",
                hint="free space on the disk, or stop what holds the file",
            ) from error

    def close(self) -> None:
        """Release it."""
        self._engine.dispose()
