"""Whether a trace failed, who says so, and who says otherwise.

Anybody may give the assessment `outcome`, and they need not agree. The first of these that spoke
decides, and of one source the newest word: a person, who has seen the answer; the application,
which knows what it wanted to do; code, which checks what it was written to check; a judge, which is
a model's opinion. Where nobody spoke, a root that ended in error has failed. All others are
unknown, not passed. What the rest said is kept: `conflict` is true when somebody said otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

SOURCES = ("human", "app", "code", "judge", "error")
"""Who decides, the first one first; `error`: the root ended in error."""

WORDS = {
    "human": "a person",
    "app": "the application",
    "code": "code",
    "judge": "a judge",
    "error": "the root's error",
}
PASSED = 0.5
"""Half way between failed (0) and passed (1): from here on it passed."""

DECIDES = "CASE source_type WHEN 'human' THEN 0 WHEN 'app' THEN 1 WHEN 'code' THEN 2 ELSE 3 END"
"""The place of an assessment's source in `SOURCES`, in SQL."""

JUDGED = f"""
SELECT trace_id, first.value AS value, first.source AS source, first.why AS why, conflict FROM (
    SELECT trace_id, count(DISTINCT value < 0.5) > 1 AS conflict,
        arg_min(struct_pack(value := value, source := source_type, why := rationale), (
            {DECIDES}, -epoch_us(created_at), id)) AS first
    FROM {{assessments}} WHERE name = 'outcome' AND type = 'feedback' AND value IS NOT NULL
    GROUP BY trace_id
)
"""
"""Template of a query over assessments: one row a judged trace, with the word that decides."""


class Said(NamedTuple):
    """One word on whether a trace failed."""

    failed: bool
    source: str
    """One of `SOURCES`."""
    at: int = 0
    """Microseconds since 1970 UTC."""
    why: str = ""
    by: str = ""
    """Which person, judge or program."""


class Outcome(NamedTuple):
    """What a trace came to."""

    word: str
    """passed, failed, or empty: nobody said."""
    source: str = ""
    why: str = ""
    others: tuple[Said, ...] = ()
    """Who says otherwise."""


def decide(said: list[Said]) -> Outcome:
    """Return the outcome that some words make, by the order of `SOURCES`, then the newest."""
    if not said:
        return Outcome("")
    first, *rest = sorted(said, key=lambda one: (_place(one.source), -one.at))
    return Outcome(
        "failed" if first.failed else "passed",
        first.source,
        first.why,
        tuple(one for one in rest if one.failed != first.failed),
    )


def _place(source: str) -> int:
    return SOURCES.index(source) if source in SOURCES else SOURCES.index("judge")
