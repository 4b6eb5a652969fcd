"""TS103."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Quote, Ref, Rule
from solvent.traces.references import referred_share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

LATER_CHARS = 200_000
"""Characters of later outputs that are searched for one result."""

LARGE = """
SELECT hash, tokens, name, call_id FROM contents
WHERE type = 'tool_result' AND tokens > $limit
"""

CARRIED = """
WITH named AS (
    SELECT l.hash, any_value(l.tokens) AS tokens, any_value(coalesce(l.name, k.name)) AS tool
    FROM ts103_large l
    LEFT JOIN contents k ON l.name IS NULL AND k.type = 'tool_call' AND k.call_id = l.call_id
    GROUP BY l.hash
), sent AS (SELECT id, unnest(input_hashes) AS hash FROM request)
SELECT r.id, r.trace_id, r.span_id, r.started_at, r.input_rate, n.hash, n.tokens, n.tool
FROM (SELECT DISTINCT s.id, s.hash FROM sent s SEMI JOIN ts103_large USING (hash)) s
JOIN named n USING (hash) JOIN request r USING (id) WHERE n.tool IS NOT NULL
"""

LATER = """
WITH chosen AS (
    SELECT tool, hash, trace_id, min(started_at) AS first_at, count(*) AS carried
    FROM ts103_carried GROUP BY tool, hash, trace_id
    QUALIFY row_number() OVER (PARTITION BY tool ORDER BY count(*) DESC, hash) <= $samples
), written AS (
    SELECT c.tool, c.hash, r.id, unnest(r.output_hashes) AS output
    FROM chosen c JOIN request r ON r.trace_id = c.trace_id AND r.started_at >= c.first_at
)
SELECT w.tool, w.hash, any_value(left(t.text, $chars)) AS text,
    left(string_agg(left(o.text, $chars), ' '), $chars) AS later
FROM written w JOIN contents t ON t.hash = w.hash JOIN contents o ON o.hash = w.output
GROUP BY w.tool, w.hash ORDER BY w.tool, w.hash
"""


@dataclass(frozen=True, slots=True)
class OversizedToolResult(Rule):
    """Results of a tool fill the context, and most of what they hold is never referred to.

    ## What it does
    Flags tools of which at least `min_results` results were over `max_tokens` tokens, were carried
    along in model calls, and had at least the share `min_unread` of their values (numbers,
    identifiers, long words) never come up in anything the model wrote afterwards. The share is the
    median over a sample of at most `samples` results.

    ## Why is this debt?
    A result is paid for not once but with each later model call of its trace, and what is
    irrelevant in it makes the answer worse.

    ## Example
    ```yaml
    traces:
      - repeat: 3
        steps:
          - llm: gpt-4o
            input: [{user: "Where is A-1007?"}, {result: {tool: list_orders, rows: 300}}]
            output: In Winterthur1007.
    ```

    ## Use instead
    The tool filters and answers with what was asked for.

    ```yaml
    traces:
      - repeat: 3
        steps:
          - llm: gpt-4o
            input: [{user: "Where is A-1007?"}, {result: {tool: find_town, text: Winterthur1007}}]
            output: In Winterthur1007.
    ```

    ## Interest
    For each model call that carries such a result, the tokens above `max_tokens`, at the call's
    input price (the cached share at the cached price). Principal: four hours, to let the tool
    filter, page or summarise, and to say so in its description.

    ## When to accept it
    The result is the work itself, such as a document to translate: its words come back changed, so
    that the share of what was read is underestimated.

    ## References
    - Claude Code warns of a tool result above 10,000 tokens, and cuts it at 25,000. A result of
      2,000 that five model calls carry is as much.
    - Anthropic, Advanced tool use (November 2025): results kept out of the context saved 37 % of
      the tokens.
    """

    code = "TS103"
    debt = Debt.TOOLS
    hours = 4.0

    max_tokens: int = 2_000
    """Tokens of one result that are not objected to. Where the provider reports the usage of a call
    as a whole, only the thousand longest results of 4,000 characters and more are counted."""
    min_results: int = 3
    """Results over the limit before a tool is reported."""
    min_unread: float = 0.5
    """Share of a result's values that nothing refers to."""
    samples: int = 5
    """Results of each tool whose later use is looked at, those carried most often."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per tool."""
        evidence.define("ts103_large", LARGE, limit=self.max_tokens)
        evidence.define("ts103_carried", CARRIED)
        unread = self._unread(evidence)
        for row in evidence.rows(
            """
            WITH inputs AS (
                SELECT sum(r.input_tokens)::DOUBLE AS tokens FROM request r
                WHERE r.trace_id IN (SELECT trace_id FROM ts103_carried)
            )
            SELECT c.tool, count(DISTINCT (c.trace_id, c.hash)) AS results, count(*) AS carried,
                count(DISTINCT c.trace_id) AS traces, max(c.tokens) AS largest,
                sum(c.tokens)::DOUBLE / any_value(i.tokens) AS share,
                arg_max({'trace_id': c.trace_id, 'span_id': c.span_id}, c.tokens, 5) AS examples
            FROM ts103_carried c CROSS JOIN inputs i GROUP BY c.tool
            HAVING results >= $least ORDER BY c.tool
            """,
            least=self.min_results,
        ):
            shares = unread.get(row["tool"], [])
            if not shares or median(shares) < self.min_unread:
                continue
            yield self.finding(
                f"tool:{row['tool']}",
                f"{row['results']:,} results of `{row['tool']}` are over {self.max_tokens:,}"
                f" tokens and are sent with {row['carried'] / row['results']:.1f} model calls each;"
                f" of the {len(shares):,} sent most often, {median(shares):.0%} of the numbers,"
                " names and long words never come up again",
                counts={
                    "results": row["results"],
                    "carried": row["carried"],
                    "traces": row["traces"],
                    "largest_tokens": row["largest"],
                    "unread_share": round(median(shares), 3),
                    "sampled": len(shares),
                    **({} if row["share"] is None else {"input_share": round(row["share"], 3)}),
                },
                examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
                quotes=[Quote(f"{row['largest']:,} tokens", "largest result")],
                fix=f"let `{row['tool']}` filter or page its result and keep it below"
                f" {self.max_tokens:,} tokens, or take it out of the conversation once used",
            )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim what each carried result has above the limit."""
        return Costs(
            """
            SELECT 'tool:' || tool AS subject, id, trace_id, hash AS part,
                tokens - $limit AS tokens, (tokens - $limit) * input_rate AS usd,
                NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM ts103_carried
            """,
            {"limit": self.max_tokens},
        )

    def _unread(self, evidence: Evidence) -> dict[str, list[float]]:
        """Return, by tool, the unread share of each sampled result that can be judged."""
        unread: dict[str, list[float]] = defaultdict(list)
        for row in evidence.rows(LATER, samples=self.samples, chars=LATER_CHARS):
            share = referred_share(row["text"], row["later"])
            if share is not None:
                unread[row["tool"]].append(1 - share)
        return unread
