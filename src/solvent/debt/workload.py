"""The SQL that an application writes and runs, and the tables it was told about.

`query_use` has one row for each statement in each trace: `template` is its position in
`Workload.statements`, and `id`, `span_id` name the model call that wrote it, or else the step that
ran it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solvent.debt.evidence import NoEvidence
from solvent.errors import NotFound
from solvent.knowledge.sql import find_sql, template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.debt.evidence import Evidence
    from solvent.knowledge.queries import Query
    from solvent.knowledge.schema import TableOf

MAX_TEXTS = 100_000
"""Distinct texts that are searched for SQL."""
MAX_SCHEMA_TEXTS = 2_000
"""Distinct texts that are read for descriptions of tables, the most used kinds first."""
NAMES = 200
"""Names of steps of which some are looked into for database attributes."""

_SAID = """
SELECT id, trace_id, span_id, started_at, unnest(output_hashes) AS hash, type = 'llm' AS wrote
FROM step WHERE output_hashes IS NOT NULL AND type NOT IN ('tool', 'retriever', 'reranker')
UNION ALL
SELECT id, trace_id, span_id, started_at, unnest(input_hashes), false
FROM step WHERE type = 'tool' AND input_hashes IS NOT NULL
"""
_TEXTS = """
SELECT DISTINCT c.hash, c.text FROM sql_said s JOIN contents c USING (hash)
WHERE c.type IN ('assistant', 'tool_call', 'value')
    AND regexp_matches(c.text,
        '(?is)\\b(select|insert|update|delete|merge)\\b.*\\s(from|into|set)\\s')
ORDER BY c.hash LIMIT $most
"""
_NAMED = """
SELECT id, started_at, name FROM step
WHERE type IN ('span', 'tool', 'task', 'chain') AND name IN (
    SELECT name FROM step WHERE type IN ('span', 'tool', 'task', 'chain')
    GROUP BY name ORDER BY count(*) DESC, name LIMIT $names)
QUALIFY row_number() OVER (PARTITION BY name ORDER BY started_at DESC) <= 2
"""
_STATEMENTS = """
WITH found AS (
    SELECT id, coalesce(json_extract_string(attributes, '$."db.query.text"'),
        json_extract_string(attributes, '$."db.statement"')) AS text
    FROM raw WHERE started_at BETWEEN
        (SELECT min(started_at) FROM {spans}) AND (SELECT max(started_at) FROM {spans})
        AND id IN (SELECT id FROM {spans}) AND contains(attributes, '"db.')
)
SELECT f.id, f.text, s.trace_id, s.span_id, s.started_at, s.name
FROM found f JOIN step s USING (id) WHERE f.text IS NOT NULL
"""
_USE = """
SELECT DISTINCT ON (s.trace_id, f.template) f.template, s.trace_id, s.id, s.span_id, s.started_at,
    s.wrote FROM (
        SELECT id, trace_id, span_id, started_at, hash, wrote FROM sql_said
        UNION ALL
        SELECT id, trace_id, span_id, started_at, text, false FROM sql_ran
    ) s JOIN sql_found f USING (hash)
ORDER BY s.trace_id, f.template, s.wrote DESC, s.started_at, s.id
"""
_DESCRIBING = """
WITH used AS (
    SELECT unnest(input_hashes) AS hash FROM step WHERE type IN ('llm', 'prompt')
    UNION ALL SELECT unnest(document_hashes) FROM step WHERE document_hashes IS NOT NULL
    UNION ALL SELECT unnest(output_hashes) FROM step WHERE type IN ('tool', 'retriever')
), counted AS (SELECT hash, count(*) AS uses FROM used GROUP BY hash)
SELECT c.text, u.uses FROM counted u JOIN contents c USING (hash)
WHERE c.type IN ('system', 'user', 'document', 'tool_result', 'value') AND strlen(c.text) < 500000
    AND regexp_matches(c.text, $describing)
ORDER BY u.uses DESC, c.hash LIMIT $most
"""
DESCRIBING = (
    r"(?i)create\s+(or\s+replace\s+)?(temp\w*\s+)?table\b|comment\s+on\s"
    r"|(^|\n)[#* ]*table\b|\btable\s+\w+\s*,\s*columns|\"columns\"\s*:"
    r"|(^|\n)#\s*\w+\s*\(|(^|\n)[-*` ]*[a-z_]+\.[a-z_]+`?\s*([(:]|-)"
)
"""Texts that may describe tables; `solvent.knowledge.schema` reads them."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, literals aside."""

    text: str
    """One of the texts with this template."""
    query: Query | None
    """None: no dialect could read it."""
    error: str
    """Why it could not be read."""
    traces: int


