"""KD303."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Quote, Rule, several
from solvent.debt.joins import list_joins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding
    from solvent.debt.joins import Joined


@dataclass(frozen=True, slots=True)
class RepeatedJoin(Rule):
    """The same tables are joined in the same way in query after query.

    ## What it does
    Flags sets of joins of at least `min_tables` tables that statements written by a model or run by
    a tool use in at least `min_traces` traces, and in the share `min_share` of all traces with SQL.
    A join is a pair of columns that a statement compares; aliases, order and what else the
    statement does are ignored. Of sets that share half of their joins, the one that saves most is
    reported.

    ## Why is this debt?
    The model has to find the way through the keys again with each question, and each time it can
    miss it. A view says it once, and gives a place for a name and a description.

    ## Example
    ```yaml
    traces:
      - repeat: 20
        steps:
          - llm: gpt-4o
            input: Who played in team {n}?
            output: SELECT p.name FROM player p JOIN squad s ON p.id = s.player_id JOIN team t ON s.team_id = t.id WHERE t.id = {n}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 20
        steps:
          - {llm: gpt-4o, input: "Who played in team {n}?", output: "SELECT name FROM player_squad_team WHERE team_id = {n}"}
    ```

    ## Interest
    Tokens of the join clauses that a model wrote, at the output price of each call. What wrong
    joins cost is not in it. Principal: an hour, to make the view, describe it, and show it to the
    model in place of the tables.

    ## When to accept it
    The schema is not yours to change; then show the join as an example.

    ## References
    Fuerst et al., Evaluating the Data Model Robustness of Text-to-SQL Systems (EDBT 2025): with
    another data model over the same facts, the same questions are answered better or worse.
    """  # noqa: E501  an example of a statement is one line

    code = "KD303"
    debt = Debt.KNOWLEDGE

    min_tables: int = 3
    """Tables that are joined; two are joined by everybody."""
    min_traces: int = 20
    """Traces whose statements join so."""
    min_share: float = 0.05
    """Share of the traces with SQL."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per set of joins."""
        found = list_joins(evidence, least=self.min_traces, tables=self.min_tables)
        total = evidence.value("SELECT count(DISTINCT trace_id) FROM query_use")
        for joined in found:
            if joined.traces >= max(self.min_traces, self.min_share * total):
                yield self._found(evidence, joined, total)

    def _found(self, evidence: Evidence, joined: Joined, total: int) -> Finding:
        tables = [f"`{table}`" for table in joined.joins.tables]
        return self.finding(
            joined.subject,
            f"{', '.join(tables[:-1])} and {tables[-1]} are joined in the same way by"
            f" {several(joined.statements, 'statement')} in {joined.traces:,} of"
            f" {several(total, 'trace')} with SQL",
            counts={
                "statements": joined.statements,
                "traces": joined.traces,
                "traces with SQL": total,
                "tables": len(tables),
            },
            examples=evidence.examples(
                "SELECT DISTINCT trace_id, span_id FROM query_use JOIN join_saved USING (template)"
                " WHERE subject = $subject ORDER BY trace_id LIMIT 20",
                subject=joined.subject,
            ),
            quotes=[Quote(joined.example, "the most used statement")],
            fix=joined.view,
        )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the tables are made by `check`
        """Claim the join clauses that a model wrote."""
        return Costs("""
            SELECT s.subject, r.id, r.trace_id, 'join:' || s.template AS part, s.tokens,
                s.tokens * r.output_rate AS usd, NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM join_saved s JOIN query_use u USING (template) JOIN request r ON r.id = u.id
        """)
