"""Taking traces in: Solvent, `mlflow server` and `phoenix serve` under one OTLP load, in turns.

    python benchmarks/ingest.py [--quick] [--keep FOLDER]

Servers run with their defaults in fresh folders. The load is the peers' own generator: agent traces
of 8 spans, 512 spans a request over 4 connections, encoded before the clock starts. "Acknowledged"
is the last answer 200; "visible" is when the server's own API counts every span. MLflow and Solvent
answer when the data is on the disk, Phoenix when it is in memory. "Sustained" is the highest paced
rate at which every trace looked up was found within a second of its acknowledgement, and nothing
was left behind; the lookups ask for the newest acknowledged trace over HTTP, while the load runs.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import peers
from machine import Figure, Others, Peak, Server, cpu_seconds, disk_bytes, get, resident_mb

CONNECTIONS, BATCH = 4, 512
PROTOBUF = {"content-type": "application/x-protobuf"}
SIZES = {"solvent": 61_440, "mlflow": 2048, "phoenix": 512}
"""Spans of one round: a run of some seconds for each server."""
ROUNDS = 7
"""MLflow's rate differs fivefold from round to round; its median does less."""
RATES = (11_200, 10_000, 9_000, 8_000, 7_400, 6_720, 6_000, 5_000, 4_000, 3_000)
MILLION = 1_000_000
DAY_NS = 86_400 * 10**9


class Load(NamedTuple):
    """One request."""

    trace_id: str
    body: bytes
    spans: int


class Solvent:
    """Our server, in the form in which peers are driven."""

    name, headers = "solvent", PROTOBUF

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder)
        self.folder, self.port, self.pid = folder, self.server.port, self.server.pid
        self.start_seconds = self.server.start_seconds

    def visible(self) -> int:
        """Return the spans of the traces that the list of traces counts."""
        return 8 * json.loads(get(self.port, "/api/v1/traces?project=bench")[1])["total"]

    def stop(self) -> None:
        """Stop the server."""
        self.server.stop()


