"""TS202."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Ref, Rule
from solvent.debt.sequel import define_sequel
from solvent.traces.arguments import leaves, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

NOTHING = (
    r"\s*(\[\s*\]|\{\s*\}|null|none|\"\"|''|(there (is|are|were) )?(no|0)"
    r" (\w+ )?(results?|matches|match|records?|rows|data|documents?|hits|entries|items)"
    r"( (were |was )?found)?\.?|(nothing|not) found\.?)?\s*"
)
"""A result that brings nothing, in full."""

VAIN = r"""
WITH alone AS (
    SELECT request_id FROM call WHERE request_id IS NOT NULL GROUP BY request_id HAVING count(*) = 1
), empty AS (
    SELECT hash FROM contents WHERE type = 'tool_result' AND length(text) <= 60
        AND regexp_full_match(lower(text), $nothing)
)
SELECT c.*, e.hash IS NOT NULL AND c.status <> 'error' AS empty
FROM call c JOIN alone USING (request_id) LEFT JOIN empty e ON c.result_hash = e.hash
WHERE c.arguments IS NOT NULL AND (c.status = 'error' OR e.hash IS NOT NULL)
"""

TURNED = """
SELECT v.id, v.request_id, v.trace_id, v.span_id, v.tool, v.arguments, v.started_at, v.duration_ns,
    v.empty, n.tool AS other, n.arguments AS other_arguments
FROM ts202_vain v JOIN call n ON n.request_id = v.next_id
WHERE NOT v.retried AND n.tool <> v.tool AND n.arguments IS NOT NULL
ORDER BY hash(v.arguments, n.arguments, v.request_id) LIMIT $limit
"""

JUDGED = """
WITH verdict AS (
    SELECT c.id, c.request_id, c.position, c.tool
    FROM call c LEFT JOIN assessment a ON a.trace_id = c.trace_id AND a.span_id = c.span_id
    WHERE regexp_replace(lower(a.name), '[^a-z]', '', 'g') IN (SELECT unnest($names))
        AND a.type = 'feedback' AND a.value < 0.5
    UNION
    SELECT c.id, c.request_id, c.position, c.tool
    FROM call c LEFT JOIN request r ON r.id = c.request_id
    LEFT JOIN assessment a ON a.trace_id = r.trace_id AND a.span_id = r.span_id
    WHERE regexp_replace(lower(a.name), '[^a-z]', '', 'g') IN (SELECT unnest($names))
        AND a.type = 'feedback' AND a.value < 0.5
        AND (SELECT count(*) FROM call s WHERE s.request_id = c.request_id) = 1
)
SELECT c.id, c.request_id, c.trace_id, c.span_id, c.tool, c.arguments, c.started_at, c.duration_ns
FROM call c JOIN verdict v ON c.request_id IS NOT DISTINCT FROM v.request_id
    AND c.id IS NOT DISTINCT FROM v.id AND c.position = v.position
