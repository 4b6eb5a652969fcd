"""From spans in the many JSON shapes of exports to OTLP/JSON, so that one decoder reads them all.

A span may tell its ids as hex (with or without `0x`), base64 or UUID, its times as ISO text or
numbers, its status in four ways, and its attributes nested or flat; `row_span` reads each.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEX = re.compile(r"(?:0x)?([0-9a-fA-F]+)")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
AS_TEXT = ("metadata", "tool.parameters", "llm.prompt_template.variables", "document.metadata")
"""OpenInference attributes that are JSON text when sent; exports show them as objects."""


Told = tuple[int, dict[str, Any], dict[str, Any]]
"""Line, span of OTLP/JSON, attributes of its resource."""


class NotASpan(ValueError):
    """A record without what every span has."""


def trace_hex(value: Any) -> str:
    """Return a trace id as 32 hex digits; an id of another form is hashed."""
    return _hex(value, 16)


def span_hex(value: Any) -> str:
    """Return a span id as 16 hex digits; an id of another form is hashed."""
    return _hex(value, 8)


def _hex(value: Any, size: int) -> str:
    text = str(value).strip()
    found = HEX.fullmatch(text)
    if found and len(found[1]) <= size * 2 and (text.startswith("0x") or len(found[1]) == size * 2):
        return found[1].lower().zfill(size * 2)
    if size == 16 and UUID.fullmatch(text):  # noqa: PLR2004  a UUID is 16 bytes, like a trace id
        return text.replace("-", "").lower()
    if text.endswith("="):
        try:
            raw = base64.b64decode(text, validate=True)
        except binascii.Error:
            raw = b""
        if len(raw) == size:
            return raw.hex()
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def nanoseconds(value: Any) -> int | None:
    """Return a time in nanoseconds since 1970: ISO text, a datetime, or a number in any unit."""
    if isinstance(value, str):
        text = value.strip()
        if text.isdigit():
            return nanoseconds(int(text))
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            return None
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        whole = int(moment.replace(microsecond=0).timestamp())
        return whole * 1_000_000_000 + moment.microsecond * 1000
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    for limit, factor in ((1e11, 1e9), (1e14, 1e6), (1e17, 1e3)):
        if value < limit:
            return int(value * int(factor)) if isinstance(value, int) else round(value * factor)
    return int(value)


def row_span(row: Any) -> dict[str, Any]:
    """Return a span of OTLP/JSON from a record of an export.

    Raises:
        NotASpan: It has no trace id, no span id or no start.
    """
    if not isinstance(row, dict):
        raise NotASpan(f"a {type(row).__name__} where a span should be")
    context = row["context"] if isinstance(row.get("context"), dict) else {}
    trace_id = context.get("trace_id") or row.get("context.trace_id") or row.get("trace_id")
    span_id = context.get("span_id") or row.get("context.span_id") or row.get("span_id")
    if not trace_id or not span_id:
        raise NotASpan(f"a span without {'trace' if not trace_id else 'span'} id")
    start = nanoseconds(_first(row, "start_time_unix_nano", "start_time"))
    if start is None:
        raise NotASpan("a span without a start time that can be read")
    end = nanoseconds(_first(row, "end_time_unix_nano", "end_time"))
    parent = _first(row, "parent_span_id", "parent_id")
    span: dict[str, Any] = {
        "traceId": trace_hex(row.get("otel_trace_id") or trace_id),
        "spanId": span_hex(span_id),
        "name": str(row.get("name") or ""),
        "kind": KINDS.get(str(row.get("kind")).rpartition(".")[2].upper(), 0),
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(end or 0),
        "status": _status(row),
        "attributes": pairs(_attributes(row)),
        "events": [_event(event) for event in _list(row.get("events"))],
        "links": [link for item in _list(row.get("links")) if (link := _link(item))],
    }
    if parent:
        span["parentSpanId"] = span_hex(parent)
    return span


def request(spans: Iterable[Told]) -> tuple[dict[str, Any], list[int]]:
    """Return an OTLP/JSON request of spans, and the line of each in its order."""
    groups: dict[bytes, list[Told]] = {}
    for told in spans:
        key = orjson.dumps(told[2], option=orjson.OPT_SORT_KEYS)
        groups.setdefault(key, []).append(told)
    listed = [
        {
            "resource": {"attributes": pairs(group[0][2])},
            "scopeSpans": [{"spans": [span for _, span, _ in group]}],
        }
        for group in groups.values()
    ]
    lines = [line for group in groups.values() for line, _, _ in group]
    return {"resourceSpans": listed}, lines


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return attributes as OTLP/JSON has them; what is None is left out."""
    return [{"key": k, "value": any_value(v)} for k, v in values.items() if v is not None]


