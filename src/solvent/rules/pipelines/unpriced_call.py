"""OP306."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, Ref, Rule, several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

UNPRICED = """
WITH asked AS (
    SELECT trace_id, span_id, provider, model, started_at, cost_usd, reported
    FROM request WHERE status <> 'error'
    UNION ALL
    SELECT trace_id, span_id, provider, model, started_at, cost_usd, input_tokens IS NOT NULL
    FROM step WHERE type = 'embedding' AND status <> 'error'
), judged AS (
    SELECT a.*, r.why_not, NOT a.reported AS uncounted,
        a.cost_usd IS NULL AND r.input_usd IS NULL AS priceless
    FROM asked a LEFT JOIN rate r
        ON a.model = r.model AND a.provider IS NOT DISTINCT FROM r.provider
)
SELECT provider, model, count(*) AS calls,
    count(*) FILTER (uncounted AND cost_usd IS NULL OR priceless) AS unpriced,
    count(*) FILTER (uncounted AND cost_usd IS NULL) AS uncounted,
    count(*) FILTER (priceless) AS priceless,
    any_value(why_not) AS why_not,
    arg_max({'trace_id': trace_id, 'span_id': span_id}, started_at, 5)
        FILTER (uncounted AND cost_usd IS NULL OR priceless) AS examples
FROM judged GROUP BY provider, model
HAVING unpriced >= $least AND unpriced > $share * count(*)
ORDER BY unpriced DESC, model, provider LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class UnpricedCall(Rule):
    """Model calls whose cost nobody can tell.

    ## What it does
    Flags models, by provider, of which at least `min_calls` calls, and more than the share
    `max_missing`, came without a cost and either without token usage or without a price that is
    known for certain. Failed calls are left out: providers report no usage for them. Calls that do
    not say which model they went to are one finding.

    ## Why is this debt?
    Interest, budgets and the growth of spending leave these calls out. A counted estimate of the
    tokens is used where the messages are known, but it misses what the provider adds: reasoning,
    images, cached shares.

    ## Example
    ```yaml
    traces:
      - repeat: 10
        steps: [{llm: our-tuned-model, provider: inhouse, input: hi, output: hi, tokens: [9, 1]}]
    ```

    ## Use instead
    Send the cost, or put the model into a price table of your own.

    ```yaml
    traces:
      - repeat: 10
        steps:
          - {llm: our-tuned-model, provider: inhouse, input: hi, output: hi, tokens: [9, 1],
             usd: 0.0001}
    ```

    ## Interest
    None of its own: it is what keeps the interest of other findings unmeasured. Principal: half an
    hour, to add a price, name the model, or ask the provider to send usage.

    ## When to accept it
    The model runs on machines of your own and its cost is booked elsewhere; a price of 0 in a
    table of your own says so.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "OP306"
    debt = Debt.PIPELINES
    hours = 0.5

    min_calls: int = 5
    """Calls without a known cost before a model is reported."""
    max_missing: float = 0.05
    """Share of a model's calls that may be without a known cost."""
    max_models: int = 50
    """Models reported at most, those with the most calls first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per model whose calls cannot be priced."""
        evidence.need("request")
        for row in evidence.rows(
            UNPRICED, least=self.min_calls, share=self.max_missing, limit=self.max_models
        ):
            yield self.finding(
                f"model:{'/'.join(p for p in (row['provider'], row['model']) if p) or 'unnamed'}",
                f"{row['unpriced']:,} of {several(row['calls'], 'model call')} {_called(row)}"
                f" {_reason(row)}",
                counts={k: row[k] for k in ("unpriced", "uncounted", "priceless", "calls")},
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                fix=_advice(row),
            )


def _called(row: dict[str, Any]) -> str:
    if not row["model"]:
        return "that name no model"
    return f"of `{row['model']}`" + (f" at `{row['provider']}`" if row["provider"] else "")


def _reason(row: dict[str, Any]) -> str:
    if not row["priceless"]:
        return "came without token usage: what they cost is counted from the recorded messages"
    reasons = []
    if row["uncounted"]:
        reasons.append(f"{_part(row, 'uncounted')} without token usage")
    if row["priceless"] and row["model"]:
        reasons.append(f"{_part(row, 'priceless')} without a known price ({row['why_not']})")
    if row["priceless"] and not row["model"]:
        reasons.append("no price can be looked up")
    return f"cannot be priced: {' and '.join(reasons)}"


def _part(row: dict[str, Any], name: str) -> str:
    return "all" if row[name] == row["calls"] else f"{row[name]:,}"


def _advice(row: dict[str, Any]) -> str:
    advice = []
    if not row["model"]:
        advice.append(
            "record the model and the provider of each call, or name the model of recorded runs"
            " when you import them (`solvent import --model`)"
        )
    elif row["priceless"]:
        advice.append(
            f"add `{row['model']}` to a price table of your own (`prices` under `[ledger]`), or"
            " send the cost with the span"
        )
    if row["uncounted"]:
        advice.append(
            "record the usage the provider returns; streams send it only when asked to, such as"
            " with `stream_options={'include_usage': True}`"
        )
    return "; ".join(advice)
