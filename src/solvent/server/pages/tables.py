"""Tables and columns: which queries use them, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from solvent.server.page import page
from solvent.server.questions.kept import find_kept, findings_by_subject, rows_shown
from solvent.server.questions.owed import chosen
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column."""

    name: str
    type: str
    description: str
    traces: int
    is_key: bool
    """Queries join by it; it needs no description."""
    known: bool
    """Some text names it."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One table."""

    name: str
    description: str
    known: bool
    """Some text names its columns."""
    traces: int
    failed: int
    judged: int
    """Traces with a known outcome that read it."""
    undescribed: list[str]
    columns: list[ColumnRow]
    unused: list[str]
    """Described columns that no query names."""
    examples: list[list[str | None]]
    """Trace and span of some queries."""
    fingerprint: str
    """Of the finding about it; empty when there is none."""


@dataclass(frozen=True, slots=True)
class JoinRow:
    """Tables that are joined in the same way again and again."""

    tables: list[str]
    traces: int
    statements: int
    view: str
    example: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A statement that no dialect could read."""

    text: str
    error: str
    traces: int


@dataclass(frozen=True, slots=True)
class TablesView:
    """Tables as the last audit saw them, the most used first."""

    project: str
    at: int | None
    """When it was worked out; None: no audit kept one."""
    missing: str
    """Why there is nothing to show; empty when there is."""
    show: str
    shows: list[str]
    traces: int
    """Traces with SQL."""
    statements: int
    unparsed: int
    described: int
    """Tables that some text describes."""
    found: int
    rows: list[TableRow]
    joins: list[JoinRow]
    not_parsed: list[Unparsed]


KINDS: dict[str, Callable[[TableRow], bool]] = {
    "used": lambda row: row.traces > 0,
    "undescribed": lambda row: bool(row.undescribed),
    "unused": lambda row: row.traces == 0,
    "unknown": lambda row: row.traces > 0 and not row.known,
}
"""What may be shown alone."""


@page("/tables")
def tables(bench: Workbench, project: str = "", show: str = "") -> TablesView:
    """List tables and columns with their use."""
    project = chosen(bench, project)
    body, at = find_kept(bench, project, "tables")
    owed = findings_by_subject(bench, project, "undescribed-column", "repeated-join")
    rows = [_row(table, owed) for table in body.get("tables", ())]
    return TablesView(
        project=project,
        at=at,
        missing=body.get("missing", ""),
        show=show,
        shows=list(KINDS),
        traces=body.get("traces", 0),
        statements=body.get("statements", 0),
        unparsed=body.get("unparsed", 0),
        described=body.get("described", 0),
        found=body.get("found", 0),
        rows=rows_shown(rows, show, KINDS),
        joins=[_join(joined, owed) for joined in body.get("joins", ())],
        not_parsed=[Unparsed(**item) for item in body.get("not_parsed", ())],
    )


def _row(table: dict[str, Any], owed: dict[str, str]) -> TableRow:
    return TableRow(
        name=table["name"],
        description=table["description"],
        known=table["known"],
        traces=table["traces"],
        failed=table["failed"],
        judged=table["failed"] + table["passed"],
        undescribed=table["undescribed"],
        columns=[ColumnRow(**column) for column in table["columns"]],
        unused=table["unused"],
        examples=table["examples"],
        fingerprint=owed.get(f"table:{table['name']}", ""),
    )


def _join(joined: dict[str, Any], owed: dict[str, str]) -> JoinRow:
    return JoinRow(
        tables=joined["tables"],
        traces=joined["traces"],
        statements=joined["statements"],
        view=joined["view"],
        example=joined["example"],
        fingerprint=owed.get(joined["subject"], ""),
    )
