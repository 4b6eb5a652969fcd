"""Questions to the embedded span store: read-only, bound, on private cursors."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from solvent.errors import Invalid, SolventError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from solvent.ports.spans import Scalar

_READING = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


def ask(cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Scalar]) -> pa.Table:
    """Run one statement in a read-only transaction and return its rows.

    Raises:
        Invalid: It is not one reading statement, a parameter is missing, or a name is unknown.
        Unavailable: The engine ran out of memory or cannot read the file.
    """
    try:
        _check(cursor, sql, params)
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        try:
            return cursor.sql(sql, params=dict(params)).to_arrow_table()
        finally:
            with suppress(duckdb.Error):
                cursor.execute("ROLLBACK")
    except duckdb.Error as error:
        raise explain(error) from error


def _check(cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Scalar]) -> None:
    statements = cursor.extract_statements(sql)
    if len(statements) != 1 or statements[0].type not in _READING:
        raise Invalid(
            "the statement is not one SELECT", hint="ask one question; changes go through the port"
        )
    missing = sorted(statements[0].named_parameters - set(params))
    spare = sorted(set(params) - statements[0].named_parameters)
    if missing or spare:
        names = ", ".join(f"`${name}`" for name in missing or spare)
        fact = "has no value for" if missing else "does not use"
        raise Invalid(f"the statement {fact} {names}", hint="pass each `$name` as a keyword")


def explain(error: duckdb.Error) -> SolventError:
    """Return the error of ours that says what the engine's error means."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unavailable(
            f"the question needs more memory than the engine has: {error}",
            hint="raise SOLVENT_STORAGE_MEMORY_MB, or narrow the question",
        )
    if isinstance(error, duckdb.ProgrammingError | duckdb.DataError | duckdb.NotSupportedError):
        return Invalid(f"the question cannot be answered: {error}", hint="see docs: span schema")
    if isinstance(error, duckdb.TransactionException | duckdb.PermissionException):
        return Invalid(f"the question may only read: {error}", hint="changes go through the port")
    return Unavailable(f"the span store cannot be read: {error}", hint="check the disk")


class Desk:
    """A private place for temporary tables. See `solvent.ports.spans.SpanSession`."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one read-only statement; `$name` parameters are bound, never pasted."""
        return ask(self._cursor, sql, params)

    def define(self, name: str, source: str | pa.Table, /, **params: Scalar) -> None:
        """Make the temporary table `name` from a query or from columns; replaces an older one.

        Raises:
            Invalid: The name is not a plain word, or the query is not one reading statement.
        """
        self._check_name(name)
        try:
            if isinstance(source, str):
                _check(self._cursor, source, params)
                make = f'CREATE OR REPLACE TEMP TABLE "{name}" AS {source}'
                self._cursor.execute(make, dict(params))
            else:
                self._cursor.register("_incoming", source)
                self._cursor.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS FROM _incoming')
                self._cursor.unregister("_incoming")
        except duckdb.Error as error:
            raise explain(error) from error

    def define_view(self, name: str, sql: str, /) -> None:
        """Make the temporary view `name`; a view copies nothing and takes no parameters.

        Raises:
            Invalid: The name is not a plain word, or the query is not one reading statement.
        """
        self._check_name(name)
        try:
            _check(self._cursor, sql, {})
            self._cursor.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {sql}')
        except duckdb.Error as error:
            raise explain(error) from error

    @staticmethod
    def _check_name(name: str) -> None:
        if not name.isidentifier():
            raise Invalid(f"`{name}` is not a table name", hint="use letters, digits and _")
