"""PS104."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Rule
from solvent.debt.carriers import carriers_of, define_carriers, token_costs, use_of, words_of
from solvent.debt.families import examples_of, list_families
from solvent.prompts.repetition import copies, meaning, repetitions, total
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.families import Family
    from solvent.prompts.repetition import Repetition
    from solvent.records.instruction import Statement


_TABLE = "duplicated_instruction"
SHOWN = 4
"""Names of prompts that fit a line."""


@dataclass(frozen=True, slots=True)
class DuplicatedInstruction(Rule):
    """The same instruction is said again, in one prompt or copied from prompt to prompt.

    ## What it does
    Flags system prompts that give an instruction of at least `min_words` content words more than
    once, and groups of prompts that share at least `min_copies` such instructions word for word.
    Two instructions are the same when their content words are, in order, or when one only adds to
    the other and they have 85 % of their content words in common; "do" and "do not" are never the
    same. Versions of one prompt are not copies of each other.

    ## Why is this debt?
    Every request pays for each repetition. Worse, one day somebody changes one of the two, and the
    model is left to choose.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order 7?"
            output: It left yesterday.
            system: |
              - Ask the customer to confirm the delivery address before a parcel is sent.
              - Answer in the language of the customer.
              - IMPORTANT: always ask the customer to confirm the delivery address before a parcel
                is sent!
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
            system: |
              - Ask the customer to confirm the delivery address before a parcel is sent.
              - Answer in the language of the customer.
    ```

    ## Interest
    Tokens of each repetition x model calls, at the input price of each (the cached share at
    the cached price). Copies between prompts waste no tokens of a request and carry no interest of
    their own. Principal: a quarter of an hour for each instruction said again.

    ## When to accept it
    A comparison on your own examples shows that the model forgets the instruction without its
    repetition. Then say so beside it.

    ## References
    In 689 public prompts the rule finds 142 instructions that are said again, in 50. Of 20 drawn at
    random, 19 say the same again; one is code outside a code block.
    """

    code = "PS104"
    debt = Debt.PROMPTS
    hours = 0.25

    min_words: int = 6
    """Content words an instruction must have; shorter ones repeat by nature."""
    min_copies: int = 3
    """Instructions that prompts must share before they count as copied."""
    min_requests: int = 20
    """Model calls that must have carried the prompt."""
    max_prompts: int = 500
    """Prompts that are read, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt with repetitions, and one per group of copies."""
        prompts = list_families(evidence, least=self.min_requests, limit=self.max_prompts)
        repeated = {
            prompt.subject: found
            for prompt in prompts
            if (found := repetitions(prompt.text, self.min_words))
        }
        define_carriers(
            evidence,
            _TABLE,
            {p.subject: _again(p, repeated[p.subject]) for p in prompts if p.subject in repeated},
        )
        for prompt in use_of(evidence, _TABLE, prompts):
            if prompt.is_sent(self.min_requests):
                yield self._repeated(evidence, prompt, repeated[prompt.subject])
        by_subject = {prompt.subject: prompt for prompt in prompts}
        texts = {prompt.subject: prompt.text for prompt in prompts}
        for subjects, shared in sorted(copies(texts, self.min_words).items()):
            group = [by_subject[subject] for subject in subjects]
            if len(shared) >= self.min_copies and len({_base(p) for p in group}) == len(group):
                yield self._copied(evidence, group, shared)

    def _repeated(self, evidence: Evidence, prompt: Family, found: Sequence[Repetition]) -> Finding:
        again = total(found)
        tokens = _again(prompt, found)[0]
        first = found[0]
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` says {_several(len(found), 'instruction')} more than once, the one of"
            f" line {prompt.line_of(first.first.line):,} again in line"
            f" {prompt.line_of(first.again[0].line):,}:"
            f" {tokens:,} of {prompt.tokens or 0:,} tokens"
            + (f", in each of {prompt.requests:,} model calls" if prompt.in_traces else ""),
            counts={
                "instructions said again": len(found),
                "repetitions": again,
                "tokens": tokens,
                "tokens of the prompt": prompt.tokens or 0,
                "requests": prompt.requests,
                "traces": prompt.traces,
            },
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=[
                prompt.quote(statement.text, statement.line)
                for repetition in found[:5]
                for statement in (repetition.first, *repetition.again[:2])
            ],
            fix="keep each instruction once, where it applies; take out line"
            f" {', '.join(str(prompt.line_of(s.line)) for r in found[:10] for s in r.again)}",
            hours=self.hours * again,
            at=prompt.place,
        )

    def _copied(
        self, evidence: Evidence, group: Sequence[Family], shared: Sequence[Statement]
    ) -> Finding:
        names = [f"`{prompt.name}`" for prompt in group]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        shown = ", ".join(names[:SHOWN]) + more
        return self.finding(
            f"instruction:{min(_slug(statement.text) for statement in shared)}",
            f"{shown} share {len(shared):,} instructions word for word",
            counts={
                "shared instructions": len(shared),
                "prompts": len(group),
                "requests": sum(prompt.requests for prompt in group),
            },
            examples=[ref for p in group for ref in examples_of(evidence, p.subject)[:2]],
            quotes=[group[0].quote(s.text, s.line) for s in shared[:5]],
            fix="keep the shared instructions in one text that these prompts include",
            hours=self.hours * len(shared),
            at=group[0].place,
        )

    def costs(self, evidence: Evidence) -> Costs | None:
        """Claim the tokens of the repetitions in each request."""
        return token_costs(evidence, _TABLE)


def _again(prompt: Family, found: Sequence[Repetition]) -> tuple[int, list[str]]:
    """Return the tokens said again, and the words that say it."""
    said = [(repetition.first, *repetition.again) for repetition in found]
    tokens = sum(count(again.text) for _, *rest in said for again in rest)
    return tokens, [words_of(prompt, statement) for group in said for statement in group]


def _base(prompt: Family) -> str:
    """Return a name without its version or first words: versions are not copies."""
    return prompt.name.split("@")[0].split("/")[0]


def _slug(sentence: str) -> str:
    """Return the first content words: a name that stays when a prompt joins or leaves."""
    return "-".join(meaning(sentence).content[:6])


def _several(count_: int, noun: str) -> str:
    return f"{count_:,} {noun}" + ("" if count_ == 1 else "s")
