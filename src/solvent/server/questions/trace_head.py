"""What one trace came to, over all its spans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.pipelines.outcomes import PASSED, WORDS, Outcome, Said, decide

if TYPE_CHECKING:
    from solvent.ports.spans import SpanStore

HEAD = """
WITH t AS (
    SELECT span_id, parent_id, type, status, started_at, duration_ns, input_tokens,
        output_tokens, cache_read_tokens, cost_usd,
        session_id, user_id, app_version, environment, service, dated, tags
    FROM spans WHERE project = $project AND trace_id = $trace
        AND started_at BETWEEN make_timestamp($first) AND make_timestamp($last)
), wrapped AS (
    SELECT DISTINCT parent_id AS span_id FROM t WHERE type = 'llm' AND parent_id IS NOT NULL
), s AS (
    SELECT t.*, type IN ('llm', 'embedding') AND w.span_id IS NULL AS request
    FROM t LEFT JOIN wrapped w USING (span_id)
)
SELECT count(*) AS spans,
    count(*) FILTER (parent_id IS NULL) AS roots,
    count(*) FILTER (status = 'error') AS errors,
    count(*) FILTER (request) AS requests,
    count(*) FILTER (type = 'tool') AS calls,
    epoch_us(min(started_at)) AS started_at,
    max(epoch_us(started_at) + greatest(coalesce(duration_ns, 0), 0) // 1000) AS ended_at,
    arg_max(span_id, started_at) FILTER (type = 'llm') AS last_request,
    sum(input_tokens) FILTER (request) AS input_tokens,
    sum(output_tokens) FILTER (request) AS output_tokens,
    sum(cache_read_tokens) FILTER (request) AS cache_read_tokens,
    sum(cost_usd) FILTER (request) AS usd,
    count(*) FILTER (request AND cost_usd IS NULL) AS unpriced,
    max(session_id) AS session, max(user_id) AS user, max(app_version) AS version,
    max(environment) AS environment, max(service) AS service, bool_and(dated) AS dated,
    any_value(tags) AS tags
FROM s
"""

ROOT = """
SELECT name, span_id AS root, status, status_message,
    CASE WHEN parent_id IS NULL THEN duration_ns END AS duration_ns,
    coalesce(len(input_hashes), 0) + coalesce(len(output_hashes), 0) > 0 AS told
FROM spans WHERE project = $project AND trace_id = $trace
    AND started_at BETWEEN make_timestamp($first) AND make_timestamp($last)
ORDER BY parent_id IS NOT NULL, started_at, id LIMIT 1
"""

MODELS = """
SELECT DISTINCT model FROM spans WHERE project = $project AND trace_id = $trace
    AND started_at BETWEEN make_timestamp($first) AND make_timestamp($last)
    AND model IS NOT NULL ORDER BY model LIMIT 20
"""

BOUNDS = """
SELECT epoch_us(min(started_at)) AS first, epoch_us(max(started_at)) AS last
FROM spans WHERE project = $project AND trace_id = $trace
"""

JUDGED = """
SELECT name, type, value, label, source_type, source_id, rationale, span_id,
    epoch_us(created_at) AS created_at
FROM assessments WHERE project = $project AND trace_id = $trace
ORDER BY span_id IS NOT NULL, created_at, name LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One assessment of a trace or of one of its spans."""

    name: str
    type: str
    value: float | None
    label: str | None
    source_type: str
    source: str | None
    rationale: str | None
    span_id: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Other:
    """One who says otherwise on whether the trace failed."""

    source: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class TraceHead:
    """One trace, summed up."""

    trace_id: str
    name: str
    root: str
    told: bool
    """The root carries an input or an output itself."""
    last_request: str | None
    status: str
    status_message: str | None
    outcome: str
    """passed, failed or empty: nobody said."""
    outcome_source: str
    """Who decided that, in words."""
    outcome_why: str
    outcome_others: list[Other]
    """Who says otherwise."""
    spans: int
    roots: int
    errors: int
    requests: int
    calls: int
    started_at: int
    ended_at: int
    duration_ns: int | None
    dated: bool
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    usd: float | None
    unpriced: int
    """Model calls without a known cost; the sum leaves them out."""
    session: str | None
    user: str | None
    version: str | None
    environment: str | None
    service: str | None
    models: list[str]
    tags: list[str]


class Window(NamedTuple):
    """When the spans of a trace began: questions about it skip all other times."""

    first: int
    last: int


def find_window(store: SpanStore, project: str, trace_id: str) -> Window | None:
    """Return when the spans of a trace began; None when nothing of it is stored."""
    row = store.query(BOUNDS, project=project, trace=trace_id).to_pylist()[0]
    return None if row["first"] is None else Window(row["first"], row["last"])


def read_head(
    store: SpanStore, project: str, trace_id: str, window: Window, judgements: int
) -> tuple[TraceHead, list[Judgement]]:
    """Return what a trace came to and how it was judged, by so many judgements at most."""
    asked = {"project": project, "trace": trace_id, **window._asdict()}
    row = store.query(HEAD, **asked).to_pylist()[0] | store.query(ROOT, **asked).to_pylist()[0]
    judged = [
        Judgement(source=item.pop("source_id"), **item)
        for item in store.query(
            JUDGED, project=project, trace=trace_id, limit=judgements
        ).to_pylist()
    ]
    lists: dict[str, Any] = {
        "models": store.query(MODELS, **asked)["model"].to_pylist(),
        "tags": sorted(row.pop("tags") or ()),
    }
    counts = {
        name: None if row[name] is None else int(row.pop(name))
        for name in ("input_tokens", "output_tokens", "cache_read_tokens")
    }
    row = {**row, **counts}
    outcome = _outcome(judged, row["status"])
    return TraceHead(
        trace_id,
        outcome=outcome.word,
        outcome_source=WORDS.get(outcome.source, outcome.source),
        outcome_why=outcome.why,
        outcome_others=[Other(WORDS.get(o.source, o.source), o.by, o.why) for o in outcome.others],
        **row,
        **lists,
    ), judged


def _outcome(judged: list[Judgement], status: str) -> Outcome:
    said = [
        Said(j.value < PASSED, j.source_type, j.created_at, j.rationale or "", j.source or "")
        for j in judged
        if j.name == "outcome" and j.type == "feedback" and j.value is not None
    ]
    return decide([*said, *([Said(failed=True, source="error")] if status == "error" else [])])
