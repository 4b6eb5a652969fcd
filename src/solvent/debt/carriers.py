"""Which requests carry what was found in a prompt, and what it costs in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.rule import Costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from solvent.debt.evidence import Evidence
    from solvent.debt.families import Family
    from solvent.records.finding import Ref
    from solvent.records.instruction import Statement

MAX_WORDS = 5
"""Places of one prompt that are looked for in its other texts."""

_CARRIER = """
WITH hit AS (
    SELECT k.subject, k.wasted, k.words, m.hash, m.hash = f.hash OR contains(p.text, k.words) AS has
    FROM {words} k JOIN prompt_family f USING (subject)
    JOIN prompt_member m USING (subject) JOIN prompt p ON p.hash = m.hash
), known AS (
    SELECT subject, words, count(*) FILTER (has) > 1 AS shared FROM hit GROUP BY subject, words
), kept AS (
    SELECT subject, words FROM known
    QUALIFY shared OR NOT bool_or(shared) OVER (PARTITION BY subject)
)
SELECT h.subject, h.hash, any_value(h.wasted) AS wasted
FROM hit h JOIN kept USING (subject, words) GROUP BY h.subject, h.hash HAVING bool_and(h.has)
"""


def define_carriers(
    evidence: Evidence, table: str, found: Mapping[str, tuple[int, Sequence[str]]]
) -> None:
    """Keep which texts of each prompt show what was found in its most used text.

    Texts of one name can differ: what stands in one of them is not in every request. A text counts
    when it holds each of the words, letter by letter. Words that only the most used text holds are
    left aside when others are shared: something in them is filled in.

    Args:
        evidence: The open evidence.
        table: Name of the table: `subject`, `hash` and `wasted`.
        found: By subject, the tokens wasted in each request, and the words that show it, of which
            a few are looked for.
    """
    import pyarrow as pa

    _define_subjects(evidence, table, found)
    if not evidence.has("prompt_member"):
        return
    rows = [(key, n, word) for key, (n, words) in found.items() for word in _few(words)]
    kinds = {
        "subject": pa.array([row[0] for row in rows], pa.string()),
        "wasted": pa.array([row[1] for row in rows], pa.int64()),
        "words": pa.array([row[2].strip() for row in rows], pa.string()),
    }
    evidence.define(f"{table}_words", pa.table(kinds))
    evidence.define(table, _CARRIER.format(words=f"{table}_words"))


def define_excess(evidence: Evidence, table: str, knees: Mapping[str, int]) -> None:
    """Keep which texts of each prompt are longer than a number of tokens, and by how many.

    Args:
        evidence: The open evidence.
        table: Name of the table: `subject`, `hash` and `wasted`.
        knees: By subject, the tokens that are not objected to.
    """
    import pyarrow as pa

    _define_subjects(evidence, table, knees)
    if not evidence.has("prompt_member"):
        return
    columns = {
        "subject": pa.array(list(knees), pa.string()),
        "knee": pa.array(list(knees.values()), pa.int64()),
    }
    evidence.define(f"{table}_knee", pa.table(columns))
    evidence.define(
        table,
        f"""
        SELECT k.subject, m.hash, p.tokens - k.knee AS wasted
        FROM {table}_knee k JOIN prompt_member m USING (subject) JOIN prompt p ON p.hash = m.hash
        WHERE p.tokens > k.knee
        """,
    )


def _define_subjects(evidence: Evidence, table: str, found: Iterable[str]) -> None:
    import pyarrow as pa

    evidence.define(f"{table}_subject", pa.table({"subject": pa.array(list(found), pa.string())}))


def use_of(evidence: Evidence, table: str, families: Sequence[Family]) -> list[Family]:
    """Return the families with the counts of those texts alone that a table of carriers names.

    Families of the code and the registry stay as they are when something was found in them.
    """
    named = {row["subject"] for row in evidence.rows(f"SELECT subject FROM {table}_subject")}
    resting = [f for f in families if not f.in_traces and f.subject in named]
    if not evidence.has("prompt_member"):
        return resting
    counted = {
        row["subject"]: row
        for row in evidence.rows(f"""
            SELECT k.subject, count(DISTINCT k.hash) AS texts, count(*) AS requests,
                count(DISTINCT u.trace_id) AS traces
            FROM {table} k JOIN prompt_use u USING (hash) GROUP BY k.subject
            """)
    }
    return [
        family._replace(**{k: counted[family.subject][k] for k in ("texts", "requests", "traces")})
        for family in families
        if family.subject in counted
    ] + resting


def carriers_of(evidence: Evidence, table: str, subject: str) -> tuple[Ref, ...]:
    """Return the newest requests that a table of carriers names."""
    if not evidence.has("prompt_member"):
        return ()
    return evidence.examples(
        f"""
        SELECT r.trace_id, r.span_id FROM {table} k JOIN prompt_use u USING (hash)
        JOIN request r ON r.id = u.id WHERE k.subject = $subject
        ORDER BY r.started_at DESC, r.id LIMIT 5
        """,
        subject=subject,
    )


def token_costs(evidence: Evidence, table: str) -> Costs | None:
    """Return the wasted tokens of each carrier in every request; None without traces."""
    if not evidence.has("prompt_member"):
        return None
    return Costs(f"""
        SELECT k.subject, r.id, r.trace_id, p.hash AS part, least(k.wasted, p.tokens) AS tokens,
            least(k.wasted, p.tokens) * r.input_rate AS usd,
            NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
        FROM {table} k JOIN prompt p USING (hash)
        JOIN prompt_use u USING (hash) JOIN request r ON r.id = u.id
    """)


def _few(words: Sequence[str]) -> list[str]:
    """Return a few of the places, evenly spread; of a prompt without any, what every text holds."""
    few = min(len(words), MAX_WORDS)
    return [words[i * len(words) // few] for i in range(few)] or [""]


def words_of(prompt: Family, statement: Statement) -> str:
    """Return the words of a statement as they stand in the prompt: its line when it has several."""
    line = prompt.text.splitlines()[statement.line - 1]
    return statement.text if statement.text in line else line
