"""PS303."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, Quote, Rule
from solvent.debt.rule import several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

_SERVING = """
WITH moved AS (
    SELECT m.*, m.number < coalesce(m.was, 0) AS back,
        e.number IS NOT NULL OR coalesce(v.source, '') LIKE 'optimize:%' AS evaluated
    FROM registry_move m
    LEFT JOIN (SELECT DISTINCT name, number FROM registry_evaluation) e
        ON e.name = m.name AND e.number = m.number
    LEFT JOIN registry_version v ON v.name = m.name AND v.number = m.number
    WHERE m.was IS NOT NULL AND list_contains(string_split($aliases, ','), m.alias)
), counted AS (
    SELECT name, alias, count(*) FILTER (NOT back) AS moves,
        count(*) FILTER (NOT back AND NOT evaluated) AS unevaluated,
        arg_max(was, moved_at) AS was, arg_max(number, moved_at) AS number,
        arg_max(NOT back AND NOT evaluated, moved_at) AS open
    FROM moved GROUP BY name, alias
), carried AS (
    SELECT prompt_name, prompt_version, count(*) AS requests, count(DISTINCT trace_id) AS traces
    FROM request GROUP BY ALL
)
SELECT c.*, v.author, v.message, coalesce(r.requests, 0) AS requests,
    coalesce(r.traces, 0) AS traces
FROM registry_alias a JOIN counted c USING (name, alias, number)
JOIN registry_version v USING (name, number)
LEFT JOIN carried r ON r.prompt_name = c.name AND r.prompt_version = c.number::VARCHAR
WHERE c.open ORDER BY c.name, c.alias
"""


@dataclass(frozen=True, slots=True)
class UnevaluatedPromptChange(Rule):
    """A new version of a prompt went live, and nobody had tried it on examples.

    ## What it does
    Flags prompts of the registry of which an alias in `aliases` was moved from one version to a
    newer one that has no evaluation: no trial on a dataset beside the version it replaced, as
    `solvent prompt optimize` keeps one. The first version of a prompt replaces nothing, and an
    alias that is moved back to an older version undoes a change; both are not flagged.

    ## Why is this debt?
    A change to a prompt moves answers that nobody looked at. Without a trial, the users are the
    test, and when answers get worse nobody can say since when, or by how much.

    ## Example
    ```yaml
    prompts:
      triage:
        versions:
          - {text: "Sort the mail of the shop."}
          - {text: "Sort the mail of the shop. Never promise a refund."}
        aliases: {production: [1, 2]}
    ```

    ## Use instead
    ```yaml
    prompts:
      triage:
        versions:
          - {text: "Sort the mail of the shop."}
          - {text: "Sort the mail of the shop. Never promise a refund."}
        aliases: {production: [1, 2]}
        evaluated: [2]
    ```

    ## Interest
    None of its own: what a worse prompt costs shows in failed traces. Principal: two hours, to
    collect examples with the answers that are right, and to compare the two versions on them.

    ## When to accept it
    The change was tried elsewhere, or it corrects a spelling.

    ## References
    It has been read on no real project: it needs traces, and a registry or code, of one
    application.
    """

    code = "PS303"
    debt = Debt.PROMPTS
    hours = 2.0

    aliases: tuple[str, ...] = ("production", "prod", "live")
    """Aliases that serve users."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per alias that serves a version nobody tried."""
        evidence.need("registry_alias")
        if not evidence.registry.moves:
            return
        for row in self._rows(evidence):
            yield self._found(row)

    def _rows(self, evidence: Evidence) -> list[dict[str, Any]]:
        return evidence.rows(_SERVING, aliases=",".join(self.aliases))

    def _found(self, row: dict[str, Any]) -> Finding:
        sent = f", in {several(row['requests'], 'model call')}" if row["requests"] else ""
        return self.finding(
            f"prompt:{row['name']}",
            f"`{row['name']}@{row['alias']}` went from version {row['was']} to {row['number']}"
            f" without an evaluation{sent}; of {several(row['moves'], 'such move')},"
            f" {row['unevaluated']:,} had none",
            counts={
                "moves": row["moves"],
                "moves without an evaluation": row["unevaluated"],
                "requests": row["requests"],
                "traces": row["traces"],
            },
            quotes=[Quote(row["message"], f"{row['name']}@{row['number']}")]
            if row["message"]
            else [],
            fix=f"compare {row['name']}@{row['number']} with @{row['was']} on examples, and move"
            f" `{row['alias']}` back until that is done",
            key=row["alias"],
        )
