"""Langfuse exports: observations, traces and scores (JSON, JSON lines, CSV), ingestion batches.

Keys may be `traceId` (API and UI) or `trace_id` (blob storage). Observations become spans, scores
assessments. A trace with its observations inside, or in a batch of the older ingestion API, is the
parent of those without one; a trace on its own becomes a span of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from solvent.records.batch import Batch
from solvent.traces.files.parts.decoding import batches
from solvent.traces.files.parts.draft import assessment
from solvent.traces.files.parts.otlp_json import nanoseconds, pairs, span_hex, trace_hex
from solvent.traces.files.parts.source import Record, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.records.assessment import Assessment
    from solvent.traces.files.parts.otlp_json import Told
    from solvent.traces.files.parts.source import Head, Source

Row = dict[str, Any]
SOURCES = {"ANNOTATION": "human", "EVAL": "judge", "API": "app"}
JUDGED_PER_BATCH = 1000
WRAPPERS = ("data", "observations", "traces", "scores")
EVENT = re.compile(r"(trace|span|generation|event|observation|score|agent|tool)-(create|update)")
NAMES = {
    "type": "langfuse.observation.type",
    "level": "langfuse.observation.level",
    "status_message": "langfuse.observation.status_message",
    "model_parameters": "langfuse.observation.model.parameters",
    "input": "langfuse.observation.input",
    "output": "langfuse.observation.output",
    "metadata": "langfuse.observation.metadata",
    "completion_start_time": "langfuse.observation.completion_start_time",
    "prompt_name": "langfuse.observation.prompt.name",
    "prompt_version": "langfuse.observation.prompt.version",
    "environment": "langfuse.environment",
    "release": "langfuse.release",
    "version": "langfuse.version",
    "trace_name": "langfuse.trace.name",
    "tags": "langfuse.trace.tags",
    "session_id": "session.id",
    "user_id": "user.id",
}
OF_TRACE = ("session_id", "user_id", "tags", "release", "environment")


def sniff(head: Head) -> bool:
    """Recognise an observation, a trace, a score, or a batch of ingestion events."""
    first = head.first
    if isinstance(first, dict) and any(isinstance(first.get(key), list) for key in WRAPPERS):
        listed = next(first[key] for key in WRAPPERS if isinstance(first.get(key), list))
        if listed and _kind(_snake(listed[0])):
            return True
    return _kind(_snake(first)) is not None


def read(source: Source) -> Iterator[Batch | Unread]:
    """Yield observations as spans, and scores."""
    judged: list[Assessment] = []
    for item in batches(source, _spans(source, judged)):
        yield item
        if len(judged) >= JUDGED_PER_BATCH:
            yield Batch(assessments=judged[:])
            judged.clear()
    if judged:
        yield Batch(assessments=judged)


def _spans(source: Source, judged: list[Assessment]) -> Iterator[Told | Unread]:
    events: dict[tuple[str, str], Row] = {}
    for record in source.records():
        if not isinstance(record, Record):
            yield record
            continue
        value = record.value
        listed = value.get("batch") if isinstance(value, dict) else None
        for row in listed if isinstance(listed, list) else [value]:
            if _kind(_snake(row)) == "ingestion":
                _gather(events, row)
            else:
                yield from _told(source, record.line, _snake(row), judged)
        if listed is not None or len(events) >= source.intake.max_spans_per_request:
            yield from _ingested(source, record.line, events, judged)
    yield from _ingested(source, 1, events, judged)


def _told(source: Source, line: int, row: Row, judged: list[Assessment]) -> Iterator[Told | Unread]:
    kind = _kind(row)
    if kind == "score":
        judged += _judgement(source, row)
    elif kind == "observation":
        yield _span(source, line, row)
    elif kind == "trace":
        yield _span(source, line, _as_observation(row))
        inherited = {key: row[key] for key in OF_TRACE if row.get(key) is not None}
        for inner in map(_snake, _list(row.get("observations"))):
            placed = {"parent_observation_id": _root_id(row["id"]), "trace_id": row["id"]}
            filled = {key: value for key, value in inner.items() if value is not None}
            yield from _told(source, line, placed | inherited | filled, judged)
        for inner in map(_snake, _list(row.get("scores"))):
            yield from _told(source, line, {"trace_id": row["id"]} | inner, judged)
    elif any(isinstance(row.get(key), list) for key in WRAPPERS):
        for key in WRAPPERS:
            for inner in _list(row.get(key)):
                yield from _told(source, line, _snake(inner), judged)
    else:
        yield source.unread(line, "no Langfuse observation, trace or score")


def _kind(row: Row) -> str | None:
    if EVENT.fullmatch(str(row.get("type"))) and isinstance(row.get("body"), dict):
        return "ingestion"
    batch = row.get("batch")
    if isinstance(batch, list) and batch:
        return _kind(_snake(batch[0]))
    if (
        "name" in row
        and ("value" in row or "string_value" in row)
        and ("data_type" in row or "source" in row)
        and ("trace_id" in row or "subject" in row or "session_id" in row)
    ):
        return "score"
    if "trace_id" in row and "start_time" in row and "type" in row and "id" in row:
        return "observation"
    named = any(key in row for key in ("session_id", "user_id", "observations", "bookmarked"))
    return "trace" if "id" in row and "timestamp" in row and named else None


def _span(source: Source, line: int, row: Row) -> Told | Unread:
    start = nanoseconds(row.get("start_time") or row.get("timestamp"))
    if start is None or not row.get("trace_id"):
        missing = "trace" if start is not None else "start time"
        return source.unread(line, f"observation `{row.get('id')}` has no {missing}")
    found: Row = {}
    for key, name in NAMES.items():
        value = row.get(key)
        if isinstance(value, dict | list) and key != "tags":
            value = orjson.dumps(value).decode()
        if value not in (None, "", "{}", "[]"):
            found[name] = str(value) if key in {"prompt_version", "version"} else value
    found |= _measured(row)
    end = nanoseconds(row.get("end_time"))
    span: Row = {
        "traceId": trace_hex(row["trace_id"]),
        "spanId": span_hex(row["id"]),
        "name": str(row.get("name") or row.get("type") or ""),
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(end or (start if row.get("type") == "EVENT" else 0)),
        "status": {"code": 2 if row.get("level") == "ERROR" else 0},
        "attributes": pairs(found),
    }
    if row.get("parent_observation_id"):
        span["parentSpanId"] = span_hex(row["parent_observation_id"])
    return line, span, {}


def _measured(row: Row) -> Row:
    """Return model, usage and cost as Langfuse's SDKs send them."""
    found: Row = {}
    model = row.get("model") or row.get("provided_model_name")
    if isinstance(model, str):
        found["langfuse.observation.model.name"] = model
    usage = row.get("usage_details") or row.get("usage")
    if isinstance(usage, dict):
        counts = {k: _number(v) for k, v in usage.items()}
        counts = {k: int(v) for k, v in counts.items() if v is not None and "cost" not in k.lower()}
        found["langfuse.observation.usage_details"] = orjson.dumps(counts).decode()
    cost = row.get("cost_details")
    total = _number(row.get("total_cost") or row.get("calculated_total_cost"))
    if not isinstance(cost, dict) or not cost:
        cost = {"total": total} if total else None
    if cost:
        found["langfuse.observation.cost_details"] = orjson.dumps(cost).decode()
    return found


