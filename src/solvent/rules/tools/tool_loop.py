"""TS206."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several
from solvent.traces.arguments import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

CANDIDATE = """
WITH often AS (
    SELECT trace_id, tool, length(translate(arguments, $spaces, '')) AS size FROM call
    WHERE arguments IS NOT NULL AND result_hash IS NOT NULL
    GROUP BY ALL HAVING count(*) >= $least
)
SELECT c.id, c.request_id, c.trace_id, c.span_id, c.tool, c.arguments, c.result_hash,
    c.started_at, c.duration_ns, c.position
FROM call c JOIN often o
    ON c.trace_id = o.trace_id AND c.tool = o.tool
    AND o.size = length(translate(c.arguments, $spaces, ''))
WHERE c.result_hash IS NOT NULL
"""
SPACES = " \n\r\t"
"""Calls that may repeat each other: the same arguments in another order are as long without
spaces."""

LOOP = """
WITH answered AS (
    SELECT c.*, s.same, md5(r.text) AS answer
    FROM ts206_candidate c JOIN ts206_same s USING (arguments)
    JOIN contents r ON r.hash = c.result_hash
)
SELECT *, row_number() OVER loop AS nth, count(*) OVER (PARTITION BY trace_id, tool, same, answer)
    AS length
FROM answered
WINDOW loop AS (PARTITION BY trace_id, tool, same, answer ORDER BY started_at, position)
QUALIFY length >= $least
"""


@dataclass(frozen=True, slots=True)
class ToolLoop(Rule):
    """The same call is made again and again, with the same arguments and the same result.

    ## What it does
    Flags tools that were run at least `min_calls` times in one trace with the same arguments,
    whatever their order and spacing, and gave the same result each time.

    ## Why is this debt?
    The repeated call brings nothing new: the model does not see, or does not believe, the result it
    already has. Each round sends the whole conversation again, and such a trace often ends at a
    limit rather than at an answer.

    ## Example
    ```yaml
    traces:
      - steps:
          - {llm: gpt-4o, input: hi, output: [{call: {tool: poll, arguments: {job: 1}, id: a}}]}
          - {tool: poll, arguments: {job: 1}, result: running, call: a}
          - {llm: gpt-4o, input: hi, output: [{call: {tool: poll, arguments: {job: 1}, id: b}}]}
          - {tool: poll, arguments: {job: 1}, result: running, call: b}
          - {llm: gpt-4o, input: hi, output: [{call: {tool: poll, arguments: {job: 1}, id: c}}]}
          - {tool: poll, arguments: {job: 1}, result: running, call: c}
    ```

    ## Use instead
    A tool that waits.

    ```yaml
    traces:
      - steps:
          - {llm: gpt-4o, input: hi, output: [{call: {tool: await, arguments: {job: 1}, id: a}}]}
          - {tool: await, arguments: {job: 1}, result: done, call: a}
          - {llm: gpt-4o, input: hi, output: "It is done."}
    ```

    ## Interest
    Of each loop, every call after the first: its seconds, and the whole model call (tokens,
    dollars, seconds) that asked for nothing but such repeats. Principal: two hours, to answer a
    repeated call from memory with a note that says so, or to give the tool a way to wait.

    ## When to accept it
    The call changes something although its result reads the same, such as pressing a key.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "TS206"
    debt = Debt.TOOLS
    hours = 2.0

    min_calls: int = 3
    """Equal calls in one trace that make a loop; a second one may be a check."""
    max_arguments: int = 50_000
    """Distinct argument texts that are compared."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per tool that was called in loops."""
        evidence.define("ts206_candidate", CANDIDATE, least=self.min_calls, spaces=SPACES)
        self._define_same(evidence)
        evidence.define("ts206_loop", LOOP, least=self.min_calls)
        for row in evidence.rows("""
            WITH used AS (SELECT tool, count(*) AS calls FROM call GROUP BY tool)
            SELECT l.tool, any_value(u.calls) AS calls, count(*) FILTER (l.nth > 1) AS repeats,
                count(*) FILTER (l.nth = 1) AS loops, count(DISTINCT l.trace_id) AS traces,
                max(l.length) AS longest, arg_max(l.arguments, (l.length, l.arguments)) AS worst,
                arg_max({'trace_id': l.trace_id, 'span_id': l.span_id}, l.length, 5)
                    FILTER (l.nth = 2) AS examples
            FROM ts206_loop l JOIN used u USING (tool) GROUP BY l.tool ORDER BY l.tool
            """):
            yield self.finding(
                f"tool:{row['tool']}",
                f"`{row['tool']}` was called again with the same arguments and the same result"
                f" {several(row['repeats'], 'time')} in {several(row['traces'], 'trace')},"
                f" with up to {row['longest']:,} equal calls in one",
                counts={k: row[k] for k in ("repeats", "calls", "loops", "traces", "longest")},
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                quotes=[Quote(row["worst"], "arguments")],
                fix=f"answer a repeated call of `{row['tool']}` from memory and say so in the"
                " result; let a tool that is polled wait until there is news",
            )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim the repeated runs, and the model calls that asked for nothing else."""
        return Costs("""
            SELECT 'tool:' || tool AS subject, id, trace_id, '*' AS part, NULL::BIGINT AS tokens,
                NULL::DOUBLE AS usd, duration_ns / 1e9 AS seconds, NULL::BOOLEAN AS failed
            FROM ts206_loop WHERE nth > 1 AND id IS NOT NULL AND duration_ns > 0
            UNION ALL
            SELECT 'tool:' || a.tool, r.id, r.trace_id, '*',
                r.input_tokens + coalesce(r.output_tokens, 0), r.usd, r.duration_ns / 1e9,
                NULL::BOOLEAN
            FROM (
                SELECT request_id, any_value(tool) AS tool, count(*) AS repeats
                FROM ts206_loop WHERE nth > 1 AND request_id IS NOT NULL
                GROUP BY request_id
            ) a JOIN request r ON r.id = a.request_id
            WHERE a.repeats = (SELECT count(*) FROM call c WHERE c.request_id = a.request_id)
        """)

    def _define_same(self, evidence: Evidence) -> None:
        import pyarrow as pa

        texts = [
            row["arguments"]
            for row in evidence.rows(
                "SELECT DISTINCT arguments FROM ts206_candidate ORDER BY arguments LIMIT $limit",
                limit=self.max_arguments,
            )
        ]
        evidence.define(
            "ts206_same",
            pa.table(
                {
                    "arguments": pa.array(texts, pa.string()),
                    "same": pa.array([canonical(text) for text in texts], pa.string()),
                }
            ),
        )
