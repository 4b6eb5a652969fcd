"""Interest: what findings cost, alone and within the total, without counting anything twice.

Rules claim parts of spans (`solvent.debt.rule.Costs`). For one span, the claims of a set of
findings explain

    U = max(largest claim on the whole span, sum over its parts of the largest claim on each)

in tokens, dollars and seconds alike, and the claims on one trace

    T = max(largest claim on the whole trace, sum over its spans of U)

A finding *alone* explains T of its own claims. *Within the total*, findings are taken in
the order of the ledger and each is booked what T grows by when it is added, so that the parts sum
up to T of all. A failed trace is booked to the first finding that
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
    from solvent.ports.spans import Scalar
    from solvent.records.finding import Finding, Observed

Z95 = 1.959963984540054

KEPT = """
SELECT hash(subject) AS subject, id, hash(trace_id) AS trace_id,
    CASE WHEN part = '*' THEN 0 ELSE hash(part) END AS part,
    tokens::DOUBLE AS tokens, usd::DOUBLE AS usd, seconds::DOUBLE AS seconds, failed
FROM ({claims})
"""
PATTERNS = """
SELECT id, any_value(trace_id) AS trace_id,
    sum(hash(subject, part, tokens, usd, seconds, failed)) AS pattern
FROM {table} WHERE id IS NOT NULL GROUP BY id
"""
"""Twenty offered tools are twenty claims on every call, and the same ones on a thousand calls.
Spans on which a rule claims the same have one pattern, and are worked out once."""
OF_PATTERN = """
SELECT p.pattern, c.* EXCLUDE (id, trace_id)
FROM {table} c JOIN (SELECT pattern, min(id) AS id FROM {table}_span GROUP BY pattern) p USING (id)
"""
MARKED = """
SELECT id, any_value(trace_id) AS trace_id, sum(hash(rule, pattern)) AS mark
FROM ({spans}) GROUP BY id
"""
"""Spans on which all rules together claim the same have one mark."""
_MERGED = """
    max(c.tokens) AS tokens, max(c.usd) AS usd,
    max(c.seconds) AS seconds, bool_or(c.failed) AS failed,
    bool_or(c.usd IS NULL AND c.tokens IS NOT NULL) AS unpriced,
    bool_or(c.tokens IS NOT NULL) AS priceable"""
CLAIM = f"""
WITH example AS (SELECT mark, min(id) AS id FROM marked GROUP BY mark)
SELECT f.finding, e.mark, c.part, {_MERGED}
FROM example e JOIN ({{spans}}) s USING (id)
    JOIN ({{claims}}) c ON c.rule = s.rule AND c.pattern = s.pattern
    JOIN found f ON f.rule = c.rule AND hash(f.subject) = c.subject
GROUP BY f.finding, e.mark, c.part
"""
WHOLE = f"""
SELECT f.finding, c.trace_id, {_MERGED}
FROM ({{traces}}) c JOIN found f ON f.rule = c.rule AND hash(f.subject) = c.subject
GROUP BY f.finding, c.trace_id
"""

MEASURES = ("tokens", "usd", "seconds")


def _each(template: str) -> str:
    """Return the columns of a template for every measure, `{m}` being its name."""
    return ",\n        ".join(template.replace("{m}", measure) for measure in MEASURES)


ALONE = f"""
WITH span_claim AS (
    SELECT finding, mark,
        {_each("greatest(max({m}) FILTER (part = 0), sum({m}) FILTER (part <> 0)) AS {m}")},
        bool_or(failed) AS failed, bool_or(unpriced) AS unpriced,
        bool_or(priceable) AS priceable
    FROM claim GROUP BY finding, mark
), placed AS (
    SELECT s.finding, m.trace_id, {_each("sum({m}) AS {m}")},
        bool_or(failed) AS failed, count(*) FILTER (unpriced) AS unpriced,
        count(*) FILTER (priceable) AS claims, false AS whole
    FROM span_claim s JOIN marked m USING (mark) GROUP BY s.finding, m.trace_id
    UNION ALL
    SELECT finding, trace_id, tokens, usd, seconds, failed,
        unpriced::BIGINT, priceable::BIGINT, true
    FROM whole
), trace_claim AS (
    SELECT finding, trace_id,
        {_each("greatest(max({m}) FILTER (whole), sum({m}) FILTER (NOT whole)) AS {m}")},
        bool_or(failed) AS failed, sum(unpriced) AS unpriced, sum(claims) AS claims
    FROM placed GROUP BY finding, trace_id
)
SELECT finding,
    {_each("sum({m}) AS {m}, sum({m} * {m}) AS {m}_squared")},
    count(*) FILTER (failed) AS failed_traces, bool_or(failed IS NOT NULL) AS judged,
    sum(unpriced) AS unpriced, sum(claims) AS claims
