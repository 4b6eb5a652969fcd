"""KD101."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several
from solvent.debt.reading import define_use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

BY_STEP = """
WITH put AS (
    SELECT r.step, r.trace_id, r.span_id, r.rank, r.weight, r.hash, u.used, d.tokens, d.text,
        (SELECT count(*) FROM carried c WHERE c.place = r.place AND c.hash = r.hash) AS times
    FROM document_use u JOIN retrieved r USING (place, hash) JOIN document d USING (hash)
    WHERE u.used IS NOT NULL
)
SELECT step, count(*) AS documents, count(*) FILTER (NOT used) AS unread,
    count(DISTINCT (trace_id, span_id)) AS retrievals, count(DISTINCT trace_id) AS traces,
    sum(tokens * times) FILTER (NOT used) AS tokens, any_value(weight) AS weight,
    arg_max({'trace_id': trace_id, 'span_id': span_id}, tokens, 20) FILTER (NOT used) AS examples,
    arg_max(text, tokens) FILTER (NOT used) AS quoted,
    arg_max(hash, tokens) FILTER (NOT used) AS source,
    list(rank) FILTER (used) AS used_ranks, max(rank) AS deepest
FROM put WHERE times > 0 GROUP BY step ORDER BY step
"""
KEPT = 0.95
"""Share of what was used that a smaller number of documents must keep to be proposed."""


@dataclass(frozen=True, slots=True)
class UnreadContext(Rule):
    """Retrieved text is put before the model, and nothing of it comes up in what is written.

    ## What it does
    Flags retrievers of which at least the share `min_unread` of the documents that model calls
    carried were not used. A document was used when something that only it says (a number, an
    identifier, a long word, three words in a row) comes up in an answer or a later tool call, or
    when its source is named there. What also stands in the question or in another document of the
    same trace does not count. At least `min_documents` documents must have been judged. A search
    tool whose result is a list of passages is a retriever too.

    ## Why is this debt?
    Every retrieved text is paid for in each model call that carries it, and what is beside the
    point draws attention away from what matters.

    ## Example
    ```yaml
    traces:
      - repeat: 10
        steps:
          - retriever: search
            input: When does the pool open?
            documents:
              - "The swimming pool opens at 06:30 on weekdays and at 08:15 on Sundays."
              - "Membership cards are issued by the secretariat on the second floor."
              - "Parking permits cost 45 francs a month and are valid in the garage."
          - llm: gpt-4o
            input: "When does the pool open? The swimming pool opens at 06:30 on weekdays and at 08:15 on Sundays. Membership cards are issued by the secretariat on the second floor. Parking permits cost 45 francs a month and are valid in the garage."
            output: On weekdays at 06:30, on Sundays at 08:15.
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 10
        steps:
          - retriever: search
            input: When does the pool open?
            documents:
              - "The swimming pool opens at 06:30 on weekdays and at 08:15 on Sundays."
          - llm: gpt-4o
            input: "When does the pool open? The swimming pool opens at 06:30 on weekdays and at 08:15 on Sundays."
            output: On weekdays at 06:30, on Sundays at 08:15.
    ```

    ## Interest
    Tokens of each unread document x the model calls that carried it, at the input price of each
    (the cached share at the cached price). Of more than `knowledge.max_retrievals` retrievals some
    are read and count for all. Principal: two hours, to retrieve fewer, rerank or raise the
    threshold, and compare.

    ## When to accept it
    The answer is a summary or a translation in other words: those are not recognised, so that the
    share is an upper bound.

    ## References
    - Liu et al., Lost in the Middle (2023): models use what stands in the middle of a long context
      worst.
    - Recorded SQL over football tables, with the schema of five tables as documents: of 1,501
      documents found unread, the statement read the table of four (`tests/debt/test_reading.py`).
    """  # noqa: E501  an example of a prompt is one line

    code = "KD101"
    debt = Debt.KNOWLEDGE
    hours = 2.0

    min_documents: int = 20
    """Documents that must have been judged."""
    min_unread: float = 0.5
    """Share of the documents that is not used."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per retriever."""
        define_use(evidence)
        for row in evidence.rows(BY_STEP):
            share = row["unread"] / row["documents"]
            if row["documents"] >= self.min_documents and share >= self.min_unread:
                yield self._found(row, share)

    def _found(self, row: dict[str, Any], share: float) -> Finding:
        step, enough = row["step"], _enough(row["used_ranks"] or [], row["deepest"])
        sampled = f" (of 1 retrieval in {row['weight']:.3g} that was read)"
        return self.finding(
            f"retriever:{step}",
            f"of {row['documents']:,} documents that `{step}` put before the model, {share:.0%}"
            f" leave nothing in what was written after them"
            + (sampled if row["weight"] > 1 else "")
            + (f"; the first {enough} keep {KEPT:.0%} of what was used" if enough else ""),
            counts={
                "documents": row["documents"],
                "unread": row["unread"],
                "retrievals": row["retrievals"],
                "traces": row["traces"],
                **({"enough": enough} if enough else {}),
            },
            examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
            quotes=[Quote(row["quoted"], row["source"])],
            fix=f"let `{step}` return the first {several(enough, 'document')}, or put a reranker"
            " with a threshold behind it; compare on your examples"
            if enough
            else f"let `{step}` return fewer documents, or put a reranker with a threshold behind"
            " it; compare on your examples",
        )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the tables are made by `check`
        """Claim each unread document in each model call that carried it."""
        return Costs("""
            SELECT 'retriever:' || r.step AS subject, c.id, c.trace_id,
                coalesce(r.carrier, r.hash) AS part, sum(d.tokens * r.weight) AS tokens,
                sum(d.tokens * r.weight * c.input_rate) AS usd,
                NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM document_use u JOIN retrieved r USING (place, hash)
            JOIN carried c USING (place, hash) JOIN document d ON d.hash = c.hash
            WHERE NOT u.used GROUP BY ALL
        """)


def _enough(used_ranks: list[int], deepest: int) -> int:
    """Return how many documents would keep nearly all that was used; 0 when all are needed."""
    if len(used_ranks) < 20:  # noqa: PLR2004  fewer say nothing about ranks
        return 0
    for most in range(1, deepest):
        if sum(rank <= most for rank in used_ranks) >= KEPT * len(used_ranks):
            return most
    return 0
