"""OP101."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Ref, Rule, several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

FAILED = """
WITH failed AS (
    SELECT DISTINCT trace_id, parent_id FROM step
    WHERE status = 'error' AND parent_id IS NOT NULL AND type NOT IN ('guardrail', 'evaluator')
), beside AS (
    SELECT s.id, s.trace_id, s.span_id, s.parent_id, s.type, s.name, s.status, s.started_at,
        s.duration_ns, s.input_hashes,
        lead(s.id) OVER alike AS next_id, lead(s.input_hashes) OVER alike AS next_inputs,
        max(s.started_at) FILTER (s.status <> 'error')
            OVER (PARTITION BY s.trace_id, s.parent_id, s.type) AS last_success
    FROM step s SEMI JOIN failed f ON s.trace_id = f.trace_id AND s.parent_id = f.parent_id
    WINDOW alike AS (
        PARTITION BY s.trace_id, s.parent_id, s.type, s.name ORDER BY s.started_at, s.id)
)
SELECT b.id, b.trace_id, b.span_id, b.name, b.type, b.started_at, b.duration_ns,
    CASE WHEN b.next_id IS NOT NULL THEN 'retried' ELSE 'abandoned' END AS kind
FROM beside b LEFT JOIN step parent
    ON b.trace_id = parent.trace_id AND b.parent_id = parent.span_id
WHERE b.status = 'error' AND b.type NOT IN ('guardrail', 'evaluator')
    AND CASE
        WHEN b.type = 'tool' THEN len(b.input_hashes) > 0 AND b.next_inputs = b.input_hashes
        WHEN b.next_id IS NOT NULL THEN true
        ELSE b.type IN ('agent', 'workflow', 'chain', 'task')
            AND b.last_success > b.started_at AND parent.status IS DISTINCT FROM 'error' END
