"""Erasing traces with everything that only they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_LISTS = ("input_hashes", "output_hashes", "offered_tools", "document_hashes")
_JSON = ("attributes", "resource", "events", "links")

CHUNK = 10_000
"""Traces erased in one transaction: what memory has to hold of them stays bounded."""
TRACES = """SELECT DISTINCT trace_id FROM spans
    WHERE project = ? AND trace_id IN (SELECT unnest(?))"""
OF_USER = "SELECT DISTINCT trace_id FROM spans WHERE project = ? AND user_id = ?"
BEFORE = """SELECT trace_id FROM spans WHERE project = ?
    GROUP BY trace_id
    HAVING min(CASE WHEN dated THEN started_at ELSE received_at END) < make_timestamp(?)"""


def _references(where: str) -> str:
    """Return the query for all hashes that spans refer to, in lists or inside JSON."""
    lists = [f"SELECT unnest({name}) AS hash FROM spans WHERE {where}" for name in _LISTS]
    inside = [
        f"""SELECT unnest(regexp_extract_all({name}, '"([0-9a-f]{{32}})"', 1)) AS hash
        FROM spans WHERE contains({name}, '"$content') AND {where}"""
        for name in _JSON
    ]
    return " UNION ALL ".join([*lists, *inside])


def erase(writer: duckdb.DuckDBPyConnection, project: str, trace_ids: Sequence[str]) -> list[int]:
    """Erase traces inside the open transaction; return the batches that contents went from."""
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE doomed AS SELECT unnest(?) AS trace_id", [list(trace_ids)]
    )
    theirs = "project = $project AND trace_id IN (FROM doomed)"
    bound = {"project": project}
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE loose AS
        SELECT DISTINCT hash FROM ({_references(theirs)})""",
        bound,
    )
    writer.execute(f"DELETE FROM spans WHERE {theirs}", bound)
    writer.execute(f"DELETE FROM assessments WHERE {theirs}", bound)
    writer.execute(
        f"""DELETE FROM loose WHERE hash IN
        (SELECT hash FROM ({_references("true")}) WHERE hash IN (FROM loose))"""
    )
    gone = "FROM contents WHERE hash IN (FROM loose)"
    batches = [row[0] for row in writer.execute(f"SELECT DISTINCT batch {gone}").fetchall()]
    writer.execute(f"DELETE {gone}")
    writer.execute("DROP TABLE loose")
    writer.execute("DROP TABLE doomed")
    return batches
