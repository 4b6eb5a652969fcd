"""PS101."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Rule
from solvent.debt.families import define_families
from solvent.prompts.instructions import instructions
from solvent.prompts.statements import sections
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding


@dataclass(frozen=True, slots=True)
class MegaPrompt(Rule):
    """A system prompt carries more instructions, or more text, than a model follows.

    ## What it does
    Flags system prompts with more than `max_instructions` instructions or `max_tokens` tokens.
    A sentence or list item counts as an instruction when it orders, forbids or requires something;
    headings, code blocks and tables do not count. Texts made by one template count as one prompt.
    The quoted sections are the largest ones: the first candidates for a prompt of their own.

    ## Why is this debt?
    The chance that an answer keeps every instruction falls with each further one, roughly as
    p to the power of n: GPT-4o kept all of ten instructions 15 % of the time (ManyIFEval), and at
    500 the best model kept 68 % of them and favoured the early ones (IFScale). Every request pays
    for all of them, and a change to any one can move every answer.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps:
          - llm: gpt-4o
            prompt: everything
            input: Where is order 7?
            output: It left yesterday.
            system: {line: "- Never promise what paragraph {i} forbids.", times: 120}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        steps:
          - {llm: gpt-4o, prompt: support, input: "Where is order 7?", output: It left yesterday.,
             system: Find the order by its number. Never promise a date.}
    ```

    ## Interest
    Tokens past the knee x requests, at the input price of each request (the cached share at the
    cached price). The knee is where instruction `max_instructions` + 1 begins, or token
    `max_tokens`, whichever comes first. Principal: eight hours, to find which parts belong
    together, split them and compare the answers.

    ## When to accept it
    A comparison on your own examples shows that the shorter prompt answers worse.

    ## References
    The defaults are the 95th percentile of 689 public prompts of coding agents and assistants
    (101 instructions, 5,508 tokens): no study has found one knee for all models. IFScale:
    arXiv 2507.11538. ManyIFEval: "the curse of instructions". Context rot: Chroma, 2025.
    """

    code = "PS101"
    debt = Debt.PROMPTS
    hours = 8.0

    max_instructions: int = 100
    """Instructions a prompt may have."""
    max_tokens: int = 5500
    """Tokens a prompt may have."""
    min_requests: int = 20
    """Requests that must have carried the prompt."""
    max_prompts: int = 500
    """Prompts that are read, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt past the knee."""
        define_families(evidence)
        kept: dict[str, int] = {}
        for row in evidence.rows(
            """
            SELECT subject, hash, text, tokens, texts, requests, traces FROM prompt_family
            WHERE requests >= $least AND length(text) > 4 * $instructions
            ORDER BY requests DESC, subject LIMIT $limit
            """,
            least=self.min_requests,
            instructions=self.max_instructions,
            limit=self.max_prompts,
        ):
            knee, count_, cut = self._knee(row)
            if knee is None:
                continue
            kept[row["subject"]] = knee
            yield self._found(evidence, row, knee, count_, cut)
        _keep(evidence, kept)

    def _knee(self, row: dict[str, Any]) -> tuple[int | None, int, int | None]:
        """Return tokens up to the knee, instructions, and the line of the first one too many."""
        found = instructions(row["text"])
        total = row["tokens"] or count(row["text"])
        knees, cut = [], None
        if len(found) > self.max_instructions:
            cut = found[self.max_instructions].line
            before = "".join(row["text"].splitlines(keepends=True)[: cut - 1])
            knees.append(count(before))
        if total > self.max_tokens:
            knees.append(self.max_tokens)
        return (min(knees) if knees else None), len(found), cut

    def _found(
        self, evidence: Evidence, row: dict[str, Any], knee: int, found: int, cut: int | None
    ) -> Finding:
        total = row["tokens"] or count(row["text"])
        parts = sections(row["text"])
        limit = (
            f"past the knee of {self.max_instructions:,} instructions"
            if cut is not None
            else f"past {self.max_tokens:,} tokens"
        )
        name = row["subject"].removeprefix("prompt:")
        return self.finding(
            row["subject"],
            f"`{name}` gives {found:,} instructions in {total:,} tokens; {total - knee:,} of the"
            f" tokens are {limit}, in each of {row['requests']:,} requests",
            counts={
                "instructions": found,
                "tokens": total,
                "tokens past the knee": total - knee,
                "sections": len(parts),
                "requests": row["requests"],
                "traces": row["traces"],
                "texts": row["texts"],
            },
            examples=evidence.examples(
                """
                SELECT r.trace_id, r.span_id FROM prompt_member m JOIN prompt_use u USING (hash)
                JOIN request r ON r.id = u.id WHERE m.subject = $subject
                ORDER BY r.started_at DESC LIMIT 5
                """,
                subject=row["subject"],
            ),
            quotes=_largest(row),
            fix="move what only some requests need into prompts of their own, chosen by the kind"
            " of request; start with the largest sections",
        )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the tables are made by check
        """Claim the tokens past the knee in each request."""
        return Costs("""
            SELECT k.subject, r.id, r.trace_id, p.hash AS part,
                greatest(p.tokens - k.kept, 0) AS tokens,
                greatest(p.tokens - k.kept, 0) * r.input_rate AS usd,
                NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM mega_prompt k JOIN prompt_member m USING (subject) JOIN prompt p USING (hash)
            JOIN prompt_use u USING (hash) JOIN request r ON r.id = u.id
        """)


def _keep(evidence: Evidence, kept: dict[str, int]) -> None:
    import pyarrow as pa

    evidence.define(
        "mega_prompt",
        pa.table(
            {
                "subject": pa.array(list(kept), pa.string()),
                "kept": pa.array(list(kept.values()), pa.int64()),
            }
        ),
    )


def _largest(row: dict[str, Any], limit: int = 5) -> list[Quote]:
    """Return the headings of the sections with the most text."""
    parts = sections(row["text"])
    last = len(row["text"].splitlines()) + 1
    ends = [*(part.line for part in parts[1:]), last][: len(parts)]
    sized = sorted(zip(parts, ends, strict=True), key=lambda p: (p[0].line - p[1], p[0].line))
    return [
        Quote(f"{part.title} ({end - part.line} lines)", row["hash"], part.line)
        for part, end in sized[:limit]
    ]
