"""Measure `solvent.traces.sensitive` on sentences with labelled spans.

    python scripts/sensitive.py SENTENCES.jsonl.gz

Each line is `{"full_text": ..., "spans": [{"entity_type", "start_position", "end_position"}]}`, the
form of https://github.com/microsoft/presidio-research. A hit is right when it overlaps a span of
its type; a span is found when a hit of its type overlaps it.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter

from solvent.traces.sensitive import find_sensitive

TYPES = {
    "CREDIT_CARD": "card number",
    "PHONE_NUMBER": "phone number",
    "EMAIL_ADDRESS": "e-mail address",
    "IBAN_CODE": "bank account",
    "US_SSN": "social security number",
    "IP_ADDRESS": "IP address",
}


def main(path: str) -> None:
    """Print precision and recall by kind."""
    spans, found, hits, right = Counter(), Counter(), Counter(), Counter()
    wrong = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            text = record["full_text"]
            labelled = [
                (TYPES[s["entity_type"]], s["start_position"], s["end_position"])
                for s in record["spans"]
                if s["entity_type"] in TYPES
            ]
            said = find_sensitive(text)
            for kind, start, end in labelled:
                spans[kind] += 1
                got = any(h.kind == kind and h.start < end and h.end > start for h in said)
                found[kind] += got
                if not got:
                    wrong.append(f"missed {kind}: {text[start:end]}")
            for hit in said:
                hits[hit.kind] += 1
                good = any(
                    hit.kind == kind and hit.start < end and hit.end > start
                    for kind, start, end in labelled
                )
                right[hit.kind] += good
                if not good:
                    wrong.append(f"false {hit.kind}: {text[hit.start - 20 : hit.end + 10]}")
    for kind in sorted(spans | hits):
        precision = right[kind] / hits[kind] if hits[kind] else float("nan")
        recall = found[kind] / spans[kind] if spans[kind] else float("nan")
        print(
            f"{kind:24} precision {precision:.3f} ({right[kind]}/{hits[kind]})"
            f"  recall {recall:.3f} ({found[kind]}/{spans[kind]})"
        )
    if "-v" in sys.argv:
        print("\n".join(wrong))


if __name__ == "__main__":
    main(sys.argv[1])
