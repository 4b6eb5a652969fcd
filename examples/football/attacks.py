"""SQL that must not run, run: prints what was tried, and what the answer was.

python examples/football/attacks.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from examples.football.database import Database, Limits

README = Path(__file__).with_name("README.md")
SHOWN = 70
REFUSED = {
    "insert": "INSERT INTO world_cup VALUES (2030, 'Nowhere', 0, 0, 0, 0)",
    "update": "UPDATE world_cup SET venue = 'Nowhere'",
    "delete": "DELETE FROM world_cup",
    "drop": "DROP TABLE world_cup",
    "create": "CREATE TABLE mine AS SELECT 1",
    "alter": "ALTER TABLE world_cup ADD COLUMN x integer",
    "truncate": "TRUNCATE world_cup",
    "merge": "MERGE INTO world_cup USING stadium ON true WHEN MATCHED THEN DELETE",
    "write in a with": "WITH gone AS (DELETE FROM world_cup RETURNING *) SELECT * FROM gone",
    "select into": "SELECT * INTO mine FROM world_cup",
    "attach": "ATTACH 'other.db' AS other",
    "copy out": "COPY world_cup TO 'out.csv'",
    "copy in": "COPY world_cup FROM '/etc/passwd'",
    "copy a query out": "COPY (SELECT * FROM player) TO 'out.csv'",
    "export": "EXPORT DATABASE 'out'",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "pragma": "PRAGMA database_list",
    "set": "SET memory_limit = '64GB'",
    "reset": "RESET memory_limit",
    "call": "CALL pragma_version()",
    "two statements": "SELECT 1; SELECT 2",
    "a second that drops": "SELECT * FROM player; DROP TABLE player",
    "begin": "BEGIN",
    "read a csv": "SELECT * FROM read_csv('/etc/passwd')",
    "read a text": "SELECT * FROM read_text('/etc/passwd')",
    "read by a bare name": "SELECT * FROM '/etc/passwd'",
    "read from the network": "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "list files": "SELECT * FROM glob('/*')",
    "read in a subquery": "SELECT (SELECT content FROM read_text('/etc/passwd')) FROM player",
    "a statement in a text": "SELECT * FROM query('DROP TABLE player')",
    "a table in a text": "SELECT * FROM query_table('duckdb_settings')",
    "settings": "SELECT * FROM duckdb_settings()",
    "the catalogue": "SELECT * FROM information_schema.tables",
    "another database": "SELECT * FROM other.main.player",
    "explain": "EXPLAIN ANALYZE SELECT * FROM player",
    "not SQL": "Germany won.",
    "nothing": "",
    "very long": "SELECT " + "1 + " * 20_000 + "1",
    "very deep": "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
}
ENDLESS = {
    "recursion without end": (
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    ),
    "a cross join that explodes": (
        "SELECT count(*) FROM player_fact a, player_fact b, player_fact c WHERE a.shirt_number + "
        "b.shirt_number + c.shirt_number = 7"
    ),
    "a series without end": "SELECT sum(i * i) FROM generate_series(1, 100000000000) AS t(i)",
}
LARGE = {
    "a text of gigabytes": (
        "SELECT string_agg(repeat(a.player_name, 1000), '') FROM player_fact, player a"
    ),
    "a list of 79 million": "SELECT array_agg(a.player_name) FROM player a, player b",
    "a sort of 79 million": (
        "SELECT a.player_name || b.player_name AS n FROM player a, player b ORDER BY n"
    ),
}
HUGE = "SELECT a.player_name FROM player a, player b"


def table(database: Database) -> str:
    """Return a row of Markdown for each attack: what it is, its SQL, what the example answers."""
    attacks = REFUSED | ENDLESS | LARGE | {"a result of 79 million rows": HUGE}
    rows = ["| tried | SQL | answer |", "|---|---|---|"]
    for name, sql in attacks.items():
        found = database.run(sql)
        answer = "refused: not SQL" if "not SQL" in found.error else found.error
        if found.truncated:
            answer = f"cut after {len(found.rows):,} rows, and says so"
        elif name in ENDLESS or name in LARGE:
            answer = "stopped, by time or memory" if found.error else "not stopped"
        rows.append(f"| {name} | {shown(sql)} | {answer or 'runs'} |")
    return "\n".join(rows)


def shown(sql: str) -> str:
    """Return a statement as a cell, cut to some characters."""
    text = sql if len(sql) <= SHOWN else f"{sql[:SHOWN]}…"
    return f"`{text}`".replace("|", "\\|") if text else ""


if __name__ == "__main__":
    print(table(Database(Limits(rows=100, seconds=0.5, memory_mb=128))))
