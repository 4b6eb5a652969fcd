"""TS102."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Ref, Rule
from solvent.debt.toolsets import define_toolset_use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

USE = """
WITH size AS (SELECT toolset, sum(tokens) AS tokens FROM offer GROUP BY toolset)
SELECT u.owner, count(*) AS requests, count(DISTINCT u.trace_id) AS traces,
    count(DISTINCT u.toolset) AS lists, median(u.tools)::BIGINT AS tools,
    median(s.tokens)::BIGINT AS tokens,
    sum(s.tokens) FILTER (u.input_tokens IS NOT NULL) / nullif(sum(u.input_tokens), 0) AS share,
    arg_max({'trace_id': u.trace_id, 'span_id': u.span_id}, u.started_at, 5) AS examples
FROM toolset_use u JOIN size s USING (toolset) GROUP BY u.owner
HAVING count(*) >= $requests ORDER BY u.owner
"""

CALLED = """
SELECT u.owner, avg(called) AS called FROM (
    SELECT u.owner, u.trace_id, count(DISTINCT c.tool) AS called
    FROM toolset_use u
    LEFT JOIN call c ON c.trace_id = u.trace_id AND c.request_id = u.id
    GROUP BY u.owner, u.trace_id
) u GROUP BY u.owner
"""


@dataclass(frozen=True, slots=True)
class OversizedToolList(Rule):
    """More tools are offered than the model can choose from well, or than the prompt can carry.

    ## What it does
    Flags who offers, in at least `min_requests` model calls and measured by the median of them,
    more than `max_tools` tools, or definitions of more than `max_tokens` tokens, or at least
    `share_tools` tools whose definitions are more than `max_share` of all input tokens.

    ## Why is this debt?
    Each definition is sent with every call and competes with all others. Selection from a catalogue
    holds below about 30 tools and falls as it grows; sending only the definitions that matter
    halved the prompt and tripled the share of right choices (RAG-MCP). Anthropic advises to load
    definitions on demand from about 10,000 tokens on, and saw accuracy rise from 49 to 74 %.

    ## Example
    ```yaml
    traces:
      - repeat: 20
        steps:
          - {llm: gpt-4o, name: desk, input: hi, output: hello, tokens: [900, 5], offered: [
              t01, t02, t03, t04, t05, t06, t07, t08, t09, t10, t11, t12, t13, t14, t15, t16,
              t17, t18, t19, t20, t21, t22, t23, t24, t25, t26, t27, t28, t29, t30, t31]}
    ```

    ## Use instead
    A search over the tools, and the few that are always needed.

    ```yaml
    traces:
      - repeat: 20
        steps:
          - {llm: gpt-4o, name: desk, input: hi, output: hello, tokens: [200, 5],
             offered: [search_tools, t01, t02]}
    ```

    ## Interest
    In each model call of such a list, the tokens of every definition that no model call of the
    trace used, at the call's input price (the cached share at the cached price). What a wrong
    choice costs is counted by other rules. Principal: eight hours, to split the list by task or
    put a search in front of it, and to test it.

    ## When to accept it
    The definitions are read from a cache nearly for nothing, and choices were measured to be right.

    ## References
    - RAG-MCP, arXiv 2505.03275: 13.6 to 43.1 % right choices with half of the prompt tokens; holds
      below about 30 tools, falls past 100.
    - Anthropic, Advanced tool use (November 2025): use tool search above about 10,000 tokens.
    - OpenAI, Function calling guide: aim for fewer than 20 functions at a time.
    """

    code = "TS102"
    debt = Debt.TOOLS
    hours = 8.0

    max_tools: int = 30
    """Tools in one list: the knee of RAG-MCP."""
    max_tokens: int = 10_000
    """Tokens of the definitions of one list: Anthropic's advice."""
    max_share: float = 0.5
    """Share of the input tokens: what RAG-MCP saved."""
    share_tools: int = 20
    """Tools from which the share is looked at: OpenAI's advice; short prompts have large shares."""
    min_requests: int = 20
    """Model calls that must have offered tools."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding for each that offers too many tools."""
        define_toolset_use(evidence)
        called = {row["owner"]: row["called"] for row in evidence.rows(CALLED)}
        for row in evidence.rows(USE, requests=self.min_requests):
            why = self._reason(row)
            if not why:
                continue
            yield self.finding(
                row["owner"],
                f"`{row['owner'].removeprefix('toolset:')}` offers {row['tools']:,} tools"
                f"{_size(row)} in {row['requests']:,} model calls, and calls"
                f" {called[row['owner']]:.1f} of them per trace: {why}",
                counts={
                    "tools": row["tools"],
                    "called_per_trace": round(called[row["owner"]], 2),
                    "requests": row["requests"],
                    "traces": row["traces"],
                    "lists": row["lists"],
                    **({"tokens": row["tokens"]} if row["tokens"] is not None else {}),
                    **({"share": round(row["share"], 3)} if row["share"] is not None else {}),
                },
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                fix="split the list by task, or offer a search over it with the few tools that"
                " are always needed",
            )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim, in each model call, the definitions that its trace did not use."""
        return Costs("""
            SELECT u.owner AS subject, u.id, u.trace_id, o.hash AS part, o.tokens,
                o.tokens * u.input_rate AS usd, NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM toolset_use u JOIN offer o USING (toolset)
            ANTI JOIN call c ON c.trace_id = u.trace_id AND c.tool = o.name
        """)

    def _reason(self, row: dict[str, Any]) -> str:
        if row["tools"] > self.max_tools:
            return f"models choose well among up to {self.max_tools}"
        if row["tokens"] is not None and row["tokens"] > self.max_tokens:
            return f"above {self.max_tokens:,} tokens, load definitions on demand"
        if row["share"] is not None and row["tools"] >= self.share_tools:
            return (
                f"{row['share']:.0%} of the input is definitions"
                if row["share"] > self.max_share
                else ""
            )
        return ""


def _size(row: dict[str, Any]) -> str:
    return f" ({row['tokens']:,} tokens)" if row["tokens"] is not None else ""
