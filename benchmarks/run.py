"""Every benchmark in one run, beside the peers: what `make bench` does.

    python benchmarks/run.py [--quick] [--only ingest,audit,…] [--keep FOLDER]

Prints the tables and writes `benchmarks/results.json` and `docs/reference/benchmarks.md`. The
peers' load generator is looked for in PEERS_BENCH, their installations in PEERS_DIR; without them
Solvent is measured alone, and their columns say that they were not measured. A quick run prints
only: a tenth of the size proves nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import audit
import blame
import ingest
import map as pipeline_map
import peers
import prompt_fetch
import query
import who_and_when
from machine import Figure, describe

ROOT = peers.ROOT
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
PARTS = (
    "ingest", "audit", "map", "blame", "blame_scale", "who_and_when", "query", "prompts", "sdk",
    "decode",
)  # fmt: skip
TITLES = {
    "ingest": ("Taking traces in", "PEERS_DIR=… python benchmarks/ingest.py"),
    "audit": ("Audits", "python benchmarks/audit.py"),
    "map": ("The pipeline map", "python benchmarks/map.py"),
    "blame": ("Blame on planted faults", "python benchmarks/blame.py"),
    "blame_scale": ("Blame over 100,000 traces", "python benchmarks/blame.py --scale"),
    "query": ("Questions to a million spans", "python benchmarks/query.py"),
    "prompts": ("Loading prompts", "PEERS_DIR=… python benchmarks/prompt_fetch.py"),
    "sdk": ("SDK", "PEERS_DIR=… python benchmarks/sdk.py"),
    "who_and_when": ("Blame within a trace", "python benchmarks/who_and_when.py"),
    "decode": ("Decoding", "python benchmarks/decode.py --generator <peers>/otlp_gen.py"),
}


def number(value: float | None, unit: str = "") -> str:
    """Return a number with three digits that count, and its unit."""
    if value is None:
        return "not measured"
    shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{shown} {unit}".strip()


def table(figures: list[Figure]) -> list[str]:
    """Return the figures as lines of a Markdown table."""
    lines = [
        "| figure | Solvent | better peer | ratio | target | holds | |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in figures:
        peer = "-" if not one.peer_name and not one.against_peer else "peer not measured"
        if one.peer:
            peer = f"{number(one.peer, one.unit)} ({one.peer_name})"
        ratio = f"{one.ratio:,.1f} x" if one.ratio else "-"
        target = "-"
        if one.target is not None:
            unit = "x the peer" if one.against_peer else one.unit
            target = f"{'≥' if one.least else '≤'} {number(one.target)} {unit}"
        holds = {True: "yes", False: "**no**", None: "-"}[one.holds]
        if one.target is not None and one.value is None:
            holds = "**no**"
        lines.append(
            f"| {one.name} | {number(one.value, one.unit)} | {peer} | {ratio} | {target} |"
            f" {holds} | {one.note} |"
        )
    return lines


def script(name: str) -> tuple[list[Figure], Any]:
    """Run a benchmark that prints its own figures; return what it printed."""
    command = [sys.executable, ROOT / "benchmarks" / f"{name}.py"]
    if name == "decode":
        if peers.generator() is None:
            return [], {"not measured": peers.missing()}
        command += ["--generator", peers.TOOLS / "otlp_gen.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    print(done.stdout, done.stderr[-2000:] if done.returncode else "", flush=True)
    return [], {"printed": done.stdout, "exit": done.returncode}


def measure(part: str, folder: Path, *, quick: bool) -> tuple[list[Figure], Any]:
    """Run one part."""
    parts = {
        "ingest": lambda: ingest.measure(folder, quick=quick),
        "audit": lambda: audit.measure(folder, audit.SIZES[:2] if quick else audit.SIZES),
        "map": lambda: pipeline_map.measure(
            folder, pipeline_map.SIZES[:2] if quick else pipeline_map.SIZES
        ),
        "blame": lambda: blame.measure(quick=quick),
        "blame_scale": lambda: ([], None) if quick else blame.measure_scale(folder),
        "query": lambda: query.measure(folder, 100_000 if quick else 1_000_000),
        "prompts": lambda: prompt_fetch.measure(folder, 1 if quick else prompt_fetch.ROUNDS),
        "who_and_when": lambda: who_and_when.report(quick=quick),
    }
    return parts[part]() if part in parts else script(part)


def page(found: dict[str, Any], about: dict[str, str]) -> str:
    """Return the whole as a Markdown page."""
    lines = [
        "# Benchmarks",
        "",
        (
            f"Written by `make bench` on {about['date']}; nothing here is typed by hand. Parts"
            " measured again afterwards (`benchmarks/run.py --only PART`) replace those of the"
            " whole run."
        ),
        "",
        f"- Machine: {about['machine']}.",
        f"- Peers: {about['peers']}: their defaults, in the same run, in turns, the same load.",
        (
            "- `others` in `benchmarks/results.json` is the share of the machine that other"
            " processes used while a figure was taken."
        ),
        (
            "- The load is generated, the audited rows are simulated; see the first lines of each"
            " file in `benchmarks/`."
        ),
    ]
    for part, (figures, raw) in found.items():
        title, command = TITLES[part]
        lines += ["", f"## {title}", "", f"`{command}`", ""]
        if figures:
            lines += table(figures)
        elif "markdown" in raw:
            lines += [raw["markdown"]]
        elif "printed" in raw:
            lines += ["```", raw["printed"].strip(), "```"]
        else:
            lines += [f"Not measured: {raw.get('not measured')}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="a tenth of the size; writes nothing")
    options.add_argument("--only", default=",".join(PARTS), help="parts, with commas")
    options.add_argument("--keep", type=Path, help="folder to leave the data in")
    chosen = options.parse_args()
    without = peers.missing()
    names = [f"{name} {peers.version(name)}" for name in peers.NAMES] if not without else []
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": describe(),
        "peers": ", ".join(names)
        or f"not measured ({without})".replace(str(peers.TOOLS), "<peers>"),
    }
    print(
        f"{about['machine']}\npeers: {', '.join(names) or f'not measured; {without}'}", flush=True
    )
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="solvent-bench-"))
    found: dict[str, Any] = {}
    try:
        for part in chosen.only.split(","):
            print(f"\n== {TITLES[part][0]}: {TITLES[part][1]}", flush=True)
            found[part] = measure(part, folder, quick=chosen.quick)
            print("\n".join(table(found[part][0])) if found[part][0] else "", flush=True)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if chosen.quick:
        return
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"parts": {}}
    kept["parts"] |= {
        part: {
            **about,
            "figures": [
                {**one._asdict(), "ratio": one.ratio, "holds": one.holds} for one in figures
            ],
            "raw": raw,
        }
        for part, (figures, raw) in found.items()
    }
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    whole = {
        part: ([restore(one) for one in kept["parts"][part]["figures"]], kept["parts"][part]["raw"])
        for part in PARTS
        if part in kept["parts"]
    }
    beside = (kept["parts"][part] for part in PARTS if part in kept["parts"])
    header = next((one for one in beside if "not measured" not in one["peers"]), about)
    PAGE.write_text(page(whole, header))
    print(f"\nwritten: {RESULTS.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")
    sys.stdout.flush()
    os.sync()


def restore(kept: dict[str, Any]) -> Figure:
    """Return a figure as it was measured, of this run or of a part run before."""
    return Figure(**{name: kept[name] for name in Figure._fields})


if __name__ == "__main__":
    main()
