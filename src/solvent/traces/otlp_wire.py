"""OTLP protobuf bodies -> raw spans.

The official classes check the body; the walk goes over a narrower schema of the same wire form, in
which an attribute's value is bytes. That avoids a Python object per value: the walk over
attributes is most of the intake's work.
"""

from __future__ import annotations

from base64 import b64encode
from math import isfinite
from struct import unpack_from
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from solvent.traces.derive_raw import RawEvent, RawLink, RawSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELD = descriptor_pb2.FieldDescriptorProto
# message -> (field, number, type, repeated); numbers as in opentelemetry/proto/trace/v1/trace.proto
_SCHEMA: dict[str, tuple[tuple[str, int, str, bool], ...]] = {
    "Request": (("resources", 1, "Group", True),),
    "Group": (("resource", 1, "bytes", False), ("scopes", 2, "Scope", True)),
    "Scope": (("scope", 1, "bytes", False), ("spans", 2, "Step", True)),
    "Step": (
        ("trace_id", 1, "bytes", False),
        ("span_id", 2, "bytes", False),
        ("parent_id", 4, "bytes", False),
        ("name", 5, "string", False),
        ("kind", 6, "int32", False),
        ("start_ns", 7, "fixed64", False),
        ("end_ns", 8, "fixed64", False),
        ("attributes", 9, "Pair", True),
        ("dropped", 10, "uint32", False),
        ("events", 11, "Event", True),
        ("links", 13, "bytes", True),
        ("status", 15, "Status", False),
    ),
    "Pair": (("key", 1, "string", False), ("value", 2, "bytes", False)),
    "Event": (
        ("time_ns", 1, "fixed64", False),
        ("name", 2, "string", False),
        ("attributes", 3, "Pair", True),
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
_STRING, _DOUBLE, _DOUBLE_SIZE = 0x0A, 0x21, 9
"""First byte of an encoded string or double, and the length of the latter."""
_MORE = 0x80
"""A length byte from here on is continued in the next one; those take the general way."""
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
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("solvent.Request"))


_Request = _walk_class()


def walk(body: bytes) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield every resource and scope with its spans; the body has passed the official classes."""
    for group in _Request.FromString(body).resources:
        resource = read_pairs_message(Resource.FromString(group.resource).attributes)
        for scope in group.scopes:
            shared = resource
            if scope.scope:
                told = InstrumentationScope.FromString(scope.scope)
                shared = {**resource, "otel.scope.name": told.name}
                if told.version:
                    shared["otel.scope.version"] = told.version
            yield shared, scope.spans


def raw_span(step: Any) -> RawSpan:
    """Return one span of the narrow schema in plain values."""
    attributes = {pair.key: read_value(pair.value) for pair in step.attributes}
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
        [
            RawEvent(e.name, e.time_ns, {p.key: read_value(p.value) for p in e.attributes})
            for e in step.events
        ]
        if step.events
        else [],
        [_link(link) for link in step.links] if step.links else [],
    )


def read_value(raw: bytes) -> Any:
    """Return an encoded `AnyValue` as a plain value; what JSON cannot say becomes a string."""
    if not raw:
        return None
    tag, size = raw[0], len(raw)
    if tag == _STRING:
        if raw[1] < _MORE and raw[1] + 2 == size:
            return str(raw[2:], "utf-8")
    elif tag == _DOUBLE and size == _DOUBLE_SIZE:
        number = unpack_from("<d", raw, 1)[0]
        return number if isfinite(number) else spell(number)
    return read_any(AnyValue.FromString(raw))


def read_any(value: AnyValue) -> Any:
    """Return an official `AnyValue` as a plain value."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    got = getattr(value, kind)
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
