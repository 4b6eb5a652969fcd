"""What tracing one call costs: Solvent beside a bare OpenTelemetry span with the same contents.

    python benchmarks/sdk.py            # both in one process, alternately; imports; peers
    PEERS_DIR=… python benchmarks/sdk.py   # where `venvs/<peer>/bin/python` are

Every figure is a ratio to `otel+io` (a tracer, `json.dumps` of input and output, the official
batch processor and OTLP exporter) in the same run, because the machine's speed changes under
load. Bursts of 1000 calls stay below every queue; flushing is outside the timing. The receiver
is a process of its own that accepts everything and counts what Solvent says it sent.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROUNDS, BURST = 30, 1000
PEERS = {"phoenix": "phxotel", "langfuse": "langfuse", "mlflow-otlp": "mlflow"}
HERE = Path(__file__).resolve()


def body(x):
    return x + 1


def sink():
    """Accept everything until told to stop."""

    class Sink(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815  the name http.server looks for

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


def otel_io(url):
    """Return a traced call as one writes it by hand, and its flush."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("bench")

    def call(x):
        with tracer.start_as_current_span("body") as span:
            span.set_attribute("input.value", json.dumps({"x": x}))
            result = body(x)
            span.set_attribute("output.value", json.dumps(result))
            return result

    return call, provider.force_flush


def solvent_call(url):
    import solvent
    from solvent.sdk.active import Active
    from solvent.sdk.client import Client

    Active.client = Client(url)
    return solvent.trace(body), solvent.flush


def phoenix_call(url):
    from phoenix.otel import register

    provider = register(
        endpoint=f"{url}/v1/traces", protocol="http/protobuf", batch=True, verbose=False
    )
    return provider.get_tracer("bench").chain(body), provider.force_flush


def langfuse_call(url):
    keys = ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY")
    os.environ.update(dict.fromkeys(keys, "k-bench"), LANGFUSE_HOST=url, LANGFUSE_BASE_URL=url)
    from langfuse import get_client, observe

    return observe()(body), get_client().flush


def mlflow_call(url):
    os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = f"{url}/v1/traces"
    os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf"
    import mlflow
    from opentelemetry import trace

    def flush():
        getattr(trace.get_tracer_provider(), "force_flush", lambda: None)()

    return mlflow.trace(body), flush


def burst(call, flush):
    """Return microseconds per call: on the clock, and of this thread's CPU."""
    flush()
    wall, cpu = time.perf_counter(), time.thread_time()
    for n in range(BURST):
        call(n)
    spent = time.perf_counter() - wall, time.thread_time() - cpu
    flush()
    return tuple(seconds / BURST * 1e6 for seconds in spent)


def compare(url):
    """Measure both in this process, alternately, and print the ratios."""
    pairs = {"otel+io": otel_io(url), "solvent": solvent_call(url)}
    for call, flush in pairs.values():
        burst(call, flush)
    rounds = []
    for number in range(ROUNDS):
        names = list(pairs) if number % 2 else list(reversed(pairs))
        rounds.append({name: burst(*pairs[name]) for name in names})
    for column, unit in enumerate(("us/call, clock", "us/call, CPU of the calling thread")):
        bare = [r["otel+io"][column] for r in rounds]
        ours = [r["solvent"][column] for r in rounds]
        ratios = sorted(b / a for a, b in zip(bare, ours, strict=True))
        print(
            f"{unit:36} otel+io {statistics.median(bare):6.1f}  "
            f"solvent {statistics.median(ours):6.1f}  ratio {statistics.median(ratios):.2f} "
            f"(quartiles {ratios[ROUNDS // 4]:.2f}-{ratios[-ROUNDS // 4]:.2f})"
        )
    import solvent

    delivery = solvent.flush()
    print(f"delivered: {delivery}")
    if not delivery.complete:
        raise SystemExit(3)


def untraced():
    """Print what a decorated function costs before `solvent.init()`."""
    import solvent

    traced, times = solvent.trace(body), {}
    for name, call in {"plain": body, "decorated, no init": traced}.items():
        start = time.perf_counter()
        for n in range(200_000):
            call(n)
        times[name] = (time.perf_counter() - start) / 200_000 * 1e9
    print("  ".join(f"{name} {ns:.0f} ns/call" for name, ns in times.items()))


def child(name, url):
    """Measure one library in its own environment, beside `otel+io` there."""
    make = {
        "phoenix": phoenix_call,
        "langfuse": langfuse_call,
        "mlflow-otlp": mlflow_call,
        "otel+io": otel_io,
    }[name]
    call, flush = make(url)
    burst(call, flush)
    print("RESULT", statistics.median(burst(call, flush)[0] for _ in range(7)), flush=True)
    os._exit(0)


def peers(url):
    """Print each installed peer's ratio to `otel+io`, run before and after it."""
    folder = Path(os.environ.get("PEERS_DIR", "")) / "venvs"
    for name, venv in PEERS.items():
        python = folder / venv / "bin" / "python"
        if not os.environ.get("PEERS_DIR") or not python.exists():
            print(f"{name:12} not measured: set PEERS_DIR to a folder with venvs/{venv}")
            continue
        runs = [(python, name), (sys.executable, "otel+io")] * 2
        found = {name: [], "otel+io": []}
        for program, case in runs:
            done = subprocess.run(
                [program, HERE, "child", case, url],
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            lines = [x for x in done.stdout.splitlines() if x.startswith("RESULT ")]
            if lines:
                found[case].append(float(lines[-1].split()[1]))
        if not all(found.values()):
            print(f"{name:12} not measured: {done.stderr.strip().splitlines()[-1:]}")
            continue
        theirs, bare = (statistics.median(found[key]) for key in (name, "otel+io"))
        print(f"{name:12} {theirs:7.1f} us/call  {theirs / bare:.1f} x otel+io ({bare:.1f})")


def imports():
    """Print import times in fresh interpreters, bytecode compiled."""
    cases = {
        "opentelemetry.sdk.trace": "import opentelemetry.sdk.trace",
        "solvent": "import solvent",
        "solvent.init, .trace, .span": "import solvent; solvent.init, solvent.trace, solvent.span",
    }
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        times = {name: [] for name in cases}
        for _ in range(8):  # alternately; the first round compiles
            for name, code in cases.items():
                probe = f"import time; t=time.perf_counter(); {code}; print(time.perf_counter()-t)"
                done = subprocess.run(
                    [sys.executable, "-c", probe],
                    capture_output=True, text=True, env=env, check=True,
                )  # fmt: skip
                times[name].append(float(done.stdout) * 1e3)
    best = {name: statistics.median(found[1:]) for name, found in times.items()}
    for name, ms in best.items():
        print(f"import {name:30} {ms:6.1f} ms")
    names = list(cases)
    print(f"beyond OpenTelemetry itself: {best[names[2]] - best[names[0]]:.1f} ms")


def main():
    if sys.argv[1:2] == ["sink"]:
        return sink()
    if sys.argv[1:2] == ["child"]:
        return child(sys.argv[2], sys.argv[3])
    command = [sys.executable, HERE, "sink"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as receiver:
        url = f"http://127.0.0.1:{receiver.stdout.readline().strip()}"
        untraced()
        compare(url)
        peers(url)
        imports()
        receiver.stdin.close()
    return None


if __name__ == "__main__":
    main()
