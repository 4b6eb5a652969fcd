"""Tables and columns as queries use them: how often, with what outcome, and described or not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from solvent.debt.workload import workload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from solvent.debt.evidence import Evidence
    from solvent.debt.workload import Workload
    from solvent.knowledge.schema import TableOf

_USES = """
SELECT u.template, u.trace_id, u.span_id, t.failed
FROM query_use u JOIN trace t USING (trace_id) ORDER BY u.started_at, u.trace_id
"""


class Use(NamedTuple):
    """One statement in one trace."""

    template: int
    trace_id: str
    span_id: str | None
    failed: bool | None


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One column."""

    name: str
    type: str
    description: str
    traces: int
    is_key: bool
    """True when queries join by it, and do nothing else with it or call it an id."""
    known: bool
    """True when some text names it."""


@dataclass(frozen=True, slots=True)
class TableUse:
    """One table, used or only described."""

    name: str
    description: str
    known: bool
    """True when some text names its columns."""
    traces: int
    failed: int
    passed: int
    """Traces with a known outcome that read it."""
    columns: tuple[ColumnUse, ...]
    """Columns that queries use, the most used first."""
    unused: tuple[str, ...]
    """Described columns that no query names."""
    bare_traces: int
    bare_failed: int
    bare_passed: int
    """Traces that use columns without a description."""
    other_failed: int
    other_passed: int
    """All other traces with queries."""
    examples: tuple[tuple[str, str | None], ...]
    """Trace and span of queries that use columns without a description, else of any."""

    @property
    def undescribed(self) -> list[ColumnUse]:
        """Return the columns that queries select or filter by, and no text describes."""
        return [c for c in self.columns if c.known and not c.description and not c.is_key]


def list_tables(evidence: Evidence) -> list[TableUse]:
    """Return every table that queries use or a text describes, the most used first.

    Raises:
        NoEvidence: No step wrote or ran SQL.
    """
    return evidence.once("tables_used", _list)


def _list(evidence: Evidence) -> list[TableUse]:
    work = workload(evidence)
    uses: dict[int, list[Use]] = defaultdict(list)
    for row in evidence.rows(_USES):
        uses[row["template"]].append(Use(**row))
    everything = [use for found in uses.values() for use in found]
    names = {t for s in work.statements if s.query for t in s.query.tables} | set(work.tables)
    found = [_table(name, work, uses, everything) for name in names]
    return sorted(found, key=lambda table: (-table.traces, table.name))


def _table(
    name: str, work: Workload, uses: Mapping[int, list[Use]], everything: list[Use]
) -> TableUse:
    described = work.tables.get(name)
    read: list[Use] = []
    by_column: dict[str, list[Use]] = defaultdict(list)
    plain: set[str] = set()
    joining: set[str] = set()
    for number, statement in enumerate(work.statements):
        query = statement.query
        if query is None or name not in query.tables:
            continue
        read += uses[number]
        joined = {column for edge in query.edges for column in edge}
        joining |= {column[1] for column in joined if column[0] == name}
        for column in query.columns:
            if column[0] != name:
                continue
            by_column[column[1]] += uses[number]
            if column not in joined or column in query.filters:
                plain.add(column[1])
    keys = {c for c in joining if c not in plain or c.endswith(("id", "key"))}
    columns = _columns(described, by_column, keys)
    bare_names = {c.name for c in columns if c.known and not c.description and not c.is_key}
    bare = [use for column in bare_names for use in by_column[column]]
    touched = {use.trace_id for use in bare}
    other = [use for use in everything if use.trace_id not in touched]
    return TableUse(
        name=name,
        description=described.description if described else "",
        known=bool(described and described.columns),
        traces=len({use.trace_id for use in read}),
        failed=_count(read, failed=True),
        passed=_count(read, failed=False),
        columns=tuple(columns),
        unused=tuple(
            c.name for c in (described.columns if described else ()) if c.name not in by_column
        ),
        bare_traces=len(touched),
        bare_failed=_count(bare, failed=True),
        bare_passed=_count(bare, failed=False),
        other_failed=_count(other, failed=True),
        other_passed=_count(other, failed=False),
        examples=tuple(dict.fromkeys((u.trace_id, u.span_id) for u in bare or read))[:20],
    )


def _columns(
    described: TableOf | None, by_column: Mapping[str, list[Use]], keys: set[str]
) -> list[ColumnUse]:
    known = {column.name: column for column in (described.columns if described else ())}
    found = [
        ColumnUse(
            name=name,
            type=known[name].type if name in known else "",
            description=known[name].description if name in known else "",
            traces=len({use.trace_id for use in uses}),
            is_key=name in keys,
            known=name in known,
        )
        for name, uses in by_column.items()
    ]
    return sorted(found, key=lambda column: (-column.traces, column.name))


def _count(uses: Iterable[Use], *, failed: bool) -> int:
    return len({use.trace_id for use in uses if use.failed is failed})