FROM trace_claim GROUP BY finding
"""

WITHIN = f"""
WITH steps AS (
    SELECT finding, mark, place, part = 0 AS whole, tokens, usd, seconds,
        {_each("max({m}) OVER earlier AS {m}_before")}
    FROM claim JOIN ranking USING (finding)
    WINDOW earlier AS (PARTITION BY mark, part ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
grown AS (
    SELECT finding, mark, place,
        {
    _each(
        "sum(greatest({m} - coalesce({m}_before, 0), 0)) FILTER (NOT whole) AS {m}_parts, "
        "max({m}) FILTER (whole) AS {m}_whole"
    )
}
    FROM steps GROUP BY finding, mark, place
),
covered AS (
    SELECT finding, mark, place,
        {_each("greatest(sum({m}_parts) OVER upto, max({m}_whole) OVER upto) AS {m}")}
    FROM grown
    WINDOW upto AS (PARTITION BY mark ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
gained AS (
    SELECT finding, mark, place,
        {_each("{m} - coalesce(lag({m}) OVER before, 0) AS {m}")}
    FROM covered WINDOW before AS (PARTITION BY mark ORDER BY place)
),
whole_trace AS (
    SELECT finding, trace_id, place, tokens, usd, seconds
    FROM whole JOIN ranking USING (finding) WHERE coalesce(tokens, usd, seconds) IS NOT NULL
),
trace_grown AS (
    SELECT finding, trace_id, place,
        {_each("sum({m}) FILTER (NOT whole) AS {m}_parts, max({m}) FILTER (whole) AS {m}_whole")}
    FROM (
        SELECT *, true AS whole FROM whole_trace
        UNION ALL
        SELECT g.finding, m.trace_id, g.place, g.tokens, g.usd, g.seconds, false
        FROM marked m JOIN gained g USING (mark)
        WHERE m.trace_id IN (SELECT trace_id FROM whole_trace)
    ) GROUP BY finding, trace_id, place
),
trace_covered AS (
    SELECT finding, trace_id, place,
        {_each("greatest(sum({m}_parts) OVER upto, max({m}_whole) OVER upto) AS {m}")}
    FROM trace_grown
    WINDOW upto AS (PARTITION BY trace_id ORDER BY place
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
trace_gained AS (
    SELECT finding, {_each("{m} - coalesce(lag({m}) OVER before, 0) AS {m}")}
    FROM trace_covered WINDOW before AS (PARTITION BY trace_id ORDER BY place)
),
often AS (
    SELECT mark, count(*) AS times FROM marked
    WHERE trace_id NOT IN (SELECT trace_id FROM whole_trace) GROUP BY mark
)
SELECT finding, {_each("sum({m}) AS {m}")} FROM (
    SELECT finding, {_each("{m} * times AS {m}")} FROM gained JOIN often USING (mark)
    UNION ALL
    SELECT * FROM trace_gained
) GROUP BY finding
"""

FAILED_WITHIN = """
WITH failing AS (
    SELECT m.trace_id, c.finding FROM claim c JOIN marked m USING (mark) WHERE c.failed
    UNION ALL SELECT trace_id, finding FROM whole WHERE failed
)
SELECT finding, count(*) AS failed_traces FROM (
    SELECT trace_id, arg_min(finding, place) AS finding
    FROM failing JOIN ranking USING (finding) GROUP BY trace_id
) GROUP BY finding
"""


def keep_claims(evidence: Evidence, table: str, sql: str, **params: Scalar) -> None:
    """Keep what a rule claims, for `price_alone`.

    Args:
        evidence: The open evidence.
        table: Name to keep it under.
        sql: A question with the columns of `solvent.debt.rule.Costs`.
        params: Its parameters.
    """
    evidence.define(table, KEPT.format(claims=sql), **params)
    evidence.define(f"{table}_span", PATTERNS.format(table=table))
    evidence.define(f"{table}_part", OF_PATTERN.format(table=table))
    evidence.define(f"{table}_trace", f"SELECT * FROM {table} WHERE id IS NULL")
    evidence.define(table, f"SELECT * FROM {table}_trace")  # frees the memory of the rest


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
    spans, parts, traces = (
        " UNION ALL ".join(
            f"SELECT '{rule}' AS rule, * FROM {table}_{kind}" for rule, table in claims
        )
        for kind in ("span", "part", "trace")
    )
    evidence.define("marked", MARKED.format(spans=spans))
    evidence.define("claim", CLAIM.format(spans=spans, claims=parts))
    evidence.define("whole", WHOLE.format(traces=traces))
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
        usd=_measure(row["usd"], row["usd_squared"], observed, unpriced or "no tokens to price"),
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
