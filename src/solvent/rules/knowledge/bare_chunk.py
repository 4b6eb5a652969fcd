"""KD302."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, Quote, Ref, Rule
from solvent.debt.chunk_facts import define_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

CHUNKS = """
SELECT r.step, d.hash, d.text, count(*) AS times,
    bool_and(c.heading = '' AND c.source = '' AND c.dated IS NULL) AS bare,
    any_value({'trace_id': r.trace_id, 'span_id': r.span_id}) AS example
FROM retrieved r JOIN document d USING (hash) JOIN chunk c USING (hash)
WHERE length(d.text) >= $chars
GROUP BY r.step, d.hash, d.text ORDER BY r.step, times DESC, d.hash
"""


@dataclass(frozen=True, slots=True)
class BareChunk(Rule):
    r"""Retrieved chunks do not say what they are from: no heading, no source, no date.

    ## What it does
    Flags retrievers of whose distinct chunks at least the share `min_bare` has neither a heading,
    nor a source, nor a date, in the text or as the name of the document. A number or a hash is no
    source. At least `min_chunks` chunks of `min_chars` characters must have been retrieved.

    ## Why is this debt?
    "The fee is 30 francs": which fee, since when, who says so? The model cannot tell a rule from an
    example or an old price from a new one, and the reader cannot be shown where the answer is from.

    ## Example
    ```yaml
    traces:
      - repeat: 20
        steps:
          - retriever: search
            documents: ["the fee number {n} is thirty francs and is collected on the first working day of every month by the secretariat."]
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 20
        steps:
          - retriever: search
            documents: [{source: handbook.md, text: "Fees\\nfee number {n} is thirty francs and is collected on the first working day of every month by the secretariat."}]
    ```

    ## Interest
    None of its own. Principal: two hours, to put title, section, source and date in front of each
    chunk when it is made.

    ## When to accept it
    The application adds them when it builds the prompt, and does not report them with the document.

    ## References
    Anthropic, Contextual Retrieval (September 2024): a sentence of context in front of each chunk
    cut failed retrievals by 35 %.
    """  # noqa: E501  an example of a chunk is one line

    code = "KD302"
    debt = Debt.KNOWLEDGE
    hours = 2.0

    min_chunks: int = 20
    """Distinct chunks of a retriever."""
    min_bare: float = 0.5
    """Share of them that say nothing of themselves."""
    min_chars: int = 80
    """Characters of a chunk; shorter ones are names and values."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per retriever."""
        define_chunks(evidence)
        found: dict[str, list[tuple[bool, dict[str, object]]]] = {}
        for row in evidence.rows(CHUNKS, chars=self.min_chars):
            found.setdefault(row["step"], []).append((row["bare"], row))
        for step, chunks in found.items():
            rows: list[dict[str, object]] = [row for bare, row in chunks if bare]
            share = len(rows) / len(chunks)
            if len(chunks) >= self.min_chunks and share >= self.min_bare:
                yield self._found(step, len(chunks), rows, share)

    def _found(
        self, step: str, chunks: int, bare: list[dict[str, object]], share: float
    ) -> Finding:
        places = [row["example"] for row in bare]
        return self.finding(
            f"retriever:{step}",
            f"{len(bare):,} of {chunks:,} chunks that `{step}` finds ({share:.0%}) have no heading,"
            " no source and no date",
            counts={"bare": len(bare), "chunks": chunks},
            examples=[Ref(p["trace_id"], p["span_id"]) for p in places if isinstance(p, dict)],
            quotes=[Quote(str(row["text"]), str(row["hash"])) for row in bare[:3]],
            fix="put title, section, source and date in front of each chunk when it is indexed",
        )
