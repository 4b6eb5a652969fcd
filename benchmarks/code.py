"""The code scan beside hand-checked facts of public repositories: precision, recall, time, memory.

    python benchmarks/code.py --repositories FOLDER

The folder holds a checkout of each repository under its name, at the commit that
`tests/golden/code/<name>.json` names. A fact is found when something of its kind begins within a
line of its span,
or the other way round. `client` (a model made ready) is not a call and is left out.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

from solvent.code.scan import scan
from solvent.settings import Code

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "code"
KINDS = ("prompt", "call", "tool")


def found_in(folder: Path) -> tuple[dict[str, list[tuple[str, int, int]]], str]:
    """Return what the scan finds, by kind, and what it took."""
    started = time.perf_counter()
    result = scan(folder, Code())
    seconds = time.perf_counter() - started
    places = {
        "prompt": [p.place for p in result.prompts],
        "call": [c.place for c in result.calls if c.kind != "client"],
        "tool": [t.place for t in result.tools],
    }
    found = {k: [(p.file, p.line, p.end_line) for p in v] for k, v in places.items()}
    return found, f"{result.files:,} files, {result.lines:,} lines, {seconds:.1f} s"


def matched(one: tuple[str, int, int], others: list[tuple[str, int, int]]) -> bool:
    file, line, end = one
    return any(
        file == other and (start - 1 <= line <= stop + 1 or line - 1 <= start <= end + 1)
        for other, start, stop in others
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--misses", action="store_true", help="name what was missed or wrong")
    options = parser.parse_args()
    totals = {kind: [0, 0, 0, 0] for kind in KINDS}
    for golden in sorted(GOLDEN.glob("*.json")):
        body = json.loads(golden.read_text(encoding="utf-8"))
        folder = options.repositories / golden.stem
        if not folder.is_dir():
            print(f"{body['repository']}: not here")
            continue
        found, took = found_in(folder)
        line = []
        for kind in KINDS:
            truth = [
                (f["file"], f["line"], f["end_line"]) for f in body["facts"] if f["kind"] == kind
            ]
            right = [one for one in found[kind] if matched(one, truth)]
            hit = [one for one in truth if matched(one, found[kind])]
            counts = (len(right), len(found[kind]), len(hit), len(truth))
            totals[kind] = [a + b for a, b in zip(totals[kind], counts, strict=True)]
            line.append(f"{kind}s {ratio(*counts[:2])} / {ratio(*counts[2:])}")
            if options.misses:
                for one in sorted(set(truth) - set(hit)):
                    print("  missed", kind, *one)
                for one in sorted(set(found[kind]) - set(right)):
                    print("  wrong ", kind, *one)
        print(f"{body['repository']}: {', '.join(line)} ({took})")
    for kind, (right, found_count, hit_count, truth_count) in totals.items():
        print(
            f"{kind}s: precision {ratio(right, found_count)} of {found_count:,},"
            f" recall {ratio(hit_count, truth_count)} of {truth_count:,}"
        )
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory {usage / 1024:.0f} MB here")


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


if __name__ == "__main__":
    main()
