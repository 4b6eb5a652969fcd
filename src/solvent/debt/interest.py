"""Interest: what findings cost, alone and within the total, without counting anything twice.

Rules claim parts of spans (`solvent.debt.rule.Costs`). For one span, the claims of a set of
findings explain

    U = max(largest claim on the whole span, sum over its parts of the largest claim on each)

in tokens, dollars and seconds alike. A finding *alone* explains U of its own claims. *Within the
total*, findings are taken in the order of the ledger and each is booked what U grows by when it is
added, so that the parts sum up to U of all. A failed trace is booked to the first finding that
claims it.

Intervals: amounts per trace are treated as a compound Poisson sum, so the standard error of a
total is the square root of the sum of the squared amounts per trace; 95 % is 1.96 of those. What
was observed and not scaled is exact and has no interval.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from solvent.records.finding import Interest, Measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.debt.evidence import Evidence
    from solvent.records.finding import Finding, Observed

Z95 = 1.959963984540054

MERGED = """
SELECT f.finding, c.id, c.trace_id, c.part, max(c.tokens) AS tokens, max(c.usd) AS usd,
    max(c.seconds) AS seconds, bool_or(c.failed) AS failed,
    bool_or(c.usd IS NULL) AS unpriced
FROM ({claims}) c JOIN found f ON f.rule = c.rule AND f.subject = c.subject
GROUP BY f.finding, c.id, c.trace_id, c.part
"""

ALONE = """
WITH span_claim AS (
    SELECT finding, id, trace_id,
        greatest(max(tokens) FILTER (part = '*'), sum(tokens) FILTER (part <> '*')) AS tokens,
        greatest(max(usd) FILTER (part = '*'), sum(usd) FILTER (part <> '*')) AS usd,
        greatest(max(seconds) FILTER (part = '*'), sum(seconds) FILTER (part <> '*')) AS seconds,
        bool_or(failed) AS failed, bool_or(unpriced) AS unpriced
    FROM claim GROUP BY finding, id, trace_id
), trace_claim AS (
    SELECT finding, trace_id, sum(tokens) AS tokens, sum(usd) AS usd, sum(seconds) AS seconds,
        bool_or(failed) AS failed, count(*) FILTER (unpriced) AS unpriced, count(*) AS claims
    FROM span_claim GROUP BY finding, trace_id
)
SELECT finding, sum(tokens) AS tokens, sum(usd) AS usd, sum(seconds) AS seconds,
    count(*) FILTER (failed) AS failed_traces, bool_or(failed IS NOT NULL) AS judged,
    sum(tokens * tokens) AS tokens_squared, sum(usd * usd) AS usd_squared,
    sum(seconds * seconds) AS seconds_squared, sum(unpriced) AS unpriced, sum(claims) AS claims
