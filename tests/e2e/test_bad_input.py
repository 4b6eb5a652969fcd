"""Whatever is sent: a clear error with the bound, the rest accepted, the process alive."""

from __future__ import annotations

import gzip
import json
import subprocess
import zlib
from pathlib import Path

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.e2e.payloads import request
from tests.e2e.serving import serving

PROTOBUF = {"Content_Type": "application/x-protobuf"}
JSON = {"Content_Type": "application/json"}
BOMB = zlib.compress(b"\0" * 400_000_000, 9)
CUT = gzip.compress(request()[0])[:-9]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    bounds = {"intake_max_body_bytes": "12000000", "intake_max_inflated_bytes": "16000000"}
    with serving(tmp_path_factory.mktemp("bad"), **bounds) as running:
        yield running


def memory_mb(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (request()[0][:-7], PROTOBUF, 400, "truncated"),
        (b"\xff\xfe\x00garbage", PROTOBUF, 400, "OTLP"),
        (request()[0], {"Content_Type": "text/plain"}, 400, "text/plain"),
        (request()[0], {}, 400, "content type"),
        (b"{", JSON, 400, "JSON"),
        (b'{"resourceSpans": "no"}', JSON, 400, "resourceSpans"),
        (b'{"a": "\xff"}', JSON, 400, "JSON"),
        (b"[" * 100_000 + b"]" * 100_000, JSON, 400, "depth"),
        (b"not gzip", PROTOBUF | {"Content_Encoding": "gzip"}, 400, "gzip"),
        (CUT, PROTOBUF | {"Content_Encoding": "gzip"}, 400, "cut short"),
        (request()[0], PROTOBUF | {"Content_Encoding": "br"}, 400, "br"),
        (b"x" * 13_000_000, PROTOBUF, 413, "intake.max_body_bytes"),
        (BOMB, PROTOBUF | {"Content_Encoding": "deflate"}, 413,
         "intake.max_inflated_bytes"),
    ],
    ids=["truncated", "garbage", "wrong type", "no type", "cut json", "wrong shape", "bad utf-8",
         "nested", "not gzip", "cut gzip", "brotli", "oversized", "bomb"],
)  # fmt: skip
def test_refusals_name_the_cause_and_the_bound(server, body, headers, status, words):
    before = memory_mb(server)
    said, answer, _ = server.post("/v1/traces", body, **headers)
    text = answer.decode("utf-8", "replace")
    if headers.get("Content_Type") == "application/x-protobuf":
        text = Status.FromString(answer).message
    assert said == status, text
    assert words.lower() in text.lower()
    assert memory_mb(server) - before < 120
    assert server.get("/healthz")


def test_one_bad_span_does_not_cost_the_others(server):
    before = server.get("/api/v1/intake")["stored"]
    body, _ = request(traces=1, spans=5)
    message = ExportTraceServiceRequest.FromString(body)
    spans = message.resource_spans[0].scope_spans[0].spans
    spans[1].trace_id = b"short"
    spans[2].attributes.add(key="big").value.string_value = "x" * 10_000_000
    status, answer, _ = server.post("/v1/traces", message.SerializeToString(), **PROTOBUF)
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    assert (status, partial.rejected_spans) == (200, 2)
    assert "max_" in partial.error_message
    assert "trace_id" in partial.error_message or "trace id" in partial.error_message
    assert server.settle(before + 3)["stored"] == before + 3


def test_odd_but_storable_spans_are_kept_and_shown(server):
    before = server.get("/api/v1/intake")["stored"]
    body, _ = request(traces=1, spans=6)
    message = ExportTraceServiceRequest.FromString(body)
    spans = message.resource_spans[0].scope_spans[0].spans
    spans[1].parent_span_id, spans[2].parent_span_id = spans[2].span_id, spans[1].span_id
    spans[3].end_time_unix_nano = spans[3].start_time_unix_nano - 5
    spans[4].start_time_unix_nano = 4_000_000_000_000_000_000
    spans[5].attributes.add(key="llm.cost.total").value.double_value = float("nan")
    status, _, _ = server.post("/v1/traces", message.SerializeToString(), **PROTOBUF)
    assert status == 200
    server.settle(before + 6)
    shown = server.get(f"/api/v1/traces/{spans[0].trace_id.hex()}")
    assert shown["head"]["spans"] == 6
    assert shown["head"]["usd"] is None


