"""Joins that statements repeat, and the view that would say them once."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from solvent.knowledge.queries import Edge, Query

MAX_SETS = 200
"""Different sets of joins that are compared with each other, the most used first."""
OVERLAP = 0.5
"""Share of joins in common from which two candidates are one view."""


class Repeated(NamedTuple):
    """Tables that are joined in the same way again and again."""

    edges: frozenset[Edge]
    statements: tuple[int, ...]
    """Positions of the statements that join so, maybe among other joins."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the tables, in alphabetical order."""
        return tuple(sorted({column[0] for edge in self.edges for column in edge}))


def repeated_joins(
    queries: Mapping[int, Query], traces: Mapping[int, int], *, least: int, tables: int
) -> list[Repeated]:
    """Return the sets of joins that at least so many traces use, the most saving first.

    Candidates are the joins of whole statements and what two statements have in common.

    Args:
        queries: Statements by position.
        traces: Traces that use each.
        least: Traces that a set must be used in.
        tables: Tables that a set must join.
    """
    sets: Counter[frozenset[Edge]] = Counter()
    for number, query in queries.items():
        sets[frozenset(edge for edge in query.edges if edge[0][0] != edge[1][0])] += traces[number]
    often = [edges for edges, _ in sets.most_common(MAX_SETS)]
    candidates = set(often) | {one & other for one, other in combinations(often, 2)}
    found = []
    for edges in candidates:
        repeated = Repeated(
            edges, tuple(n for n, query in queries.items() if edges and edges <= query.edges)
        )
        if len(repeated.tables) >= tables and _is_connected(edges):
            uses = sum(traces[n] for n in repeated.statements)
            if uses >= least:
                found.append((uses * len(edges), repeated))
    found.sort(key=lambda one: (-one[0], -len(one[1].edges), sorted(one[1].edges)))
    return list(_apart(repeated for _, repeated in found))


def _apart(ordered: Iterator[Repeated]) -> Iterator[Repeated]:
    """Yield those that are not mostly a part of an earlier one, nor it of them."""
    kept: list[Repeated] = []
    for repeated in ordered:
        shares = (
            len(repeated.edges & other.edges) / min(len(repeated.edges), len(other.edges))
            for other in kept
        )
        if all(share < OVERLAP for share in shares):
            kept.append(repeated)
            yield repeated


def _is_connected(edges: Collection[Edge]) -> bool:
    near: dict[str, set[str]] = defaultdict(set)
    for (one, _), (other, _) in edges:
        near[one].add(other)
        near[other].add(one)
    seen: set[str] = set()
    waiting = list(near)[:1]
    while waiting:
        table = waiting.pop()
        if table not in seen:
            seen.add(table)
            waiting += near[table]
    return len(seen) == len(near)


def view_sql(repeated: Repeated, columns: Sequence[tuple[str, str]]) -> str:
    """Return `CREATE VIEW` for the joins, with the columns that statements use.

    A column whose name several tables have is called `table_column`.
    """
    order, clauses = _clauses(repeated)
    names = Counter(name for table, name in columns if table in order)
    selected = [
        f"{table}.{name}" if names[name] == 1 else f"{table}.{name} AS {table}_{name}"
        for table in order
        for owner, name in columns
        if owner == table
    ]
    listed = ", ".join(selected) or ", ".join(f"{table}.*" for table in order)
    head = f"CREATE VIEW {'_'.join(repeated.tables)} AS\nSELECT {listed}\nFROM {order[0]}"
    return "\n".join([head, *clauses])


def _clauses(repeated: Repeated) -> tuple[list[str], list[str]]:
    """Return the tables in an order in which each can be joined to those before, and the joins."""
    degree = Counter(column[0] for edge in repeated.edges for column in edge)
    order = [max(sorted(degree), key=lambda table: degree[table])]
    clauses = []
    left = sorted(repeated.edges)
    while len(order) < len(degree):
        table = min(_next(order, left))
        conditions = [
            f"{one[0]}.{one[1]} = {other[0]}.{other[1]}"
            for one, other in left
            if table in {one[0], other[0]} and {one[0], other[0]} - {table} <= set(order)
        ]
        clauses.append(f"JOIN {table} ON {' AND '.join(conditions)}")
        order.append(table)
    return order, clauses


def _next(order: Sequence[str], edges: Sequence[Edge]) -> Iterator[str]:
    for (one, _), (other, _) in edges:
        if (one in order) != (other in order):
            yield other if one in order else one