class Sending:
    """Requests over some connections, as fast as they are answered or at a pace."""

    def __init__(self, target: Any, load: list[Load], pace: float = 0) -> None:
        self._target, self._load, self._pace = target, load, pace
        self._next, self._lock = itertools.count(), threading.Lock()
        self._threads = [threading.Thread(target=self._work) for _ in range(CONNECTIONS)]
        self.newest: tuple[str, float] | None = None
        """The last acknowledged trace and when that was."""
        self.refused, self.acked, self.latencies = 0, 0, list[float]()
        self.faults: list[str] = []
        self.given_up = threading.Event()

    def start(self) -> None:
        """Begin."""
        self.began = time.perf_counter()
        for thread in self._threads:
            thread.start()

    def join(self) -> float:
        """Wait for the last answer; return the seconds since the beginning."""
        for thread in self._threads:
            thread.join()
        if self.faults:
            raise RuntimeError(self.faults[0])
        return time.perf_counter() - self.began

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._target.port, timeout=300)
        while not self.given_up.is_set():
            with self._lock:
                number = next(self._next)
            if number >= len(self._load):
                break
            if self._pace:
                due = self.began + number * BATCH / self._pace - time.perf_counter()
                time.sleep(max(due, 0))
            try:
                self._send(connection, self._load[number])
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                self.faults.append(f"{self._target.name}: {error!r}")
                self.given_up.set()
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, load: Load) -> None:
        began = time.perf_counter()
        while True:
            connection.request("POST", "/v1/traces", load.body, self._target.headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status < 300:
                break
            if answer.status not in (429, 503):
                raise RuntimeError(f"{answer.status} {said[:300]!r}")
            self.refused += 1
            time.sleep(0.05)
        now = time.perf_counter()
        self.latencies.append(now - began)
        self.acked += load.spans
        self.newest = (load.trace_id, now)


class Lag:
    """How long after its acknowledgement a question over HTTP finds a trace, while a load runs.

    A sample is the time between the acknowledgement and the first question that finds it.
    """

    def __init__(self, sending: Sending, port: int, every: float = 0.5) -> None:
        self._sending, self._port, self._every = sending, port, every
        self.samples: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._done.is_set():
            if newest := self._sending.newest:
                self.samples.append(self._look(connection, *newest))
            self._done.wait(self._every)
        connection.close()

    def _look(self, connection: http.client.HTTPConnection, trace_id: str, acked: float) -> float:
        while True:
            asked = time.perf_counter()
            connection.request("GET", f"/api/v1/traces/{trace_id}?project=bench")
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return asked - acked
            if asked - acked > 3:
                self._sending.given_up.set()  # the pace does not hold; go on to the next
                return asked - acked
            time.sleep(0.05)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def loads(generator: Any, spans: int, start_ns: int = 0, step_ns: int = 1_000_000) -> list[Load]:
    """Return requests, made before they are sent."""
    start_ns = start_ns or time.time_ns() - 3600 * 10**9
    return [Load(*parts) for parts in generator.batches(spans, BATCH, start_ns, step_ns)]


def burst(target: Any, load: list[Load]) -> dict[str, float]:
    """Send as fast as answered; return rates until acknowledged and until visible, and CPU."""
    spans = sum(one.spans for one in load)
    before, cpu = target.visible(), cpu_seconds(target.pid)
    with Others() as others, Peak(target.pid) as peak:
        sending = Sending(target, load)
        sending.start()
        acked = sending.join()
        while target.visible() - before < spans:
            time.sleep(0.25)
            if time.perf_counter() - sending.began > 300:
                raise RuntimeError(f"{target.name}: not all spans became visible in 300 s")
        visible = time.perf_counter() - sending.began
    return {
        "acked": spans / acked,
        "visible": spans / visible,
        "cpu": (cpu_seconds(target.pid) - cpu) / spans * 1000,
        "peak_mb": peak.mb,
        "refused": sending.refused,
        "p50_ms": statistics.median(sending.latencies) * 1e3,
        "others": others.share,
    }


def paced(target: Any, load: list[Load], pace: float) -> dict[str, float]:
    """Send at a pace; return how far what can be found was behind what was acknowledged."""
    cpu = cpu_seconds(target.pid)
    with Others() as others, Peak(target.pid) as peak:
        sending = Sending(target, load, pace)
        sending.start()
        with Lag(sending, target.port) as lag:
            seconds = sending.join()
            acked = time.perf_counter()
            if not sending.given_up.is_set():
                while backlog(target):
                    time.sleep(0.02)
        left = time.perf_counter() - acked
    while backlog(target):
        time.sleep(0.1)
    late = sorted(lag.samples)
    holds = not sending.given_up.is_set() and late[-1] < 1 and left < 1
    return {
        "pace": pace,
        "sent": sending.acked,
        "reached": sending.acked / seconds,
        "holds": holds and sending.acked / seconds > pace * 0.98,
        "lag_p50": statistics.median(late),
        "lag_max": late[-1],
        "lookups": len(late),
        "drain": left,
        "cpu": (cpu_seconds(target.pid) - cpu) / sending.acked * 1000,
        "peak_mb": peak.mb,
        "others": others.share,
    }


def backlog(target: Any) -> int:
    """Return the bytes acknowledged and not yet in the tables."""
    return json.loads(get(target.port, "/api/v1/intake")[1])["backlog_bytes"]


def in_turns(servers: dict[str, Any], generator: Any, rounds: int) -> dict[str, Any]:
    """Run the burst against every server in turns; return the medians, and what every run gave."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for name, target in servers.items():
        burst(target, loads(generator, 1024 if name == "mlflow" else 512))
    for _ in range(rounds):
        for name, target in servers.items():
            one = burst(target, loads(generator, SIZES[name]))
            found[name].append(one)
            say(f"{name:8} burst", one)
    return {
        name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        | {"runs": [round(run["acked"]) for run in runs]}
        for name, runs in found.items()
    }


def highest(target: Any, generator: Any, seconds: float) -> float:
    """Return the highest of the rates that a short run holds."""
    for pace in RATES:
        one = paced(target, loads(generator, int(pace * seconds) // BATCH * BATCH), pace)
        say(f"solvent  paced {pace}", one)
        if one["holds"]:
            return pace
    return 0


def million(folder: Path, generator: Any, pace: float, spans: int) -> dict[str, Any]:
    """Take in a month of a million spans at a pace, in one fresh server; return what it cost."""
    step = 30 * DAY_NS // (spans // 8)
    load = loads(generator, spans, time.time_ns() - 30 * DAY_NS, step)
    target = Solvent(folder)
    try:
        idle = settled(target)
        found = paced(target, load, pace)
        found |= {"start": target.start_seconds, "idle_mb": idle}
        found["seen"] = target.visible()
        found["after_mb"] = settled(target)
    finally:
        target.stop()
    found["bytes_per_span"] = disk_bytes(folder / ".solvent") / found["sent"]
    found["journal_bytes"] = disk_bytes(folder / ".solvent" / "journal")
    say(f"solvent  {spans:,} at {pace}", found)
    return found


def settled(target: Any) -> float:
    """Return the resident memory after some seconds of rest."""
    time.sleep(5)
    return resident_mb(target.pid)


def say(title: str, figures: dict[str, Any]) -> None:
    """Print one run."""
    said = "  ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in figures.items()
    )
    print(f"{title}: {said}", flush=True)


def measure(keep: Path, *, quick: bool = False, alone: bool = False) -> tuple[list[Figure], Any]:
    """Run everything; return the figures and what was measured run by run."""
    module = peers.generator()
    if module is None:
        return [], {"not measured": peers.missing()}
    generator = module.Generator("bench")
    without = "left out" if alone else peers.missing()
    raw: dict[str, Any] = {"peers": without or "measured in this run"}
    servers: dict[str, Any] = {}
    try:
        servers["solvent"] = Solvent(keep / "burst")
        for name in () if without else peers.NAMES:
            servers[name] = peers.Peer(name)
        raw["idle_mb"] = {name: settled(target) for name, target in servers.items()}
        raw["start"] = {name: target.start_seconds for name, target in servers.items()}
        empty = {name: disk_bytes(t.folder) for name, t in servers.items() if name != "solvent"}
        rounds = 1 if quick else ROUNDS
        raw["burst"] = in_turns(servers, generator, rounds)
        for name in [*servers]:
            if name != "solvent":
                target = servers.pop(name)
                target.stop()
                sent = SIZES[name] * rounds + (1024 if name == "mlflow" else 512)
                size = disk_bytes(target.folder) - empty[name]
                raw["burst"][name]["bytes_per_span"] = size / sent
        pace = highest(servers["solvent"], generator, 6 if quick else 15)
    finally:
        for target in servers.values():
            target.stop()
    if pace:
        spans = 102_400 if quick else MILLION // BATCH * BATCH
        raw["million"] = million(keep / "million", generator, pace, spans)
    return figures(raw), raw


def figures(raw: dict[str, Any]) -> list[Figure]:
    """Return the figures beside their targets and the better peer."""
    bursts = raw["burst"]
    ours, mlflow, phoenix = (bursts.get(name) for name in SIZES)
    long = raw.get("million") or {}

    def of(key: str, name: str) -> float | None:
        return bursts[name].get(key) if name in bursts else None

    def better(key: str, *, least: bool = False) -> tuple[float | None, str]:
        both = [(value, name) for name in peers.NAMES if (value := of(key, name)) is not None]
        return (max if least else min)(both) if both else (None, "")

    def server(key: str) -> tuple[float | None, str]:
        both = [(value, name) for name, value in raw[key].items() if name != "solvent"]
        return min(both) if both else (None, "")

    acked, seen = of("acked", "mlflow"), of("visible", "mlflow")
    size = long.get("sent", 0)
    beside = (
        f"median of {len(ours['runs'])}: {spread(ours)}/s; MLflow {spread(mlflow)}/s; Phoenix"
        f" acknowledges from memory: {phoenix['acked']:,.0f}/s"
        if phoenix and mlflow
        else ""
    )
    return [
        Figure("durably acknowledged", ours["acked"], "spans/s", 30, True, acked,
               "mlflow" if mlflow else "", True, beside),
        Figure("visible, burst", ours["visible"], "spans/s", None, True,
               *better("visible", least=True)),
        Figure("sustained, visible within 1 s", long.get("reached"), "spans/s", 12, True, seen,
               "mlflow" if mlflow else "", True,
               f"aim 20; {size:,} spans, lookups {long.get('lookups')}, lag p50"
               f" {long.get('lag_p50', 0):.2f} s, longest {long.get('lag_max', 0):.2f} s",
               broken=not long.get("holds")),
        Figure("CPU, burst", ours["cpu"], "s/1000 spans", 0.15, False, *better("cpu")),
        Figure("CPU, sustained", long.get("cpu"), "s/1000 spans", 0.15, note="with the lookups"),
        Figure("disk, server stopped", long.get("bytes_per_span"), "B/span", 1200, False,
               *better("bytes_per_span"),
               note=f"journal leaves {long.get('journal_bytes', 0)} B"),
        Figure("resident after the load", long.get("after_mb"), "MB", 300,
               note=f"{size:,} spans, peak {long.get('peak_mb', 0):.0f} MB; peers too slow"),
        Figure("resident, idle", raw["idle_mb"]["solvent"], "MB", 150, False, *server("idle_mb")),
        Figure("start", raw["start"]["solvent"], "s", 2, False, *server("start")),
    ]  # fmt: skip


def spread(runs: dict[str, Any]) -> str:
    """Return the least and the most of some runs, in words."""
    return f"{min(runs['runs']):,} to {max(runs['runs']):,}"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="a tenth of the size, one round")
    options.add_argument("--alone", action="store_true", help="without the peers")
    options.add_argument("--keep", type=Path, help="folder to leave the servers' data in")
    chosen = options.parse_args()
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="solvent-bench-"))
    try:
        found, raw = measure(folder, quick=chosen.quick, alone=chosen.alone)
        print(raw if not found else "")
        for one in found:
            print(one.name, one.value, one.unit, one.target, one.peer, one.ratio, one.holds)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
