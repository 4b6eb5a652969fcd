"""Requests built for tests, and the check that `check` and `decode` agree."""

import json
import struct

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from solvent.settings import Intake
from solvent.traces.otlp import check, decode

WIRE, JSON = "application/x-protobuf", "application/json"
NOW = 1_800_000_000_000_000
TRACE = bytes(range(1, 17))


def request(*spans, resource=None):
    built = ExportTraceServiceRequest()
    group = built.resource_spans.add()
    for name, value in (resource or {}).items():
        group.resource.attributes.add(key=name).value.string_value = value
    scope = group.scope_spans.add()
    for place, given_span in enumerate(spans):
        span = scope.spans.add(
            trace_id=given_span.get("trace_id", TRACE),
            span_id=given_span.get("span_id", struct.pack(">Q", place + 1)),
            parent_span_id=given_span.get("parent", b""),
            name="step",
            start_time_unix_nano=given_span.get("start", 1_700_000_000_000_000_000),
            end_time_unix_nano=given_span.get("end", 1_700_000_001_000_000_000),
        )
        for name, value in given_span.get("attributes", {}).items():
            any_value = span.attributes.add(key=name).value
            kind = {str: "string", bool: "bool", int: "int", float: "double", bytes: "bytes"}
            setattr(any_value, f"{kind[type(value)]}_value", value)
    return built.SerializeToString()


def decoded(body, content_type=WIRE, **bounds):
    intake = Intake(**bounds)
    checked = check(body, content_type, intake)
    got = decode(body, content_type, project="p", intake=intake, received_at=NOW)
    assert checked.rejected == got.rejected
    assert checked.spans == len(got.batch.spans)
    places = [one.place for one in checked.rejected]
    unchecked = decode(
        body, content_type, project="p", intake=intake, received_at=NOW, refused=places
    )
    assert unchecked.batch == got.batch
    return got


def only(body, content_type=WIRE, **bounds):
    (span,) = decoded(body, content_type, **bounds).batch.spans
    return span


def plain(**span):
    body = {"traceId": TRACE.hex(), "spanId": "0102030405060708", "name": "step", **span}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [body]}]}]}).encode()
