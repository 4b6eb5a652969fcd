"""Tables of the embedded span store, and how an older file becomes a newer one.

Beside the columns of the records, `spans` and `contents` carry `batch`, the number of the append
that brought them: it grows with the file, so that the engine skips whole row groups by it, and
leads from a content to the spans that came with it. `key` is 60 bits of a content's hash, ten times
faster to look for than the text of the hash. `words` says which words a block of contents has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.errors import Conflict

if TYPE_CHECKING:
    import duckdb

_FIRST = """
CREATE TABLE spans (
  id BIGINT NOT NULL, project VARCHAR NOT NULL, trace_id VARCHAR NOT NULL, span_id VARCHAR NOT NULL,
  parent_id VARCHAR, type VARCHAR NOT NULL, name VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL,
  duration_ns BIGINT, status VARCHAR NOT NULL, status_message VARCHAR, service VARCHAR,
  app_version VARCHAR, environment VARCHAR, session_id VARCHAR, user_id VARCHAR, tags VARCHAR[],
  agent VARCHAR, provider VARCHAR, model VARCHAR, input_tokens BIGINT, output_tokens BIGINT,
  cache_read_tokens BIGINT, cache_write_tokens BIGINT, reasoning_tokens BIGINT, cost_usd DOUBLE,
  cost_source VARCHAR, price_version VARCHAR, prompt_name VARCHAR, prompt_version VARCHAR,
  tool_name VARCHAR, tool_version VARCHAR, tool_call_id VARCHAR, input_hashes VARCHAR[],
  output_hashes VARCHAR[], offered_tools VARCHAR[], document_hashes VARCHAR[],
  document_scores DOUBLE[], input_preview VARCHAR, output_preview VARCHAR,
  attributes VARCHAR NOT NULL USING COMPRESSION zstd, resource VARCHAR NOT NULL,
  events VARCHAR, links VARCHAR, dialect VARCHAR NOT NULL, dated BOOLEAN NOT NULL,
  received_at TIMESTAMP NOT NULL, batch INTEGER NOT NULL
);
CREATE TABLE contents (
  hash VARCHAR NOT NULL USING COMPRESSION uncompressed, type VARCHAR NOT NULL,
  text VARCHAR NOT NULL, name VARCHAR,
  call_id VARCHAR, tokens BIGINT, first_seen_at TIMESTAMP NOT NULL,
  batch INTEGER NOT NULL, key BIGINT NOT NULL
);
CREATE TABLE assessments (
  id VARCHAR NOT NULL, project VARCHAR NOT NULL, trace_id VARCHAR NOT NULL, span_id VARCHAR,
  name VARCHAR NOT NULL, type VARCHAR NOT NULL, value DOUBLE, label VARCHAR,
  source_type VARCHAR NOT NULL, source_id VARCHAR, rationale VARCHAR, created_at TIMESTAMP NOT NULL,
  metadata VARCHAR NOT NULL
);
"""

_WORDS = """
CREATE TABLE words (block INTEGER NOT NULL, word VARCHAR NOT NULL);
CREATE TABLE blocks (block INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _WORDS)
"""Statements that lead from one version to the next; entry 0 makes version 1. Only ever appended
to: a file made by any older version is brought forward when it is opened."""


def version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the schema version of the open file; 0 when it is new."""
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    rows = connection.execute("SELECT max(version) FROM schema_version").fetchall()
    return int(rows[0][0] or 0)


def migrate(
    connection: duckdb.DuckDBPyConnection, steps: tuple[str, ...] = MIGRATIONS, *, where: str = ""
) -> int:
    """Bring the open file to the newest version, each step in its own transaction.

    Raises:
        Conflict: The file was written by a newer Solvent.
    """
    have = version(connection)
    if have > len(steps):
        raise Conflict(
            f"`{where}` has schema version {have}, this Solvent knows {len(steps)}",
            hint="upgrade: pip install --upgrade solvent",
        )
    for number in range(have + 1, len(steps) + 1):
        connection.execute("BEGIN")
        connection.execute(steps[number - 1])
        connection.execute("DELETE FROM schema_version")
        connection.execute("INSERT INTO schema_version VALUES (?)", [number])
        connection.execute("COMMIT")
    return len(steps)
