"""The code scan beside facts of public repositories: precision, recall, time, memory.

    python benchmarks/code.py --repositories FOLDER [--only NAME] [--misses] [--keep RUN]

The folder holds a checkout of each repository under its name, at the commit that
`tests/golden/code/<name>.json` names; how the facts were made stands in the README beside them.
A fact is found when something of its kind begins within a line of its span, or the other way
round. `client` (a model made ready) is not a call and is left out. `--keep` writes the figures into
`benchmarks/code.json` under a name, from which docs/reference/code-scan.md is made.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import solvent
from solvent.code.scan import scan
from solvent.settings import Code

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden" / "code"
FIGURES = ROOT / "benchmarks" / "code.json"
KINDS = ("prompt", "call", "tool")
GROUPS = ("listing", "mended", "mended later", "mended last", "for mending", "unseen")
"""How a repository was used: facts from the scan's own listing; mended on, in the first round,
the second or the last. The last two were labelled without the scan: its mistakes on the one
half may be read and mended, those on the other half are never named."""

Span = tuple[str, int, int]
Counts = tuple[int, int, int, int]
"""Found and right, found, known and found, known."""


def found_in(folder: Path) -> tuple[dict[str, list[Span]], dict[str, Any]]:
    """Return what the scan finds, by kind, and what it took."""
    started = time.perf_counter()
    result = scan(folder, Code())
    took = {"files": result.files, "lines": result.lines, "seconds": time.perf_counter() - started}
    places = {
        "prompt": [p.place for p in result.prompts],
        "call": [c.place for c in result.calls if c.kind != "client"],
        "tool": [t.place for t in result.tools],
    }
    return {k: [(p.file, p.line, p.end_line) for p in v] for k, v in places.items()}, took


def matched(one: Span, others: list[Span]) -> bool:
    file, line, end = one
    return any(
        file == other and (start - 1 <= line <= stop + 1 or line - 1 <= start <= end + 1)
        for other, start, stop in others
    )


def was_read(golden: dict[str, Any], file: str) -> bool:
    """Whether the facts cover a file; notebooks were not read for them."""
    if file.endswith(".ipynb"):
        return False
    parts = file.split("/")
    if any(part in golden.get("without", ()) for part in parts[:-1]):
        return False
    folders = golden.get("folders")
    return not folders or any(f"{file}/".startswith(f"{folder}/") for folder in folders)


def compare(
    golden: dict[str, Any], found: dict[str, list[Span]], *, misses: bool
) -> dict[str, Counts]:
    """Return the counts by kind."""
    counts = {}
    for kind in KINDS:
        facts = [f for f in golden["facts"] if f["kind"] == kind]
        sure = [(f["file"], f["line"], f["end_line"]) for f in facts if not f.get("unsure")]
        unsure = [(f["file"], f["line"], f["end_line"]) for f in facts if f.get("unsure")]
        here = [one for one in found[kind] if was_read(golden, one[0])]
        right = [one for one in here if matched(one, sure)]
        wrong = [one for one in here if one not in right and not matched(one, unsure)]
        hit = [one for one in sure if matched(one, here)]
        counts[kind] = (len(right), len(right) + len(wrong), len(hit), len(sure))
        if misses:
            for one in sorted(set(sure) - set(hit)):
                print("  missed", kind, *one)
            for one in sorted(set(wrong)):
                print("  wrong ", kind, *one)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--only", action="append", help="the name of a repository; may be repeated")
    parser.add_argument(
        "--misses",
        action="store_true",
        help="name what was missed or wrong, but where nothing may be mended",
    )
    parser.add_argument("--keep", metavar="RUN", help="keep the figures under this name")
    options = parser.parse_args()
    totals: dict[str, dict[str, list[int]]] = defaultdict(lambda: {k: [0] * 4 for k in KINDS})
    kept = []
    for path in sorted(GOLDEN.glob("*.json")):
        golden = json.loads(path.read_text(encoding="utf-8"))
        folder = options.repositories / path.stem
        if options.only and path.stem not in options.only:
            continue
        if not folder.is_dir():
            print(f"{golden['repository']}: not here")
            continue
        found, took = found_in(folder)
        group = golden.get("use", "listing")
        counts = compare(golden, found, misses=options.misses and group != "unseen")
        for kind in KINDS:
            totals[group][kind] = [a + b for a, b in zip(totals[group][kind], counts[kind])]  # noqa: B905  four each
        print(f"{golden['repository']} ({group}): {say(counts)} ({took['seconds']:.1f} s)")
        kept.append({"repository": golden["repository"], "use": group, "counts": counts, **took})
    for group in GROUPS:
        if group in totals:
            print(f"{group}: {say(totals[group])}")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB here")
    if options.keep:
        keep(options.keep, kept)


def keep(run: str, repositories: list[dict[str, Any]]) -> None:
    """Add a run to the figures, or replace it."""
    body = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    source = Path(solvent.__file__).parent
    asked = ("git", "-C", str(source), "rev-parse", "--short", "HEAD")
    commit = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    body[run] = {"commit": commit, "repositories": repositories}
    FIGURES.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def say(counts: dict[str, Any]) -> str:
    return ", ".join(
        f"{kind}s {ratio(right, found)} of {found:,} / {ratio(hit, known)} of {known:,}"
        for kind, (right, found, hit, known) in counts.items()
    )


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


if __name__ == "__main__":
    main()
