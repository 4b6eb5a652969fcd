"""OTLP/JSON: requests as a collector's file exporter writes them, one a line or one a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.traces.files.parts.decoding import decoded
from solvent.traces.files.parts.source import Record, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.records.batch import Batch
    from solvent.traces.files.parts.source import Head, Source

KEYS = ("resourceSpans", "resource_spans", "batches")


def sniff(head: Head) -> bool:
    """Recognise a request, or one resource of a request."""
    return _request(head.first) is not None


def read(source: Source) -> Iterator[Batch | Unread]:
    """Yield the spans of each request."""
    for record in source.records():
        if not isinstance(record, Record):
            yield record
            continue
        request = _request(record.value)
        if request is None:
            yield source.unread(record.line, "no `resourceSpans` in it")
        else:
            yield from decoded(source, request, [record.line])


def _request(value: Any) -> Any:
    """Return the request a value is or stands for: a resource alone, or a query's answer."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get(KEYS[0]), list):
        return value
    for key in KEYS[1:]:
        if isinstance(value.get(key), list):
            return {KEYS[0]: value[key]}
    if isinstance(value.get("scopeSpans"), list):
        return {KEYS[0]: [value]}
    inner = value.get("trace") or value.get("data")
    return _request(inner) if isinstance(inner, dict) else None
