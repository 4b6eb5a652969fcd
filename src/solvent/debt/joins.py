"""The joins that generated SQL repeats, with what they cost.

`join_saved` has one row for each statement that repeats a set of joins: the tokens of its clauses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from solvent.debt.workload import workload
from solvent.knowledge.views import Repeated, repeated_joins, view_sql
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence
    from solvent.knowledge.queries import Query


class Joined(NamedTuple):
    """A set of joins with its use."""

    joins: Repeated
    subject: str
    traces: int
    statements: int
    view: str
    """The view that would say the joins once, as SQL."""
    example: str
    """The most used statement."""


def list_joins(evidence: Evidence, *, least: int, tables: int) -> list[Joined]:
    """Return the joins that traces repeat, and make `join_saved`.

    Args:
        evidence: The open evidence.
        least: Traces that must use a set of joins.
        tables: Tables that it must join.

    Raises:
        NoEvidence: No step wrote or ran SQL.
    """
    return evidence.once(f"joins {least} {tables}", lambda own: _list(own, least, tables))


def _list(evidence: Evidence, least: int, tables: int) -> list[Joined]:
    import pyarrow as pa

    work = workload(evidence)
    queries = {n: s.query for n, s in enumerate(work.statements) if s.query}
    traces = {n: work.statements[n].traces for n in queries}
    found, saved = [], []
    for joins in repeated_joins(queries, traces, least=least, tables=tables):
        subject = f"join:{'+'.join(joins.tables)}"
        often = max(joins.statements, key=lambda n: (traces[n], -n))
        columns = sorted({c for n in joins.statements for c in queries[n].columns})
        used = [column for column in columns if column[0] in joins.tables]
        of_traces = evidence.value(
            "SELECT count(DISTINCT trace_id) FROM query_use"
            " WHERE template IN (SELECT unnest($numbers))",
            numbers=list(joins.statements),
        )
        found.append(
            Joined(
                joins, subject, of_traces, len(joins.statements),
                view_sql(joins, used), work.statements[often].text,
            )
        )  # fmt: skip
        saved += [(subject, n, _tokens(queries[n], joins)) for n in joins.statements]
    evidence.define(
        "join_saved",
        pa.table(
            {
                "subject": pa.array([subject for subject, _, _ in saved], pa.string()),
                "template": pa.array([number for _, number, _ in saved], pa.int64()),
                "tokens": pa.array([tokens for _, _, tokens in saved], pa.int64()),
            }
        ),
    )
    return found


def _tokens(query: Query, joins: Repeated) -> int:
    """Return the tokens of the clauses that a view would save."""
    return sum(count(join.text) for join in query.joins if set(join.edges) <= joins.edges)
