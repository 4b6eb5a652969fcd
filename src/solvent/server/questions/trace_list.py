"""The newest traces that match, a page at a time, with what each one came to."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import Invalid
from solvent.pipelines.outcomes import JUDGED, PASSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.ports.spans import SpanStore
    from solvent.settings import Pages

WINDOWS = (2_000,)
"""How many of the newest traces a filter looks through before it looks through all."""
OLDEST = -62_135_596_800_000_000
"""The first microsecond of the year 1."""
SKEW_US = 3_600_000_000
FEW_CONTENTS = 150
"""Contents that a text search follows to their spans at first."""

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

KEYS = """
SELECT rowid AS place, epoch_us(started_at) AS started_at, id FROM spans
WHERE project = $project AND parent_id IS NULL AND started_at >= make_timestamp($floor) {where}
ORDER BY spans.started_at DESC, id DESC LIMIT {limit}
"""
"""Which root spans, by narrow columns only; the wide ones are read for a page of them."""

HEAD = """
SELECT id, trace_id, span_id, name, type, epoch_us(started_at) AS started_at, duration_ns, status,
    session_id, user_id, app_version, input_preview, output_preview, dated
FROM spans WHERE rowid IN (SELECT unnest($places))
ORDER BY spans.started_at DESC, id DESC
"""

FLOOR = """
SELECT epoch_us(started_at) AS floor FROM spans
WHERE project = $project AND parent_id IS NULL {before}
ORDER BY spans.started_at DESC LIMIT 1 OFFSET $offset
"""
"""Where the newest so many traces begin."""

ROOTLESS_KEYS = """
SELECT trace_id, epoch_us(min(started_at)) AS started_at FROM spans WHERE project = $project
GROUP BY trace_id HAVING count(*) FILTER (parent_id IS NULL) = 0
ORDER BY 2 DESC, 1 LIMIT $rows
"""

ROOTLESS = """
SELECT min(id) AS id, trace_id, arg_min(span_id, s.started_at) AS span_id,
    arg_min(name, s.started_at) AS name, arg_min(type, s.started_at) AS type,
    epoch_us(min(s.started_at)) AS started_at, NULL::BIGINT AS duration_ns, 'unset' AS status,
    max(session_id) AS session_id, max(user_id) AS user_id, max(app_version) AS app_version,
    arg_min(input_preview, s.started_at) AS input_preview,
    arg_max(output_preview, s.started_at) AS output_preview, bool_and(dated) AS dated
FROM spans s WHERE project = $project AND trace_id IN (SELECT unnest($ids))
GROUP BY trace_id ORDER BY min(s.started_at) DESC, trace_id
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

OUTCOME = JUDGED.format(assessments="(SELECT * FROM assessments WHERE project = $project {also})")


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
    outcome_source: str
    """human, app, code, judge, or error: the root ended in error."""
    outcome_conflict: bool
    """Somebody says otherwise."""
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
    partial: bool = False
    """A text search found more contents than were followed to their traces."""


def list_traces(
    store: SpanStore, project: str, wanted: Wanted, bounds: Pages, after: str = ""
) -> TracePage:
    """Return the newest traces that match.

    Args:
        store: Where the spans are.
        project: The project.
        wanted: Filters.
        bounds: How many at most, and how far a text is followed.
        after: The `next` of the page before.

    Raises:
        Invalid: The cursor or a time is malformed.
    """
    rows = bounds.rows
    if wanted.rootless:
        return _rootless(store, project, rows)
    where, params = _conditions(wanted)
    before = ""
    if after:
        before = (
            "AND started_at <= make_timestamp($at)"
            " AND (started_at < make_timestamp($at) OR id < $last)"
        )
        params["at"], params["last"] = _cursor(after)
    narrow = "".join(f" AND {condition}" for condition in where)
    sql = KEYS.format(where=f"{before}{narrow}", limit=rows + 1)
    keys: list[dict[str, Any]] = []
    partial = False
    for carriers in _carriers(store, project, wanted.text, bounds):
        params |= carriers.params
        partial = carriers.partial
        for floor in _floors(store, project, before, params) if where else [OLDEST]:
            keys = store.query(sql, project=project, floor=floor, **params).to_pylist()
            if len(keys) > rows:
                break
        if len(keys) > rows:
            break
    places = [key["place"] for key in keys[:rows]]
    found = store.query(HEAD, places=places).to_pylist() if places else []
    last = keys[rows - 1] if len(keys) > rows else None
    return TracePage(
        _complete(store, project, found),
        f"{last['started_at']}-{last['id']}" if last else None,
        partial,
    )


