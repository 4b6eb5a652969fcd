"""Our OTLP bytes say what OpenTelemetry's own encoder says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceFlags, TraceState

from solvent.sdk.wire import Group, decode_answer, encode_request, encode_span

scalars = (
    st.text()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary()
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
facts = st.dictionaries(st.text(min_size=1), values, max_size=5)
contexts = st.builds(
    SpanContext,
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    is_remote=st.booleans(),
    trace_flags=st.just(TraceFlags(1)),
    trace_state=st.sampled_from([TraceState(), TraceState([("a", "b"), ("c", "d")])]),
)


@given(
    name=st.text(),
    kind=st.sampled_from(SpanKind),
    attributes=facts,
    event=facts,
    links=st.lists(st.tuples(contexts, facts), max_size=2),
    status=st.sampled_from(StatusCode),
    words=st.none() | st.text(),
)
def test_the_same_message_as_the_official_encoder(
    name, kind, attributes, event, links, status, words
):
    provider = TracerProvider(resource=Resource({"service.name": "s", "n": 1}, "http://schema"))
    tracer = provider.get_tracer("scope", "1.0", "http://scope", {"k": "v"})
    given_links = [Link(context, told) for context, told in links]
    span = tracer.start_span(name, kind=kind, attributes=attributes, links=given_links)
    span.add_event("e", event)
    span.set_status(status, words if status is StatusCode.ERROR else None)
    span.end()
    ours = ExportTraceServiceRequest()
    group = Group(span.resource, span.instrumentation_scope, [encode_span(span)])
    ours.ParseFromString(encode_request([group], {}))
    theirs = encode_spans([span])
    for request in (ours, theirs):  # their encoder leaves the state of links out, as we do
        assert request.resource_spans
    assert ours == theirs


def test_gaps_in_the_resource_are_filled():
    provider = TracerProvider(resource=Resource({"service.name": "unknown_service:x", "b": "2"}))
    span = provider.get_tracer("t").start_span("s")
    span.end()
    group = Group(span.resource, span.instrumentation_scope, [encode_span(span)])
    request = ExportTraceServiceRequest()
    request.ParseFromString(encode_request([group], {"service.name": "n", "b": "3", "c": "4"}))
    found = {a.key: a.value.string_value for a in request.resource_spans[0].resource.attributes}
    assert found == {"service.name": "n", "b": "2", "c": "4"}


@given(rejected=st.integers(0, 2**63 - 1), message=st.text())
def test_answers_are_read(rejected, message):
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = rejected
    answer.partial_success.error_message = message
    assert decode_answer(answer.SerializeToString()) == (rejected, message)


@given(st.binary(max_size=200))
def test_any_answer_is_read_or_refused(body):
    try:
        rejected, message = decode_answer(body)
    except ValueError:
        return
    assert isinstance(rejected, int)
    assert isinstance(message, str)


@pytest.mark.parametrize("body", [b"<html>", b"OK", b"\x0a\xff", b"\x08"])
def test_what_is_no_answer_is_refused(body):
    with pytest.raises(ValueError, match="protobuf"):
        decode_answer(body)
