"""What a server costs: CPU, memory and disk of its processes, and starting and stopping it."""

from __future__ import annotations

import http.client
import importlib.metadata
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple, Self

TICK = os.sysconf("SC_CLK_TCK")
# The environment of somebody who serves, where there is one: what developers have installed beside
# it (numpy, which pyarrow then loads) would weigh on its memory.
_SERVING = Path(__file__).parents[1] / ".venv-serve" / "bin" / "solvent"
SOLVENT = _SERVING if _SERVING.exists() else Path(sys.executable).with_name("solvent")


class Figure(NamedTuple):
    """One measured number beside its target."""

    name: str
    value: float | None
    """None: it was not measured."""
    unit: str
    target: float | None = None
    """None: there is none, the figure is told for itself."""
    least: bool = False
    """True: the value must be at least the target; False: at most."""
    peer: float | None = None
    peer_name: str = ""
    against_peer: bool = False
    """True: value and target are multiples of the peer."""
    note: str = ""
    broken: bool = False
    """True: the run went on at this value, and what was promised did not hold throughout."""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        if not self.peer or not self.value:
            return None
        return self.value / self.peer if self.least else self.peer / self.value

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None when there is none or something was not measured."""
        reached = self.ratio if self.against_peer else self.value
        if self.broken:
            return False
        if reached is None or self.target is None:
            return None
        return reached >= self.target if self.least else reached <= self.target


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree(pid: int) -> list[int]:
    """Return a process and everything it started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process tree, with those of children that ended."""
    ticks = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICK


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process tree, in MB."""
    pages = 0
    for one in tree(pid):
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def own_peak_mb() -> float:
    """Return the most memory this program had resident, in MB.

    Not `getrusage`, whose maximum begins with that of the process it was started from.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def disk_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def busy_seconds() -> float:
    """Return the CPU seconds the whole machine was busy."""
    fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICK


class Others:
    """The share of the machine that was used by none of our processes."""

    def __init__(self) -> None:
        self.share = 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter(), busy_seconds(), cpu_seconds(os.getpid())
        return self

    def __exit__(self, *_: object) -> None:
        at, busy, own = self._began
        used = busy_seconds() - busy - (cpu_seconds(os.getpid()) - own)
        self.share = max(0.0, used / (time.perf_counter() - at) / (os.cpu_count() or 1))


class Peak:
    """The most resident memory of a process tree, looked at four times a second."""

    def __init__(self, pid: int) -> None:
        self._pid, self.mb, self._done = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.is_set():
            self.mb = max(self.mb, resident_mb(self._pid))
            self._done.wait(0.25)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


class Server:
    """`solvent serve` in a folder of its own, with default settings; stopped by its process id."""

    def __init__(self, folder: Path, **environ: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        began = time.perf_counter()
        log = (folder / "serve.log").open("ab")
        self._process = subprocess.Popen(
            [SOLVENT, "serve", "--port", str(self.port)],
            # Bytecode is kept, as an installed package has it.
            cwd=folder, env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | environ,
            stdout=log, stderr=log,
        )  # fmt: skip
        self.pid = self._process.pid
        try:
            self._wait(began + 60)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - began

    def _wait(self, until: float) -> None:
        while True:
            try:
                if get(self.port, "/api/v1/intake")[0] < 500:
                    return
            except OSError:
                time.sleep(0.01)
            if self._process.poll() is not None or time.perf_counter() > until:
                said = (self.folder / "serve.log").read_text()[-2000:]
                raise RuntimeError(f"solvent serve did not start: {said}")

    def stop(self) -> None:
        """Stop it the polite way, then the other."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(120)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def get(port: int, path: str, timeout: float = 60) -> tuple[int, bytes]:
    """Return status and body of one request, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def describe() -> str:
    """Return the machine and the versions in a line."""
    names = ("duckdb", "pyarrow", "protobuf", "uvicorn")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release()},"
        f" Python {platform.python_version()}, {versions}"
    )
