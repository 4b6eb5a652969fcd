"""The growth of real prompts, instruction by instruction.

    python benchmarks/prompt_history.py [--each]

Reads `prompt_history` in the folder that the `data` setting names: every version of four public
prompt files from the histories of their repositories. The data names no authors.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import defaultdict
from datetime import datetime

from solvent.prompts.history import is_accreting, trace_history
from solvent.prompts.telling import history_lines
from solvent.records.instruction_change import Edition
from solvent.settings import find_folder, load


def editions() -> dict[str, list[Edition]]:
    folder = find_folder()
    path = folder / load(folder).data / "prompt_history" / "versions.jsonl.gz"
    found: dict[str, list[Edition]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            at = int(datetime.fromisoformat(record["date"]).timestamp() * 1e6)
            name = f"{record['source_repo'].removeprefix('https://github.com/')} {record['file']}"
            found[name].append(
                Edition(record["commit"][:8], record["text"], "", at, record["subject"])
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", action="store_true", help="every statement with its origin")
    parser.add_argument("--all", action="store_true", help="every version")
    options = parser.parse_args()
    for name, versions in editions().items():
        started = time.process_time()
        found = trace_history(versions)
        took = time.process_time() - started
        first, last = versions[0], versions[-1]
        print(f"{name}: {len(first.text):,} to {len(last.text):,} characters")
        lines = list(history_lines(found, each=options.each))
        for line in lines if options.all or options.each else lines[-1:]:
            print(f"  {line}")
        later = found.growth[1:]
        print(
            f"  over its life {sum(g.added for g in later)} statements came,"
            f" {sum(g.removed for g in later)} went, {sum(g.changed for g in later)} were changed;"
            f" only ever added to: {'yes' if is_accreting(found) else 'no'} ({took:.1f} s)"
        )


if __name__ == "__main__":
    main()
