"""The World Cup tables in DuckDB, for reading only and within bounds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
from examples.football.data import DATA
from examples.football.guard import Refused, translate


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take."""

    rows: int = 10_000
    seconds: float = 3.0
    memory_mb: int = 256


@dataclass(frozen=True, slots=True)
class Result:
    """What a query returned, or why it did not."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truncated: bool = False
    """There were more rows than the limit."""
    error: str = ""


class Database:
    """World Cup tables under the third schema.

    The engine has no access to files, the network or extensions once the tables are loaded, its
    configuration is locked, and every query runs in a read-only transaction.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._connection = duckdb.connect(":memory:")
        for path in sorted((DATA / "db").glob("*.csv.gz")):
            name = path.name.partition(".")[0]
            self._connection.execute(
                f"CREATE TABLE {name} AS FROM read_csv($path)", {"path": str(path)}
            )
        found = self._connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        self.tables = frozenset(name for (name,) in found)
        for setting in (
            f"memory_limit = '{self.limits.memory_mb}MB'",
            "temp_directory = ''",
            "threads = 1",
            "enable_external_access = false",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "lock_configuration = true",
        ):
            self._connection.execute(f"SET {setting}")

    def run(self, sql: str) -> Result:
        """Return what a PostgreSQL query returns; never raises for what the query is."""
        try:
            translated = translate(sql, self.tables)
        except Refused as refused:
            return Result(error=f"refused: {refused}")
        return self.execute(translated)

    def execute(self, sql: str) -> Result:
        """Run one statement in DuckDB's dialect within the bounds, past the guard."""
        cursor = self._connection.cursor()
        timer = threading.Timer(self.limits.seconds, cursor.interrupt)
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        timer.start()
        try:
            bounded = f"SELECT * FROM ({sql.rstrip().rstrip(';')}) LIMIT {self.limits.rows + 1}"
            cursor.execute(bounded)
            columns = tuple(column[0] for column in cursor.description or ())
            rows = cursor.fetchall()
        except duckdb.InterruptException:
            return Result(error=f"stopped after {self.limits.seconds:g} s")
        except duckdb.Error as error:
            return Result(error=str(error).splitlines()[0])
        finally:
            timer.cancel()
            cursor.close()
        kept = tuple(tuple(plain(v) for v in row) for row in rows[: self.limits.rows])
        return Result(columns, kept, truncated=len(rows) > self.limits.rows)


def plain(value: Any) -> Any:
    """Return a value as it is compared and shown."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return str(value)
    return round(value, 6) if isinstance(value, float) else value


def same(one: Result, other: Result) -> bool:
    """Return whether two results hold the same rows; the order of rows and columns is free."""
    if one.error or other.error:
        return False
    return _counted(one) == _counted(other)


def _counted(result: Result) -> list[tuple[str, ...]]:
    return sorted(tuple(sorted(map(repr, row))) for row in result.rows)
