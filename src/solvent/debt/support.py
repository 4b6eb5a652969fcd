"""Whether what an answer states stands in what the application was given.

`answer_support` has one row for the last answer of each trace that is read: `claims` it makes,
`missing` those that stand nowhere, and what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.debt.evidence import NoEvidence
from solvent.debt.retrieval import define_retrieval
from solvent.knowledge.claims import claims, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt.evidence import Evidence

TEXT_CHARS = 100_000
"""Characters of one text that are searched for a claim."""
BATCH = 500
SHOWN = 6

_ANSWER = """
WITH last AS (
    SELECT trace_id, arg_max(id, (started_at, id)) AS id FROM near_request
    WHERE output_hashes IS NOT NULL
    GROUP BY trace_id
), said AS (
    SELECT r.trace_id, r.span_id, r.name AS step, unnest(r.output_hashes) AS hash
    FROM last JOIN near_request r USING (id)
)
SELECT s.trace_id, s.span_id, s.step, arg_max(c.hash, length(c.text)) AS hash,
    arg_max(c.text, length(c.text)) AS text,
    row_number() OVER (ORDER BY s.trace_id) AS place
FROM said s JOIN near_content c USING (hash)
WHERE c.type = 'assistant' GROUP BY s.trace_id, s.span_id, s.step
"""
_GIVEN = """
WITH near AS (SELECT trace_id FROM answer WHERE place BETWEEN $first AND $last),
own AS (
    SELECT DISTINCT s.trace_id, unnest(s.output_hashes) AS hash FROM near_step s
    SEMI JOIN near n USING (trace_id) WHERE s.type = 'llm'
), given AS (
    SELECT s.trace_id, unnest(list_concat(s.input_hashes, s.document_hashes, s.offered_tools))
        AS hash FROM near_step s SEMI JOIN near n USING (trace_id)
    UNION
    SELECT s.trace_id, unnest(s.output_hashes) FROM near_step s SEMI JOIN near n USING (trace_id)
    WHERE s.type IN ('tool', 'retriever', 'reranker')
)
SELECT g.trace_id, list(left(c.text, $chars)) AS texts FROM given g JOIN near_content c USING (hash)
WHERE NOT EXISTS (SELECT 1 FROM own o WHERE o.trace_id = g.trace_id AND o.hash = g.hash)
GROUP BY g.trace_id
"""


def define_support(evidence: Evidence) -> None:
    """Make `answer_support`, once per audit.

    Raises:
        NoEvidence: Nothing was retrieved, or there are no model calls.
    """
    define_retrieval(evidence)
    if not evidence.once("answer_support", _define):
        raise NoEvidence("no answers after a retrieval")


def _define(evidence: Evidence) -> bool:
    import pyarrow as pa

    if not evidence.has("near_request"):
        return False
    evidence.define("answer", _ANSWER)
    rows = list(_judged(evidence))
    text, number = pa.string(), pa.int64()
    kinds = {"trace_id": text, "span_id": text, "step": text, "hash": text, "claims": number,
             "missing": number, "said": text}  # fmt: skip
    evidence.define(
        "answer_support",
        pa.table({name: pa.array([r[name] for r in rows], kind) for name, kind in kinds.items()}),
    )
    return bool(rows)


def _judged(evidence: Evidence) -> Iterator[dict[str, Any]]:
    last = evidence.value("SELECT coalesce(max(place), 0) FROM answer")
    for first in range(1, last + 1, BATCH):
        span = {"first": first, "last": first + BATCH - 1}
        given = {
            row["trace_id"]: row["texts"] for row in evidence.rows(_GIVEN, chars=TEXT_CHARS, **span)
        }
        for row in evidence.rows(
            "SELECT * FROM answer WHERE place BETWEEN $first AND $last ORDER BY place", **span
        ):
            stated = claims(row["text"])
            missing = unsupported(stated, "\n".join(given.get(row["trace_id"], ())))
            yield {**row, "claims": len(stated), "missing": len(missing),
                   "said": ", ".join(missing[:SHOWN])}  # fmt: skip
