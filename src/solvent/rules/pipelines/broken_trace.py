"""OP302."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, NoEvidence, Ref, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

LINKED = """
SELECT c.trace_id, coalesce(c.service, '') AS service,
    count(*) FILTER (p.span_id IS NULL) AS orphans,
    count(*) FILTER (c.duration_ns < 0
        OR epoch_us(p.started_at) - epoch_us(c.started_at) > $early_us) AS clock,
    count(*) FILTER (p.duration_ns >= 0 AND c.duration_ns >= 0
        AND epoch_us(c.started_at) <= epoch_us(p.started_at) + p.duration_ns // 1000
        AND epoch_us(c.started_at) + c.duration_ns // 1000
            > epoch_us(p.started_at) + p.duration_ns // 1000 + $late_us) AS outlived
FROM step c LEFT JOIN step p ON c.trace_id = p.trace_id AND c.parent_id = p.span_id
WHERE c.dated AND c.parent_id IS NOT NULL
GROUP BY c.trace_id, c.service
HAVING orphans + clock + outlived > 0
"""
"""Faults between a span and its parent, by trace and service."""

NEGATIVE = """
SELECT trace_id, coalesce(service, '') AS service, 0 AS orphans, count(*) AS clock, 0 AS outlived
FROM step WHERE dated AND parent_id IS NULL AND duration_ns < 0 GROUP BY ALL
"""

UNEXPLAINED = """
WITH root AS (
    SELECT trace_id, any_value(service) AS service,
        any_value(epoch_us(started_at)) AS start_us,
        any_value(epoch_us(started_at) + duration_ns // 1000) AS end_us
    FROM step WHERE parent_id IS NULL AND dated
    GROUP BY trace_id HAVING count(*) = 1 AND any_value(duration_ns) > $least_ns
), piece AS (
    SELECT r.trace_id, r.service, r.start_us, r.end_us,
        greatest(epoch_us(c.started_at), r.start_us) AS from_us,
        least(epoch_us(c.started_at) + greatest(c.duration_ns, 0) // 1000, r.end_us) AS to_us
    FROM root r JOIN step c ON c.trace_id = r.trace_id
    WHERE c.parent_id IS NOT NULL AND c.duration_ns IS NOT NULL
), laid AS (
    SELECT *, coalesce(max(to_us) OVER (PARTITION BY trace_id ORDER BY from_us, to_us
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), start_us) AS reached_us
    FROM piece
)
SELECT trace_id, coalesce(any_value(service), '') AS service,
    any_value(end_us - start_us) / 1e6 AS seconds,
    (any_value(end_us - start_us) - sum(greatest(to_us - greatest(from_us, reached_us), 0))) / 1e6
        AS unexplained
FROM laid GROUP BY trace_id
"""
"""The time of roots that no other span covers; spans that overlap count once."""

FAULT = """
SELECT trace_id, service, 'orphans' AS kind, orphans AS n FROM op302_linked
WHERE orphans > 0 AND trace_id IN (SELECT trace_id FROM trace WHERE roots > 0)
UNION ALL
SELECT trace_id, service, 'clock', sum(clock) FROM op302_linked WHERE clock > 0
GROUP BY trace_id, service
UNION ALL
SELECT trace_id, service, 'outlived', outlived FROM op302_linked WHERE outlived > 0
UNION ALL
SELECT s.trace_id, coalesce(any_value(s.service), ''), 'roots', count(*)
FROM step s SEMI JOIN (SELECT trace_id FROM trace WHERE roots > 1 AND dated) t
    ON s.trace_id = t.trace_id
WHERE s.parent_id IS NULL GROUP BY s.trace_id
UNION ALL
SELECT trace_id, service, 'gaps', 1 FROM op302_time
WHERE unexplained > $gap * seconds
"""


@dataclass(frozen=True, slots=True)
class BrokenTrace(Rule):
    """Traces are torn or out of time, so that they cannot be read.

    ## What it does
    Flags, for each service, faults that stand in at least `min_traces` of its traces and in at
    least the share `max_share` of them:

    - *orphans*: spans whose parent is not in the trace although the trace has a root (a trace that
      was merely entered from outside has none);
    - *several roots*: parts that share a trace id and nothing else;
    - *clock faults*: negative durations, and children that start more than `early_ms` before their
      parent;
    - *outlived parents*: children that end more than `late_ms` after the parent they started in;
    - *unexplained time*: roots of at least `min_root_seconds` of which the spans below cover less
      than half (`max_gap`).

    Sources without times are left out: their spans only have an order.

    ## Why is this debt?
    Whoever looks for the step at fault does not find it, and durations and costs of the steps
    above do not add up. Full traces made attribution 76 % better than outputs alone in
    TraceElephant.

    ## Example
    ```yaml
    traces:
      - repeat: 10
        steps:
          - {step: plan, input: hi, output: done}
          - {step: search, parent: "00000000000000ff", input: hi, output: done}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 10
        steps:
          - step: plan
            steps: [{step: search, input: hi, output: done}]
    ```

    ## Interest
    None of its own: a torn trace costs nothing until somebody has to read it. Principal: two
    hours, to hand the context on where it is lost, end spans where the work ends, or add a span.

    ## When to accept it
    Work that is meant to go on after the answer, or a parent that only starts others.

    ## References
    - TraceElephant, arXiv 2604.22708: attribution with full traces and with outputs only.
    """

    code = "OP302"
    debt = Debt.PIPELINES
    hours = 2.0

    min_traces: int = 5
    """Traces with a fault before it is reported."""
    max_share: float = 0.01
    """Share of a service's traces that may have a fault."""
    early_ms: float = 100.0
    """Milliseconds that a child may start before its parent: clocks of two machines."""
    late_ms: float = 1_000.0
    """Milliseconds that a child may end after its parent."""
    max_gap: float = 0.5
    """Share of a root's time that no span below need explain."""
    min_root_seconds: float = 2.0
    """Shorter roots are not asked for gaps."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per kind of fault and service."""
        dated = {
            row["service"]: row["traces"]
            for row in evidence.rows("""
                SELECT coalesce(service, '') AS service, count(DISTINCT trace_id) AS traces
                FROM step WHERE dated GROUP BY service
                """)
        }
        if not dated:
            raise NoEvidence("no traces with times")
        bounds = {"early_us": self.early_ms * 1e3, "late_us": self.late_ms * 1e3}
        evidence.define("op302_linked", f"({LINKED}) UNION ALL ({NEGATIVE})", **bounds)
        evidence.define("op302_time", UNEXPLAINED, least_ns=int(self.min_root_seconds * 1e9))
        evidence.define("op302_fault", FAULT, gap=self.max_gap)
        for row in evidence.rows(
            """
            SELECT f.kind, f.service, count(*) AS broken, sum(f.n)::BIGINT AS n,
                sum(t.unexplained) AS unexplained, sum(t.seconds) AS seconds,
                arg_max(f.trace_id, (f.n, f.trace_id), 5) AS examples
            FROM op302_fault f LEFT JOIN op302_time t ON f.trace_id = t.trace_id AND f.kind = 'gaps'
            GROUP BY f.kind, f.service HAVING count(*) >= $least ORDER BY f.kind, f.service
            """,
            least=self.min_traces,
        ):
            if row["broken"] >= self.max_share * dated[row["service"]]:
                yield self._found(row, dated[row["service"]])

    def _found(self, row: dict[str, Any], traces: int) -> Finding:
        where = f" of `{row['service']}`" if row["service"] else ""
        counts = {"broken_traces": row["broken"], "traces": traces}
        numbers = {**counts, "n": row["n"], "where": where, "late": self.late_ms / 1e3}
        if row["kind"] == "gaps":
            counts["unexplained_seconds"] = round(row["unexplained"], 3)
            counts["seconds"] = round(row["seconds"], 3)
            numbers["share"] = row["unexplained"] / row["seconds"]
        else:
            counts["faults"] = row["n"]
        return self.finding(
            f"traces:{row['kind']}" + (f"@{row['service']}" if row["service"] else ""),
            SAYINGS[row["kind"]].format(**numbers),
            counts=counts,
            examples=[Ref(trace_id) for trace_id in row["examples"]],
            fix=REMEDIES[row["kind"]],
        )


SAYINGS = {
    "orphans": "{n:,} spans in {broken_traces:,} of {traces:,} traces{where} name a parent that"
    " never arrived",
    "roots": "{broken_traces:,} of {traces:,} traces{where} fall apart into several roots"
    " ({n:,} in all)",
    "clock": "{n:,} spans in {broken_traces:,} of {traces:,} traces{where} start before their"
    " parent or end before they start",
    "outlived": "{n:,} spans in {broken_traces:,} of {traces:,} traces{where} go on for more than"
    " {late:g} s after the parent they belong to has ended",
    "gaps": "in {broken_traces:,} of {traces:,} traces{where} no step explains {share:.0%} of the"
    " time",
}
REMEDIES = {
    "orphans": "end and export every span before the process stops: call `solvent.flush()`, and"
    " look for spans that are never ended or were sampled away",
    "roots": "hand the trace context on to threads, tasks and queues, so that their spans get a"
    " parent; start one trace per request",
    "clock": "keep the machines' clocks in step, and take start and end of a span from the same"
    " clock",
    "outlived": "end the parent when its last child has ended; a stream's span ends with its last"
    " piece",
    "gaps": "add spans around the work between the steps: `with solvent.span(...)`",
}
