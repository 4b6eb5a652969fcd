"""What a statement reads: tables, columns, joins, filters and functions, by its syntax tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DIALECTS = ("", "postgres", "mysql", "bigquery", "snowflake", "tsql", "sqlite", "clickhouse")
"""Tried in this order; the first is a superset of what most engines share."""
MAX_STATEMENT = 20_000
"""Characters of a statement that is parsed; a longer one is named as unparsed."""

Column = tuple[str, str]
"""Table and column in lower case; the table is empty where the statement does not tell."""
Edge = tuple[Column, Column]
"""Two columns that a join compares, in alphabetical order."""


@dataclass(frozen=True, slots=True)
class Join:
    """One place where tables are joined."""

    edges: tuple[Edge, ...]
    text: str
    """The clause, or the condition of a join in WHERE."""


@dataclass(frozen=True, slots=True)
class Query:
    """What one statement reads."""

    kind: str
    """select, insert, update, delete or merge."""
    dialect: str
    """Name of the dialect that could read it; empty for the common one."""
    tables: tuple[str, ...]
    columns: tuple[Column, ...]
    joins: tuple[Join, ...]
    filters: tuple[Column, ...]
    functions: tuple[str, ...]

    @property
    def edges(self) -> frozenset[Edge]:
        """Return all pairs of columns that are compared in joins."""
        return frozenset(edge for join in self.joins for edge in join.edges)


def parse(sql: str, schema: Mapping[str, frozenset[str]] | None = None) -> Query | str:
    """Return what a statement reads, or why it cannot be told.

    Args:
        sql: The statement.
        schema: Columns by table, in lower case, to tell whose a bare column is.
    """
    if len(sql) > MAX_STATEMENT:
        return f"over {MAX_STATEMENT:,} characters"
    reason = ""
    for dialect in DIALECTS:
        try:
            trees = [tree for tree in sqlglot.parse(sql, dialect=dialect or None) if tree]
        except (SqlglotError, RecursionError, ValueError) as error:
            reason = reason or _reason(error)
            continue
        kinds = {_kind(tree) for tree in trees}
        if not trees or "" in kinds:
            reason = reason or "not a statement that reads or writes rows"
            continue
        try:
            return _merged(min(kinds), dialect, [_read(tree, schema or {}) for tree in trees])
        except (SqlglotError, RecursionError) as error:
            reason = reason or _reason(error)
    return reason


def _reason(error: Exception) -> str:
    line = str(error).split("\n", 1)[0]
    return "nested too deeply" if isinstance(error, RecursionError) else line.split(". Line", 1)[0]


def _kind(tree: exp.Expr) -> str:
    if isinstance(tree, exp.Query):
        return "select"
    known = {exp.Insert: "insert", exp.Update: "update", exp.Delete: "delete", exp.Merge: "merge"}
    return next((name for kind, name in known.items() if isinstance(tree, kind)), "")


def _merged(kind: str, dialect: str, parts: list[Query]) -> Query:
    def every(name: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(item for part in parts for item in getattr(part, name)))

    joins = tuple(join for part in parts for join in part.joins)
    return Query(
        kind, dialect, every("tables"), every("columns"), joins, every("filters"),
        every("functions"),
    )  # fmt: skip


def _read(tree: exp.Expr, schema: Mapping[str, frozenset[str]]) -> Query:
    reads = [_Reader(scope, schema) for query in _queries(tree) for scope in traverse_scope(query)]
    tables = {table for read in reads for table in read.tables.values()}
    if not isinstance(tree, exp.Query):
        made = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
        tables |= {_name(table) for table in tree.find_all(exp.Table)} - made
    functions = {
        function.sql_name().lower()
        for function in tree.find_all(exp.Func)
        if not isinstance(function, exp.Connector | exp.Cast | exp.Case)
    }
    return Query(
        kind="",
        dialect="",
        tables=tuple(sorted(tables - {""})),
        columns=tuple(sorted({column for read in reads for column in read.columns()})),
        joins=tuple(join for read in reads for join in read.joins()),
        filters=tuple(sorted({column for read in reads for column in read.filters()})),
        functions=tuple(sorted(functions)),
    )


def _queries(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the outermost SELECTs: the statement itself, or those inside what writes."""
    if isinstance(tree, exp.Query):
        yield tree
        return
    for query in tree.find_all(exp.Query):
        if not query.find_ancestor(exp.Query):
            yield query


def _name(table: exp.Table) -> str:
    return table.name.lower()


