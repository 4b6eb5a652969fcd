"""The newest traces, searched and filtered."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.records.span import SPAN_TYPES
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.projects import count_traces, has_spans
from solvent.server.questions.trace_list import (
    TraceRow,
    Wanted,
    list_traces,
)
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class TracesView:
    """Traces of a project, newest first."""

    project: str
    wanted: Wanted
    filters: int
    """How many filters are on."""
    rows: list[TraceRow]
    next: str | None
    """Give it as `after` for the next page."""
    after: str
    total: int
    """Traces of the project, filters aside."""
    empty: bool
    """Nothing was received for this project yet."""
    partial: bool
    """More texts match than were followed to their traces: only those of the newest ones."""
    found_contents: int
    """Texts that a search follows."""
    types: tuple[str, ...] = SPAN_TYPES


@page("/traces")
def traces(
    bench: Workbench,
    project: str = "",
    text: str = "",
    status: str = "",
    outcome: str = "",
    step: str = "",
    type: str = "",  # noqa: A002  the word of the glossary
    model: str = "",
    tool: str = "",
    session: str = "",
    user: str = "",
    version: str = "",
    tag: str = "",
    agent: str = "",
    since: str = "",
    until: str = "",
    min_usd: float | None = None,
    max_usd: float | None = None,
    min_seconds: float | None = None,
    rootless: bool = False,
    after: str = "",
) -> TracesView:
    """List traces, newest first."""
    project = chosen(bench, project)
    wanted = Wanted(
        text, status, outcome, step, type, model, tool, session, user, version, tag, agent,
        since, until, min_usd, max_usd, min_seconds, rootless,
    )  # fmt: skip
    bounds = bench.settings.pages
    found = list_traces(bench.spans, project, wanted, bounds, after)
    total = count_traces(bench.spans, project)
    empty = not total and not has_spans(bench.spans, project)
    return TracesView(
        project,
        wanted,
        len(wanted.given),
        found.rows,
        found.next,
        after,
        total,
        empty,
        found.partial,
        bounds.found_contents,
    )
