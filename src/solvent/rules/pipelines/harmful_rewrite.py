"""OP203."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, NoEvidence, Quote, Ref, Rule, several
from solvent.debt.studies.blame import find_blame
from solvent.pipelines.blame.suspicion import tails

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from solvent.debt import Evidence, Finding

RUNS = r"""
WITH texts AS (
    SELECT p.id, p.side, any_value(CASE
        WHEN p.side = 'in' AND t.text[1] = '{' AND json_valid(t.text)
            THEN coalesce(json_extract_string(t.text, '$.*')[1], t.text)
        ELSE t.text END) AS text
    FROM blame_part p JOIN blame_text t USING (hash)
    WHERE (p.side = 'out' AND p.parts = 1) OR (p.side = 'in' AND p.position = p.parts)
    GROUP BY p.id, p.side
), pair AS (
    SELECT s.id, s.nth, s.trace_id, s.span_id, s.path, s.name, s.started_at,
        i.text AS before, o.text AS after,
        regexp_extract_all(lower(i.text), '[\pL\pN]+') AS had,
        regexp_extract_all(lower(o.text), '[\pL\pN]+') AS has
    FROM blame_span s JOIN texts i ON i.id = s.id AND i.side = 'in'
    JOIN texts o ON o.id = s.id AND o.side = 'out'
    WHERE s.status <> 'error' AND s.type NOT IN ('tool', 'guardrail', 'evaluator', 'agent')
        AND s.parent_id IS NOT NULL AND len(o.text) BETWEEN 1 AND $chars
)
SELECT b.*, t.failed, had <> has AS changed,
    len(list_distinct(list_intersect(had, asked.words)))
        / len(list_distinct(list_concat(had, asked.words))) AS is_request,
    len(list_distinct(has)) - len(list_distinct(list_intersect(has, had))) AS added,
    len(list_distinct(list_intersect(had, has)))
        / len(list_distinct(list_concat(had, has))) AS alike
FROM pair b JOIN blame_trace t ON t.nth = b.nth
JOIN (SELECT nth, arg_min(had, started_at) AS words FROM pair GROUP BY nth) asked
    ON asked.nth = b.nth
WHERE len(had) > 0 AND len(has) > 0
"""
"""Runs of steps that made one text of another, and by which words the texts differ."""

STEPS = """
WITH known AS (
    SELECT path FROM op203_run GROUP BY path HAVING median(alike) >= $alike
        AND median(is_request) >= $alike AND count(*) >= $runs
), judged AS (
    SELECT r.path, any_value(r.name) AS name, r.nth, any_value(r.failed) AS failed,
        bool_or(r.changed) AS changed, max(r.added) AS added,
        arg_max(struct_pack(before := r.before, after := r.after, trace_id := r.trace_id,
            span_id := r.span_id), r.added) AS run
    FROM op203_run r JOIN known USING (path) GROUP BY r.path, r.nth
)
SELECT path, any_value(name) AS name, count(*) AS traces, count(*) FILTER (changed) AS changes,
    count(*) FILTER (failed AND added >= $least) AS bad,
    count(*) FILTER (NOT failed AND added >= $least) AS good,
    count(*) FILTER (failed AND added < $least) AS other_bad,
    count(*) FILTER (NOT failed AND added < $least) AS other_good,
    arg_max(run, added, 5) FILTER (failed AND added >= $least) AS worst
