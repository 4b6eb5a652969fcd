"""Documents and chunks: how often each is found and used, which are copies, old, or say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.debt.chunk_facts import define_chunks
from solvent.debt.likeness import define_likeness
from solvent.debt.reading import define_use

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence

MAX_DOCUMENTS = 400
TEXT_CHARS = 200

_STEPS = """
SELECT step, count(*) AS retrievals, count(*) FILTER (empty) AS empty,
    count(DISTINCT trace_id) AS traces, sum(documents) AS documents,
    count(*) FILTER (sampled) AS read
FROM retrieval GROUP BY step ORDER BY retrievals DESC, step
"""
_USED = """
SELECT r.step, count(DISTINCT r.hash) AS texts, count(*) FILTER (u.used) AS used,
    count(*) FILTER (NOT u.used) AS unused,
    count(DISTINCT r.hash) FILTER (c.heading = '' AND c.source = '' AND c.dated IS NULL) AS bare,
    count(DISTINCT r.hash) FILTER (l.alike > 1) AS alike
FROM retrieved r LEFT JOIN document_use u USING (place, hash) JOIN chunk c ON c.hash = r.hash
JOIN (SELECT hash, count(*) OVER (PARTITION BY part) AS alike FROM document_group) l
    ON l.hash = r.hash
GROUP BY r.step
"""
_DOCUMENTS = """
WITH seen AS (
    SELECT r.hash, count(*) AS times, min(r.step) AS step,
        count(*) FILTER (u.used) AS used, count(*) FILTER (NOT u.used) AS unused,
        any_value(r.carrier) AS carrier,
        list(DISTINCT {'trace_id': r.trace_id, 'span_id': r.span_id})[1:3] AS examples
    FROM retrieved r LEFT JOIN document_use u USING (place, hash) GROUP BY r.hash
), alike AS (
    SELECT hash, count(*) OVER (PARTITION BY part) AS alike FROM document_group
), old AS (
    SELECT hash, count(*) AS stale, any_value(title) AS title FROM stale GROUP BY hash
)
SELECT s.*, d.tokens, left(d.text, $chars) AS text, length(d.text) AS chars, c.heading, c.source,
    strftime(c.dated, '%Y-%m-%d') AS dated, a.alike - 1 AS copies, coalesce(o.stale, 0) AS stale,
    o.title
FROM seen s JOIN document d USING (hash) JOIN chunk c USING (hash) JOIN alike a USING (hash)
LEFT JOIN old o USING (hash)
ORDER BY (o.stale IS NOT NULL) DESC, s.unused * d.tokens DESC, s.times DESC, s.hash LIMIT $most
"""


def study(evidence: Evidence) -> dict[str, Any]:
    """Return the retrievers and the documents, those that cost most for nothing first.

    Raises:
        NoEvidence: Nothing was retrieved.
    """
    define_use(evidence)
    define_likeness(evidence)
    define_chunks(evidence)
    used = {row["step"]: row for row in evidence.rows(_USED)}
    nothing = {"texts": 0, "used": 0, "unused": 0, "bare": 0, "alike": 0}
    steps = [{**row, **nothing, **used.get(row["step"], {})} for row in evidence.rows(_STEPS)]
    rows = evidence.rows(_DOCUMENTS, chars=TEXT_CHARS, most=MAX_DOCUMENTS)
    return {
        "steps": [{**row, "documents": int(row["documents"] or 0)} for row in steps],
        "texts": evidence.value("SELECT count(*) FROM document"),
        "documents": rows,
    }
