"""OTLP bodies at and over every bound: what is refused, what is kept, and never a crash."""

import gzip
import json
import math
import struct

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.traces.otlp_requests import JSON, NOW, TRACE, WIRE, decoded, only, plain, request

from solvent.errors import Invalid, TooLarge
from solvent.settings import Intake
from solvent.traces.otlp import check, decode


def test_truncated_body_is_invalid():
    body = request({"attributes": {"input.value": "x" * 100}})
    with pytest.raises(Invalid, match=f"{len(body) - 7} bytes is not an OTLP protobuf"):
        check(body[:-7], WIRE, Intake())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"hello", JSON),
        (b"[]", JSON),
        (b'{"spans": []}', JSON),
        (b'{"resourceSpans": [1]}', JSON),
        (b'{"resourceSpans": [{"scopeSpans": 3}]}', JSON),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": 3}]}]}', JSON),
        (gzip.compress(request({}), mtime=0), WIRE),
        (b"{}", WIRE),
        (b"", "text/plain"),
        (b'{"resourceSpans": "\xff"}', JSON),
        (b"[" * 100_000, JSON),
        (b'{"a":' * 50_000, JSON),
    ],
)
def test_bodies_that_are_not_otlp(body, content_type):
    for read in (check, lambda b, c, i: decode(b, c, project="p", intake=i, received_at=NOW)):
        with pytest.raises(Invalid):
            read(body, content_type, Intake())


def test_invalid_utf8_is_invalid():
    body = request({"attributes": {"input.value": "abcdefgh"}}).replace(
        b"abcdefgh", b"abc\xff\xfefgh"
    )
    with pytest.raises(Invalid):
        check(body, WIRE, Intake())
    with pytest.raises(Invalid):
        decode(body, WIRE, project="p", intake=Intake(), received_at=NOW)


def test_empty_requests_bring_nothing():
    assert decoded(b"").batch.spans == []
    assert decoded(b"{}", JSON).batch.spans == []


def test_bodies_and_counts_over_their_bound_name_the_setting():
    body = request({}, {}, {})
    with pytest.raises(TooLarge) as error:
        check(body, WIRE, Intake(max_spans_per_request=2))
    assert "intake.max_spans_per_request" in error.value.hint
    with pytest.raises(TooLarge) as error:
        check(body, WIRE, Intake(max_inflated_bytes=10))
    assert "intake.max_inflated_bytes" in error.value.hint


def test_span_with_an_oversized_attribute_is_refused_and_the_rest_kept():
    big = "x" * 10_000_000
    got = decoded(request({}, {"attributes": {"input.value": big}}, {}))
    assert [span.span_id for span in got.batch.spans] == ["0" * 15 + "1", "0" * 15 + "3"]
    (refused,) = got.rejected
    assert (refused.place, refused.span) == (1, "0" * 15 + "2")
    assert "`input.value`" in refused.reason
    assert "1048576 (`intake.max_attribute_bytes`)" in refused.reason
    value = [{"key": "input.value", "value": {"stringValue": big}}]
    (refused,) = decoded(plain(attributes=value), JSON).rejected
    assert "`intake.max_attribute_bytes`" in refused.reason


@pytest.mark.parametrize(
    ("bounds", "setting"),
    [
        ({"max_attributes": 2}, "intake.max_attributes"),
        ({"max_span_bytes": 200}, "intake.max_span_bytes"),
        ({"max_attribute_bytes": 50}, "intake.max_attribute_bytes"),
    ],
)
def test_every_bound_of_a_span_names_its_setting(bounds, setting):
    attributes = {"a": "x" * 100, "b": "x" * 100, "c": 1}
    listed = [{"key": k, "value": {"stringValue": str(v)}} for k, v in attributes.items()]
    for body, kind in (
        (request({"attributes": attributes}), WIRE),
        (plain(attributes=listed), JSON),
    ):
        (refused,) = decoded(body, kind, **bounds).rejected
        assert setting in refused.reason


