"""Which SQL may run: one statement that reads the tables of the schema, and nothing else.

This is the first of three walls. The second is the engine, which has no access to files, the
network or extensions and runs everything in a read-only transaction; the third are the bounds on
time, rows and memory. Each holds without the others; see `database.py`.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

TABLE_FUNCTIONS = (exp.Unnest, exp.GenerateSeries)
MAX_CHARS = 20_000


class Refused(Exception):
    """A statement that may not run; the message says why."""


def translate(sql: str, tables: frozenset[str]) -> str:
    """Return a PostgreSQL query in DuckDB's dialect.

    Args:
        sql: What a model wrote.
        tables: Names that it may read.

    Raises:
        Refused: It is not exactly one query over these tables.
    """
    if len(sql) > MAX_CHARS:
        raise Refused(f"longer than {MAX_CHARS:,} characters")
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="postgres") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        raise Refused(f"not SQL: {str(error).splitlines()[0]}") from error
    if len(trees) != 1:
        raise Refused("not exactly one statement")
    (tree,) = trees
    if not isinstance(tree, exp.Query):
        raise Refused(f"only SELECT is allowed, not {tree.key.upper()}")
    _only_reads(tree)
    _only_known(tree, tables)
    return tree.sql(dialect="duckdb")


def _only_reads(tree: exp.Query) -> None:
    kinds = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Pragma, exp.Set)
    for node in tree.find_all(*kinds):
        if not isinstance(node, exp.Query):
            raise Refused(f"only SELECT is allowed, not {node.key.upper()}")


def _only_known(tree: exp.Query, tables: frozenset[str]) -> None:
    named = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, TABLE_FUNCTIONS):
            continue
        if isinstance(table.this, exp.Func) or not isinstance(table.this, exp.Identifier):
            raise Refused(f"the table function {table.this.sql()} is not allowed")
        name = table.name.casefold()
        if table.catalog or table.db.casefold() not in {"", "public"}:
            raise Refused(f"{table.sql()} is outside the schema")
        if name not in tables | named:
            raise Refused(f"there is no table {table.name}")
