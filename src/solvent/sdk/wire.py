"""Spans as OTLP protobuf, and the receiver's answer, written by hand.

The wire format is six fixed messages. Writing it here keeps the SDK at opentelemetry-sdk alone,
spares the application the import of protobuf, and lets each span be measured, so that a request
can be bounded in bytes and one bad span is lost alone. Field numbers:
https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Link, SpanContext

_MAX_DEPTH = 64
_INT64 = 1 << 63
_FIXED64 = struct.Struct("<Q").pack
_FIXED32 = struct.Struct("<I").pack
_DOUBLE = struct.Struct("<d").pack
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200


class Group(NamedTuple):
    """Encoded spans of one resource and one instrumentation scope."""

    resource: Any
    scope: Any
    spans: list[bytes]


def encode_span(span: ReadableSpan) -> bytes:
    """Return one span as the payload of `ScopeSpans.spans`."""
    context = span.get_span_context()
    if context is None or span.start_time is None:
        raise ValueError("a span without context or start time")
    parts = [
        b"\x0a\x10", context.trace_id.to_bytes(16, "big"),
        b"\x12\x08", context.span_id.to_bytes(8, "big"),
    ]  # fmt: skip
    if context.trace_state:
        state = ",".join(f"{key}={value}" for key, value in context.trace_state.items())
        parts.append(_text(b"\x1a", state))
    parent = span.parent
    if parent is not None:
        parts += b"\x22\x08", parent.span_id.to_bytes(8, "big")
    parts += (
        _text(b"\x2a", span.name),
        b"\x30" + bytes((span.kind.value + 1,)),
        b"\x39", _FIXED64(span.start_time),
        b"\x41", _FIXED64(span.end_time or span.start_time),
    )  # fmt: skip
    _attributes(parts, b"\x4a", span.attributes)
    if span.dropped_attributes:
        parts.append(b"\x50" + _varint(span.dropped_attributes))
    parts += [_block(b"\x5a", _event(event)) for event in span.events]
    if span.dropped_events:
        parts.append(b"\x60" + _varint(span.dropped_events))
    parts += [_block(b"\x6a", _link(link)) for link in span.links]
    if span.dropped_links:
        parts.append(b"\x70" + _varint(span.dropped_links))
    parts += _block(b"\x7a", _status(span)), b"\x85\x01", _FIXED32(_flags(parent))
    return b"".join(parts)


def encode_request(groups: Iterable[Group], extra: Mapping[str, str]) -> bytes:
    """Return an `ExportTraceServiceRequest`; `extra` fills gaps in the resources' attributes."""
    parts: list[bytes] = []
    for resource, scope, spans in groups:
        known = dict(resource.attributes)
        for key, value in extra.items():
            if str(known.get(key, "unknown_service")).startswith("unknown_service"):
                known[key] = value
        described: list[bytes] = []
        _attributes(described, b"\x0a", known)
        inner = [_block(b"\x0a", _scope(scope))] if scope else []
        inner += [_block(b"\x12", span) for span in spans]
        if scope and scope.schema_url:
            inner.append(_text(b"\x1a", scope.schema_url))
        outer = _block(b"\x0a", b"".join(described)) + _block(b"\x12", b"".join(inner))
        if resource.schema_url:
            outer += _text(b"\x1a", resource.schema_url)
        parts.append(_block(b"\x0a", outer))
    return b"".join(parts)


def decode_answer(body: bytes) -> tuple[int, str]:
    """Return how many spans the receiver rejected and its message, from a protobuf answer.

    Raises:
        ValueError: The body is not an `ExportTraceServiceResponse`.
    """
    rejected, message = 0, ""
    for number, value in _fields(body):
        if number == 1 and isinstance(value, bytes):
            for inner, part in _fields(value):
                if inner == 1 and isinstance(part, int):
                    rejected = part
                elif inner == 2 and isinstance(part, bytes):  # noqa: PLR2004  field number
                    message = part.decode("utf-8", "replace")
    return rejected, message


