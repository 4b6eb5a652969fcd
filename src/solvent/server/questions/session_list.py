"""Conversations that go over several traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.errors import Invalid

if TYPE_CHECKING:
    from solvent.ports.spans import SpanStore

KEYS = """
SELECT session_id AS id, epoch_us(max(started_at)) AS ended_at FROM spans
WHERE project = $project AND session_id IS NOT NULL
    AND ($text = '' OR contains(lower(session_id), lower($text)))
GROUP BY session_id
HAVING $last = '' OR max(started_at) < make_timestamp($at)
    OR (max(started_at) = make_timestamp($at) AND session_id < $last)
ORDER BY max(started_at) DESC, session_id DESC LIMIT $rows
"""

DETAIL = """
SELECT session_id AS id, count(DISTINCT trace_id) AS traces, count(*) AS spans,
    epoch_us(min(s.started_at)) AS started_at, epoch_us(max(s.started_at)) AS ended_at,
    max(user_id) AS user, count(*) FILTER (status = 'error') AS errors,
    sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) FILTER (type = 'llm'
        AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS tokens,
    sum(cost_usd) AS usd, arg_min(trace_id, s.started_at) AS first,
    bool_and(dated) AS dated
FROM spans s WHERE project = $project AND session_id IN (SELECT unnest($ids))
GROUP BY session_id ORDER BY max(s.started_at) DESC, session_id DESC
"""

OPENINGS = """
SELECT trace_id, arg_min(input_preview, started_at) AS opening FROM spans
WHERE rowid IN (SELECT rowid FROM spans WHERE trace_id IN (SELECT unnest($traces)))
    AND project = $project AND input_preview IS NOT NULL GROUP BY trace_id
"""
"""Asked for the first trace of each session only: previews are wide."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One conversation."""

    id: str
    traces: int
    spans: int
    started_at: int | None
    ended_at: int | None
    user: str | None
    errors: int
    tokens: int | None
    usd: float | None
    opening: str
    """What the conversation began with."""


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Some sessions, the latest first, and where the next ones begin."""

    rows: list[SessionRow]
    next: str | None


def list_sessions(
    store: SpanStore, project: str, *, rows: int, text: str = "", after: str = ""
) -> SessionPage:
    """Return the sessions that were active last.

    Raises:
        Invalid: The cursor is malformed.
    """
    at, _, last = after.partition("-")
    if after and not at.lstrip("-").isdigit():
        raise Invalid(f"`{after}` is not a cursor", hint="take `next` of a page")
    keys = store.query(
        KEYS, project=project, text=text, at=int(at or 0), last=last, rows=rows + 1
    ).to_pylist()
    cut = keys[rows - 1] if len(keys) > rows else None
    ids = [key["id"] for key in keys[:rows]]
    found = store.query(DETAIL, project=project, ids=ids).to_pylist() if ids else []
    firsts = [row["first"] for row in found]
    openings = {
        row["trace_id"]: row["opening"]
        for row in store.query(OPENINGS, project=project, traces=firsts).to_pylist()
    }
    return SessionPage(
        [
            SessionRow(
                id=row["id"],
                traces=row["traces"],
                spans=row["spans"],
                started_at=row["started_at"] if row["dated"] else None,
                ended_at=row["ended_at"] if row["dated"] else None,
                user=row["user"],
                errors=row["errors"],
                tokens=int(row["tokens"]) if row["tokens"] is not None else None,
                usd=row["usd"],
                opening=openings.get(row["first"], ""),
            )
            for row in found
        ],
        f"{cut['ended_at']}-{cut['id']}" if cut else None,
    )
