"""PS205."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, Rule
from solvent.debt.carriers import carriers_of, define_carriers, use_of, words_of
from solvent.debt.families import list_families

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.families import Family
    from solvent.records.instruction import Statement

_TABLE = "emphasis_inflation"


@dataclass(frozen=True, slots=True)
class EmphasisInflation(Rule):
    """A prompt raises its voice so often that nothing stands out any more.

    ## What it does
    Flags system prompts in which at least `max_share` of the instructions are emphatic: warning
    words in capitals (IMPORTANT, NEVER, MUST, ALWAYS, CRITICAL), words such as "crucial" and
    "without exception", runs of capitals, exclamation marks.

    ## Why is this debt?
    Emphasis is relative. Each MUST was added after a failure and made the next one necessary; when
    every fourth line is critical, the model cannot tell which instruction wins.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order 7?"
            output: It left yesterday.
            system: {line: "- You MUST NEVER promise what paragraph {i} forbids!", times: 12}
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order 7?"
            output: It left yesterday.
            system: {line: "- Do not promise what paragraph {i} forbids.", times: 12}
    ```

    ## Interest
    None of its own: a capital letter costs next to nothing. Principal: one hour, to leave emphasis
    on the three instructions that matter most and compare the answers.

    ## When to accept it
    The prompt is a short list of safety rules and nothing else.

    ## References
    The default lies above 95 % of the 538 of 689 public prompts of coding agents and
    assistants that have at least ten instructions: half emphasise none, a twentieth more than
    16 %. The rule fires on seven of them, and read by eye all seven shout. Capitals that name a
    part of the answer ("a section called KEY POINTS") do not count.
    """

    code = "PS205"
    debt = Debt.PROMPTS
    hours = 1.0

    max_share: float = 0.25
    """Share of emphatic instructions from which nothing stands out."""
    min_instructions: int = 10
    """Instructions a prompt must have before a share means something."""
    min_requests: int = 5
    """Model calls that must have carried the prompt."""
    max_prompts: int = 500
    """Prompts that are read, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt that emphasises too much."""
        prompts = list_families(evidence, least=self.min_requests, limit=self.max_prompts)
        loud: dict[str, tuple[list[Statement], int]] = {}
        for prompt in prompts:
            found = prompt.reading.instructions
            emphatic = [statement for statement in found if statement.emphatic]
            if len(found) >= self.min_instructions and len(emphatic) >= self.max_share * len(found):
                loud[prompt.subject] = (emphatic, len(found))
        said = {
            p.subject: (0, [words_of(p, statement) for statement in loud[p.subject][0]])
            for p in prompts
            if p.subject in loud
        }
        define_carriers(evidence, _TABLE, said)
        for prompt in use_of(evidence, _TABLE, prompts):
            if prompt.is_sent(self.min_requests):
                yield self._found(evidence, prompt, *loud[prompt.subject])

    def _found(
        self, evidence: Evidence, prompt: Family, emphatic: Sequence[Statement], total: int
    ) -> Finding:
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` emphasises {len(emphatic):,} of its {total:,} instructions"
            f" ({len(emphatic) / total:.0%})"
            + (f", in {prompt.requests:,} model calls" if prompt.in_traces else ""),
            counts={
                "emphatic": len(emphatic),
                "instructions": total,
                "requests": prompt.requests,
                "traces": prompt.traces,
            },
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=[prompt.quote(s.text, s.line) for s in emphatic[:5]],
            at=prompt.place,
            fix="leave emphasis on the three instructions that matter most, and say the others"
            " plainly",
        )
