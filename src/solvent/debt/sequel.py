"""What came of a tool call: the next model call of its trace, and whether that tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence
    from solvent.ports.spans import Scalar

SEQUEL = """
WITH chosen AS ({chosen}),
followed AS (
    SELECT c.*, r.id AS next_id, r.duration_ns AS next_ns, r.usd AS next_usd,
        r.input_tokens + coalesce(r.output_tokens, 0) AS next_tokens
    FROM chosen c
    ASOF LEFT JOIN request r ON c.trace_id = r.trace_id AND c.started_at < r.started_at
)
SELECT f.*, again.tool IS NOT NULL AS retried
FROM followed f
LEFT JOIN (SELECT DISTINCT request_id, tool FROM call WHERE request_id IS NOT NULL) again
    ON f.next_id = again.request_id AND f.tool = again.tool
"""

WASTED = """
SELECT 'tool:' || tool AS subject, id, trace_id, '*' AS part, NULL::BIGINT AS tokens,
    NULL::DOUBLE AS usd, duration_ns / 1e9 AS seconds, NULL::BOOLEAN AS failed
FROM {sequel} WHERE id IS NOT NULL AND duration_ns > 0
UNION ALL
SELECT DISTINCT 'tool:' || tool, next_id, trace_id, '*', next_tokens, next_usd, next_ns / 1e9,
    NULL::BOOLEAN
FROM {sequel} WHERE retried
"""
"""What calls that should not have been made cost: their time, and the whole of the model call
that asked for the same tool again. `{sequel}` is a table made by `define_sequel`."""


def define_sequel(evidence: Evidence, name: str, chosen: str, /, **params: Scalar) -> None:
    """Keep calls with what followed them.

    To each row that `chosen` answers (columns of `call`), the table adds the next model call of
    the trace, `next_id`, with its tokens, dollars and nanoseconds, and `retried`: whether it asked
    for the same tool again. A model call that did something else was not caused by the failure.

    Args:
        evidence: The open evidence.
        name: Name of the table.
        chosen: A question that answers rows of `call`.
        params: Parameters of that question.
    """
    evidence.define(name, SEQUEL.format(chosen=chosen), **params)
