"""Write `examples/runs`: a small excerpt of each public data set of recorded runs.

    python scripts/excerpts.py DATA_FOLDER [--out examples/runs]

The same input gives the same bytes. Records are taken whole and by their place, not by what is in
them; nothing is added.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def airline(_: int, run: dict[str, Any]) -> bool:
    """Take all four trials of the first six tasks: 24 runs."""
    return run["task_id"] < 6


def every(step: int, count: int) -> Callable[[int, dict[str, Any]], bool]:
    """Take every `step`-th record, `count` of them."""
    return lambda place, _: place % step == 0 and place // step < count


EXCERPTS: dict[str, tuple[str, Callable[[int, dict[str, Any]], bool]]] = {
    "tau_bench_airline.jsonl.gz": ("tau_bench_airline/gpt-4o-airline.jsonl.gz", airline),
    "livemcpbench.jsonl.gz": ("livemcpbench/runs_with_human_label.jsonl.gz", every(9, 10)),
    "who_and_when_algorithm.jsonl.gz": ("who_and_when/algorithm_generated.jsonl.gz", every(10, 8)),
    "who_and_when_hand.jsonl.gz": ("who_and_when/hand_crafted.jsonl.gz", every(9, 4)),
}


def excerpt(source: Path, chosen: Callable[[int, dict[str, Any]], bool]) -> bytes:
    """Return the chosen lines of a file, compressed, as they are."""
    with gzip.open(source) as lines:
        kept = [line for place, line in enumerate(lines) if chosen(place, json.loads(line))]
    return gzip.compress(b"".join(kept), compresslevel=9, mtime=0)


def main() -> None:
    """Write every excerpt and print its size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder of the public data sets")
    parser.add_argument("--out", type=Path, default=Path("examples/runs"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name, (source, chosen) in EXCERPTS.items():
        body = excerpt(given.data / source, chosen)
        (given.out / name).write_bytes(body)
        sys.stdout.write(f"{name}: {len(body):,} bytes\n")


if __name__ == "__main__":
    main()
