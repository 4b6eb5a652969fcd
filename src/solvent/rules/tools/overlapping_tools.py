"""TS201."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several
from solvent.prompts.tool_likeness import Pair, Tool, pairs
from solvent.traces.tool_schema import read_definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding

OFFERED = """
SELECT o.name, arg_max(o.definition, (u.last_at, o.hash)) AS definition
FROM offer o JOIN (
    SELECT toolset, count(*) AS requests, max(started_at) AS last_at FROM request
    WHERE toolset IS NOT NULL GROUP BY toolset
) u USING (toolset)
GROUP BY o.name ORDER BY sum(u.requests) DESC, o.name LIMIT $limit
"""

TOGETHER = """
SELECT p.one, p.other, r.id, r.trace_id, r.span_id, r.started_at, r.input_rate,
    least(a.tokens, b.tokens) AS tokens,
    CASE WHEN a.tokens <= b.tokens THEN a.hash ELSE b.hash END AS part
FROM ts201_pair p
JOIN offer a ON a.name = p.one JOIN offer b ON b.toolset = a.toolset AND b.name = p.other
JOIN request r ON r.toolset = a.toolset
"""

TRIED_BOTH = """
SELECT p.one, p.other, count(DISTINCT a.trace_id) AS traces
FROM ts201_pair p
LEFT JOIN call a ON a.tool = p.one AND length(a.arguments) > 2
LEFT JOIN call b ON b.tool = p.other AND b.trace_id = a.trace_id AND b.arguments = a.arguments
WHERE b.tool IS NOT NULL
GROUP BY p.one, p.other
"""


@dataclass(frozen=True, slots=True)
class OverlappingTools(Rule):
    """Two tools on one list do the same, and the model has to guess which is meant.

    ## What it does
    Flags pairs of tools offered together in at least `min_requests` model calls whose names are the
    same, or the same with a narrowing word, and whose descriptions agree; and pairs of such names
    that the model gave the same arguments in at least `min_traces` traces, whatever they say.
    Names in which one word stands for another (`create_order`, `delete_order`) are never a pair.

    Of the 138,601 pairs of the 527 tools that 70 public MCP servers publish (LiveMCPBench) 17 are
    flagged; read by hand, all 17 do the same or are one tool with an option. The thresholds were
    chosen there. Of the 443 tools of another public set (BFCL, multiple) 13 pairs are flagged, of
    which 12 do the same; of its 162 multi-turn tools 2, both wrong: one action on two stores.

    ## Why is this debt?
    Each further tool that fits makes the choice harder: merging such tools raised the share of
    right choices by 8 to 39 points (ToolScope). And both definitions are paid for in every call.

    ## Example
    ```yaml
    tools:
      fs_read_file:
        description: Read the complete contents of a file from the file system.
        parameters: {type: object, properties: {path: {type: string}}}
      read_file:
        description: Read the contents of a file from the file system.
        parameters: {type: object, properties: {path: {type: string}, offset: {type: integer}}}
      fs_stat: {description: Size and age of a file.}
      fs_move: {description: Give a file another name.}
    traces:
      - repeat: 20
        steps:
          - {llm: gpt-4o, input: hi, output: hello,
             offered: [fs_read_file, read_file, fs_stat, fs_move]}
    ```

    ## Use instead
    ```yaml
    tools:
      read_file:
        description: Read the contents of a file from the file system.
        parameters: {type: object, properties: {path: {type: string}, offset: {type: integer}}}
      fs_stat: {description: Size and age of a file.}
      fs_move: {description: Give a file another name.}
    traces:
      - repeat: 20
        steps:
          - {llm: gpt-4o, input: hi, output: hello, offered: [read_file, fs_stat, fs_move]}
    ```

    ## Interest
    The tokens of the smaller of the two definitions in each model call that offered both, at the
    call's input price (the cached share at the cached price). Wrong choices are counted by other
    rules. Principal: three hours, to merge the tools or take one off, and to test it.

    ## When to accept it
    Both stay for a while because callers are being moved from one to the other.

    ## References
    - ToolScope, arXiv 2510.20036: merging and retrieval, +8.4 to +38.6 points.
    """

    code = "TS201"
    debt = Debt.TOOLS
    hours = 3.0

    min_requests: int = 20
    """Model calls that must have offered both."""
    min_traces: int = 3
    """Traces in which both were given the same arguments, for names alike and texts that differ."""
    max_tools: int = 2_000
    """Tools that are compared, those offered most often."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per pair of tools."""
        offered = evidence.rows(OFFERED, limit=self.max_tools)
        tools = [_tool(row) for row in offered]
        found = {_names(tools, pair): pair for pair in pairs(tools)}
        _define_pairs(evidence, list(found))
        evidence.define("ts201_together", TOGETHER)
        tried = {(r["one"], r["other"]): r["traces"] for r in evidence.rows(TRIED_BOTH)}
        by_name = {tool.name: tool for tool in tools}
        for row in evidence.rows(
            """
            SELECT one, other, count(*) AS requests, count(DISTINCT trace_id) AS traces,
                arg_max({'trace_id': trace_id, 'span_id': span_id}, started_at, 5) AS examples
            FROM ts201_together GROUP BY one, other HAVING requests >= $least ORDER BY one, other
            """,
            least=self.min_requests,
        ):
            names = (row["one"], row["other"])
            both = tried.get(names, 0)
            if found[names].is_copy or both >= self.min_traces:
                yield self._report(row, found[names], [by_name[name] for name in names], both)

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim the smaller definition in each model call that offered both."""
        return Costs("""
            SELECT 'tools:' || one || '+' || other AS subject, id, trace_id, part, tokens,
                tokens * input_rate AS usd, NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM ts201_together
        """)

    def _report(self, row: dict[str, Any], pair: Pair, tools: Sequence[Tool], both: int) -> Finding:
        one, other = row["one"], row["other"]
        tried = f", and in {several(both, 'trace')} got the same arguments" if both else ""
        return self.finding(
            f"tools:{one}+{other}",
            f"`{one}` and `{other}` are offered together in {row['requests']:,} model calls and"
            f" seem to do the same: their descriptions agree to {pair.descriptions:.0%}, their"
            f" parameters to {pair.parameters:.0%}{tried}",
            counts={
                "requests": row["requests"],
                "traces": row["traces"],
                "descriptions": round(pair.descriptions, 2),
                "parameters": round(pair.parameters, 2),
                "same_arguments": both,
            },
            examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
            quotes=[Quote(tool.description, tool.name) for tool in tools],
            fix=f"merge `{other}` into `{one}`, with a parameter for what differs, or take one off"
            " the list",
        )


def _tool(row: dict[str, Any]) -> Tool:
    definition = read_definition(row["definition"])
    properties = definition.parameters.get("properties")
    names = frozenset(properties) if isinstance(properties, dict) else frozenset()
    return Tool(row["name"], definition.description, names)


def _names(tools: Sequence[Tool], pair: Pair) -> tuple[str, str]:
    one, other = sorted((tools[pair.one].name, tools[pair.other].name))
    return one, other


def _define_pairs(evidence: Evidence, names: Sequence[tuple[str, str]]) -> None:
    import pyarrow as pa

    evidence.define(
        "ts201_pair",
        pa.table(
            {
                "one": pa.array([one for one, _ in names], pa.string()),
                "other": pa.array([other for _, other in names], pa.string()),
            }
        ),
    )
