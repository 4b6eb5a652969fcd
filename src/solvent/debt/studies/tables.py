"""Tables and columns: which of them queries use, with what outcome, which nobody describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.debt.joins import list_joins
from solvent.debt.tables_used import list_tables
from solvent.debt.workload import workload

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence
    from solvent.debt.tables_used import TableUse

MAX_TABLES = 300
MAX_UNPARSED = 20
TEXT_CHARS = 400
LEAST = 10
"""Traces that must use a set of joins before it is shown; the rule asks for more."""


def study(evidence: Evidence) -> dict[str, Any]:
    """Return the tables, the joins that repeat, and what could not be parsed.

    Raises:
        NoEvidence: No step wrote or ran SQL.
    """
    work = workload(evidence)
    tables = list_tables(evidence)
    joins = list_joins(evidence, least=LEAST, tables=2)
    unparsed = [s for s in work.unparsed if s.traces]
    return {
        "traces": evidence.value("SELECT count(DISTINCT trace_id) FROM query_use"),
        "statements": len(work.statements),
        "unparsed": len(unparsed),
        "not_parsed": [
            {"text": s.text[:TEXT_CHARS], "error": s.error, "traces": s.traces}
            for s in unparsed[:MAX_UNPARSED]
        ],
        "described": len(work.tables),
        "found": len(tables),
        "tables": [_table(table) for table in tables[:MAX_TABLES]],
        "joins": [
            {
                "subject": joined.subject,
                "tables": list(joined.joins.tables),
                "traces": joined.traces,
                "statements": joined.statements,
                "view": joined.view,
                "example": joined.example[:TEXT_CHARS],
            }
            for joined in joins[:20]
        ],
    }


def _table(table: TableUse) -> dict[str, Any]:
    return {
        "name": table.name,
        "description": table.description,
        "known": table.known,
        "traces": table.traces,
        "failed": table.failed,
        "passed": table.passed,
        "undescribed": [column.name for column in table.undescribed],
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "description": column.description,
                "traces": column.traces,
                "is_key": column.is_key,
                "known": column.known,
            }
            for column in table.columns
        ],
        "unused": list(table.unused),
        "examples": [list(example) for example in table.examples[:5]],
    }