"""


@dataclass(frozen=True, slots=True)
class WrongTool(Rule):
    """The model calls a tool in vain, and then asks another one the same.

    ## What it does
    Flags tools of which at least `min_calls` calls, and at least the share `max_share` of all,
    either brought an error or nothing at all, whereupon the next model call gave another tool at
    least half of the same argument values; or were judged to be the wrong choice. A judgement is an
    assessment of the tool's span, or of a model call with one tool call, whose name is one of
    `verdicts` and whose value is below a half.

    ## Why is this debt?
    The model cannot tell from names and descriptions which tool is meant, and finds out by trying.
    Each attempt is a further model call with the whole conversation.

    ## Example
    ```yaml
    traces:
      - repeat: 6
        steps:
          - {llm: gpt-4o, input: hi, tokens: [900, 20],
             output: [{call: {tool: find_customer, arguments: {query: ana@example.org}, id: a}}]}
          - {tool: find_customer, arguments: {query: ana@example.org}, result: "[]", call: a}
          - {llm: gpt-4o, input: hi, tokens: [950, 20],
             output: [{call: {tool: find_lead, arguments: {email: ana@example.org}, id: b}}]}
          - {tool: find_lead, arguments: {email: ana@example.org}, result: Ana, call: b}
    ```

    ## Use instead
    One tool looks in both places, or the descriptions say who is found where.

    ```yaml
    traces:
      - repeat: 6
        steps:
          - {llm: gpt-4o, input: hi, tokens: [900, 20],
             output: [{call: {tool: find_person, arguments: {email: ana@example.org}, id: b}}]}
          - {tool: find_person, arguments: {email: ana@example.org}, result: Ana, call: b}
    ```

    ## Interest
    The model call that chose in vain (tokens, dollars, seconds), where it asked for nothing else,
    and the seconds of the run. Principal: three hours, to set the two descriptions apart, or to
    merge the tools, and to test it.

    ## When to accept it
    Looking in the likely place first, and elsewhere only when there is nothing, is the plan.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "TS202"
    debt = Debt.TOOLS
    hours = 3.0

    min_calls: int = 5
    """Calls in vain before a tool is reported."""
    max_share: float = 0.05
    """Share of a tool's calls that may be in vain."""
    min_common: float = 0.5
    """Share of the argument values that the other tool must have been given too."""
    max_pairs: int = 20_000
    """Calls in vain whose arguments are compared; beyond, an even sample of them."""
    verdicts: frozenset[str] = frozenset(
        {
            "toolcorrectness",
            "toolcallcorrectness",
            "toolcallaccuracy",
            "toolchoice",
            "toolselection",
            "toolselectionquality",
            "correcttool",
            "righttool",
        }
    )
    """Names of assessments that judge the choice, in lower-case letters without anything else."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per tool that is called in vain."""
        define_sequel(evidence, "ts202_vain", VAIN, nothing=NOTHING)
        turned = [
            row
            for row in evidence.rows(TURNED, limit=self.max_pairs)
            if _common(row["arguments"], row["other_arguments"]) >= self.min_common
        ]
        judged = evidence.rows(JUDGED, names=sorted(self.verdicts))
        _define_wrong(evidence, turned, judged)
        for row in evidence.rows(
            """
            WITH made AS (SELECT tool, count(*) AS calls FROM call GROUP BY tool)
            SELECT w.tool, any_value(m.calls) AS calls, count(*) AS wrong,
                count(w.other) AS turned, count(*) FILTER (w.empty) AS empty,
                count(*) FILTER (w.other IS NULL) AS judged,
                count(DISTINCT w.trace_id) AS traces, mode(w.other) AS other,
                arg_max({'trace_id': w.trace_id, 'span_id': w.span_id}, w.started_at, 5)
                    AS examples,
                arg_max(w.arguments, w.started_at) AS arguments
            FROM ts202_wrong w JOIN made m USING (tool) GROUP BY w.tool
            HAVING wrong >= $least AND wrong >= $share * any_value(m.calls) ORDER BY w.tool
            """,
            least=self.min_calls,
            share=self.max_share,
        ):
            yield self._report(row)

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim runs in vain, and the model calls that asked for nothing else."""
        return Costs("""
            SELECT 'tool:' || tool AS subject, id, trace_id, '*' AS part, NULL::BIGINT AS tokens,
                NULL::DOUBLE AS usd, duration_ns / 1e9 AS seconds, NULL::BOOLEAN AS failed
            FROM ts202_wrong WHERE id IS NOT NULL AND duration_ns > 0
            UNION ALL
            SELECT DISTINCT 'tool:' || w.tool, r.id, r.trace_id, '*',
                r.input_tokens + coalesce(r.output_tokens, 0), r.usd, r.duration_ns / 1e9,
                NULL::BOOLEAN
            FROM ts202_wrong w LEFT JOIN request r ON r.id = w.request_id
            WHERE r.id IS NOT NULL
                AND (SELECT count(*) FROM call c WHERE c.request_id = w.request_id) = 1
        """)

    def _report(self, row: dict[str, Any]) -> Finding:
        tool, other = row["tool"], row["other"]
        judged = (
            f"{row['judged']:,} {'was' if row['judged'] == 1 else 'were'} judged wrong"
            if row["judged"]
            else ""
        )
        turned = (
            f"after {row['turned']:,} the model asked another tool the same, most often `{other}`"
            if row["turned"]
            else ""
        )
        return self.finding(
            f"tool:{tool}",
            f"{row['wrong']:,} of {row['calls']:,} calls of `{tool}` were in vain"
            f" ({row['wrong'] / row['calls']:.0%}): {' and '.join(filter(None, (turned, judged)))}",
            counts={k: row[k] for k in ("wrong", "calls", "turned", "empty", "judged", "traces")},
            examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
            quotes=[Quote(row["arguments"], "arguments")] if row["arguments"] else [],
            fix=f"say in the descriptions of `{tool}` and `{other}` which is for what, or merge the"
            " two"
            if other
            else f"say in the description of `{tool}` what it is not for",
        )


def _common(one: str, other: str) -> float:
    """Return the share of the values of one call that another was given too."""
    mine, theirs = _values(one), _values(other)
    return len(mine & theirs) / len(mine) if mine else 0.0


def _values(arguments: str) -> set[str]:
    try:
        return {text.strip().lower() for text in leaves(parse(arguments)) if text.strip()}
    except ValueError:
        return set()


def _define_wrong(
    evidence: Evidence, turned: list[dict[str, Any]], judged: list[dict[str, Any]]
) -> None:
    import pyarrow as pa

    rows = {(row["id"], row["request_id"]): row for row in [*judged, *turned]}.values()
    types = {
        "id": pa.int64(),
        "request_id": pa.int64(),
        "trace_id": pa.string(),
        "span_id": pa.string(),
        "tool": pa.string(),
        "other": pa.string(),
        "arguments": pa.string(),
        "empty": pa.bool_(),
        "duration_ns": pa.int64(),
        "started_at": pa.timestamp("us"),
    }
    evidence.define(
        "ts202_wrong",
        pa.table(
            {name: pa.array([row.get(name) for row in rows], kind) for name, kind in types.items()}
        ),
    )
