"""Spans encoded in protobuf -> raw spans.

The official classes check a span; the walk goes over a narrower schema of the same wire form, in
which an attribute is bytes. Senders repeat most attributes span after span (the kind, the model,
the tenant), so short ones are read once and remembered by their bytes: attributes are most of the
intake's work.
"""

from __future__ import annotations

from base64 import b64encode
from math import isfinite
from sys import intern
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from solvent.traces.raw import RawEvent, RawLink, RawSpan

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIELD = descriptor_pb2.FieldDescriptorProto
# message -> (field, number, type, repeated); numbers as in opentelemetry/proto/trace/v1/trace.proto
_SCHEMA: dict[str, tuple[tuple[str, int, str, bool], ...]] = {
    "Step": (
        ("trace_id", 1, "bytes", False),
        ("span_id", 2, "bytes", False),
        ("parent_id", 4, "bytes", False),
        ("name", 5, "string", False),
        ("kind", 6, "int32", False),
        ("start_ns", 7, "fixed64", False),
        ("end_ns", 8, "fixed64", False),
        ("attributes", 9, "bytes", True),
        ("dropped", 10, "uint32", False),
        ("events", 11, "Event", True),
        ("links", 13, "bytes", True),
        ("status", 15, "Status", False),
    ),
    "Event": (
        ("time_ns", 1, "fixed64", False),
        ("name", 2, "string", False),
        ("attributes", 3, "bytes", True),
    ),
    "Status": (("message", 2, "string", False), ("code", 3, "int32", False)),
}
_SCALARS = {
    "bytes": _FIELD.TYPE_BYTES,
    "string": _FIELD.TYPE_STRING,
    "int32": _FIELD.TYPE_INT32,
    "uint32": _FIELD.TYPE_UINT32,
    "fixed64": _FIELD.TYPE_FIXED64,
}
_SHORT, _MANY = 96, 16_384
"""Encoded attributes up to this length are remembered, and how many of them."""
KINDS = {2: "server", 3: "client", 4: "producer", 5: "consumer"}
"""OTLP span kinds worth a word; internal is the rule."""


def _walk_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="solvent_walk.proto", package="solvent", syntax="proto3"
    )
    for message, columns in _SCHEMA.items():
        built = file.message_type.add(name=message)
        for name, number, kind, repeated in columns:
            column = built.field.add(name=name, number=number)
            column.label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            column.type = _SCALARS.get(kind, _FIELD.TYPE_MESSAGE)
            if kind not in _SCALARS:
                column.type_name = f".solvent.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("solvent.Step"))


_Step = _walk_class()


def shared(resource: bytes, scope: bytes) -> dict[str, Any]:
    """Return the attributes of a resource and the name of the scope."""
    found = read_pairs_message(Resource.FromString(resource).attributes)
    if scope:
        told = InstrumentationScope.FromString(scope)
        found["otel.scope.name"] = told.name
        if told.version:
            found["otel.scope.version"] = told.version
    return found


def raw_span(encoded: bytes) -> RawSpan:
    """Return one encoded span in plain values; it has passed the official class."""
    step = _Step.FromString(encoded)
    attributes = read_pairs(step.attributes)
    kind = KINDS.get(step.kind)
    if kind:
        attributes["otel.span.kind"] = kind
    if step.dropped:
        attributes["otel.dropped_attributes_count"] = step.dropped
    status = step.status
    parent = step.parent_id
    return RawSpan(
        step.trace_id.hex(),
        step.span_id.hex(),
        parent.hex() if parent.strip(b"\0") else None,
        step.name,
        step.start_ns,
        step.end_ns,
        status.code,
        status.message,
        attributes,
        [RawEvent(e.name, e.time_ns, read_pairs(e.attributes)) for e in step.events]
        if step.events
        else [],
        [_link(link) for link in step.links] if step.links else [],
    )


class _Pairs(dict[bytes, tuple[str, Any]]):
    """Encoded key-value pairs -> name and value; short ones are remembered."""

    def __missing__(self, raw: bytes) -> tuple[str, Any]:
        pair = KeyValue.FromString(raw)
        read = intern(pair.key), read_any(pair.value)
        # A list or a dictionary is never shared: its reader may change it.
        if len(raw) <= _SHORT and not isinstance(read[1], list | dict):
            if len(self) >= _MANY:
                self.clear()
            self[raw] = read
        return read


_pairs = _Pairs()


def read_pairs(encoded: Iterable[bytes]) -> dict[str, Any]:
    """Return encoded key-value pairs as a dictionary; of a repeated key the last counts."""
    return dict(map(_pairs.__getitem__, encoded))


def read_any(value: AnyValue) -> Any:
    """Return an official `AnyValue` as a plain value; what JSON cannot say becomes a string."""
    text: str = value.string_value
    if text:
        return text
    kind = value.WhichOneof("value")
    got: Any = getattr(value, kind) if kind else None
    if kind == "array_value":
        return [read_any(one) for one in got.values]
    if kind == "kvlist_value":
        return read_pairs_message(got.values)
    if kind == "bytes_value":
        return b64encode(got).decode()
    if kind == "double_value" and not isfinite(got):
        return spell(got)
    return got


def read_pairs_message(pairs: Any) -> dict[str, Any]:
    """Return official key-value pairs as a dictionary; of a repeated key the last counts."""
    return {pair.key: read_any(pair.value) for pair in pairs}


def spell(number: float) -> str:
    """Return a number that JSON cannot hold, spelled as OTLP/JSON does."""
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"  # noqa: PLR0124  only NaN differs from itself


def _link(raw: bytes) -> RawLink:
    link = OtlpSpan.Link.FromString(raw)
    return RawLink(link.trace_id.hex(), link.span_id.hex(), read_pairs_message(link.attributes))
