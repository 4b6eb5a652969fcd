"""Loading a prompt: `solvent.prompt` beside `mlflow.genai.load_prompt`, at hand and over loopback.

    PEERS_DIR=… python benchmarks/prompt_fetch.py [--rounds 3]

Both servers run with their defaults, both clients load the same text by alias, in processes of
their own that take turns. "At hand" is the second and every later call; "asked for" forgets the
prompt before each call, so that the whole of it is asked for, read and made ready again. MLflow's
part is the peers' own driver, which measures `load_prompt` with its cache and with
`cache_ttl_seconds=0`. Medians of all calls of a round, then of the rounds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import peers
from machine import SOLVENT, Figure, free_port

ROUNDS = 3
ASKED, AT_HAND = 200, 20_000
REFERENCE = "bench-prompt@production"
TEXT = (
    "You are a support agent for {{company}}. Use the policy below.\n"
    + "Policy line. " * 120
    + "\nQuestion: {{question}}"
)
"""The text of the peers' driver."""
TARGET_US, TARGET_MS, TARGET_RATIO = 20, 5, 20


def timed(function: Any, times: int) -> float:
    """Return the median of calls, in milliseconds."""
    for _ in range(10):
        function()
    spent = []
    for _ in range(times):
        before = time.perf_counter()
        function()
        spent.append((time.perf_counter() - before) * 1e3)
    return statistics.median(spent)


def child() -> None:
    """Measure our client in this process, and print what was measured."""
    import solvent
    from solvent.sdk.prompts import Shelf

    prompt = solvent.prompt(REFERENCE)
    shelf = Shelf.prompts

    def forgotten() -> None:
        shelf._slots.clear()
        solvent.prompt(REFERENCE)

    def confirmed() -> None:
        shelf._slots[REFERENCE].due = 0.0
        solvent.prompt(REFERENCE)

    found = {
        "at hand": timed(lambda: solvent.prompt(REFERENCE), AT_HAND),
        "asked for": timed(forgotten, ASKED),
        "confirmed": timed(confirmed, ASKED),
        "filled in": timed(lambda: prompt.format(company="Acme", question="Where?"), AT_HAND),
    }
    print("CHILD " + json.dumps(found))


def ours(folder: Path) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """Return our server with the prompt in it, and the environment of its clients."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench-prompt.md").write_text(TEXT)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SOLVENT_", "OTEL_"))}
    for words in (
        ("add", "bench-prompt", "bench-prompt.md", "--by", "bench"),
        ("set-alias", "bench-prompt", "production", "1", "--by", "bench"),
    ):
        subprocess.run([SOLVENT, "prompt", *words], cwd=folder, env=clean, check=True, stdout=-3)
    port = free_port()
    server = subprocess.Popen(
        [SOLVENT, "serve", "--port", str(port)], cwd=folder, env=clean, stdout=-3
    )
    address = f"http://127.0.0.1:{port}"
    return server, {**clean, "SOLVENT_ENDPOINT": address}


def said(command: list[Any], environment: dict[str, str]) -> dict[str, Any] | None:
    """Return what a child process measured; None when it did not."""
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("CHILD ")]
    if not lines:
        print(done.stderr[-800:], file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(lines[0][6:])
    return found


def wait(address: str) -> None:
    """Wait until a server answers."""
    for _ in range(300):
        link = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
        with suppress(OSError):
            link.request("GET", "/healthz")
            link.getresponse().read()
            return
        time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")


def measure(folder: Path, rounds: int = ROUNDS) -> tuple[list[Figure], Any]:
    """Measure in turns; return the figures and every round."""
    without = peers.missing()
    server, environment = ours(folder / "prompt-fetch")
    peer = None if without else peers.Peer("mlflow")
    mine: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    try:
        wait(environment["SOLVENT_ENDPOINT"])
        for _ in range(rounds):
            one = said([sys.executable, __file__, "--child"], environment)
            mine += [one] if one else []
            if peer is not None:
                python = Path(os.environ["PEERS_DIR"]) / "venvs" / "mlflow" / "bin" / "python"
                driver = peers.TOOLS / "prompt_fetch.py"
                quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
                other = said([python, driver, "child", "mlflow", str(peer.port)], quiet)
                theirs += [other] if other else []
    finally:
        server.terminate()
        server.wait(20)
        if peer is not None:
            peer.stop()
    return figures(mine, theirs), {"solvent": mine, "mlflow": theirs, "not measured": without}


def figures(mine: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[Figure]:
    """Return the figures beside their targets; times for themselves, rates beside the peer."""

    def ms(name: str) -> float | None:
        return statistics.median(one[name] for one in mine) if mine else None

    def peer_ms(name: str) -> float | None:
        return statistics.median(one[name]["p50_ms"] for one in theirs) if theirs else None

    def rate(value: float | None) -> float | None:
        return 1e3 / value if value else None

    def micros(value: float | None) -> float | None:
        return value * 1e3 if value is not None else None

    rows = [
        Figure("prompt at hand", micros(ms("at hand")), "µs", TARGET_US, note="median"),
        Figure("prompt asked for", ms("asked for"), "ms", TARGET_MS, note="whole, over loopback"),
        Figure("prompt confirmed", ms("confirmed"), "ms", note="304: it is still the same"),
        Figure(
            "prompt filled in", micros(ms("filled in")), "µs", note="two inputs, 1,700 characters"
        ),
    ]
    for name, here, there in (
        ("loads a second, at hand", "at hand", "cached by alias"),
        ("loads a second, asked for", "asked for", "uncached by alias"),
    ):
        rows.append(
            Figure(
                name,
                rate(ms(here)),
                "/s",
                TARGET_RATIO,
                least=True,
                peer=rate(peer_ms(there)),
                peer_name="mlflow" if theirs else "",
                against_peer=True,
            )
        )
    return rows


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        child()
        return
    folder = Path(tempfile.mkdtemp(prefix="solvent-bench-"))
    try:
        found, _ = measure(folder, chosen.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for one in found:
        ratio = f"  {one.ratio:,.0f} x {one.peer_name}" if one.ratio else ""
        shown = "not measured" if one.value is None else f"{one.value:,.4g} {one.unit}"
        print(f"{one.name:28} {shown:>16}{ratio}  {one.note}")


if __name__ == "__main__":
    main()
