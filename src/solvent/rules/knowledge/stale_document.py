"""KD202."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several
from solvent.debt.chunk_facts import define_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding


@dataclass(frozen=True, slots=True)
class StaleDocument(Rule):
    """An old version of a document is retrieved although the index holds a newer one.

    ## What it does
    Flags documents of which an older version was retrieved at least `min_times` times after a newer
    one had been seen. Versions are texts with one source (or one heading) once version numbers and
    dates are taken out of it, that differ in the version number or in the date they give themselves
    ("version 3", "last updated 2024-05-01", "policy_v2.md"). Where only dates differ, the texts
    must share part of their words, so that reports of two years are not taken for versions.

    ## Why is this debt?
    The answer is well founded, fluent, and wrong since last March. Nobody sees it in a trace.

    ## Example
    ```yaml
    traces:
      - repeat: 5
        steps:
          - retriever: search
            documents:
              - {source: fees_v2.md, text: "Fees, version 2. A card costs thirty francs."}
              - {source: fees_v1.md, text: "Fees, version 1. A card costs twenty francs."}
          - {llm: gpt-4o, input: "Fees, version 1. A card costs twenty francs.", output: Twenty.}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 5
        steps:
          - retriever: search
            documents: [{source: fees_v2.md, text: "Fees, version 2. A card costs thirty francs."}]
          - {llm: gpt-4o, input: "Fees, version 2. A card costs thirty francs.", output: Thirty.}
    ```

    ## Interest
    Tokens of each old version x the model calls that carried it, at the input price of each (the
    cached share at the cached price). What a wrong answer costs is not in it. Principal: an hour,
    to take the old version out of the index and let the loader replace rather than add.

    ## When to accept it
    Old versions are asked for, as in a history of laws.
    """

    code = "KD202"
    debt = Debt.KNOWLEDGE

    min_times: int = 3
    """Retrievals of an old version after a newer one was seen."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per document with versions."""
        define_chunks(evidence)
        texts = {
            row["hash"]: row
            for row in evidence.rows("""
                SELECT hash, text, name FROM document WHERE hash IN (
                    SELECT hash FROM old_version UNION SELECT newer FROM old_version)
            """)
        }
        times: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in evidence.rows("SELECT * FROM stale ORDER BY started_at, place"):
            times[row["title"]].append(row)
        for title, uses in sorted(times.items()):
            if len(uses) >= self.min_times:
                yield self._found(title, uses, texts)

    def _found(
        self, title: str, uses: list[dict[str, Any]], texts: dict[str, dict[str, Any]]
    ) -> Finding:
        old, new = texts[uses[0]["hash"]], texts[uses[0]["newer"]]
        traces = {row["trace_id"] for row in uses}
        name = old["name"] or title
        return self.finding(
            f"document:{title}",
            f"an old version of `{name}` was retrieved {several(len(uses), 'time')} in"
            f" {several(len(traces), 'trace')} although a newer one is there"
            + (f" (`{new['name']}`)" if new["name"] and new["name"] != name else ""),
            counts={"retrievals": len(uses), "traces": len(traces)},
            examples=[Ref(row["trace_id"], row["span_id"]) for row in uses],
            quotes=[Quote(old["text"], old["hash"]), Quote(new["text"], new["hash"])],
            fix="take the old version out of the index, and let the loader replace what it updates",
        )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim each old version in each model call that carried it."""
        return Costs("""
            SELECT 'document:' || s.title AS subject, c.id, c.trace_id,
                coalesce(s.carrier, s.hash) AS part, sum(d.tokens * s.weight) AS tokens,
                sum(d.tokens * s.weight * c.input_rate) AS usd,
                NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM stale s JOIN carried c USING (place, hash)
            JOIN document d ON d.hash = c.hash GROUP BY ALL
        """)
