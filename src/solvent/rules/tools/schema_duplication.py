"""TS104."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Ref, Rule
from solvent.debt.schema_repeats import Repeat, repeats, savings
from solvent.debt.toolsets import define_toolset_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding

LISTS = """
SELECT o.toolset, list(o.hash ORDER BY o.position) AS hashes,
    list(o.definition ORDER BY o.position) AS definitions,
    sum(o.tokens)::BIGINT AS tokens
FROM offer o JOIN (
    SELECT toolset, count(*) AS requests FROM toolset_use GROUP BY toolset
    ORDER BY requests DESC, toolset LIMIT $limit
) USING (toolset)
GROUP BY o.toolset
"""


@dataclass(frozen=True, slots=True)
class SchemaDuplication(Rule):
    """The definitions of one list of tools say the same things again and again.

    ## What it does
    Looks at the list of tools that each agent sends most often, and flags it when sentences of its
    descriptions or parts of its schemas that occur three times or more would save at least
    `min_share` of its tokens, and at least `min_tokens`, if each was said once. Counted are
    sentences of eight words or more, and parts of schemas of 40 tokens or more.

    ## Why is this debt?
    Definitions are generated from code that shares its types and texts; the model is sent each
    copy with every call. Copies also drift apart, and then the model reads two rules for one thing.

    ## Example
    ```yaml
    tools:
      open_order: {description: "Open it. Always ask the customer for the order number first, and
        never guess an order number from the name, the address or an earlier conversation. Numbers
        begin with the letter A and have four digits, as printed on each invoice we send."}
      close_order: {description: "Close it. Always ask the customer for the order number first, and
        never guess an order number from the name, the address or an earlier conversation. Numbers
        begin with the letter A and have four digits, as printed on each invoice we send."}
      pay_order: {description: "Pay it. Always ask the customer for the order number first, and
        never guess an order number from the name, the address or an earlier conversation. Numbers
        begin with the letter A and have four digits, as printed on each invoice we send."}
      send_order: {description: "Send it. Always ask the customer for the order number first, and
        never guess an order number from the name, the address or an earlier conversation. Numbers
        begin with the letter A and have four digits, as printed on each invoice we send."}
      drop_order: {description: "Drop it. Always ask the customer for the order number first, and
        never guess an order number from the name, the address or an earlier conversation. Numbers
        begin with the letter A and have four digits, as printed on each invoice we send."}
    traces:
      - repeat: 20
        steps:
          - {llm: gpt-4o, name: desk, input: hi, output: hello,
             offered: [open_order, close_order, pay_order, send_order, drop_order]}
    ```

    ## Use instead
    The system prompt says it once.

    ```yaml
    tools:
      open_order: {description: Open it.}
      close_order: {description: Close it.}
      pay_order: {description: Pay it.}
      send_order: {description: Send it.}
      drop_order: {description: Drop it.}
    traces:
      - repeat: 20
        steps:
          - {llm: gpt-4o, name: desk, input: hi, output: hello,
             offered: [open_order, close_order, pay_order, send_order, drop_order]}
    ```

    ## Interest
    In each model call, the tokens of every repetition but the first (of a part of a schema, less
    the 10 that a reference takes), at the call's input price (the cached share at the cached
    price). Principal: two hours, to say the sentence once in the system prompt, to share types by
    `$defs`, or to merge tools that share most of their parameters.

    ## When to accept it
    The definitions are read from a cache nearly for nothing, or each tool is also offered alone.

    ## References
    No study sets these thresholds. They are conventions, below which a few bad days would look like
    a rule; `solvent.toml` changes them.
    """

    code = "TS104"
    debt = Debt.TOOLS
    hours = 2.0

    min_share: float = 0.1
    """Share of the list's tokens that saying each thing once must save."""
    min_tokens: int = 100
    """Tokens of a list that saying each thing once must save."""
    min_requests: int = 20
    """Model calls that must have offered tools."""
    max_lists: int = 100
    """Distinct lists that are read, those sent most often."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding for each that sends a repetitive list."""
        define_toolset_use(evidence)
        read = {row["toolset"]: row for row in evidence.rows(LISTS, limit=self.max_lists)}
        found = {key: repeats(row["definitions"]) for key, row in read.items()}
        _define_savings(evidence, read, found)
        for row in evidence.rows(
            """
            WITH sent AS (
                SELECT owner, toolset, count(*) AS requests, count(DISTINCT trace_id) AS traces,
                    arg_max({'trace_id': trace_id, 'span_id': span_id}, started_at, 5) AS examples
                FROM toolset_use GROUP BY owner, toolset
            )
            SELECT owner, arg_max(toolset, (requests, toolset)) AS toolset,
                arg_max(examples, (requests, toolset)) AS examples,
                sum(requests)::BIGINT AS requests
            FROM sent GROUP BY owner HAVING sum(requests) >= $least ORDER BY owner
            """,
            least=self.min_requests,
        ):
            if (sent := read.get(row["toolset"])) is not None and sent["tokens"]:
                saved = sum(savings(found[row["toolset"]], len(sent["hashes"])))
                if saved >= self.min_tokens and saved >= self.min_share * sent["tokens"]:
                    yield self._report(row, sent, found[row["toolset"]], saved)

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim, in each model call, what the repetitions in each definition take."""
        return Costs("""
            SELECT u.owner AS subject, u.id, u.trace_id, s.hash AS part, s.tokens,
                s.tokens * u.input_rate AS usd, NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM toolset_use u JOIN ts104_saving s USING (toolset)
        """)

    def _report(
        self, row: dict[str, Any], sent: dict[str, Any], found: Sequence[Repeat], saved: int
    ) -> Finding:
        tools, worst = len(sent["hashes"]), found[0]
        place = (
            "say it once in the system prompt"
            if worst.kind == "sentence"
            else "share it by `$defs`, or merge the tools that have it"
        )
        return self.finding(
            row["owner"],
            f"`{row['owner'].removeprefix('toolset:')}` repeats itself in its {tools:,} tool"
            f" definitions: {saved:,} of their {sent['tokens']:,} tokens"
            f" ({saved / sent['tokens']:.0%}) say again what was said",
            counts={
                "saved_tokens": saved,
                "tokens": sent["tokens"],
                "tools": tools,
                "repeated": len(found),
                "requests": row["requests"],
            },
            examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
            quotes=[Quote(r.text, f"{r.kind}, {len(r.places)} times") for r in found[:5]],
            fix=f"{len(worst.places)} times the same {worst.kind}: {place}",
        )


def _define_savings(
    evidence: Evidence, read: dict[str, dict[str, Any]], found: dict[str, list[Repeat]]
) -> None:
    import pyarrow as pa

    rows = [
        (toolset, hash_, tokens)
        for toolset, row in read.items()
        for hash_, tokens in zip(
            row["hashes"], savings(found[toolset], len(row["hashes"])), strict=True
        )
        if tokens
    ]
    evidence.define(
        "ts104_saving",
        pa.table(
            {
                "toolset": pa.array([row[0] for row in rows], pa.string()),
                "hash": pa.array([row[1] for row in rows], pa.string()),
                "tokens": pa.array([row[2] for row in rows], pa.int64()),
            }
        ),
    )