class _Reader:
    """One SELECT with the names that are known in it."""

    def __init__(self, scope: Scope, schema: Mapping[str, frozenset[str]]) -> None:
        self._scope = scope
        self._schema = schema
        self.tables = {
            alias.lower(): _name(source)
            for alias, source in scope.sources.items()
            if isinstance(source, exp.Table)
        }
        self._made = {
            alias.lower() for alias, source in scope.sources.items() if isinstance(source, Scope)
        }
        self._selected = {
            item.alias.lower()
            for item in getattr(scope.expression, "selects", ())
            if isinstance(item, exp.Alias) and item.this.name.lower() != item.alias.lower()
        }

    def columns(self) -> Iterator[Column]:
        """Yield the columns that stand in this SELECT, subqueries aside."""
        yield from self._known(self._scope.columns)

    def filters(self) -> Iterator[Column]:
        """Yield the columns that are compared with something else than another table's column."""
        for clause in ("where", "having"):
            found = self._scope.expression.args.get(clause)
            if found is None:
                continue
            joined = {id(c) for e in found.find_all(exp.EQ) if self._edge(e) for c in _sides(e)}
            own = (c for c in found.find_all(exp.Column) if id(c) not in joined)
            yield from self._known(c for c in own if c.parent_select is self._scope.expression)

    def joins(self) -> Iterator[Join]:
        """Yield the joins between named tables."""
        expression = self._scope.expression
        before = self._leading(expression)
        for join in expression.args.get("joins") or ():
            edges = [edge for e in join.find_all(exp.EQ) if (edge := self._edge(e))]
            this = self._alias(join.this)
            for using in join.args.get("using") or ():
                for other in before[-1:]:
                    edges += self._equal(this, other, using.name.lower())
            if edges:
                yield Join(tuple(dict.fromkeys(edges)), join.sql())
            before.append(this)
        where = expression.args.get("where")
        for comparison in where.find_all(exp.EQ) if where is not None else ():
            if comparison.parent_select is expression and (edge := self._edge(comparison)):
                yield Join((edge,), comparison.sql())

    def _leading(self, expression: exp.Expr) -> list[str]:
        start = expression.args.get("from_") or expression.args.get("from")
        return [self._alias(start.this)] if start is not None else []

    def _alias(self, source: exp.Expr) -> str:
        return source.alias_or_name.lower()

    def _equal(self, one: str, other: str, name: str) -> list[Edge]:
        if one not in self.tables or other not in self.tables:
            return []
        return [_ordered((self.tables[one], name), (self.tables[other], name))]

    def _edge(self, comparison: exp.EQ) -> Edge | None:
        sides = _sides(comparison)
        if len(sides) != 2:  # noqa: PLR2004  a join compares two columns
            return None
        one, other = (self._resolve(side) for side in sides)
        if not (one and other and one[0] and other[0]):
            return None
        if one[0] == other[0] and sides[0].table.lower() == sides[1].table.lower():
            return None
        return _ordered(one, other)

    def _known(self, columns: Iterable[exp.Column]) -> Iterator[Column]:
        for column in columns:
            found = self._resolve(column)
            if found:
                yield found

    def _resolve(self, column: exp.Column) -> Column | None:
        """Return whose a column is; None for one that the statement made itself."""
        name, alias = column.name.lower(), column.table.lower()
        if isinstance(column.this, exp.Star) or not name:
            return None
        if alias:
            if alias in self.tables:
                return self.tables[alias], name
            return None if alias in self._made or alias in self._selected else self._outer(column)
        owners = {t for t in self.tables.values() if name in self._schema.get(t, frozenset())}
        if len(owners) == 1:
            return owners.pop(), name
        if name in self._selected or (self._made and not self.tables):
            return None
        names = set(self.tables.values())
        return (names.pop() if len(names) == 1 and not self._made else "", name)

    def _outer(self, column: exp.Column) -> Column | None:
        """Return whose a column is that a correlated subquery takes from around it."""
        scope = self._scope.parent
        while scope is not None:
            for alias, source in scope.sources.items():
                if alias.lower() != column.table.lower():
                    continue
                if isinstance(source, exp.Table):
                    return _name(source), column.name.lower()
                return None
            scope = scope.parent
        return None


def _sides(comparison: exp.EQ) -> list[exp.Column]:
    return [s for s in (comparison.left, comparison.right) if isinstance(s, exp.Column)]


def _ordered(one: Column, other: Column) -> Edge:
    return (one, other) if one <= other else (other, one)
