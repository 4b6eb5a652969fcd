"""The real client libraries of the other side: what they send arrives complete."""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.e2e.serving import serving

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-clients" / "bin" / "python"
pytestmark = pytest.mark.clients


class Scripted(BaseHTTPRequestHandler):
    """An OpenAI-shaped server that always says the same; no model is behind it."""

    protocol_version = "HTTP/1.1"
    usage: ClassVar = {
        "prompt_tokens": 120,
        "completion_tokens": 8,
        "total_tokens": 128,
        "prompt_tokens_details": {"cached_tokens": 64},
    }

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked.get("stream"):
            chunk = {
                "id": "c2",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "gpt-4o-2024-08-06",
            }
            delta = {"role": "assistant", "content": "On its way."}
            parts = [
                {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
                {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                {**chunk, "choices": [], "usage": self.usage},
            ]
            body = "".join(f"data: {json.dumps(p)}\n\n" for p in parts) + "data: [DONE]\n\n"
            self._answer(body.encode(), "text/event-stream")
            return
        call = {"id": "call_1", "type": "function",
                "function": {"name": "search", "arguments": '{"id":"7"}'}}  # fmt: skip
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        reply = {
            "id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-4o-2024-08-06",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
            "usage": self.usage,
        }  # fmt: skip
        self._answer(json.dumps(reply).encode(), "application/json")

    def _answer(self, body: bytes, kind: str):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def model_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as running:
        yield running


def run_client(name, server, model_server="", **more):
    done = subprocess.run(
        [PYTHON, Path(__file__).parent / "clients" / f"{name}.py"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={
            "SERVER": server.address,
            "MODEL_SERVER": model_server,
            "PATH": "/usr/bin:/bin",
            **more,
        },
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])["names"]


def arrived(server, project, spans, before):
    server.settle(before + spans)
    rows = server.get(f"/api/v1/traces?project={project}")["rows"]
    trees = [server.get(f"/api/v1/traces/{row['trace_id']}?project={project}") for row in rows]
    return rows, trees


def names(trees):
    return sorted(row["name"] for tree in trees for row in tree["tree"]["rows"])


def test_bare_opentelemetry(server):
    before = server.get("/api/v1/intake")["stored"]
    sent = run_client("bare_otel", server)
    rows, trees = arrived(server, "default", 3, before)
    assert names(trees) == sorted(sent)
    assert rows[0]["tokens"] == 128
    # gpt-4o on 2026-08-01: 120 x $2.50 + 8 x $10 per million tokens.
    assert rows[0]["usd"] == pytest.approx(120 * 2.5e-6 + 8 * 10e-6)


def test_openinference_instrumented_openai(server, model_server):
    before = server.get("/api/v1/intake")["stored"]
    sent = run_client("openinference_openai", server, model_server)
    rows, trees = arrived(server, "openinference", 2, before)
    assert names(trees) == sorted(sent)
    assert [row["tokens"] for row in rows] == [128, 128]
    views = [
        server.get(f"/api/v1/traces/{r['trace_id']}?project=openinference&span={r['span_id']}")[
            "span"
        ]
        for r in rows
    ]
    text = json.dumps(views)
    for said in (
        "You help with orders.",
        "Where is order 7?",
        "Find an order by its number.",
        "On its way.",
    ):
        assert said in text
    assert '\\"id\\":\\"7\\"' in text.replace(" ", "")


def test_langfuse_sdk(server):
    before = server.get("/api/v1/intake")["stored"]
    sent = run_client("langfuse_sdk", server, HOME="/tmp")
    _rows, trees = arrived(server, "default", 3, before)
    assert names(trees) == sorted(sent)
    assert trees[0]["head"]["input_tokens"] == 120
    assert trees[0]["head"]["output_tokens"] == 8


def test_mlflow_sdk(server, tmp_path):
    before = server.get("/api/v1/intake")["stored"]
    sent = run_client(
        "mlflow_sdk", server, HOME=str(tmp_path), MLFLOW_TRACKING_URI=f"file://{tmp_path}"
    )
    _rows, trees = arrived(server, "default", 3, before)
    assert names(trees) == sorted(sent)
    assert trees[0]["head"]["input_tokens"] == 120
    assert {row["model"] for row in trees[0]["tree"]["rows"]} == {None, "gpt-4o"}
