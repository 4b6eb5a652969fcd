"""A real server in a folder of its own, for the time of a test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`solvent serve` as a process; stopped by its own id."""

    def __init__(self, folder: Path, port: int = 0, **settings: str) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("SOLVENT_", "OTEL_"))
        }
        environment |= {f"SOLVENT_{name.upper()}": value for name, value in settings.items()}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "solvent.cli", "serve", "--port", str(self.port)],
                cwd=folder, stdout=log, stderr=subprocess.STDOUT, env=environment,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError):
                self.get("/healthz")
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def get(self, path: str, timeout: float = 30) -> dict:
        link = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            link.request("GET", path, headers={"Accept": "application/json"})
            return json.loads(link.getresponse().read())
        finally:
            link.close()

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, bytes, dict]:
        link = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            link.request("POST", path, body, named)
            answer = link.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            link.close()

    def settle(self, spans: int, timeout: float = 20) -> dict:
        """Wait until as many spans are stored as were acknowledged, at least `spans`."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            health = self.get("/api/v1/intake")
            if health["stored"] >= spans and not health["backlog_bytes"]:
                return health
            time.sleep(0.05)
        raise AssertionError(f"{health}\n{self.log.read_text()}")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def serving(folder: Path, **settings: str):
    server = Server(folder, **settings)
    try:
        yield server
    finally:
        server.stop()
