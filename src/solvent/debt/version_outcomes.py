"""What longer versions of a prompt bring: the share of passed traces, version by version."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from solvent.debt.families import define_families

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solvent.debt.evidence import Evidence

Z = 1.96
"""Of the 95 % interval."""

_VERSIONS = """
WITH said AS (
    SELECT DISTINCT p.name, p.version, m.subject, u.trace_id, t.outcome >= 0.5 AS passed
    FROM prompt_use u JOIN prompt p USING (hash) JOIN prompt_member m USING (hash)
    JOIN trace t ON t.trace_id = u.trace_id
    WHERE p.name IS NOT NULL AND p.version IS NOT NULL AND t.outcome IS NOT NULL
)
SELECT s.name, s.version, s.subject, f.tokens, count(*) AS judged,
    count(*) FILTER (s.passed) AS passed
FROM said s JOIN prompt_family f USING (subject) WHERE f.tokens IS NOT NULL
GROUP BY ALL HAVING count(*) >= $least ORDER BY s.name, f.tokens, s.version
"""


class Served(NamedTuple):
    """One version of a prompt and what came of it."""

    name: str
    version: str
    subject: str
    tokens: int
    judged: int
    """Traces with an outcome."""
    passed: int


class Gain(NamedTuple):
    """A version beside a shorter one that does as well, as far as the traces tell."""

    longer: Served
    shorter: Served
    gain: float
    """Share of passed traces of the longer, less that of the shorter."""
    low: float
    high: float
    """Its 95 % interval, by Newcombe's method 10 (1998), of independent shares."""


def list_served(evidence: Evidence, least: int) -> list[Served]:
    """Return the versions with so many judged traces, by name, the shortest first.

    Raises:
        NoEvidence: There are no system prompts, or no traces.
    """
    define_families(evidence)
    return [Served(**row) for row in evidence.rows(_VERSIONS, least=least)]


def without_gain(served: Iterable[Served], least_tokens: int) -> dict[str, Gain]:
    """Return, by subject, longer versions beside the shortest that they are not better than.

    Not better: the interval of the difference holds zero, or lies below it. A version that is
    worse than a still shorter one is nothing to go back to.

    Args:
        served: Versions, by name, the shortest first.
        least_tokens: Tokens by which one has to be longer.
    """
    out: dict[str, Gain] = {}
    known = list(served)
    for longer in known:
        for shorter in known:
            if shorter.name != longer.name or shorter.tokens + least_tokens > longer.tokens:
                continue
            found = compare(longer, shorter)
            if found.low <= 0 and longer.subject not in out:
                out[longer.subject] = found
    return out


def compare(longer: Served, shorter: Served) -> Gain:
    """Return the difference of two versions' shares of passed traces, with its interval."""
    one, other = longer.passed / longer.judged, shorter.passed / shorter.judged
    low_one, high_one = wilson(longer.passed, longer.judged)
    low_other, high_other = wilson(shorter.passed, shorter.judged)
    gain = one - other
    return Gain(
        longer,
        shorter,
        gain,
        gain - math.hypot(one - low_one, high_other - other),
        gain + math.hypot(high_one - one, other - low_other),
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson, 1927)."""
    share, square = hits / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return middle - half, middle + half
