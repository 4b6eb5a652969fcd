"""Writes the data of the worked example from the full data set: `scripts/football.py DATA_FOLDER`.

Whole records, as published, in the format of the replay provider; byte for byte the same each time.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import sys
from collections import Counter
from pathlib import Path

TARGET = Path(__file__).parents[1] / "examples" / "football" / "data"
MODELS = {
    "GPT-3.5$_{s}$": "gpt-3.5",
    "Llamav2": "llama-2",
    "T5$_{Picard}$": "t5-picard",
    "T5-Picard-Keys": "t5-picard-keys",
    "ValueNet": "valuenet",
}
HEAD = {
    "recording": {
        "what": "FootballDB",
        "recorded_at": "before February 2024 (the source gives no day)",
        "source": "github.com/jf87/FootballDB @ 877f3b63e0f3b2ff21bec5370a26a221ddbf8dd3",
        "licence": "MIT, (c) 2024 Jonathan Fuerst",
        "roles": ["user"],
    }
}


def main(folder: Path) -> None:
    """Write recordings, labels, questions, training pairs, schemas and tables."""
    source = folder / "footballdb_text2sql"
    (TARGET / "db").mkdir(parents=True, exist_ok=True)
    seen: Counter[tuple[str, ...]] = Counter()
    recordings = [HEAD]
    labels = [("model", "schema", "examples", "run", "question_id", "label", "text_recorded")]
    with gzip.open(source / "recorded_predictions.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            schema = found["db_id"].removeprefix("exp_")
            key = (found["system"], schema, found["split"], found["run"], found["id"])
            run = str(
                int(float(found["run"])) + seen[key]
            )  # zero examples: two answers, both run 0
            seen[key] += 1
            model, text = MODELS[found["system"]], found["prediction"].strip()
            facts = {"schema": schema, "examples": found["split"], "run": run}
            labels.append((model, *facts.values(), found["id"], found["label"], bool(text)))
            if text:
                said = [{"role": "user", "text": found["question"]}]
                recordings.append(
                    {
                        "model": model,
                        "messages": said,
                        "metadata": facts,
                        "completion": {"text": text},
                    }
                )
    written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in recordings)
    pack(TARGET / "recordings.jsonl.gz", written)
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows(labels)
    pack(TARGET / "labels.csv.gz", rows.getvalue())
    for version in ("v1", "v2", "v3"):
        for kind, name in (("test", "questions"), ("train", "training")):
            text = (source / f"{kind}_questions_{version}.jsonl").read_text(encoding="utf-8")
            pack(TARGET / f"{name}_{version}.jsonl.gz", text)
        shutil.copyfile(source / f"schema_{version}.sql.txt", TARGET / f"schema_{version}.sql")
    for table in sorted((source / "db_v3").glob("*.csv.gz")):
        shutil.copyfile(table, TARGET / "db" / table.name)


def pack(path: Path, text: str) -> None:
    """Write a gzip archive without a time stamp."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