def _fields(body: bytes) -> Iterable[tuple[int, int | bytes]]:
    at = 0
    while at < len(body):
        key, at = _read_varint(body, at)
        number, form = key >> 3, key & 7
        if number == 0 or form not in {0, 1, 2, 5}:
            raise ValueError("not a protobuf message")
        if form == 0:
            value, at = _read_varint(body, at)
            yield number, value
            continue
        if form == 2:  # noqa: PLR2004  length-delimited, as the format numbers it
            size, at = _read_varint(body, at)
        else:
            size = 8 if form == 1 else 4
        if at + size > len(body):
            raise ValueError("a protobuf message cut short")
        yield number, body[at : at + size]
        at += size


def _read_varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(body) and shift < 64:  # noqa: PLR2004  bits of the largest integer
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  continuation bit
            return value, at
        shift += 7
    raise ValueError("a protobuf integer cut short")


def _varint(value: int) -> bytes:
    if value < 0x80:  # noqa: PLR2004  continuation bit
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:  # noqa: PLR2004  continuation bit
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _block(tag: bytes, payload: bytes) -> bytes:
    return tag + _varint(len(payload)) + payload


def _text(tag: bytes, value: str) -> bytes:
    return _block(tag, value.encode("utf-8", "replace"))


def _attributes(parts: list[bytes], tag: bytes, attributes: Mapping[str, Any] | None) -> None:
    for key, value in (attributes or {}).items():
        parts.append(_block(tag, _text(b"\x0a", key) + _block(b"\x12", _value(value, 0))))


def _value(value: Any, depth: int) -> bytes:  # noqa: C901, PLR0911  one branch a type
    if isinstance(value, str):
        return _text(b"\x0a", value)
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        if -_INT64 <= value < _INT64:
            return b"\x18" + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)
        return _text(b"\x0a", hex(value))
    if isinstance(value, float):
        return b"\x21" + _DOUBLE(value)
    if isinstance(value, bytes):
        return _block(b"\x3a", value)
    if value is None or depth >= _MAX_DEPTH:
        return b""
    if isinstance(value, Mapping):
        pairs: list[bytes] = []
        for key, part in value.items():
            pairs.append(_pair(str(key), part, depth))
        return _block(b"\x32", b"".join(pairs))
    if isinstance(value, Sequence):
        items = [_block(b"\x0a", _value(part, depth + 1)) for part in value]
        return _block(b"\x2a", b"".join(items))
    return _text(b"\x0a", str(value))


def _pair(key: str, value: Any, depth: int) -> bytes:
    return _block(b"\x0a", _text(b"\x0a", key) + _block(b"\x12", _value(value, depth + 1)))


def _event(event: Event) -> bytes:
    parts = [b"\x09", _FIXED64(event.timestamp), _text(b"\x12", event.name)]
    _attributes(parts, b"\x1a", event.attributes)
    if event.dropped_attributes:
        parts.append(b"\x20" + _varint(event.dropped_attributes))
    return b"".join(parts)


def _link(link: Link) -> bytes:
    parts = [
        b"\x0a\x10", link.context.trace_id.to_bytes(16, "big"),
        b"\x12\x08", link.context.span_id.to_bytes(8, "big"),
    ]  # fmt: skip
    _attributes(parts, b"\x22", link.attributes)
    parts += b"\x35", _FIXED32(_flags(link.context))
    return b"".join(parts)


def _status(span: ReadableSpan) -> bytes:
    status = span.status
    out = _text(b"\x12", status.description) if status.description else b""
    if status.status_code.value:
        out += b"\x18" + bytes((status.status_code.value,))
    return out


def _scope(scope: Any) -> bytes:
    parts = [_text(b"\x0a", scope.name)]
    if scope.version:
        parts.append(_text(b"\x12", scope.version))
    _attributes(parts, b"\x1a", scope.attributes)
    return b"".join(parts)


def _flags(context: SpanContext | None) -> int:
    return _HAS_IS_REMOTE | _IS_REMOTE if context and context.is_remote else _HAS_IS_REMOTE
