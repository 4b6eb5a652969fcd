"""Auditing 10,000, 100,000 and a million spans: seconds, peak memory, and whether cost is linear.

    python benchmarks/audit.py [--sizes 10000,100000,1000000] [--keep FOLDER] [--rules]

Rows are simulated (`rows.py`) and written straight into a store; each audit then runs all rules in
a process of its own. Seconds and memory are those of that process, with opening the store.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import Figure, Others, own_peak_mb
from rows import PROJECT, Simulation

SIZES = (10_000, 100_000, 1_000_000)


def build(folder: Path, spans: int) -> None:
    """Write the simulation into a store, unless it is there."""
    from solvent.settings import load
    from solvent.workbench import Workbench

    done = folder / "done"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with Workbench(load(folder)) as bench:
        for batch in Simulation(spans).batches():
            bench.spans.append(batch)
        bench.spans.index()
    done.touch()


def one(folder: str, *, rules: bool) -> None:
    """Audit one store in this process and print what it cost, as JSON."""
    from solvent.settings import load
    from solvent.workbench import Workbench

    laps: list[tuple[str, float]] = []
    began, cpu = time.perf_counter(), time.process_time()
    with Workbench(load(folder)) as bench:
        report = bench.audit(
            PROJECT, progress=lambda said: laps.append((said, time.process_time() - cpu))
        )
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    if rules:
        ends = [*(at for _, at in laps[1:]), spent]
        for (said, at), end in zip(laps, ends, strict=True):
            print(f"{end - at:8.2f} CPU s  {said}", file=sys.stderr)
    print(
        json.dumps({
            "seconds": seconds,
            "cpu": spent,
            "peak_mb": own_peak_mb(),
            "findings": len(report.findings),
            "skipped": {skip.rule: skip.reason for skip in report.skipped},
        })
    )  # fmt: skip


def measure(
    keep: Path, sizes: tuple[int, ...] = SIZES, *, rules: bool = False
) -> tuple[list[Figure], Any]:
    """Audit every size; return the figures and what was measured."""
    found: dict[int, dict[str, Any]] = {}
    for spans in sizes:
        folder = keep / f"audit-{spans}"
        command = [sys.executable, __file__]
        subprocess.run([*command, "--build", folder, "--sizes", str(spans)], check=True)
        with Others() as others:
            done = subprocess.run(
                [*command, "--one", folder, *(["--rules"] if rules else [])],
                stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
        found[spans] = json.loads(done.stdout) | {"others": others.share}
        print(f"audit of {spans:,}: {found[spans]}", flush=True)
    return figures(found), found


def figures(found: dict[int, dict[str, Any]]) -> list[Figure]:
    """Return the figures beside their targets."""
    rows = []
    for spans, one_size in found.items():
        bound = spans == SIZES[-1]
        each = one_size["seconds"] / spans * 1e6
        note = f"{each:.1f} µs a span, {one_size['findings']} findings"
        if one_size["skipped"]:
            note += f", {len(one_size['skipped'])} rules without evidence"
        rows += [
            Figure(f"audit of {spans:,} spans", one_size["seconds"], "s",
                   30 if bound else None, note=note),
            Figure(f"audit of {spans:,} spans, peak memory", one_size["peak_mb"], "MB",
                   2000 if bound else None),
        ]  # fmt: skip
    return rows


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options.add_argument("--keep", type=Path, help="folder to leave the stores in")
    options.add_argument("--rules", action="store_true", help="CPU seconds of each step")
    options.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    sizes = tuple(map(int, chosen.sizes.split(",")))
    if chosen.build:
        build(chosen.build, sizes[0])
    elif chosen.one:
        one(chosen.one, rules=chosen.rules)
    else:
        folder = chosen.keep or Path(tempfile.mkdtemp(prefix="solvent-bench-"))
        try:
            measure(folder, sizes, rules=chosen.rules)
        finally:
            if not chosen.keep:
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
