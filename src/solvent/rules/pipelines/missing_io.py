"""OP303."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, NoEvidence, Ref, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

SILENT = """
WITH looked AS (
    SELECT trace_id, span_id, type, name, started_at,
        coalesce(len(input_hashes), 0) = 0 AS no_input,
        coalesce(len(output_hashes), 0) = 0 AND (type <> 'retriever' OR document_hashes IS NULL)
            AND status <> 'error' AS no_output
    FROM step
    WHERE type IN ('llm', 'tool', 'retriever', 'agent') AND dated AND duration_ns IS NOT NULL
)
SELECT type, name, count(*) AS steps,
    count(*) FILTER (no_input AND (type <> 'tool' OR no_output)) AS inputs,
    count(*) FILTER (no_output) AS outputs,
    arg_max({'trace_id': trace_id, 'span_id': span_id}, started_at, 5)
        FILTER (no_output OR (no_input AND type <> 'tool')) AS examples
FROM looked GROUP BY type, name
HAVING count(*) >= $least AND greatest(inputs, outputs) > $share * count(*)
ORDER BY name, type
"""


@dataclass(frozen=True, slots=True)
class MissingIo(Rule):
    """A step is traced, but not what went in or came out.

    ## What it does
    Flags models, tools, retrievers and agents, by name, that were traced at least `min_steps`
    times and more than the share `max_missing` of them without inputs or without outputs. What is
    normal is left out: steps that failed or are still running have no output, a tool without
    arguments has no input as long as its output is there, documents are a retriever's output.
    Sources without times are left out: a log of messages ends where it ends.

    ## Why is this debt?
    When an answer is wrong, the step that made it wrong can only be told from its neighbours by
    what it read and wrote. Full traces made attribution 76 % better than outputs alone in
    TraceElephant. Such steps can neither be replayed nor used as examples.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps:
          - {retriever: search_policy}
          - {llm: gpt-4o, input: Refund, output: Within 30 days.}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        steps:
          - {retriever: search_policy, input: Refund, documents: [Within 30 days.]}
          - {llm: gpt-4o, input: Refund, output: Within 30 days.}
    ```

    ## Interest
    None of its own: what cannot be seen is not paid for, it only keeps other debt hidden.
    Principal: half an hour, to record what goes in and out of one step.

    ## When to accept it
    The contents must not be recorded, for reasons of privacy.

    ## References
    - TraceElephant, arXiv 2604.22708: attribution with full traces and with outputs only.
    """

    code = "OP303"
    debt = Debt.PIPELINES
    hours = 0.5

    min_steps: int = 20
    """Times a step must have been traced."""
    max_missing: float = 0.2
    """Share of them that may lack inputs or outputs."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per step that is silent about its contents."""
        if not evidence.value("SELECT count(*) FROM step WHERE dated"):
            raise NoEvidence("no steps with times")
        for row in evidence.rows(SILENT, least=self.min_steps, share=self.max_missing):
            lacks = [side for side in ("inputs", "outputs") if row[side]]
            missing = " and ".join(
                f"no {side} in {row[side]:,} ({row[side] / row['steps']:.0%})" for side in lacks
            )
            yield self.finding(
                f"step:{row['name']}",
                f"the {NAMES[row['type']]} `{row['name']}` recorded {missing} of"
                f" {row['steps']:,} steps",
                counts={
                    "without_inputs": row["inputs"],
                    "without_outputs": row["outputs"],
                    "steps": row["steps"],
                },
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                fix=f"record {' and '.join(lacks)} of `{row['name']}`: decorate it with"
                " `@solvent.trace`, or switch the capture of contents on in its instrumentation",
                key=row["type"],
            )


NAMES = {"llm": "model call", "tool": "tool", "retriever": "retriever", "agent": "agent"}
