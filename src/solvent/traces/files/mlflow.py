"""MLflow traces: `Trace.to_json`, lists of it, and rows of `mlflow.search_traces()`.

A record is `{"info", "data": {"spans"}}`, or a row with `trace_id`, `spans`, `trace_metadata` and
`assessments`. Session, user and tags of the trace go onto its root span, assessments along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from solvent.records.batch import Batch
from solvent.traces.files.parts.decoding import batches
from solvent.traces.files.parts.draft import assessment
from solvent.traces.files.parts.otlp_json import NotASpan, nanoseconds, row_span, span_hex
from solvent.traces.files.parts.source import Record, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.records.assessment import Assessment
    from solvent.traces.files.parts.otlp_json import Told
    from solvent.traces.files.parts.source import Head, Source

SOURCES = {"HUMAN": "human", "LLM_JUDGE": "judge", "AI_JUDGE": "judge", "CODE": "code"}
ON_ROOT = ("mlflow.trace.session", "mlflow.trace.user", "mlflow.modelId", "mlflow.sourceRun")
JUDGED_PER_BATCH = 1000


def sniff(head: Head) -> bool:
    """Recognise a trace or a row of traces."""
    return any(_trace(value) is not None for value in _values(head.first)[:1])


def read(source: Source) -> Iterator[Batch | Unread]:
    """Yield the spans of each trace and what was said about it."""
    judged: list[Assessment] = []
    for item in batches(source, _spans(source, judged)):
        yield item
        if len(judged) >= JUDGED_PER_BATCH:
            yield Batch(assessments=judged[:])
            judged.clear()
    if judged:
        yield Batch(assessments=judged)


def _spans(source: Source, judged: list[Assessment]) -> Iterator[Told | Unread]:
    for record in source.records():
        if not isinstance(record, Record):
            yield record
            continue
        for value in _values(record.value):
            trace = _trace(value)
            if trace is None:
                yield source.unread(record.line, "no MLflow trace: no `info` and `data.spans`")
                continue
            info, spans = trace
            trace_id = ""
            for row in spans:
                try:
                    span = row_span(_with_attributes(row, info))
                except NotASpan as error:
                    yield source.unread(record.line, str(error))
                    continue
                trace_id = span["traceId"]
                yield record.line, span, _resource(info)
            judged += _judgements(source, trace_id or _trace_id(info), info)


def _values(value: Any) -> list[Any]:
    listed = value.get("traces") if isinstance(value, dict) else None
    return listed if isinstance(listed, list) else [value]


def _trace(value: Any) -> tuple[dict[str, Any], list[Any]] | None:
    """Return what a trace says about itself, and its spans."""
    if not isinstance(value, dict):
        return None
    info, data = value.get("info"), value.get("data")
    if isinstance(info, dict) and isinstance(data, dict) and isinstance(data.get("spans"), list):
        return info, data["spans"]
    if isinstance(value.get("trace"), str) and "spans" in value["trace"]:
        try:
            return _trace(orjson.loads(value["trace"]))
        except orjson.JSONDecodeError:
            return None
    about = "trace_metadata" in value or "request_metadata" in value
    return (value, value["spans"]) if about and isinstance(value.get("spans"), list) else None


def _trace_id(info: dict[str, Any]) -> str:
    given = str(info.get("trace_id") or info.get("request_id") or "")
    return given.removeprefix("tr-")


def _with_attributes(row: Any, info: dict[str, Any]) -> Any:
    """Return a span with attributes as its sender sent them: JSON text under each name."""
    if not isinstance(row, dict):
        return row
    given = _dict(row.get("attributes"))
    found = {k: v if isinstance(v, str) else orjson.dumps(v).decode() for k, v in given.items()}
    if not (row.get("parent_span_id") or row.get("parent_id")):
        about = _about(info)
        found |= {key: _text(about[key]) for key in ON_ROOT if about.get(key)}
        own = {k: v for k, v in _dict(info.get("tags")).items() if not k.startswith("mlflow.")}
        found |= {f"mlflow.traceTag.{key}": _text(value) for key, value in own.items()}
    return row | {"attributes": found}


def _resource(info: dict[str, Any]) -> dict[str, Any]:
    name = _about(info).get("mlflow.source.name")
    return {"service.name": name} if isinstance(name, str) and name else {}


def _about(info: dict[str, Any]) -> dict[str, Any]:
    return _dict(info.get("trace_metadata")) or _dict(info.get("request_metadata"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _judgements(source: Source, trace_id: str, info: dict[str, Any]) -> Iterator[Assessment]:
    for item in info["assessments"] if isinstance(info.get("assessments"), list) else []:
        name = item.get("assessment_name") or item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or item.get("valid") is False:
            continue
        kind = "expectation" if isinstance(item.get("expectation"), dict) else "feedback"
        told, by = _dict(item.get(kind)), _dict(item.get("source"))
        value = told.get("value", told.get("serialized_value"))
        number = float(value) if isinstance(value, bool | int | float) else _yes_no(value)
        made = nanoseconds(item.get("create_time") or item.get("create_time_ms"))
        yield assessment(
            source,
            trace_id,
            name,
            span_id=span_hex(item["span_id"]) if item.get("span_id") else None,
            type=kind,
            value=number,
            label=None if value is None or isinstance(value, bool | int | float) else _text(value),
            source_type=SOURCES.get(str(by.get("source_type")), "code"),
            source_id=by.get("source_id"),
            rationale=item.get("rationale") or None,
            created_at=made // 1000 if made else source.received_at,
            metadata=orjson.dumps(item.get("metadata") or {}).decode(),
        )


def _yes_no(value: Any) -> float | None:
    """Return 1 or 0 for the words that MLflow's own judges answer with."""
    word = value.strip().lower() if isinstance(value, str) else None
    return {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}.get(word) if word else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
