"""The newest traces that match, a page at a time, with what each one came to."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid

if TYPE_CHECKING:
    from solvent.ports.spans import SpanStore

ROWS = 50
FOUND_CONTENTS = 5000
"""Contents that a text search follows to their spans at most."""

ON_ANY_SPAN = {
    "step": "name = $step",
    "type": "type = $type",
    "model": "model = $model",
    "tool": "tool_name = $tool",
    "session": "session_id = $session",
    "user": "user_id = $user",
    "version": "app_version = $version",
    "tag": "list_contains(tags, $tag)",
    "agent": "agent = $agent",
}
"""Filters that any span of the trace may answer."""

HEAD = """
SELECT id, trace_id, span_id, name, type, epoch_us(started_at) AS started_at, duration_ns, status,
    session_id, user_id, app_version, input_preview, output_preview, dated
FROM spans
"""

ROOTLESS = """
SELECT min(id) AS id, trace_id, arg_min(span_id, started_at) AS span_id,
    arg_min(name, started_at) AS name, arg_min(type, started_at) AS type,
    epoch_us(min(started_at)) AS started_at, NULL::BIGINT AS duration_ns, 'unset' AS status,
    max(session_id) AS session_id, max(user_id) AS user_id, max(app_version) AS app_version,
    arg_min(input_preview, started_at) AS input_preview,
    arg_max(output_preview, started_at) AS output_preview, bool_and(dated) AS dated
FROM spans WHERE project = $project
GROUP BY trace_id HAVING count(*) FILTER (parent_id IS NULL) = 0
"""

SPENT = """
WITH t AS (
    SELECT trace_id, span_id, parent_id, type, status, input_tokens, output_tokens, cost_usd
    FROM spans WHERE project = $project AND trace_id IN (SELECT unnest($ids))
), wrapped AS (
    SELECT DISTINCT trace_id, parent_id AS span_id FROM t
    WHERE type = 'llm' AND parent_id IS NOT NULL
)
SELECT trace_id, count(*) AS spans,
    count(*) FILTER (type IN ('llm', 'embedding') AND w.span_id IS NULL) AS requests,
    count(*) FILTER (type = 'tool') AS calls,
    count(*) FILTER (status = 'error') AS errors,
    sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) FILTER (
        type IN ('llm', 'embedding') AND w.span_id IS NULL
        AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)) AS tokens,
    sum(cost_usd) FILTER (w.span_id IS NULL) AS usd
FROM t LEFT JOIN wrapped w USING (trace_id, span_id) GROUP BY trace_id
"""
"""A client's model call inside a framework's model span is counted once."""

OUTCOME = """
SELECT trace_id, arg_min(value, CASE source_type
    WHEN 'human' THEN 0 WHEN 'app' THEN 1 WHEN 'code' THEN 2 ELSE 3 END) AS value
FROM assessments WHERE project = $project AND name = 'outcome' AND type = 'feedback'
    AND value IS NOT NULL {also} GROUP BY trace_id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the traces of a list have in common; empty fields do not filter."""

    text: str = ""
    status: str = ""
    outcome: str = ""
    step: str = ""
    type: str = ""
    model: str = ""
    tool: str = ""
    session: str = ""
    user: str = ""
    version: str = ""
    tag: str = ""
    agent: str = ""
    since: str = ""
    until: str = ""
    min_usd: float | None = None
    max_usd: float | None = None
    min_seconds: float | None = None
    rootless: bool = False

    @property
    def given(self) -> dict[str, Any]:
        """Return the filters that were given, by name."""
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in pairs if value not in {"", None, False}}


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One trace of a list."""

    trace_id: str
    span_id: str
    name: str
    started_at: int | None
    """Microseconds since 1970 UTC; None when the source carries no time."""
    duration_ns: int | None
    status: str
    outcome: str
    """passed, failed or empty: nobody said."""
    input: str
    output: str
    spans: int
    requests: int
    calls: int
    errors: int
    tokens: int | None
    usd: float | None
    session: str | None
    user: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class TracePage:
    """Some traces, newest first, and where the next ones begin."""

    rows: list[TraceRow] = field(default_factory=list)
    next: str | None = None


def list_traces(
    store: SpanStore, project: str, wanted: Wanted, after: str = "", rows: int = ROWS
) -> TracePage:
    """Return the newest traces that match.

    Args:
        store: Where the spans are.
        project: The project.
        wanted: Filters.
        after: The `next` of the page before.
        rows: How many at most.

    Raises:
        Invalid: The cursor or a time is malformed.
    """
    where, params = _conditions(wanted)
    if after:
        where.append("started_at <= make_timestamp($at) AND (started_at < make_timestamp($at)"
                     " OR id < $last)")  # fmt: skip
        params["at"], params["last"] = _cursor(after)
    source = f"SELECT * REPLACE (make_timestamp(started_at) AS started_at) FROM ({ROOTLESS})"
    if wanted.rootless:
        sql = f"SELECT * REPLACE (epoch_us(started_at) AS started_at) FROM ({source})"
    else:
        sql = HEAD
        where = ["project = $project", "parent_id IS NULL", *where]
    if where:
        sql += " WHERE " + " AND ".join(where)
    sql += f" ORDER BY spans.started_at DESC, id DESC LIMIT {rows + 1:d}"
    if wanted.rootless:
        sql = sql.replace("spans.started_at", "started_at")
    found = store.query(sql, project=project, **params).to_pylist()
    more = found[rows:]
    found = found[:rows]
    last = found[-1] if more else None
    return TracePage(
        _complete(store, project, found), f"{last['started_at']}-{last['id']}" if last else None
    )