def test_events_and_their_attributes_are_bounded():
    built = ExportTraceServiceRequest()
    span = (
        built.resource_spans.add().scope_spans.add().spans.add(trace_id=TRACE, span_id=b"12345678")
    )
    for _ in range(3):
        span.events.add().attributes.add(key="a").value.string_value = "x" * 100
    body = built.SerializeToString()
    assert decoded(body).rejected == []
    for bounds, setting in (
        ({"max_events": 2}, "intake.max_events"),
        ({"max_attributes": 0}, "intake.max_attributes"),
        ({"max_attribute_bytes": 50}, "intake.max_attribute_bytes"),
    ):
        (refused,) = decoded(body, **bounds).rejected
        assert setting in refused.reason
    events = [{"attributes": [{"key": "a", "value": {"stringValue": "x" * 100}}]}] * 3
    for bounds in ({"max_events": 2}, {"max_attributes": 0}, {"max_attribute_bytes": 50}):
        (refused,) = decoded(plain(events=events), JSON, **bounds).rejected
        assert f"intake.{next(iter(bounds))}" in refused.reason


def test_nesting_over_the_bound_is_refused():
    value = {"stringValue": "x"}
    for _ in range(40):
        value = {"arrayValue": {"values": [value]}}
    body = plain(attributes=[{"key": "a", "value": value}])
    (refused,) = decoded(body, JSON).rejected
    assert "intake.max_nesting" in refused.reason
    built = ExportTraceServiceRequest()
    span = (
        built.resource_spans.add().scope_spans.add().spans.add(trace_id=TRACE, span_id=b"12345678")
    )
    held = span.attributes.add(key="a").value
    for _ in range(20):
        held = held.array_value.values.add()
    held.string_value = "x"
    assert decoded(built.SerializeToString()).rejected == []
    (refused,) = decoded(built.SerializeToString(), max_nesting=10).rejected
    assert "intake.max_nesting" in refused.reason


@pytest.mark.parametrize(
    "ids",
    [
        {"trace_id": b""},
        {"trace_id": bytes(16)},
        {"trace_id": b"1" * 15},
        {"span_id": b""},
        {"span_id": bytes(8)},
        {"span_id": b"1" * 9},
    ],
)
def test_spans_without_proper_ids_are_refused(ids):
    got = decoded(request(ids, {}))
    assert len(got.batch.spans) == 1
    assert "OTLP asks for" in got.rejected[0].reason


def test_ids_in_base64_are_understood():
    body = plain(traceId="AQIDBAUGBwgJCgsMDQ4PEA==", spanId="AQIDBAUGBwg=")
    span = only(body, JSON)
    assert (span.trace_id, span.span_id) == (TRACE.hex(), "0102030405060708")


def test_times_of_every_kind():
    spans = decoded(
        request(
            {"start": 2_000, "end": 1_000},
            {"start": 1_700_000_000_000_000_000, "end": 0},
            {"start": 0, "end": 5},
            {"start": 1, "end": 2**64 - 1},
        )
    ).batch.spans
    assert [span.duration_ns for span in spans] == [-1000, None, None, None]
    assert [span.dated for span in spans] == [True, True, False, True]
    assert spans[2].started_at == NOW


def test_cyclic_and_endless_parents_are_kept_as_sent():
    here = struct.pack(">Q", 1)
    chain = [
        {"span_id": struct.pack(">Q", n + 1), "parent": struct.pack(">Q", n or 1)}
        for n in range(20_000)
    ]
    spans = decoded(request({"span_id": here, "parent": here}, *chain)).batch.spans
    assert spans[0].parent_id == spans[0].span_id
    assert len(spans) == 20_001


def test_duplicate_ids_share_their_identity():
    first, second = decoded(request({"span_id": b"12345678"}, {"span_id": b"12345678"})).batch.spans
    assert first.id == second.id


def test_attributes_stay_json_whatever_they_hold():
    span = only(
        request(
            {
                "attributes": {
                    "nan": math.nan,
                    "up": math.inf,
                    "down": -math.inf,
                    "bytes": b"\xff\x00",
                    "control": "a\x00\x1b[31m\u2028",
                    "flag": True,
                    "whole": -(2**63),
                }
            }
        )
    )
    assert json.loads(span.attributes) == {
        "nan": "NaN",
        "up": "Infinity",
        "down": "-Infinity",
        "bytes": "/wA=",
        "control": "a\x00\x1b[31m\u2028",
        "flag": True,
        "whole": -(2**63),
    }


