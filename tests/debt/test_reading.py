"""Documents found unread, against the truth where it is known: SQL that reads a table or not."""

import gzip
import json
import re
from collections import Counter

import pytest

from solvent.debt.reading import define_use
from solvent.debt.workload import workload
from solvent.errors import NotFound
from solvent.settings import load, require_data
from solvent.testing import project

RUNS = 400
FOUND = 5


def traces(folder):
    """Recorded answers of one system, each after the five tables with most words in common."""
    text = (folder / "schema_v3.sql.txt").read_text()
    tables = {
        re.match(r"create table (\w+)", block)[1]: block.strip()
        for block in re.split(r"(?=create table)", text)
        if block.startswith("create table")
    }
    packed = (folder / "recorded_predictions.jsonl.gz").read_bytes()
    runs = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    runs = [r for r in runs if r["db_id"] == "exp_v3" and r["system"].startswith("GPT")][:RUNS]
    for n, run in enumerate(runs):
        asked = set(re.findall(r"\w+", run["question"].lower()))
        common = {t: len(asked & set(re.findall("[a-z]+", body))) for t, body in tables.items()}
        found = sorted(tables, key=lambda t: (-common[t], t))[:FOUND]
        prompt = "\n".join(tables[t] for t in found) + "\nQuestion: " + run["question"]
        yield {
            "at": f"2026-10-{1 + n % 28:02d}T{n // 28:02d}:00",
            "steps": [
                {
                    "retriever": "schema",
                    "input": run["question"],
                    "documents": [{"source": t, "text": tables[t]} for t in found],
                },
                {"llm": "gpt-3.5-turbo", "input": prompt, "output": run["prediction"]},
            ],
        }


@pytest.mark.slow
def test_unread_schema_against_the_tables_that_statements_read():
    try:
        folder = require_data(load()) / "footballdb_text2sql"
    except NotFound:
        pytest.skip("SOLVENT_DATA names no folder")
    text = json.dumps({"traces": list(traces(folder))})
    seen = Counter()
    with project.evidence_of(text) as evidence:
        define_use(evidence)
        work = workload(evidence)
        read = {
            row["trace_id"]: work.statements[row["template"]].query
            for row in evidence.rows("SELECT trace_id, template FROM query_use")
        }
        for row in evidence.rows("""
            SELECT r.trace_id, d.name, u.used FROM document_use u
            JOIN retrieved r USING (place, hash) JOIN document d ON d.hash = u.hash
        """):
            query = read.get(row["trace_id"])
            if query:
                seen[row["name"] in query.tables, row["used"]] += 1
    assert seen == {(True, True): 346, (True, False): 4, (False, False): 1497, (False, True): 138}
