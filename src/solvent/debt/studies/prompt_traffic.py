"""What each prompt carries: requests, tokens and price, so that a change of it can be priced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.debt.families import define_families

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.debt.evidence import Evidence

_TRAFFIC = """
SELECT f.subject, f.hash, f.tokens, count(DISTINCT u.id) AS requests,
    CASE WHEN bool_and(r.input_rate IS NOT NULL) THEN avg(r.input_rate) END AS usd_per_token
FROM prompt_family f JOIN prompt_member m USING (subject) JOIN prompt_use u ON u.hash = m.hash
JOIN request r ON r.id = u.id
GROUP BY f.subject, f.hash, f.tokens ORDER BY requests DESC, f.subject
"""


def study(evidence: Evidence) -> Mapping[str, Any]:
    """Return by prompt its requests in the window and the mean price of an input token.

    `usd_per_token` is None when one of its requests has no known price; cached tokens count at the
    cached price.

    Raises:
        NoEvidence: There are no system prompts.
    """
    define_families(evidence)
    observed = evidence.observed
    return {
        "scale": observed.scale,
        "period": observed.period,
        "prompts": evidence.rows(_TRAFFIC),
    }
