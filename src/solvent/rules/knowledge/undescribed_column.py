"""KD301."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, NoEvidence, Ref, Rule, several
from solvent.debt.tables_used import TableUse, list_tables
from solvent.debt.workload import workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

SHOWN = 8


@dataclass(frozen=True, slots=True)
class UndescribedColumn(Rule):
    """Queries read tables and columns that nobody has described to the model.

    ## What it does
    Flags tables that queries read in at least `min_traces` traces and of which columns they select
    or filter by have no description, in any prompt, document, tool result or schema file. Keys that
    queries join by are left out: they need no words. The most used tables come first.

    ## Why is this debt?
    A name such as `stage` or `prize` says what is in a column to those who know it already. The
    model guesses the meaning, the unit and the values, and writes a query that runs and is wrong.

    ## Example
    ```yaml
    traces:
      - repeat: 20
        steps:
          - llm: gpt-4o
            system: "CREATE TABLE cup (year int, prize text);"
            input: Who won in 1990?
            output: SELECT prize FROM cup WHERE year = 1990
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 20
        steps:
          - llm: gpt-4o
            system: "CREATE TABLE cup (year int, prize text); COMMENT ON COLUMN cup.year IS 'year of the final'; COMMENT ON COLUMN cup.prize IS 'winner, second, third or fourth'; COMMENT ON TABLE cup IS 'results of a world cup';"
            input: Who won in 1990?
            output: SELECT prize FROM cup WHERE year = 1990
    ```

    ## Interest
    None of its own: that queries over such columns fail is no proof that a description would have
    helped. The share that failed, where outcomes are known, stands in the finding beside the share
    of all other queries. Principal: five minutes a column.

    ## When to accept it
    The names say it all, and the values are shown to the model as examples.

    ## References
    BIRD (Li et al., 2023): knowledge of what columns and values mean raised the execution accuracy
    of GPT-4 from 35 to 55 %.
    """  # noqa: E501  an example of a schema is one line

    code = "KD301"
    debt = Debt.KNOWLEDGE
    hours = 5 / 60

    min_traces: int = 10
    """Traces with queries that use undescribed columns of the table."""
    max_tables: int = 20
    """Tables that are reported, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per table."""
        if not workload(evidence).tables:
            raise NoEvidence("no text that describes tables; see `knowledge.schema`")
        tables = [table for table in list_tables(evidence) if table.known and table.undescribed]
        tables.sort(key=lambda table: (-table.bare_traces, table.name))
        for table in tables[: self.max_tables]:
            if table.bare_traces >= self.min_traces:
                yield self._found(table)

    def _found(self, table: TableUse) -> Finding:
        names = [column.name for column in table.undescribed]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        listed = ", ".join(f"`{name}`" for name in names[:SHOWN])
        known = table.bare_failed + table.bare_passed
        others = table.other_failed + table.other_passed
        return self.finding(
            f"table:{table.name}",
            f"queries in {several(table.bare_traces, 'trace')} use {several(len(names), 'column')}"
            f" of `{table.name}` that no text describes: {listed}{more}"
            + (f"; {table.bare_failed / known:.0%} of them failed" if known else "")
            + (f", of the others {table.other_failed / others:.0%}" if known and others else ""),
            counts={
                "traces": table.bare_traces,
                "undescribed": len(names),
                "columns used": len(table.columns),
                **({"failed": table.bare_failed, "known outcomes": known} if known else {}),
            },
            examples=[Ref(trace, span) for trace, span in table.examples],
            fix="\n".join(f"COMMENT ON COLUMN {table.name}.{name} IS '';" for name in names[:20]),
            hours=self.hours * len(names),
        )