class _Carriers(NamedTuple):
    params: dict[str, Any]
    partial: bool


def _carriers(store: SpanStore, project: str, text: str, bounds: Pages) -> Iterator[_Carriers]:
    """Yield the traces that carry a text: first of the newest contents, then of ever more."""
    if not text:
        yield _Carriers({}, partial=False)
        return
    for limit in (min(FEW_CONTENTS, bounds.found_contents), bounds.found_contents):
        hashes = store.search(text, limit)
        spans = store.find_spans(project, hashes, bounds.found_spans) if hashes else None
        traces = [] if spans is None else spans["trace_id"].unique().to_pylist()
        many = len(hashes) >= limit or (spans is not None and spans.num_rows >= bounds.found_spans)
        yield _Carriers({"carriers": traces}, partial=many)
        if not many:
            return


def _floors(store: SpanStore, project: str, before: str, params: dict[str, Any]) -> Iterator[int]:
    """Yield ever earlier times to look back to: a filter that much matches is answered early."""
    cursor = {name: params[name] for name in ("at", "last") if name in params}
    for offset in WINDOWS:
        sql = FLOOR.format(before=before)
        row = store.query(sql, project=project, offset=offset, **cursor).to_pylist()
        if not row:
            break
        yield row[0]["floor"]
    yield OLDEST


def _rootless(store: SpanStore, project: str, rows: int) -> TracePage:
    keys = store.query(ROOTLESS_KEYS, project=project, rows=rows).to_pylist()
    ids = [key["trace_id"] for key in keys]
    found = store.query(ROOTLESS, project=project, ids=ids).to_pylist() if ids else []
    return TracePage(_complete(store, project, found))


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
        where.append(_on_trace(_SPANS + f" AND {' AND '.join(on_span)}"))
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
    having = [
        f"sum(cost_usd) {sign} ${name}"
        for name, sign in (("min_usd", ">="), ("max_usd", "<="))
        if name in given
    ]
    params |= {name: given[name] for name in ("min_usd", "max_usd") if name in given}
    if having:
        where.append(_on_trace(_SPANS + f" GROUP BY trace_id HAVING {' AND '.join(having)}"))
    if wanted.text:
        where.append(_on_trace(_TEXT))
        params["text"] = wanted.text
    return where, params


_SPANS = (
    "SELECT trace_id FROM spans WHERE project = $project"
    f" AND started_at >= make_timestamp(greatest($floor - {SKEW_US}, {OLDEST}))"
)
"""The spans of traces that begin in the window; their clocks may be behind the root's."""

_TEXT = f"""
SELECT unnest($carriers::VARCHAR[]) UNION ALL
{_SPANS} AND (
    trace_id = $text OR span_id = $text OR contains(lower(name), lower($text))
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
        return f"trace_id IN ({judged} WHERE value >= {PASSED})"
    return (
        f"(trace_id IN ({judged} WHERE value < {PASSED})"
        f" OR (status = 'error' AND trace_id NOT IN ({judged})))"
    )


def _time(text: str, name: str) -> str:
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
        row["trace_id"]: row
        for row in store.query(OUTCOME.format(also=also), project=project, ids=ids).to_pylist()
    }
    return [_row(row, spent[row["trace_id"]], judged.get(row["trace_id"], {})) for row in found]


def _row(row: dict[str, Any], spent: dict[str, Any], judged: dict[str, Any]) -> TraceRow:
    value = judged.get("value")
    error = row["status"] == "error"
    failed = error if value is None else value < PASSED
    return TraceRow(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        name=row["name"],
        started_at=row["started_at"] if row["dated"] else None,
        duration_ns=row["duration_ns"],
        status=row["status"],
        outcome="failed" if failed else "passed" if value is not None else "",
        outcome_source=judged.get("source") or ("error" if error else ""),
        outcome_conflict=bool(judged.get("conflict")) or (value is not None and error > failed),
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