"""
"""Steps that failed and were tried again, or given up for another of their kind that worked."""

REPEATED = """
WITH asked AS (
    SELECT id, hash(trace_id, parent_id, name, model, input_hashes, offered_tools) AS asked
    FROM step
    WHERE type IN ('llm', 'embedding', 'retriever', 'reranker') AND len(input_hashes) > 0
        AND parent_id IS NOT NULL
), again AS (
    SELECT unnest(list(id)) AS id, asked FROM asked GROUP BY asked HAVING count(*) > 1
), beside AS (
    SELECT s.id, s.trace_id, s.span_id, s.name, s.type, s.started_at, s.duration_ns, s.status,
        lead(s.started_at) OVER (PARTITION BY a.asked ORDER BY s.started_at, s.id) AS again_at
    FROM again a JOIN step s USING (id)
)
SELECT id, trace_id, span_id, name, type, started_at, duration_ns, 'repeated' AS kind
FROM beside
WHERE again_at >= started_at + to_microseconds(coalesce(duration_ns, 0) // 1000)
    AND again_at > started_at AND status <> 'error'
"""
"""Requests that were sent again, word for word, by the same step after the first had ended."""

BELOW = """
WITH RECURSIVE near AS (
    SELECT id, trace_id, span_id, parent_id FROM step
    WHERE parent_id IS NOT NULL AND trace_id IN (
        SELECT trace_id FROM op101_attempt WHERE type NOT IN ('llm', 'tool', 'embedding'))
), below AS (
    SELECT id AS attempt, id, trace_id, span_id, 0 AS depth FROM op101_attempt
    UNION
    SELECT b.attempt, n.id, n.trace_id, n.span_id, b.depth + 1
    FROM below b JOIN near n ON b.trace_id = n.trace_id AND b.span_id = n.parent_id
    WHERE b.depth < $depth
)
SELECT DISTINCT attempt, id, depth > 0 AS inner_step FROM below
"""
"""Each attempt with the steps inside it."""


@dataclass(frozen=True, slots=True)
class CostlyRetry(Rule):
    """A step is tried again and again, and every attempt but the last is paid for in vain.

    ## What it does
    Flags steps of which at least `min_attempts` attempts, and at least the share `max_share` of
    all, were in vain: they ended in error and the same parent ran the step again (*retried*); an
    agent, chain, workflow or task ended in error and its parent went on with another one that
    worked (*abandoned*); or a model, embedding or retrieval
    request was sent again, word for word, by the same parent after it had been answered
    (*repeated*). A failed tool counts only when it was run again with the very same arguments; a
    model that mends its arguments is the business of `failing-tool`. Guardrails and evaluators may
    fail: that is their answer.

    ## Why is this debt?
    The user waits for every attempt and somebody pays for it, while the answer shows nothing of
    it. Retries also hide what makes the first attempt fail.

    ## Example
    ```yaml
    traces:
      - repeat: 10
        steps:
          - {llm: gpt-4o, name: plan, error: timeout, input: Plan it.,
             tokens: [900, 0], seconds: 30}
          - {llm: gpt-4o, name: plan, input: Plan it., output: Done., tokens: [900, 40]}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 10
        steps:
          - {llm: gpt-4o, name: plan, input: Plan it., output: Done., tokens: [900, 40]}
    ```

    ## Interest
    Of each attempt in vain its seconds, and the tokens and dollars of every model call it made
    itself or that was made inside it, down to `max_depth` levels. A failed model call whose
    provider reported no usage is charged in seconds only: what was not answered was perhaps not
    billed. Principal: three hours, to find out why the first attempt fails and mend that, or to
    keep the answer.

    ## When to accept it
    The provider is overloaded now and then and the retry is the remedy; or the same question is
    asked several times on purpose, to vote on the answers.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "OP101"
    debt = Debt.PIPELINES
    hours = 3.0

    min_attempts: int = 5
    """Attempts in vain before a step is reported."""
    max_share: float = 0.01
    """Share of a step's runs that may be in vain."""
    max_depth: int = 16
    """Levels below a failed step whose model calls are charged to it."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per step that is tried in vain too often."""
        evidence.define("op101_attempt", f"({FAILED}) UNION ALL ({REPEATED})")
        for row in evidence.rows(
            """
            WITH vain AS (
                SELECT name, count(*) AS attempts, count(DISTINCT trace_id) AS traces,
                    count(*) FILTER (kind = 'retried') AS retried,
                    count(*) FILTER (kind = 'repeated') AS repeated,
                    count(*) FILTER (kind = 'abandoned') AS abandoned,
                    arg_max({'trace_id': trace_id, 'span_id': span_id}, started_at, 5) AS examples
                FROM op101_attempt GROUP BY name HAVING count(*) >= $least
            ), runs AS (
                SELECT name, count(*) AS runs FROM step
                WHERE name IN (SELECT name FROM vain) GROUP BY name
            )
            SELECT v.*, r.runs FROM vain v JOIN runs r USING (name)
            WHERE v.attempts >= $share * r.runs ORDER BY v.name
            """,
            least=self.min_attempts,
            share=self.max_share,
        ):
            kinds = [k for k in ("retried", "repeated", "abandoned") if row[k]]
            yield self.finding(
                f"step:{row['name']}",
                f"{row['attempts']:,} of {row['runs']:,} runs of `{row['name']}` were in vain ("
                + ", ".join(f"{row[k]:,} {MEANING[k]}" for k in kinds)
                + f") in {several(row['traces'], 'trace')}",
                counts={k: row[k] for k in ("attempts", "runs", *MEANING, "traces")},
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                fix=ADVICE[max(kinds, key=lambda k: row[k])].format(name=row["name"]),
            )

    def costs(self, evidence: Evidence) -> Costs:
        """Claim the time of attempts in vain, and the model calls in them."""
        evidence.define("op101_below", BELOW, depth=self.max_depth)
        return Costs("""
            WITH claimed AS (
                SELECT DISTINCT a.name, b.id FROM op101_below b JOIN op101_attempt a
                    ON a.id = b.attempt
            ), timed AS (
                SELECT id, duration_ns FROM op101_attempt
                WHERE duration_ns > 0 AND id NOT IN (SELECT id FROM op101_below WHERE inner_step)
            )
            SELECT 'step:' || c.name AS subject, c.id, s.trace_id, '*' AS part,
                CASE WHEN s.status <> 'error' OR r.reported
                    THEN r.input_tokens + coalesce(r.output_tokens, 0) END AS tokens,
                CASE WHEN s.status <> 'error' OR r.reported THEN r.usd END AS usd,
                t.duration_ns / 1e9 AS seconds, NULL::BOOLEAN AS failed
            FROM claimed c JOIN step s ON s.id = c.id
            LEFT JOIN request r ON r.id = c.id LEFT JOIN timed t ON t.id = c.id
            WHERE r.id IS NOT NULL OR t.id IS NOT NULL
        """)


MEANING = {
    "retried": "failed and tried again",
    "repeated": "sent again word for word",
    "abandoned": "failed and given up for another",
}
ADVICE = {
    "retried": "find why the first attempt of `{name}` fails; retry only what can pass, with a"
    " limit and a pause",
    "repeated": "keep the answer of `{name}`, or ask what the first one lacked instead of asking"
    " the same again",
    "abandoned": "check before `{name}` starts whether it can succeed, or take the way that works"
    " first",
}
