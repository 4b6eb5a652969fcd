"""A scripted OTLP receiver on loopback: keeps what it acknowledges, misbehaves on request."""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass
class Reply:
    """What the receiver answers to one request; the first `rejected` spans are not kept."""

    status: int = 200
    rejected: int = 0
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str = "application/x-protobuf"
    hang: float = 0.0
    close: bool = False


class Receiver:
    def __init__(self):
        self.script: list[Reply] = []
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        self.sizes: list[int] = []
        self.lock = threading.Lock()
        self.released = threading.Event()

    def next_reply(self) -> Reply:
        with self.lock:
            return self.script.pop(0) if self.script else Reply()

    @property
    def resource_spans(self):
        return [rs for request in self.requests for rs in request.resource_spans]

    @property
    def spans(self):
        return [
            span
            for resource in self.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name):
        found = [s for s in self.spans if s.name == name]
        assert len(found) == 1, [s.name for s in self.spans]
        return found[0]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


def attributes(thing):
    return {pair.key: value(pair.value) for pair in thing.attributes}


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    found = getattr(any_value, kind)
    if kind == "array_value":
        return [value(part) for part in found.values]
    if kind == "kvlist_value":
        return {pair.key: value(pair.value) for pair in found.values}
    return found


@contextlib.contextmanager
def receiving():
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            reply = receiver.next_reply()
            with receiver.lock:
                receiver.headers.append(dict(self.headers.items()))
                receiver.paths.append(self.path)
                receiver.times.append(time.monotonic())
            if reply.hang:
                receiver.released.wait(reply.hang)
            if reply.close:
                self.close_connection = True
                self.connection.close()
                return
            request = ExportTraceServiceRequest()
            unpacked = gzip.decompress(raw)
            request.ParseFromString(unpacked)
            answer = b""
            if reply.status == 200 and reply.body is None:
                with receiver.lock:
                    receiver.requests.append(_keep(request, reply.rejected))
                    receiver.sizes.append(len(unpacked))
                response = ExportTraceServiceResponse()
                if reply.rejected or reply.message:
                    response.partial_success.rejected_spans = reply.rejected
                    response.partial_success.error_message = reply.message
                answer = response.SerializeToString()
            elif reply.body is not None:
                answer = reply.body
            with contextlib.suppress(OSError):
                self.send_response(reply.status)
                for name, text in reply.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _keep(request, rejected):
    """Drop the first `rejected` spans, as a receiver that refuses them would."""
    kept = ExportTraceServiceRequest()
    kept.CopyFrom(request)
    for resource in kept.resource_spans:
        for scope in resource.scope_spans:
            while rejected and scope.spans:
                del scope.spans[0]
                rejected -= 1
    return kept
