"""One trace: its tree over time, and the span that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.errors import NotFound
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.span_detail import SpanDetail, find_span
from solvent.server.questions.trace_head import (
    Judgement,
    TraceHead,
    find_window,
    read_head,
)
from solvent.server.questions.trace_tree import Tree, read_tree
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class TraceView:
    """One trace, a stretch of its tree, and one span in full."""

    project: str
    head: TraceHead
    tree: Tree
    selected: str
    opened: str
    span: SpanDetail | None
    judgements: list[Judgement]
    rows: int
    """Rows of the tree on one page."""
    tells: bool = False
    """The trace failed and is short enough to tell which step is to blame without being asked."""


@page("/traces/{trace_id}")
def trace(
    bench: Workbench,
    trace_id: str,
    project: str = "",
    span: str = "",
    opened: str = "",
    first: int | None = None,
) -> TraceView:
    """Show one trace with its tree and one of its spans.

    Args:
        bench: The workbench.
        trace_id: The trace, 32 hex digits.
        project: The project; the default one when left out.
        span: The span to show in full; the root when left out, or the last model call when the root
            carries no text.
        opened: The span whose children are all shown.
        first: The first row of the tree to show.
    """
    project = chosen(bench, project)
    window = find_window(bench.spans, project, trace_id)
    if window is None:
        raise NotFound(f"no trace `{trace_id}` in project `{project}`", hint="search at /traces")
    bounds = bench.settings.pages
    head, judgements = read_head(bench.spans, project, trace_id, window, bounds.judgements)
    selected = span or (head.root if head.told or not head.last_request else head.last_request)
    detail = find_span(bench.spans, project, trace_id, selected, window, bounds)
    if span and detail is None:
        raise NotFound(f"no span `{span}` in this trace", hint=f"open /traces/{trace_id}")
    tree = read_tree(
        bench.spans,
        project,
        trace_id,
        window,
        bounds,
        selected=selected,
        opened=opened,
        first=first,
    )
    return TraceView(
        project=project,
        head=head,
        tree=tree,
        selected=selected,
        opened=opened,
        span=detail,
        judgements=judgements,
        rows=bounds.tree_rows,
        tells=head.outcome == "failed" and head.spans <= bench.settings.blame.page_spans,
    )
