"""What a comparison of two versions of a prompt says of a change, beside what reading says.

    python benchmarks/semantic_diff.py [--misses]

The versions are those of `prompt_history` in the folder that the `data` setting names; what
happened to each statement was judged by reading both (`tests/golden/difference/changes.yaml`).
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import yaml

from solvent.prompts.difference import compare
from solvent.prompts.reading import read_prompt
from solvent.settings import find_folder, load

GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "difference" / "changes.yaml"


def histories() -> dict[str, list[dict[str, Any]]]:
    folder = find_folder()
    path = folder / load(folder).data / "prompt_history" / "versions.jsonl.gz"
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            found[record["file"].rpartition("/")[2]].append(record)
    return found


def said(label: dict[str, Any], versions: list[dict[str, Any]]) -> str:
    """Return what the comparison says of the statement on the two lines of a label."""
    at = next(n for n, v in enumerate(versions) if v["commit"].startswith(label["commit"]))
    found = compare(read_prompt(versions[at - 1]["text"]), read_prompt(versions[at]["text"]))
    places = [
        ([c.before and c.before.line, c.after and c.after.line], c.kind.value)
        for c in found.changes
    ]
    for place, kind in places:
        if place == label["lines"]:
            return kind
    gone = any(place == [label["lines"][0], None] for place, _ in places)
    return "apart" if gone else "unchanged"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="name what is judged otherwise")
    options = parser.parse_args()
    versions = histories()
    right: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for draw, labels in yaml.safe_load(GOLDEN.read_text(encoding="utf-8")).items():
        for label in labels:
            told = said(label, versions[label["file"]])
            known[draw] += 1
            right[draw] += told == label["is"]
            if options.misses and told != label["is"]:
                print(f"{label} is called {told}")
    for draw, count in known.items():
        print(f"{draw} draw: {right[draw]} of {count} changes are judged as a reader judges them")
    print(f"together: {right.total()} of {known.total()}")


if __name__ == "__main__":
    main()
