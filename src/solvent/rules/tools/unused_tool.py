"""TS101."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Rule, several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding


@dataclass(frozen=True, slots=True)
class UnusedTool(Rule):
    """A tool is offered to the model again and again, and never called.

    ## What it does
    Flags tools whose definition was sent with at least `min_requests` model calls while no model
    asked for them, in the whole window.

    ## Why is this debt?
    A definition is paid for in input tokens on every call that offers it, called or not, and
    every further tool makes the choice between the others harder.

    ## Example
    ```yaml
    tools:
      search: {description: Find an order by its number.}
      refund: {description: Pay an order back to the customer.}
    traces:
      - repeat: 30
        steps:
          - {llm: gpt-4o, input: "Where is order 7?", offered: [search, refund],
             output: [{call: {tool: search, arguments: {id: 7}}}]}
    ```

    ## Use instead
    ```yaml
    tools:
      search: {description: Find an order by its number.}
    traces:
      - repeat: 30
        steps:
          - {llm: gpt-4o, input: "Where is order 7?", offered: [search],
             output: [{call: {tool: search, arguments: {id: 7}}}]}
    ```

    ## Interest
    Tokens of the tool's definition x model calls that offered it, at the input price of each call
    (the cached share at the cached price). Principal: half an hour, to take one tool off a list.

    ## When to accept it
    The tool is for rare emergencies, and the window is shorter than the time between two of them.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "TS101"
    debt = Debt.TOOLS
    hours = 0.5

    min_requests: int = 20
    """Model calls that must have offered the tool before its silence means something."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per tool that was offered and never called."""
        for row in evidence.rows(
            """
            SELECT o.name, count(*) AS requests, count(DISTINCT r.trace_id) AS traces,
                arg_max(r.trace_id, r.started_at) AS trace_id,
                arg_max(r.span_id, r.started_at) AS span_id
            FROM offer o JOIN request r USING (toolset)
            WHERE o.name NOT IN (SELECT tool FROM call WHERE tool IS NOT NULL)
            GROUP BY o.name HAVING count(*) >= $min_requests ORDER BY o.name
            """,
            min_requests=self.min_requests,
        ):
            yield self.finding(
                f"tool:{row['name']}",
                f"`{row['name']}` was offered in {several(row['requests'], 'model call')}"
                f" of {several(row['traces'], 'trace')} and never called",
                counts={"calls": 0, "requests": row["requests"], "traces": row["traces"]},
                examples=evidence.examples(
                    """
                    SELECT r.trace_id, r.span_id FROM offer o JOIN request r USING (toolset)
                    WHERE o.name = $name ORDER BY r.started_at DESC LIMIT 5
                    """,
                    name=row["name"],
                ),
                fix=f"take `{row['name']}` off the list of offered tools",
            )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the tables are always there
        """Claim the tokens of each definition in each call that offered it."""
        return Costs("""
            SELECT 'tool:' || o.name AS subject, r.id, r.trace_id, o.hash AS part, o.tokens,
                o.tokens * r.input_rate AS usd, NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM offer o JOIN request r USING (toolset)
        """)
