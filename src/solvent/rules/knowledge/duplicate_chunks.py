"""KD102."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Quote, Ref, Rule, several
from solvent.debt.likeness import define_likeness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

PAID_TWICE = """
SELECT 'retriever:' || min(step) AS subject, id, trace_id, part,
    (sum(times * tokens) - max(tokens)) * any_value(weight) AS tokens,
    any_value(input_rate) AS input_rate, sum(times) - 1 AS copies,
    arg_max(text, length(text)) AS text, arg_max(hash, length(text)) AS hash
FROM (
    SELECT c.id, c.trace_id, g.part, r.carrier, c.hash, c.input_rate, min(r.step) AS step,
        any_value(r.weight) AS weight, any_value(d.tokens) AS tokens, any_value(d.text) AS text,
        CASE WHEN r.carrier IS NULL THEN max(c.times) ELSE 1 END AS times
    FROM carried c JOIN retrieved r USING (place, hash) JOIN document d ON d.hash = c.hash
    JOIN document_group g ON g.hash = c.hash
    GROUP BY c.id, c.trace_id, g.part, r.carrier, c.hash, c.input_rate
)
GROUP BY id, trace_id, part HAVING sum(times) > 1
"""


@dataclass(frozen=True, slots=True)
class DuplicateChunks(Rule):
    """The same text, or nearly the same, is retrieved twice and put before the model twice.

    ## What it does
    Flags retrievers that gave a model call the same text more than once in at least `min_traces`
    traces and the share `min_share` of those that retrieved, and those among whose distinct texts
    at least the share `min_alike` is nearly the same as another. Nearly the same means 80 % of all
    runs of five words in common.

    ## Why is this debt?
    The copies are paid for and take the places of texts that would have added something. In the
    index they mean that a document was loaded twice, and that one of the two will be forgotten at
    the next change.

    ## Example
    ```yaml
    traces:
      - repeat: 5
        steps:
          - {retriever: search, documents: ["The pool opens at half past six on every weekday except on public holidays."]}
          - {retriever: search, documents: ["The pool opens at half past six on every weekday except on public holidays!"]}
          - {llm: gpt-4o, output: At half past six., input: "The pool opens at half past six on every weekday except on public holidays. The pool opens at half past six on every weekday except on public holidays!"}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 5
        steps:
          - {retriever: search, documents: ["The pool opens at half past six on every weekday except on public holidays."]}
          - {llm: gpt-4o, output: At half past six., input: "The pool opens at half past six on every weekday except on public holidays."}
    ```

    ## Interest
    Tokens of all copies but the longest in each model call, at its input price (the cached share at
    the cached price). Copies in the index alone cost nothing. Principal: an hour, to drop copies
    before the prompt is built, or to load each document once.

    ## When to accept it
    The copies differ in the one word that matters, such as a table of prices by year.

    ## References
    Broder, On the resemblance and containment of documents (1997).
    """  # noqa: E501  an example of a prompt is one line

    code = "KD102"
    debt = Debt.KNOWLEDGE

    min_traces: int = 3
    """Traces in which a model call got the same text twice."""
    min_share: float = 0.05
    """Share of the traces that retrieved."""
    min_documents: int = 20
    """Distinct texts before copies in the index are reported."""
    min_alike: float = 0.2
    """Share of the distinct texts that are nearly the same as another."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per retriever that repeats, and per index that holds copies."""
        define_likeness(evidence)
        evidence.define("kd102_twice", PAID_TWICE)
        yield from self._repeated(evidence)
        yield from self._copied(evidence)

    def _repeated(self, evidence: Evidence) -> Iterator[Finding]:
        for row in evidence.rows("""
            SELECT t.subject, count(DISTINCT t.trace_id) AS traces,
                count(DISTINCT t.id) AS requests, sum(t.copies) AS copies,
                arg_max(t.text, t.tokens) AS text,
                arg_max(t.hash, t.tokens) AS hash, (
                    SELECT count(DISTINCT trace_id) FROM retrieved
                    WHERE 'retriever:' || step = t.subject) AS retrieved,
                list(DISTINCT t.trace_id ORDER BY t.trace_id)[1:20] AS examples
            FROM kd102_twice t GROUP BY t.subject ORDER BY t.subject
        """):
            if row["traces"] < max(self.min_traces, self.min_share * row["retrieved"]):
                continue
            step = row["subject"].partition(":")[2]
            yield self.finding(
                row["subject"],
                f"{several(row['requests'], 'model call')} got the same text of `{step}` more than"
                f" once, in {row['traces']:,} of {several(row['retrieved'], 'trace')}",
                counts={
                    "copies": int(row["copies"]),
                    "requests": row["requests"],
                    "traces": row["traces"],
                    "traces that retrieved": row["retrieved"],
                },
                examples=[Ref(trace) for trace in row["examples"]],
                quotes=[Quote(row["text"], row["hash"])],
                fix="drop texts that are already in the prompt before it is built",
            )

    def _copied(self, evidence: Evidence) -> Iterator[Finding]:
        for row in evidence.rows("""
            WITH known AS (SELECT DISTINCT step, hash FROM retrieved JOIN document USING (hash)),
            sized AS (
                SELECT k.step, g.part, k.hash, count(*) OVER (PARTITION BY k.step, g.part) AS alike
                FROM known k JOIN document_group g USING (hash)
            )
            SELECT step, count(*) AS documents, count(*) FILTER (alike > 1) AS alike,
                count(DISTINCT part) FILTER (alike > 1) AS parts,
                arg_max(hash, alike) FILTER (alike > 1) AS hash
            FROM sized GROUP BY step ORDER BY step
        """):
            share = row["alike"] / row["documents"]
            if row["documents"] < self.min_documents or share < self.min_alike:
                continue
            text = evidence.value("SELECT text FROM document WHERE hash = $hash", hash=row["hash"])
            yield self.finding(
                f"index:{row['step']}",
                f"{row['alike']:,} of {row['documents']:,} texts that `{row['step']}` found are"
                f" nearly the same as another: {several(row['parts'], 'text')} in several copies",
                counts={
                    "alike": row["alike"],
                    "documents": row["documents"],
                    "texts": row["parts"],
                },
                quotes=[Quote(text, row["hash"])],
                fix="load each document once: compare by shingles before a chunk is indexed",
            )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by `check`
        """Claim every copy but the longest."""
        return Costs("""
            SELECT subject, id, trace_id, hash AS part, tokens, tokens * input_rate AS usd,
                NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM kd102_twice
        """)
