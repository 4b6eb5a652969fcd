"""One session: its traces in order, as one conversation."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.errors import NotFound
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.span_detail import Text, read_texts
from solvent.server.questions.trace_list import TraceRow, Wanted, list_traces
from solvent.workbench import Workbench

WIDE = 12
"""Texts of one turn shown at most, from the end."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One trace of the conversation with what went in and came out of its root."""

    trace: TraceRow
    inputs: list[Text]
    outputs: list[Text]


@dataclass(frozen=True, slots=True)
class SessionView:
    """One conversation, oldest turn first."""

    project: str
    id: str
    turns: list[Turn]
    earlier: str | None
    """Give it as `after` for the turns before these."""
    after: str
    tokens: int | None
    usd: float | None
    """Of the turns on this page; None: no turn says."""


ROOTS = """
SELECT trace_id, span_id, input_hashes, output_hashes FROM spans
WHERE project = $project AND trace_id IN (SELECT unnest($traces))
    AND span_id IN (SELECT unnest($spans))
"""


@page("/sessions/{session_id:path}")
def session(bench: Workbench, session_id: str, project: str = "", after: str = "") -> SessionView:
    """Show one session."""
    project = chosen(bench, project)
    bounds = bench.settings.pages
    found = list_traces(bench.spans, project, Wanted(session=session_id), bounds, after)
    if not found.rows and not after:
        raise NotFound(f"no session `{session_id}` in project `{project}`", hint="see /sessions")
    rows = list(reversed(found.rows))
    roots = {
        (row["trace_id"], row["span_id"]): row
        for row in bench.spans.query(
            ROOTS,
            project=project,
            traces=[row.trace_id for row in rows],
            spans=[row.span_id for row in rows],
        ).to_pylist()
    }
    sides = {
        key: ((row["input_hashes"] or [])[-WIDE:], (row["output_hashes"] or [])[-WIDE:])
        for key, row in roots.items()
    }
    hashes = {h for side in sides.values() for part in side for h in part}
    texts = read_texts(bench.spans, hashes, bounds.text_chars)
    turns = []
    for row in rows:
        ins, outs = sides.get((row.trace_id, row.span_id), ([], []))
        turns.append(
            Turn(row, [texts[h] for h in ins if h in texts], [texts[h] for h in outs if h in texts])
        )
    tokens = [row.tokens for row in rows if row.tokens is not None]
    usd = [row.usd for row in rows if row.usd is not None]
    return SessionView(
        project, session_id, turns, found.next, after,
        sum(tokens) if tokens else None, sum(usd) if usd else None,
    )  # fmt: skip