FROM trace_claim GROUP BY finding
"""

WITHIN = """
WITH ranked AS (
    SELECT r.place, c.* FROM claim c JOIN ranking r USING (finding)
),
shared AS (
    SELECT DISTINCT id FROM ranked
    WHERE id IS NOT NULL
    GROUP BY id, part HAVING count(*) > 1
    UNION
    SELECT id FROM ranked WHERE id IS NOT NULL
    GROUP BY id HAVING bool_or(part = '*') AND count(*) > 1
),
alone AS (
    SELECT finding, tokens, usd, seconds FROM ranked
    WHERE id IS NULL OR id NOT IN (SELECT id FROM shared)
),
steps AS (
    SELECT finding, id, place, part = '*' AS whole, tokens, usd, seconds,
        max(tokens) OVER earlier AS tokens_before, max(usd) OVER earlier AS usd_before,
        max(seconds) OVER earlier AS seconds_before
    FROM ranked WHERE id IN (SELECT id FROM shared)
    WINDOW earlier AS (PARTITION BY id, part ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
grown AS (
    SELECT finding, id, place,
        {grown}
    FROM steps GROUP BY finding, id, place
),
covered AS (
    SELECT finding, id, place,
        {covered}
    FROM grown
    WINDOW upto AS (PARTITION BY id ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
gained AS (
    SELECT finding,
        {gained}
    FROM covered WINDOW before AS (PARTITION BY id ORDER BY place)
)
SELECT finding, sum(tokens) AS tokens, sum(usd) AS usd, sum(seconds) AS seconds
FROM (SELECT * FROM alone UNION ALL SELECT * FROM gained) GROUP BY finding
""".format(
    grown=",\n        ".join(
        f"sum(greatest({m} - coalesce({m}_before, 0), 0)) FILTER (NOT whole) AS {m}_parts, "
        f"max({m}) FILTER (whole) AS {m}_whole"
        for m in ("tokens", "usd", "seconds")
    ),
    covered=",\n        ".join(
        f"greatest(sum({m}_parts) OVER upto, max({m}_whole) OVER upto) AS {m}"
        for m in ("tokens", "usd", "seconds")
    ),
    gained=",\n        ".join(
        f"{m} - coalesce(lag({m}) OVER before, 0) AS {m}" for m in ("tokens", "usd", "seconds")
    ),
)

FAILED_WITHIN = """
SELECT finding, count(*) AS failed_traces FROM (
    SELECT c.trace_id, arg_min(c.finding, r.place) AS finding
    FROM claim c JOIN ranking r USING (finding) WHERE c.failed GROUP BY c.trace_id
) GROUP BY finding
"""


def price_alone(
    evidence: Evidence, claims: Sequence[tuple[str, str]], found: Sequence[Finding]
) -> list[Interest]:
    """Return the interest of each finding alone, and keep the claims for `price_within`.

    Args:
        evidence: The open evidence.
        claims: Rule name and the name of the table that holds its costs.
        found: All findings of the audit.
    """
    import pyarrow as pa

    if not claims:
        return [_unclaimed() for _ in found]
    evidence.define(
        "found",
        pa.table(
            {
                "finding": pa.array(range(len(found)), pa.int32()),
                "rule": pa.array([f.rule for f in found], pa.string()),
                "subject": pa.array([f.subject for f in found], pa.string()),
            }
        ),
    )
    union = " UNION ALL ".join(
        f"SELECT '{rule}' AS rule, subject, id, trace_id, part, tokens::DOUBLE AS tokens,"
        f" usd::DOUBLE AS usd, seconds::DOUBLE AS seconds, failed FROM {table}"
        for rule, table in claims
    )
    evidence.define("claim", MERGED.format(claims=union))
    rows = {row["finding"]: row for row in evidence.rows(ALONE)}
    return [_alone(rows.get(i), evidence.observed) for i in range(len(found))]


def price_within(
    evidence: Evidence, order: Sequence[int], alone: Sequence[Interest]
) -> list[Interest]:
    """Return what each finding adds to the total when findings are taken in `order`.

    Args:
        evidence: The open evidence, after `price_alone`.
        order: Indices of the findings, the first of the ledger first.
        alone: The interest of each finding alone.
    """
    import pyarrow as pa

    evidence.define(
        "ranking",
        pa.table(
            {
                "finding": pa.array(order, pa.int32()),
                "place": pa.array(range(len(order)), pa.int32()),
            }
        ),
    )
    rows = {row["finding"]: row for row in evidence.rows(WITHIN)}
    failed = {row["finding"]: row["failed_traces"] for row in evidence.rows(FAILED_WITHIN)}
    scale = evidence.observed.scale
    return [
        Interest(
            usd=_share(own.usd, rows.get(i, {}).get("usd"), scale),
            tokens=_share(own.tokens, rows.get(i, {}).get("tokens"), scale),
            seconds=_share(own.seconds, rows.get(i, {}).get("seconds"), scale),
            failed_traces=_share(own.failed_traces, failed.get(i, 0), scale),
            review_minutes=own.review_minutes,
        )
        for i, own in enumerate(alone)
    ]


def add_up(parts: Sequence[Interest]) -> Interest:
    """Return the sum of disjoint interests; unmeasured parts are named, never taken as 0."""

    def total(measures: Sequence[Measure]) -> Measure:
        known = [m.value for m in measures if m.value is not None]
        if not known:
            return Measure(note="nothing measured")
        unknown = len(measures) - len(known)
        return Measure(sum(known), note=f"{unknown} findings unmeasured" if unknown else "")

    return Interest(
        usd=total([p.usd for p in parts]),
        tokens=total([p.tokens for p in parts]),
        failed_traces=total([p.failed_traces for p in parts]),
        seconds=total([p.seconds for p in parts]),
        review_minutes=total([p.review_minutes for p in parts]),
    )


def _unclaimed() -> Interest:
    none = Measure(note="no interest of its own")
    return Interest(none, none, none, none, none)


def _alone(row: Mapping[str, Any] | None, observed: Observed) -> Interest:
    if row is None:
        return _unclaimed()
    unpriced = ""
    if row["unpriced"]:
        unpriced = f"{row['unpriced']:,} of {row['claims']:,} places have no known price"
    failed = Measure(note="not counted in failures")
    if row["judged"]:
        count = row["failed_traces"]
        failed = _measure(count, count, observed, "")
    return Interest(
        usd=_measure(row["usd"], row["usd_squared"], observed, unpriced or "no known price"),
        tokens=_measure(row["tokens"], row["tokens_squared"], observed, "tokens not known"),
        failed_traces=failed,
        seconds=_measure(row["seconds"], row["seconds_squared"], observed, "not counted in time"),
        review_minutes=Measure(note="not counted in reviews"),
    )


def _measure(value: float | None, squares: float | None, observed: Observed, note: str) -> Measure:
    if value is None:
        return Measure(note=note)
    scaled = value * observed.scale
    partial = note if "places" in note else ""
    if observed.period == "observed" or squares is None:
        return Measure(scaled, note=partial)
    spread = Z95 * sqrt(squares) * observed.scale
    return Measure(scaled, max(0.0, scaled - spread), scaled + spread, partial)


def _share(own: Measure, gained: float | None, scale: float) -> Measure:
    if own.value is None:
        return own
    return Measure((gained or 0.0) * scale, note=own.note)