def test_json_with_half_surrogates_nan_and_long_integers():
    body = plain(
        attributes=[
            {"key": "half", "value": {"stringValue": "a\ud83d"}},
            {"key": "nan", "value": {"doubleValue": math.nan}},
            {"key": "word", "value": {"doubleValue": "Infinity"}},
            {"key": "whole", "value": {"intValue": "9223372036854775807"}},
            {"key": "long", "value": {"intValue": 2**70}},
            {"key": "nothing", "value": {}},
        ],
        unknownField=1,
    )
    kept = json.loads(only(body, JSON).attributes)
    assert kept["half"] == "a\ufffd"
    assert kept["nan"] == "NaN"
    assert kept["word"] == "Infinity"
    assert kept["whole"] == 9223372036854775807
    assert kept["nothing"] is None


@pytest.mark.parametrize("cost", [math.nan, math.inf, -1.0, "free", "NaN", True])
def test_what_is_not_an_amount_is_no_cost_and_stays_raw(cost):
    span = only(request({"attributes": {"llm.cost.total": cost}}))
    assert (span.cost_usd, span.cost_source) == (None, None)
    assert "llm.cost.total" in json.loads(span.attributes)


def test_reported_cost_and_its_source():
    span = only(request({"attributes": {"llm.cost.total": 0.25}}))
    assert (span.cost_usd, span.cost_source) == (0.25, "reported")


@pytest.mark.parametrize("tokens", [-1, 1.5, "many", 2**63 - 1, True, math.nan])
def test_what_is_no_count_is_no_token_count(tokens):
    assert only(request({"attributes": {"gen_ai.usage.input_tokens": tokens}})).input_tokens is None


def test_input_smaller_than_its_cached_part_left_it_out():
    attributes = {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 90}
    assert only(request({"attributes": attributes})).input_tokens == 100


def test_project_of_the_resource_wins_over_the_hint():
    body = request({}, resource={"openinference.project.name": "shop", "service.name": "web"})
    assert (only(body).project, only(body).service) == ("shop", "web")
    assert only(request({})).project == "p"
    assert only(request({}, resource={"service.name": "unknown_service:python"})).service is None


def test_most_specific_dialect_is_named_and_columns_come_from_all():
    both = {
        "mlflow.spanType": '"LLM"',
        "gen_ai.request.model": "gpt-4o",
        "llm.model_name": "gpt-4o-mini",
        "openinference.span.kind": "CHAIN",
    }
    span = only(request({"attributes": both}))
    assert (span.dialect, span.type, span.model) == ("mlflow", "llm", "gpt-4o-mini")


def test_repeated_texts_are_kept_once():
    spans = [{"attributes": {"acme.text": "x" * 300}} for _ in range(50)]
    assert len(decoded(request(*spans)).batch.contents) == 1


def test_what_a_sender_writes_is_never_taken_for_a_reference():
    forged = {"kvlistValue": {"values": [{"key": "$content", "value": {"stringValue": "0" * 32}}]}}
    body = plain(attributes=[{"key": "a", "value": forged}])
    assert json.loads(only(body, JSON).attributes) == {"a": '{"$content":"' + "0" * 32 + '"}'}


def test_values_of_the_wrong_kind_become_json_text():
    kinds = ("stringValue", "boolValue", "intValue", "doubleValue", "bytesValue")
    body = plain(attributes=[{"key": kind, "value": {kind: [1]}} for kind in kinds])
    assert set(json.loads(only(body, JSON).attributes).values()) == {"[1]"}


@pytest.mark.parametrize(
    "flood",
    [
        b"\x0a\x00" * 200_000,  # empty resources
        b"\x0a" + b"\x80\x89\x7a" + b"\x12\x00" * 1_000_000,  # one with a million empty scopes
    ],
)
def test_floods_of_empty_parts_are_refused_before_they_are_parsed(flood):
    with pytest.raises(TooLarge) as error:
        check(flood, WIRE, Intake())
    assert "intake.max_spans_per_request" in error.value.hint


def test_resource_after_its_spans_and_fields_of_later_versions_are_read():
    first = request({}, resource={"service.name": "web"})
    group = ExportTraceServiceRequest.FromString(first).resource_spans[0]
    spans = group.scope_spans[0].SerializeToString()
    resource = group.resource.SerializeToString()
    later = b"\xf8\x07\x01" + b"\xfa\x07\x02hi"  # fields 127, a number and a text
    inner = (
        b"\x12" + bytes([len(spans)]) + spans + later + b"\x0a" + bytes([len(resource)]) + resource
    )
    span = only(b"\x0a" + bytes([len(inner)]) + inner)
    assert span.service == "web"
