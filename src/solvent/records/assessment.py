"""Any judgement attached to a trace or span."""

from __future__ import annotations

from typing import NamedTuple


class Assessment(NamedTuple):
    """One judgement, in the order of the columns of the `assessments` table."""

    id: str
    """32 hex digits; the same judgement sent twice has the same id."""
    project: str
    trace_id: str
    span_id: str | None
    """None: the whole trace is judged."""
    name: str
    """What was judged; `outcome` says whether the trace succeeded (value 1) or failed (value 0)."""
    type: str = "feedback"
    """feedback (how good it was) or expectation (what should have come out)."""
    value: float | None = None
    """The number, or 1 and 0 for true and false; None when the value is only a label."""
    label: str | None = None
    source_type: str = "code"
    """human, judge, code or app (the application reported it itself)."""
    source_id: str | None = None
    rationale: str | None = None
    created_at: int = 0
    """Microseconds since 1970 UTC."""
    metadata: str = "{}"
    """JSON object."""
