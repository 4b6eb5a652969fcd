"""Recorded payloads -> rows, over both encodings. `SOLVENT_SNAP=1` rewrites the expectations."""

import base64
import json
import os
from pathlib import Path

import orjson
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from solvent.settings import Intake
from solvent.traces import otlp

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/payload.json"))
HASHES = ("input_hashes", "output_hashes", "offered_tools", "document_hashes")
NOW = 1_800_000_000_000_000


def decode(body, content_type):
    return otlp.decode(body, content_type, project="hint", intake=Intake(), received_at=NOW)


def readable(decoded):
    contents = {content.hash: content for content in decoded.batch.contents}

    def told(key):
        one = contents[key]
        fields = {"type": one.type, "name": one.name, "call_id": one.call_id, "text": one.text}
        return {name: value for name, value in fields.items() if value is not None}

    spans = []
    for span in decoded.batch.spans:
        row = {name: value for name, value in span._asdict().items() if value is not None}
        del row["id"], row["received_at"]
        for name in HASHES:
            if name in row:
                row[name] = [told(key) for key in row[name]]
        for name in ("attributes", "resource", "events", "links"):
            if name in row:
                row[name] = json.loads(row[name])
        spans.append(row)
    assessments = [one._asdict() for one in decoded.batch.assessments]
    return {"spans": spans, "assessments": assessments, "rejected": decoded.rejected}


def as_protobuf(document):
    def convert(value):
        if isinstance(value, list):
            return [convert(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            key: base64.b64encode(bytes.fromhex(inner)).decode()
            if key in {"traceId", "spanId", "parentSpanId"}
            else convert(inner)
            for key, inner in value.items()
        }

    request = json_format.ParseDict(convert(document), ExportTraceServiceRequest())
    return request.SerializeToString()


@pytest.mark.parametrize("case", CASES)
def test_payload_becomes_the_expected_rows(case):
    body = (GOLDEN / case / "payload.json").read_bytes()
    got = readable(decode(body, "application/json"))
    path = GOLDEN / case / "expected.json"
    if os.environ.get("SOLVENT_SNAP"):
        path.write_bytes(orjson.dumps(got, option=orjson.OPT_INDENT_2) + b"\n")
    assert got == json.loads(path.read_bytes())


@pytest.mark.parametrize("case", CASES)
def test_both_encodings_give_the_same_rows(case):
    body = (GOLDEN / case / "payload.json").read_bytes()
    plain = decode(body, "application/json; charset=utf-8")
    wire = decode(as_protobuf(json.loads(body)), "application/x-protobuf")
    assert wire.batch.spans == plain.batch.spans
    assert wire.batch.contents == plain.batch.contents
    assert wire.batch.assessments == plain.batch.assessments


@pytest.mark.parametrize("case", CASES)
def test_every_reference_names_a_content_of_the_batch(case):
    decoded = decode((GOLDEN / case / "payload.json").read_bytes(), "application/json")
    kept = {content.hash for content in decoded.batch.contents}
    for span in decoded.batch.spans:
        for name in HASHES:
            assert kept.issuperset(getattr(span, name) or ())
