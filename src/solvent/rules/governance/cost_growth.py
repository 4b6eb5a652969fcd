"""GV101."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, NoEvidence, Rule
from solvent.debt.growth import Day, Factors, Growth, Use, factors, growth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding

_DAYS = """
SELECT date_trunc('day', started_at) AS day, count(*) AS traces, coalesce(sum(usd), 0) AS usd
FROM trace WHERE dated AND requests > 0 GROUP BY day ORDER BY day
"""

_USES = """
SELECT t.started_at >= CAST($middle AS TIMESTAMP) AS late, coalesce(r.model, '?') AS model,
    count(*) AS requests,
    coalesce(sum(coalesce(r.input_tokens, 0) + coalesce(r.output_tokens, 0)), 0)::DOUBLE AS tokens,
    coalesce(sum(r.usd), 0) AS usd, count(*) FILTER (r.usd IS NULL) AS unpriced
FROM request r JOIN trace t USING (trace_id) WHERE t.dated AND t.requests > 0
GROUP BY ALL ORDER BY model
"""

_WORDS = {
    "requests_per_trace": "model calls per trace",
    "model_mix": "dearer models",
    "tokens_per_request": "tokens per model call",
    "price_per_token": "price per token",
}


@dataclass(frozen=True, slots=True)
class CostGrowth(Rule):
    """Spending grows faster than traffic.

    ## What it does
    Compares dollars per trace in the first and the second half of the window, and flags a growth
    of at least `min_growth` when its 95 % interval lies above no growth. The days are what
    scatters, so one expensive day does not make a trend. It needs `min_days` days with traffic.
    The growth is split into model calls per trace, models, tokens per call and price per token
    (which rises with the share of output and falls with what is read from a cache); their product
    is the growth.

    ## Why is this debt?
    More customers may cost more. The same customer should not, unless somebody chose it: histories
    grow, tools are added, a retry creeps in, and each month costs a little more than the last.

    ## Example
    ```yaml
    traces:
      - repeat: 7
        at: 2026-10-01
        every: 1d
        steps: [{llm: gpt-4o, input: a, output: b, tokens: [1000, 10]}]
      - repeat: 7
        at: 2026-10-08
        every: 1d
        steps: [{llm: gpt-4o, input: a, output: b, tokens: [3000, 10]}]
      - repeat: 280
        at: 2026-10-01
        every: 1h
        steps: [{llm: gpt-4o, input: a, output: b, tokens: [10, 10]}]
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 100
        at: 2026-10-01
        every: 1h
        steps: [{llm: gpt-4o, input: a, output: b, tokens: [1000, 10]}]
      - repeat: 200
        at: 2026-10-05
        every: 1h
        steps: [{llm: gpt-4o, input: a, output: b, tokens: [1000, 10]}]
    ```

    ## Interest
    What the second half cost beyond the first half's dollars per trace: each trace of the second
    half carries its dollars x (1 - first rate / second rate). It is scaled like every interest, by
    the whole window, although only half of it carries the growth. Principal: four hours, to find
    the change behind the largest factor.

    ## When to accept it
    The growth was decided: a better model, more context, a new feature, with an evaluation that
    shows what it bought.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "GV101"
    debt = Debt.GOVERNANCE
    hours = 4.0

    min_growth: float = 0.1
    """Growth of dollars per trace from which it matters."""
    min_days: int = 7
    """Days with traffic."""
    min_traces: int = 20
    """Traces in each half."""
    min_priced: float = 0.9
    """Share of the model calls whose cost must be known."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield a finding when spending per trace grew."""
        days = evidence.rows(_DAYS)
        if len(days) < self.min_days:
            raise NoEvidence(f"fewer than {self.min_days} days with dated model calls")
        middle = days[0]["day"] + (days[-1]["day"] - days[0]["day"]) / 2
        early = [Day(d["usd"], d["traces"]) for d in days if d["day"] < middle]
        late = [Day(d["usd"], d["traces"]) for d in days if d["day"] >= middle]
        traces = sum(d.traces for d in early), sum(d.traces for d in late)
        bound = min(d["day"] for d in days if d["day"] >= middle)
        uses = evidence.rows(_USES, middle=bound.isoformat(" "))
        asked = sum(use["requests"] for use in uses)
        if asked - sum(use["unpriced"] for use in uses) < self.min_priced * asked:
            raise NoEvidence("the cost of most model calls is not known")
        found = growth(early, late)
        if (
            found is None
            or min(traces) < self.min_traces
            or found.ratio < 1 + self.min_growth
            or found.low <= 1
        ):
            return
        halves: tuple[dict[str, Use], dict[str, Use]] = ({}, {})
        for use in uses:
            halves[use["late"]][use["model"]] = Use(use["requests"], use["tokens"], use["usd"])
        evidence.define(
            "cost_growth",
            "SELECT CAST($middle AS TIMESTAMP) AS middle, $share::DOUBLE AS share",
            middle=bound.isoformat(" "),
            share=1 - found.before / found.after,
        )
        yield self._found(evidence, found, (early, late), factors(*halves, traces))

    def _found(
        self,
        evidence: Evidence,
        found: Growth,
        days: tuple[Sequence[Day], Sequence[Day]],
        split: Factors | None,
    ) -> Finding:
        traffic = [sum(d.traces for d in half) / len(half) for half in days]
        parts = {} if split is None else {_WORDS[k]: v for k, v in split._asdict().items()}
        largest = max(parts, key=lambda name: parts[name]) if parts else ""
        because = f"; most of it is {largest} (x {parts[largest]:.2f})" if parts else ""
        return self.finding(
            f"project:{evidence.observed.project}",
            f"spending per trace grew by {found.ratio - 1:.0%} (at least {found.low - 1:.0%}) from"
            f" the first half of the window to the second, from ${found.before:.4g} to"
            f" ${found.after:.4g}, while traffic changed by {traffic[1] / traffic[0] - 1:+.0%}"
            f"{because}",
            counts={
                "usd per trace before": found.before,
                "usd per trace after": found.after,
                "growth": found.ratio,
                "growth, low": found.low,
                "growth, high": found.high,
                "days": len(days[0]) + len(days[1]),
                "traces before": sum(d.traces for d in days[0]),
                "traces after": sum(d.traces for d in days[1]),
                **{f"x {name}": value for name, value in parts.items()},
            },
            examples=evidence.examples("""
                SELECT trace_id FROM trace WHERE dated AND usd IS NOT NULL
                AND started_at >= (SELECT middle FROM cost_growth) ORDER BY usd DESC LIMIT 5
            """),
            fix=f"look at the dearest traces of the second half, first for {largest}"
            if largest
            else "look at the dearest traces of the second half",
        )

    def costs(self, evidence: Evidence) -> Costs:
        """Claim what each request of the second half cost beyond the first half's rate."""
        project = evidence.observed.project
        return Costs(
            """
            SELECT 'project:' || $project AS subject, r.id, r.trace_id, '*' AS part,
                NULL::BIGINT AS tokens, r.usd * g.share AS usd,
                NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM request r JOIN trace t USING (trace_id) JOIN cost_growth g
                ON t.started_at >= g.middle
            WHERE t.dated AND r.usd IS NOT NULL
            """,
            {"project": project},
        )