@dataclass(frozen=True, slots=True)
class Workload:
    """The SQL of a project and the tables it was told about."""

    statements: tuple[Statement, ...]
    tables: Mapping[str, TableOf]
    """Tables that some text describes, by name; empty when none does."""

    @property
    def unparsed(self) -> list[Statement]:
        """Return the statements that no dialect could read, the most used first."""
        return sorted((s for s in self.statements if s.query is None), key=lambda s: -s.traces)


def workload(evidence: Evidence) -> Workload:
    """Return the SQL of a project, once per audit, and make `query_use`.

    Raises:
        NoEvidence: No step wrote or ran SQL.
    """
    found = evidence.once("workload", _workload)
    if found is None:
        raise NoEvidence("no SQL in model outputs, tool calls or database spans")
    return found


def _workload(evidence: Evidence) -> Workload | None:
    import pyarrow as pa

    evidence.define("sql_said", _SAID)
    ran = _ran(evidence)
    texts = evidence.rows(_TEXTS, most=MAX_TEXTS)
    found = [(row["hash"], find_sql(row["text"])) for row in texts]
    found += [
        (text, find_sql(text) or [text]) for text in dict.fromkeys(row["text"] for row in ran)
    ]
    templates: dict[str, int] = {}
    example: list[str] = []
    pairs: list[tuple[str, int]] = []
    for key, statements in found:
        for sql in statements:
            shape = template(sql)
            if shape not in templates:
                templates[shape] = len(example)
                example.append(sql)
            pairs.append((key, templates[shape]))
    if not pairs:
        return None
    evidence.define(
        "sql_found",
        pa.table(
            {
                "hash": pa.array([key for key, _ in pairs], pa.string()),
                "template": pa.array([number for _, number in pairs], pa.int64()),
            }
        ),
    )
    evidence.define("query_use", _USE)
    uses = Counter(
        {
            row["template"]: row["n"]
            for row in evidence.rows(
                "SELECT template, count(*) AS n FROM query_use GROUP BY template"
            )
        }
    )
    tables = {table.name: table for table in _described(evidence)}
    return Workload(_parsed(example, uses, tables, evidence.knowledge.max_queries), tables)


def _ran(evidence: Evidence) -> list[dict[str, Any]]:
    """Return the statements that database spans carry in their attributes, and make `sql_ran`.

    Attributes are slow to read, so two spans of each name are looked into first.
    """
    import pyarrow as pa

    evidence.define("sql_looked", _NAMED, names=NAMES)
    rows: list[dict[str, Any]] = []
    if evidence.value("SELECT count(*) FROM sql_looked"):
        names = {row["name"] for row in evidence.rows(_STATEMENTS.format(spans="sql_looked"))}
        if names:
            evidence.define(
                "sql_spans",
                "SELECT id, started_at FROM step WHERE name IN (SELECT unnest($names))",
                names=sorted(names),
            )
            rows = evidence.rows(_STATEMENTS.format(spans="sql_spans"))
    text = pa.string()
    evidence.define(
        "sql_ran",
        pa.table(
            {
                "id": pa.array([row["id"] for row in rows], pa.int64()),
                "trace_id": pa.array([row["trace_id"] for row in rows], text),
                "span_id": pa.array([row["span_id"] for row in rows], text),
                "started_at": pa.array([row["started_at"] for row in rows], pa.timestamp("us")),
                "text": pa.array([row["text"] for row in rows], text),
            }
        ),
    )
    return rows


def _parsed(
    examples: Sequence[str], uses: Mapping[int, int], tables: Mapping[str, TableOf], most: int
) -> tuple[Statement, ...]:
    """Return every statement, the most used ones parsed."""
    from solvent.knowledge.queries import parse  # noqa: PLC0415  an audit without SQL needs no parser

    schema = {name: frozenset(c.name for c in table.columns) for name, table in tables.items()}
    order = sorted(range(len(examples)), key=lambda i: (-uses.get(i, 0), i))
    read = set(order[:most])
    statements = []
    for i, text in enumerate(examples):
        query = parse(text, schema) if i in read else f"beyond the {most:,} most used"
        known, error = (None, query) if isinstance(query, str) else (query, "")
        statements.append(Statement(text, known, error, uses.get(i, 0)))
    return tuple(statements)


def _described(evidence: Evidence) -> list[TableOf]:
    """Return the tables that prompts, documents, tool results and the schema files describe."""
    from solvent.knowledge.schema import merge, read_schema  # noqa: PLC0415  loads the parser

    texts = [_file(path) for path in evidence.knowledge.schema]
    texts += [
        row["text"]
        for row in evidence.rows(_DESCRIBING, describing=DESCRIBING, most=MAX_SCHEMA_TEXTS)
    ]
    return merge(table for text in texts for table in read_schema(text))


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(
            f"the schema file `{path}` cannot be read",
            hint="see `knowledge.schema` in solvent.toml",
        ) from error
