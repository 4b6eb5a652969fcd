"""OTLP requests for tests: small traces with ids of their own."""

from __future__ import annotations

import os
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def request(
    traces: int = 8, spans: int = 8, text: str = "Where is order 7?"
) -> tuple[bytes, list[str]]:
    """Return one request and the ids of its spans as `trace/span`."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "test"
    scope = resource.scope_spans.add()
    ids = []
    now = time.time_ns()
    for _ in range(traces):
        trace_id, root = os.urandom(16), os.urandom(8)
        for n in range(spans):
            span = scope.spans.add(name="step", trace_id=trace_id, start_time_unix_nano=now)
            span.span_id = os.urandom(8) if n else root
            span.parent_span_id = root if n else b""
            span.end_time_unix_nano = now + 1_000_000
            span.attributes.add(
                key="input.value"
            ).value.string_value = f"{text} {span.span_id.hex()}"
            ids.append(f"{trace_id.hex()}/{span.span_id.hex()}")
    return message.SerializeToString(), ids
