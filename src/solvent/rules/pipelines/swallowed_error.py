"""OP202."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

SWALLOWED = """
WITH failed AS (
    SELECT c.id, c.trace_id, c.span_id, c.parent_id, c.type, c.name, c.status_message,
        c.started_at, p.name AS parent
    FROM step c JOIN step p ON c.trace_id = p.trace_id AND c.parent_id = p.span_id
    WHERE c.status = 'error' AND p.status = 'ok' AND c.type NOT IN ('guardrail', 'evaluator')
), better AS (
    SELECT s.trace_id, s.parent_id, s.type, s.name, max(s.started_at) AS last_at
    FROM step s SEMI JOIN failed f
        ON s.trace_id = f.trace_id AND s.parent_id = f.parent_id AND s.type = f.type
    WHERE s.status <> 'error' GROUP BY ALL
), recovered AS (
    SELECT f.id FROM failed f JOIN better b
        ON b.trace_id = f.trace_id AND b.parent_id = f.parent_id AND b.type = f.type
    WHERE b.last_at > f.started_at
        AND (b.name = f.name OR f.type IN ('llm', 'embedding', 'retriever', 'reranker'))
), asked AS (
    SELECT trace_id, max(started_at) AS last_at FROM request
    WHERE trace_id IN (SELECT trace_id FROM failed) GROUP BY trace_id
)
SELECT f.*, CASE WHEN t.outcome IS NOT NULL THEN t.outcome < 0.5 END AS trace_failed
FROM failed f LEFT JOIN trace t ON t.trace_id = f.trace_id
LEFT JOIN asked a ON a.trace_id = f.trace_id
WHERE f.id NOT IN (SELECT id FROM recovered)
    AND NOT (f.type = 'tool' AND coalesce(a.last_at > f.started_at, false))
"""
"""Errors under a parent that says ok, which nothing afterwards can have made good."""


@dataclass(frozen=True, slots=True)
class SwallowedError(Rule):
    """A step fails, and the step above it reports success.

    ## What it does
    Flags steps that ended in error at least `min_errors` times although their parent ended with
    status ok. Left out is what was handled: a later step of the same name under the same parent
    succeeded; another model or retriever stood in; or a tool's error was followed by a model call,
    which could read it. Guardrails and evaluators are left out too: their errors are answers. A
    parent that says neither ok nor error says nothing.

    ## Why is this debt?
    The trace counts as a success everywhere: in dashboards, alarms and samples for review. What
    the step should have added is missing from the answer, and nobody will look there.

    ## Example
    ```yaml
    traces:
      - repeat: 5
        steps:
          - {retriever: search_policy, input: "Refund?", error: index not found}
          - {llm: gpt-4o, input: "Refund?", output: I think so.}
    ```

    ## Use instead
    Let the parent fail, or say what is missing and end as an error that the user is told.

    ```yaml
    traces:
      - repeat: 5
        error: no policy to answer from
        steps:
          - {retriever: search_policy, input: "Refund?", error: index not found}
    ```

    ## Interest
    The traces with such an error whose outcome was failed, by the word of a person, the
    application, code or a judge; unmeasured where no trace has an outcome. It shows where the
    error came with a failure, not that it caused it. Principal: two hours, to decide for one step
    whether its failure is fatal, replaced or told, and to write that.

    ## When to accept it
    The step is a bonus: a cache, a suggestion, a best-effort log.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "OP202"
    debt = Debt.PIPELINES
    hours = 2.0

    min_errors: int = 3
    """Swallowed errors of a step before it is reported."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per step whose errors go unseen."""
        evidence.define("op202_swallowed", SWALLOWED)
        for row in evidence.rows(
            """
            WITH lost AS (
                SELECT name, count(*) AS errors, count(DISTINCT trace_id) AS traces,
                    count(DISTINCT trace_id) FILTER (trace_failed) AS failed_traces,
                    mode(parent) AS parent, mode(status_message) AS said,
                    arg_max({'trace_id': trace_id, 'span_id': span_id}, started_at, 5) AS examples
                FROM op202_swallowed GROUP BY name HAVING count(*) >= $least
            ), runs AS (
                SELECT name, count(*) AS runs FROM step
                WHERE name IN (SELECT name FROM lost) GROUP BY name
            )
            SELECT l.*, r.runs FROM lost l JOIN runs r USING (name) ORDER BY l.name
            """,
            least=self.min_errors,
        ):
            yield self.finding(
                f"step:{row['name']}",
                f"`{row['name']}` failed {several(row['errors'], 'time')} in"
                f" {several(row['runs'], 'run')} while `{row['parent']}` above it reported success",
                counts={k: row[k] for k in ("errors", "runs", "traces", "failed_traces")},
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                quotes=[Quote(row["said"], "most frequent error")] if row["said"] else [],
                fix=f"decide in `{row['parent']}` what a failed `{row['name']}` means: end as an"
                " error, use a replacement, or tell the user what is missing",
            )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim the failed traces with such an error."""
        return Costs("""
            SELECT DISTINCT 'step:' || name AS subject, NULL::BIGINT AS id, trace_id, '*' AS part,
                NULL::BIGINT AS tokens, NULL::DOUBLE AS usd, NULL::DOUBLE AS seconds,
                trace_failed AS failed
            FROM op202_swallowed
        """)
