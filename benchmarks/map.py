"""The pipeline map of 10,000, 100,000 and a million spans: CPU seconds, peak memory, and the page.

    python benchmarks/map.py [--sizes 10000,100000,1000000] [--keep FOLDER]

Rows are simulated (`rows.py`: 8 spans a trace) and written straight into a store; each size is then
mapped in a process of its own. `map` is the map alone, from evidence that is open; `collected` is
what opening the evidence took before, which an audit does once for everything. `blame` is there
when that study is. The page is served from the kept study in the same process: the median of 20.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from audit import build
from machine import Figure, Others, own_peak_mb
from rows import PROJECT

SIZES = (10_000, 100_000, 1_000_000)
STUDIES = ("pipeline_map", "blame")
ASKED = 20
LIMIT_S, LIMIT_MB, LIMIT_PAGE_MS = 20, 2000, 150


def one(folder: str) -> None:
    """Map one store in this process, keep it, ask for its page, and print what that cost."""
    from solvent.debt.studies import catalogue
    from solvent.records.study import Study
    from solvent.server.pages.pipelines import pipelines
    from solvent.settings import load
    from solvent.workbench import Workbench

    found: dict[str, Any] = {}
    marks: list[tuple[str, float]] = []
    with Workbench(load(folder)) as bench:
        began = time.process_time()
        names = tuple(name for name in STUDIES if name in catalogue())
        made = bench.study(
            names, PROJECT, progress=lambda said: marks.append((said, time.process_time()))
        )
        ends = [*(at for _, at in marks[1:]), time.process_time()]
        for (said, at), end in zip(marks, ends, strict=True):
            if said.replace(" ", "_") in names:
                found[said.replace(" ", "_")] = end - at
        found["collected"] = time.process_time() - began - sum(found.values())
        found["peak_mb"] = own_peak_mb()
        bench.studies.put_studies(
            [Study(PROJECT, name, 0, json.dumps(body)) for name, body in made.items()]
        )
        laps = []
        for _ in range(ASKED):
            start = time.perf_counter()
            pipelines(bench, PROJECT)
            laps.append((time.perf_counter() - start) * 1000)
        found["page_ms"] = statistics.median(laps)
        found["steps"] = sum(len(p["steps"]) for p in made["pipeline_map"]["pipelines"])
    print(json.dumps(found))


def measure(keep: Path, sizes: tuple[int, ...] = SIZES) -> tuple[list[Figure], Any]:
    """Map every size; return the figures and what was measured."""
    found: dict[int, dict[str, Any]] = {}
    for spans in sizes:
        folder = keep / f"audit-{spans}"
        build(folder, spans)
        with Others() as others:
            done = subprocess.run(
                [sys.executable, __file__, "--one", folder],
                stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
        found[spans] = json.loads(done.stdout) | {"others": others.share}
        print(f"map of {spans:,}: {found[spans]}", flush=True)
    return figures(found), found


def figures(found: dict[int, dict[str, Any]]) -> list[Figure]:
    """Return the figures beside their targets."""
    rows = []
    for spans, size in found.items():
        bound = spans == SIZES[-1]
        both = size["pipeline_map"] + size.get("blame", 0.0)
        what = "map and blame" if "blame" in size else "map, without blame"
        rows += [
            Figure(f"map of {spans:,} spans, CPU", size["pipeline_map"], "s",
                   note=f"{size['steps']} steps; evidence before it: {size['collected']:.1f} s"),
            Figure(f"{what} of {spans:,} spans, CPU", both, "s", LIMIT_S if bound else None),
            Figure(f"{what} of {spans:,} spans, peak memory", size["peak_mb"], "MB",
                   LIMIT_MB if bound else None),
            Figure(f"page from the kept map of {spans:,} spans", size["page_ms"], "ms",
                   LIMIT_PAGE_MS),
        ]  # fmt: skip
    return rows


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options.add_argument("--keep", type=Path, help="folder to leave the stores in")
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        one(chosen.one)
        return
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="solvent-bench-"))
    try:
        measure(folder, tuple(map(int, chosen.sizes.split(","))))
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