def any_value(value: Any) -> dict[str, Any]:
    """Return a value as OTLP/JSON has it."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if -(2**63) <= value < 2**63 else {"doubleValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    return {"stringValue": value if isinstance(value, str) else str(value)}


def flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested attributes with dotted names, lists of objects with numbers in them."""
    if prefix and value is not None and any(f".{prefix}".endswith(f".{key}") for key in AS_TEXT):
        text = isinstance(value, str)
        yield prefix, value if text else orjson.dumps(value, default=str).decode()
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for place, inner in enumerate(value):
            yield from flat(inner, f"{prefix}.{place}")
    elif value is not None:
        whole = isinstance(value, float) and value.is_integer() and ".token_count." in f".{prefix}"
        yield prefix, int(value) if whole else value


def _attributes(row: dict[str, Any]) -> dict[str, Any]:
    given = row.get("attributes")
    found = dict(flat(given)) if isinstance(given, dict) else {}
    for key, value in row.items():
        if key.startswith("attributes."):
            found.update(flat(value, key.removeprefix("attributes.")))
    kind = row.get("span_kind")
    if isinstance(kind, str):
        found.setdefault("openinference.span.kind", kind)
    return _folded(found)


def _folded(found: dict[str, Any]) -> dict[str, Any]:
    """Put back together the objects that an export took apart key by key."""
    folded: dict[str, Any] = {}
    for key, value in found.items():
        for name in AS_TEXT[:3]:
            if key.startswith(f"{name}."):
                folded.setdefault(name, {})[key.removeprefix(f"{name}.")] = value
                break
        else:
            folded[key] = value
    for name in AS_TEXT[:3]:
        if isinstance(folded.get(name), dict):
            folded[name] = orjson.dumps(folded[name]).decode()
    return folded


def _status(row: dict[str, Any]) -> dict[str, Any]:
    status = row["status"] if isinstance(row.get("status"), dict) else {}
    said = _first(status, "status_code", "code")
    said = row.get("status_code") if said is None else said
    word = str(said).rpartition(".")[2].rpartition("STATUS_CODE_")[2].upper()
    code = {"OK": 1, "1": 1, "ERROR": 2, "2": 2}.get(word, 0)
    message = _first(status, "description", "message") or row.get("status_message")
    return {"code": code, "message": message} if isinstance(message, str) else {"code": code}


def _event(event: Any) -> dict[str, Any]:
    if not isinstance(event, dict):
        return {"name": "event", "attributes": pairs({"value": event})}
    at = nanoseconds(_first(event, "time_unix_nano", "timestamp", "time")) or 0
    given = event.get("attributes")
    return {
        "name": str(event.get("name") or ""),
        "timeUnixNano": str(at),
        "attributes": pairs(given if isinstance(given, dict) else {}),
    }


def _link(item: Any) -> dict[str, Any] | None:
    if not isinstance(item, dict):
        return None
    context = item["context"] if isinstance(item.get("context"), dict) else item
    if not context.get("trace_id") or not context.get("span_id"):
        return None
    given = item.get("attributes")
    return {
        "traceId": trace_hex(context["trace_id"]),
        "spanId": span_hex(context["span_id"]),
        "attributes": pairs(given if isinstance(given, dict) else {}),
    }


def _first(row: dict[str, Any], *keys: str) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