def _as_observation(row: Row) -> Row:
    """Return a trace as the observation above its observations."""
    end = [nanoseconds(_snake(o).get("end_time")) for o in _list(row.get("observations"))]
    latest = max((at for at in end if at), default=None)
    return row | {
        "id": _root_id(row["id"]),
        "trace_id": row["id"],
        "type": "SPAN",
        "start_time": row.get("timestamp"),
        "end_time": latest,
        "observations": None,
    }


def _root_id(trace_id: Any) -> str:
    return f"trace {trace_id}"


def _gather(events: dict[tuple[str, str], Row], event: Row) -> None:
    """Merge an event into what is known of the object it creates or updates."""
    body = _snake(event["body"])
    kind = event["type"].partition("-")[0]
    group = kind if kind in {"trace", "score"} else "observation"
    key = (group, str(body.get("id") or event.get("id")))
    known = events.setdefault(key, {"id": key[1]})
    if group == "observation":
        known.setdefault("type", body.get("type") or kind.upper())
        known.setdefault("start_time", event.get("timestamp"))
    elif group == "trace":
        known.setdefault("timestamp", event.get("timestamp"))
        known.setdefault("user_id", None)
    else:
        known.setdefault("source", "API")
    known.update({name: value for name, value in body.items() if value is not None})


def _ingested(
    source: Source, line: int, events: dict[tuple[str, str], Row], judged: list[Assessment]
) -> Iterator[Told | Unread]:
    traces = {key[1]: row for key, row in events.items() if key[0] == "trace"}
    for (group, _), row in events.items():
        if group == "observation" and (trace := traces.get(str(row.get("trace_id")))):
            row.setdefault("parent_observation_id", _root_id(trace["id"]))
            for key in OF_TRACE:
                row.setdefault(key, trace.get(key))
        yield from _told(source, line, row, judged)
    events.clear()


def _judgement(source: Source, row: Row) -> Iterator[Assessment]:
    subject = _snake(row.get("subject"))
    on = subject.get("id") if subject.get("kind") == "observation" else row.get("observation_id")
    traced = subject.get("id") if subject.get("kind") == "trace" else subject.get("trace_id")
    trace_id = row.get("trace_id") or traced
    if not trace_id:
        return
    value, label = row.get("value"), row.get("string_value")
    number = _number(value)
    if number is None and isinstance(value, str):
        label = label or value
    made = nanoseconds(row.get("timestamp") or row.get("created_at"))
    yield assessment(
        source,
        trace_hex(trace_id),
        str(row["name"]),
        span_id=span_hex(on) if on else None,
        value=number if row.get("data_type") != "CATEGORICAL" else None,
        label=str(label) if label not in (None, "") else None,
        source_type=SOURCES.get(str(row.get("source")), "app"),
        source_id=row.get("author_user_id") or None,
        rationale=row.get("comment") or None,
        created_at=made // 1000 if made else source.received_at,
    )


def _snake(row: Any) -> Row:
    """Return a row with its keys in snake case."""
    if not isinstance(row, dict):
        return {}
    return {re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", str(k)).lower(): v for k, v in row.items()}


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
