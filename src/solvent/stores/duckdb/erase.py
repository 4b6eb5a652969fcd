"""Erasing traces with everything that only they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_LISTS = ("input_hashes", "output_hashes", "offered_tools", "document_hashes")

_REFERENCES = " UNION ALL ".join(
    f"SELECT unnest({name}) AS hash FROM {{spans}} WHERE {name} IS NOT NULL" for name in _LISTS
) + " UNION ALL ".join(
    ("", *(
        f"""SELECT unnest(regexp_extract_all({name}, '"([0-9a-f]{{{{32}}}})"', 1))
        FROM {{spans}} WHERE contains({name}, '"$content')"""
        for name in ("attributes", "events")
    ))
)  # fmt: skip


def erase(writer: duckdb.DuckDBPyConnection, project: str, wanted: str, values: list[Any]) -> int:
    """Erase the traces that a query names, inside the open transaction; return how many."""
    writer.execute(
        f"CREATE OR REPLACE TEMP TABLE doomed AS SELECT DISTINCT * FROM ({wanted})", values
    )
    row = writer.execute("SELECT count(*) FROM doomed").fetchone()
    count = int(row[0]) if row else 0
    if count:
        theirs = "project = ? AND trace_id IN (FROM doomed)"
        going = _REFERENCES.format(spans=f"(SELECT * FROM spans WHERE {theirs})")
        writer.execute(
            f"CREATE OR REPLACE TEMP TABLE loose AS SELECT DISTINCT hash FROM ({going})",
            [project] * going.count("?"),
        )
        writer.execute(f"DELETE FROM spans WHERE {theirs}", [project])
        writer.execute(f"DELETE FROM assessments WHERE {theirs}", [project])
        staying = _REFERENCES.format(spans="spans")
        writer.execute(
            f"""DELETE FROM contents WHERE hash IN (
            SELECT hash FROM loose WHERE hash NOT IN (
            SELECT hash FROM ({staying}) WHERE hash IN (FROM loose)))"""
        )
        writer.execute("DROP TABLE loose")
    writer.execute("DROP TABLE doomed")
    return count