def _cursor(after: str) -> tuple[int, int]:
    at, _, last = after.rpartition("-")
    try:
        return int(at), int(last)
    except ValueError:
        raise Invalid(f"`{after}` is not a cursor", hint="take `next` of a page") from None


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    given = wanted.given
    where: list[str] = []
    params: dict[str, Any] = {}
    on_span = [ON_ANY_SPAN[name] for name in given if name in ON_ANY_SPAN]
    params |= {name: given[name] for name in given if name in ON_ANY_SPAN}
    if wanted.status == "error":
        on_span.append("status = 'error'")
    if on_span:
        where.append(_on_trace(f"SELECT trace_id FROM spans WHERE project = $project AND "
                               f"{' AND '.join(on_span)}"))  # fmt: skip
    if wanted.status == "ok":
        where.append("status <> 'error'")
    for name, sign in (("since", ">="), ("until", "<")):
        if given.get(name):
            where.append(f"started_at {sign} ${name}::TIMESTAMP")
            params[name] = _time(given[name], name)
    if wanted.outcome:
        where.append(_on_outcome(wanted.outcome))
    if wanted.min_seconds is not None:
        where.append("duration_ns >= $min_seconds * 1e9")
        params["min_seconds"] = wanted.min_seconds
    having = [f"sum(cost_usd) {sign} ${name}" for name, sign in (("min_usd", ">="), ("max_usd", "<="))
              if given.get(name) is not None]  # fmt: skip
    params |= {name: given[name] for name in ("min_usd", "max_usd") if name in given}
    if having:
        where.append(_on_trace(f"SELECT trace_id FROM spans WHERE project = $project "
                               f"GROUP BY trace_id HAVING {' AND '.join(having)}"))  # fmt: skip
    if wanted.text:
        where.append(_on_trace(_TEXT))
        params["text"] = wanted.text
    return where, params


_TEXT = f"""
WITH found AS (
    SELECT hash FROM contents WHERE contains(lower(text), lower($text)) LIMIT {FOUND_CONTENTS}
)
SELECT trace_id FROM spans WHERE project = $project AND (
    trace_id = $text OR span_id = $text OR contains(lower(name), lower($text))
    OR contains(lower(coalesce(input_preview, '')), lower($text))
    OR contains(lower(coalesce(output_preview, '')), lower($text))
    OR list_has_any(input_hashes, (SELECT coalesce(list(hash), []) FROM found))
    OR list_has_any(output_hashes, (SELECT coalesce(list(hash), []) FROM found))
)
"""


def _on_trace(sql: str) -> str:
    return f"trace_id IN ({sql})"


def _on_outcome(outcome: str) -> str:
    if outcome not in {"passed", "failed", "unknown"}:
        raise Invalid(f"`{outcome}` is not an outcome", hint="passed, failed or unknown")
    judged = f"SELECT trace_id FROM ({OUTCOME.format(also='')})"
    if outcome == "unknown":
        return f"trace_id NOT IN ({judged}) AND status <> 'error'"
    if outcome == "passed":
        return f"trace_id IN ({judged} WHERE value >= 0.5)"
    return (
        f"(trace_id IN ({judged} WHERE value < 0.5)"
        f" OR (status = 'error' AND trace_id NOT IN ({judged})))"
    )


def _time(text: str, name: str) -> str:
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"`{name}` is `{text}`, not a time", hint="give 2026-10-01T12:00") from None
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(sep=" ")


def _complete(store: SpanStore, project: str, found: list[dict[str, Any]]) -> list[TraceRow]:
    ids = [row["trace_id"] for row in found]
    if not ids:
        return []
    spent = {
        row["trace_id"]: row for row in store.query(SPENT, project=project, ids=ids).to_pylist()
    }
    also = "AND trace_id IN (SELECT unnest($ids))"
    judged = {
        row["trace_id"]: row["value"]
        for row in store.query(OUTCOME.format(also=also), project=project, ids=ids).to_pylist()
    }
    return [_row(row, spent[row["trace_id"]], judged.get(row["trace_id"])) for row in found]


def _row(row: dict[str, Any], spent: dict[str, Any], value: float | None) -> TraceRow:
    failed = value < 0.5 if value is not None else row["status"] == "error"  # noqa: PLR2004  half way between failed and passed
    return TraceRow(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        name=row["name"],
        started_at=row["started_at"] if row["dated"] else None,
        duration_ns=row["duration_ns"],
        status=row["status"],
        outcome="failed" if failed else "passed" if value is not None else "",
        input=row["input_preview"] or "",
        output=row["output_preview"] or "",
        spans=spent["spans"],
        requests=spent["requests"],
        calls=spent["calls"],
        errors=spent["errors"],
        tokens=int(spent["tokens"]) if spent["tokens"] is not None else None,
        usd=spent["usd"],
        session=row["session_id"],
        user=row["user_id"],
        version=row["app_version"],
    )