FROM judged GROUP BY path ORDER BY path
"""
"""Rewriting steps, with the outcomes of the traces in which they added words and did not."""

LEVEL = 0.05
"""How probable it may be that any rewriter is flagged where none does harm."""


@dataclass(frozen=True, slots=True)
class HarmfulRewrite(Rule):
    """A step that rewrites a text changes what needed no change, and the traces then fail.

    ## What it does
    Looks at steps that make of a request one that is much alike: at the median both have at least
    `min_alike` of the words that either has, and so has what the first step was given. Compares how
    often traces fail where the step added `min_added` or more words that its input does not have,
    and where it did not. Flags it when the difference is more than chance (Fisher's exact test, at
    5 % over all such steps) and at least `min_traces` traces failed there. Capital letters,
    punctuation and the order of words do not count as a change.

    ## Why is this debt?
    Rewriters are put in front of a pipeline to help with a few requests and touch all of them.
    What they add nobody asked for, and every later step works on it in good faith.

    ## Example
    ```yaml
    traces:
      - repeat: 10
        outcome: failed
        steps:
          - {step: rewrite, input: how many goals did Basel score,
             output: how many goals did Basel score per season since 2001}
          - {llm: gpt-4o, name: answer, output: I found nothing.}
      - repeat: 30
        outcome: passed
        steps:
          - {step: rewrite, input: how many goals did Thun score,
             output: "How many goals did Thun score?"}
          - {llm: gpt-4o, name: answer, output: They made 61 goals.}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 10
        outcome: failed
        steps: &steps
          - {step: rewrite, input: how many goals did Thun score,
             output: "How many goals did Thun score?"}
          - {llm: gpt-4o, name: answer, output: They made 61 goals.}
      - {repeat: 30, outcome: passed, steps: *steps}
    ```

    ## Interest
    The failed traces in which the step added words; how many of them would have failed anyway is
    not taken off, and the message says how often others fail. Of more than 2,000 failed traces,
    only 2,000 are looked at. Principal: four hours, to let the step pass on what needs no change,
    and to try that on the failed traces.

    ## When to accept it
    The step rewrites the requests that are hard, and they would fail more often without it: compare
    with the step switched off before you take it out.

    ## References
    No study sets the thresholds; they are conventions, and `solvent.toml` changes them.
    """

    code = "OP203"
    debt = Debt.PIPELINES
    hours = 4.0

    min_alike: float = 0.5
    """Share of the words of input and output that both have, at the median, of a rewriter."""
    min_added: int = 2
    """Words that a step must add to count; one may be a part of an official name."""
    min_traces: int = 5
    """Failed traces with added words before the rule has an opinion."""
    max_chars: int = 1500
    """Characters of an output up to which it can be a rewritten request."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per rewriting step that does harm."""
        if not find_blame(evidence).failed:
            raise NoEvidence("no failed traces")
        evidence.define("op203_run", RUNS, chars=self.max_chars)
        steps = evidence.rows(
            STEPS, alike=self.min_alike, runs=2 * self.min_traces, least=self.min_added
        )
        if not steps:
            raise NoEvidence("no step that rewrites a text")
        for row in steps:
            bad, runs = row["bad"], row["bad"] + row["good"]
            others = row["other_bad"] + row["other_good"]
            chance = tails(runs + others, bad + row["other_bad"], runs)[bad]
            if bad >= self.min_traces and chance * len(steps) <= LEVEL:
                yield self._finding(row, runs, others)

    def _finding(self, row: Mapping[str, Any], runs: int, others: int) -> Finding:
        worst = row["worst"]
        name = row["name"]
        return self.finding(
            f"step:{name}",
            f"`{name}` added {several(self.min_added, 'word')} or more to its input in {runs:,}"
            f" traces, of which {row['bad'] / runs:.0%} failed; of {others:,} others,"
            f" {row['other_bad'] / max(others, 1):.0%} did",
            counts={
                "added": runs,
                "added_failed": row["bad"],
                "others": others,
                "others_failed": row["other_bad"],
                "changed": row["changes"],
                "traces": row["traces"],
            },
            examples=[Ref(one["trace_id"], one["span_id"]) for one in worst],
            quotes=[Quote(f"{one['before']} → {one['after']}", "rewritten") for one in worst[:3]],
            fix=f"let `{name}` pass on what needs no change; try the failed traces without it",
        )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim the failed traces with added words."""
        return Costs(
            """
            SELECT DISTINCT 'step:' || name AS subject, NULL::BIGINT AS id, trace_id, '*' AS part,
                NULL::BIGINT AS tokens, NULL::DOUBLE AS usd, NULL::DOUBLE AS seconds, true AS failed
            FROM op203_run WHERE failed AND added >= $least
            """,
            {"least": self.min_added},
        )
