"""Spans as OpenTelemetry SDKs print them, and as Phoenix exports them (JSON, JSON lines, parquet).

One object a span with `context.trace_id`, ISO times, and attributes that are flat, nested, or
columns of their own (`attributes.llm.model_name`). They are rewritten as OTLP, so every dialect
applies; annotations and evaluations beside a span become assessments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.records.batch import Batch
from solvent.traces.files.parts.decoding import batches
from solvent.traces.files.parts.draft import assessment
from solvent.traces.files.parts.otlp_json import NotASpan, row_span, span_hex, trace_hex
from solvent.traces.files.parts.source import Record, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.records.assessment import Assessment
    from solvent.traces.files.parts.otlp_json import Told
    from solvent.traces.files.parts.source import Head, Source

WRAPPERS = ("data", "spans", "traces")
SOURCES = {"HUMAN": "human", "LLM": "judge", "CODE": "code"}


def sniff(head: Head) -> bool:
    """Recognise a span with a context, or an answer that lists such spans."""
    return any(_is_span(row) for row in _rows(head.first)[:1])


def read(source: Source) -> Iterator[Batch | Unread]:
    """Yield the spans and what was said about them."""
    judged: list[Assessment] = []
    yield from batches(source, _spans(source, judged))
    if judged:
        yield Batch(assessments=judged)


def _spans(source: Source, judged: list[Assessment]) -> Iterator[Told | Unread]:
    for record in source.records():
        if not isinstance(record, Record):
            yield record
            continue
        rows = _rows(record.value)
        if not rows:
            yield source.unread(record.line, "no span with `context.trace_id` in it")
        for row in rows:
            try:
                yield record.line, row_span(row), _resource(row)
            except NotASpan as error:
                yield source.unread(record.line, str(error))
                continue
            judged += _judgements(source, row)


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, dict) or _is_span(value):
        return [value]
    for key in WRAPPERS:
        inner = value.get(key)
        if isinstance(inner, list):
            rows = [row for item in inner for row in _rows(item)]
            return rows if all(_is_span(row) for row in rows[:1]) else []
    return []


def _is_span(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    context = row.get("context")
    if isinstance(context, dict):
        return "trace_id" in context and "span_id" in context
    return "context.trace_id" in row and "context.span_id" in row


def _resource(row: dict[str, Any]) -> dict[str, Any]:
    resource = row.get("resource")
    given = resource.get("attributes", resource) if isinstance(resource, dict) else {}
    return given if isinstance(given, dict) else {}


def _judgements(source: Source, row: dict[str, Any]) -> Iterator[Assessment]:
    span = row_span(row)
    ids = (trace_hex(span["traceId"]), span_hex(span["spanId"]))
    for key in ("annotations", "span_annotations", "evaluations"):
        for item in row[key] if isinstance(row.get(key), list) else []:
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                continue
            result = item["result"] if isinstance(item.get("result"), dict) else item
            score, label = result.get("score"), result.get("label")
            yield assessment(
                source,
                ids[0],
                item["name"],
                span_id=ids[1],
                value=float(score) if isinstance(score, int | float) else None,
                label=label if isinstance(label, str) else None,
                source_type=SOURCES.get(str(item.get("annotator_kind")).upper(), "code"),
                rationale=result.get("explanation"),
            )
