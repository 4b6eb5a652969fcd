"""KD201."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several
from solvent.debt.retrieval import define_retrieval
from solvent.debt.support import define_support

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

EMPTY = """
SELECT r.step, count(*) AS retrievals, count(*) FILTER (r.empty) AS empty,
    count(DISTINCT r.trace_id) FILTER (r.empty) AS traces,
    count(DISTINCT r.trace_id) FILTER (r.empty AND t.failed) AS failed,
    count(DISTINCT r.trace_id) FILTER (r.empty AND t.failed IS NOT NULL) AS judged,
    list({'trace_id': r.trace_id, 'span_id': r.span_id} ORDER BY r.started_at)
        FILTER (r.empty)[1:20] AS examples
FROM retrieval r JOIN trace t USING (trace_id) GROUP BY r.step ORDER BY r.step
"""


@dataclass(frozen=True, slots=True)
class MissingRetrieval(Rule):
    """The application answers without having found anything, or what it found does not say it.

    ## What it does
    Flags retrievers that found nothing in at least `min_empty` retrievals and the share `min_share`
    of all, and steps whose answers make claims that nothing they were given supports. Claims are
    what can be looked up: numbers of three digits or with decimals, names, quoted values. An answer
    is unsupported when at least `min_claims` of them, and more than half, stand nowhere in the
    question, the prompts, the retrieved texts or the results of tools. Only traces that retrieved
    something, or tried to, are judged; at least `min_answers` answers must be unsupported.

    ## Why is this debt?
    The model fills the gap from memory, in the same tone. Each such answer is one that nobody can
    check, and the missing document is never written because nobody learns of it.

    ## Example
    ```yaml
    traces:
      - repeat: 6
        steps:
          - {retriever: search, input: "What is the fee?", output: "[]"}
          - {llm: gpt-4o, input: "What is the fee?", output: It is 30 francs.}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 6
        steps:
          - {retriever: search, input: "What is the fee?", documents: [A card costs 30 francs.]}
          - {llm: gpt-4o, input: "Fee? A card costs 30 francs.", output: It is 30 francs.}
    ```

    ## Interest
    The traces that failed in which nothing was found or the answer is unsupported, where outcomes
    are known. Principal: four hours, to add what is missing, and to answer "I do not know" until
    then.

    ## When to accept it
    Nothing is the right answer, as for a check whether something exists; or the answer computes its
    figures.

    ## References
    Ji et al., Survey of Hallucination in Natural Language Generation (2023): what is unfaithful to
    its source, and why.
    """

    code = "KD201"
    debt = Debt.KNOWLEDGE
    hours = 4.0

    min_empty: int = 5
    """Retrievals that found nothing."""
    min_share: float = 0.05
    """Share of a retriever's retrievals that found nothing, and of a step's answers that are
    unsupported."""
    min_claims: int = 2
    """Claims of one answer that nothing supports."""
    min_answers: int = 3
    """Answers of a step that are unsupported."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per retriever that finds nothing, and per step that makes things up."""
        define_retrieval(evidence)
        for row in evidence.rows(EMPTY):
            if row["empty"] >= max(self.min_empty, self.min_share * row["retrievals"]):
                yield self._empty(row)
        define_support(evidence)
        for row in evidence.rows(
            """
            SELECT s.step, count(*) AS answers, count(DISTINCT s.trace_id) FILTER (bad) AS bad,
                count(*) FILTER (bad AND t.failed) AS failed,
                count(*) FILTER (bad AND t.failed IS NOT NULL) AS judged,
                list({'trace_id': s.trace_id, 'span_id': s.span_id} ORDER BY s.trace_id)
                    FILTER (bad)[1:20] AS examples,
                list({'said': s.said, 'hash': s.hash} ORDER BY s.trace_id) FILTER (bad)[1:3] AS said
            FROM (
                SELECT *, missing >= $claims AND 2 * missing > claims AS bad FROM answer_support
            ) s JOIN trace t USING (trace_id) GROUP BY s.step ORDER BY s.step
            """,
            claims=self.min_claims,
        ):
            if row["bad"] >= max(self.min_answers, self.min_share * row["answers"]):
                yield self._unsupported(row)

    def _empty(self, row: dict[str, Any]) -> Finding:
        return self.finding(
            f"retriever:{row['step']}",
            f"`{row['step']}` found nothing in {row['empty']:,} of {row['retrievals']:,} retrievals"
            + _failed(row),
            counts={name: row[name] for name in ("empty", "retrievals", "traces", "failed")},
            examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
            fix="read what was asked: add the documents that are missing, or mend the search;"
            " until then, say that nothing was found",
        )

    def _unsupported(self, row: dict[str, Any]) -> Finding:
        return self.finding(
            f"step:{row['step']}",
            f"{several(row['bad'], 'answer')} of {row['answers']:,} of `{row['step']}` state values"
            " that nothing retrieved and no result of a tool holds" + _failed(row),
            counts={
                "unsupported": row["bad"], "answers": row["answers"], "failed": row["failed"],
            },
            examples=[Ref(e["trace_id"], e["span_id"]) for e in row["examples"]],
            quotes=[Quote(said["said"], said["hash"]) for said in row["said"]],
            fix="add the documents that say it, ask for answers from the documents only, and check"
            " values against them before they are shown",
        )  # fmt: skip

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the tables are made by `check`
        """Claim the failed traces."""
        return Costs(
            """
            SELECT 'retriever:' || r.step AS subject, NULL::BIGINT AS id, r.trace_id, '*' AS part,
                NULL::BIGINT AS tokens, NULL::DOUBLE AS usd, NULL::DOUBLE AS seconds,
                t.failed AS failed
            FROM retrieval r JOIN trace t USING (trace_id) WHERE r.empty AND t.failed IS NOT NULL
            UNION ALL
            SELECT 'step:' || s.step, NULL, s.trace_id, '*', NULL, NULL, NULL, t.failed
            FROM answer_support s JOIN trace t USING (trace_id)
            WHERE s.missing >= $claims AND 2 * s.missing > s.claims AND t.failed IS NOT NULL
            """,
            {"claims": self.min_claims},
        )


def _failed(row: dict[str, Any]) -> str:
    if not row["judged"]:
        return ""
    return (
        f"; {row['failed']:,} of the {several(row['judged'], 'trace')} with a known outcome failed"
    )