def test_the_same_request_twice_is_stored_once(server):
    before = server.get("/api/v1/intake")["stored"]
    body, ids = request()
    for _ in range(2):
        assert server.post("/v1/traces", body, **PROTOBUF)[0] == 200
    assert server.settle(before + len(ids))["stored"] == before + len(ids)


@pytest.mark.parametrize(
    "path", ["/api/public/otel/v1/traces", "/api/v1/private/otel/v1/traces", "/otel/v1/traces"]
)
def test_platform_paths_take_the_same(server, path):
    body = json.dumps({"resourceSpans": []}).encode()
    status, answer, _ = server.post(path, body, **JSON)
    assert (status, json.loads(answer)) == (200, {})


def test_a_parent_chain_100_000_deep_is_stored_and_shown(server):
    import os
    import time

    before = server.get("/api/v1/intake")["stored"]
    trace_id, parent = os.urandom(16), b""
    now = time.time_ns()
    for part in range(4):
        message = ExportTraceServiceRequest()
        scope = message.resource_spans.add().scope_spans.add()
        for n in range(25_000):
            span = scope.spans.add(name="deep", trace_id=trace_id, span_id=os.urandom(8))
            span.parent_span_id = parent
            span.start_time_unix_nano = span.end_time_unix_nano = now + part * 25_000_000 + n * 1000
            parent = span.span_id
        assert server.post("/v1/traces", message.SerializeToString(), **PROTOBUF)[0] == 200
    server.settle(before + 100_000, timeout=90)
    shown = server.get(f"/api/v1/traces/{trace_id.hex()}")
    assert shown["head"]["spans"] == 100_000
    assert len(shown["tree"]["rows"]) <= 1000


def test_overload_asks_senders_to_wait(tmp_path):
    with serving(tmp_path, intake_max_backlog_bytes="1") as small:
        answers = [small.post("/v1/traces", request(64)[0], **PROTOBUF) for _ in range(6)]
        refused = [a for a in answers if a[0] == 429]
        assert refused
        assert all(headers["retry-after"] == "1" for _, _, headers in refused)
        assert "intake.max_backlog_bytes" in Status.FromString(refused[0][1]).message
        kept = sum(a[0] == 200 for a in answers)
        assert small.settle(kept * 512)["stored"] == kept * 512


def test_a_token_is_needed_when_one_is_set(tmp_path):
    with serving(tmp_path, server_token="s3cret") as closed:
        body, _ = request()
        assert closed.post("/v1/traces", body, **PROTOBUF)[0] == 403
        assert "status" in closed.get("/api/v1/intake")
        allowed = PROTOBUF | {"Authorization": "Bearer s3cret"}
        assert closed.post("/v1/traces", body, **allowed)[0] == 200


@pytest.fixture
def small_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let the test mount a small disk")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_full_disk_answers_503_and_loses_nothing_acknowledged(small_disk):
    with serving(small_disk, storage_min_free_mb="0") as server:
        acknowledged = 0
        for _ in range(400):
            body, ids = request(traces=16, text="x" * 2000)
            status, answer, headers = server.post("/v1/traces", body, **PROTOBUF)
            if status != 200:
                break
            acknowledged += len(ids)
        assert status == 503, answer
        assert headers["retry-after"] == "1"
        assert server.get("/healthz")
        assert acknowledged
    grow = ["mount", "-o", "remount,size=200m", str(small_disk)]
    subprocess.run(grow, check=True)
    with serving(small_disk) as server:
        server.settle(0, timeout=60)
        found = server.get("/api/v1/traces")["total"]
    assert found == acknowledged // 8
