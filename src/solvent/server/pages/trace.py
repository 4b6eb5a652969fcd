"""One trace: its tree over time, and the span that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.errors import NotFound
from solvent.pipelines.within import inquire
from solvent.pipelines.within.ranking import standing
from solvent.records.suspect import Inquiry
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
    inquiry: Inquiry | None = None
    """Which step is to blame; None: the trace is not known to have failed, or nobody asked."""
    standing: str = ""
    """What its ranking rests on."""
    asks: bool = False
    """The trace failed and is too long to tell before somebody asks."""


@page("/traces/{trace_id}")
def trace(
    bench: Workbench,
    trace_id: str,
    project: str = "",
    span: str = "",
    opened: str = "",
    first: int | None = None,
    blame: bool = False,
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
        blame: Tell which step is to blame, also of a long trace and of one that did not fail.
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
    failed = head.outcome == "failed"
    blaming = bench.settings.blame
    tells = blame or (failed and head.spans <= blaming.page_spans)
    inquiry = inquire(bench.spans, project, trace_id, blaming) if tells else None
    return TraceView(
        project=project,
        head=head,
        tree=tree,
        selected=selected,
        opened=opened,
        span=detail,
        judgements=judgements,
        rows=bounds.tree_rows,
        inquiry=inquiry,
        standing=standing(inquiry.kind) if inquiry else "",
        asks=failed and not tells,
    )
