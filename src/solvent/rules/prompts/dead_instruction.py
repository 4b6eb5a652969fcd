"""PS102."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Rule
from solvent.debt.carriers import carriers_of, define_carriers, token_costs, use_of, words_of
from solvent.debt.families import list_families
from solvent.debt.requested import requested
from solvent.debt.rule import several
from solvent.prompts.coverage import waiting_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.families import Family
    from solvent.prompts.coverage import Waiting

_TABLE = "dead_instruction"


@dataclass(frozen=True, slots=True)
class DeadInstruction(Rule):
    """An instruction waits for a kind of request that nobody made.

    ## What it does
    Flags instructions that hold only "if the user asks about ...", "when a customer wants ..." and
    the like, when none of the words that tell the condition from others was said by a user, a tool
    or a document in any request of the window that carried the prompt. At least `min_requests`
    requests are needed: that something did not happen in ten requests says nothing.

    Words are compared by their stems. An instruction without a condition is never flagged, nor
    one whose condition is made of words that any request has.

    ## Why is this debt?
    Every request pays for it, the model weighs it against what matters, and nobody dares to delete
    it because nobody knows that its case never comes.

    ## Example
    ```yaml
    traces:
      - repeat: 40
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order {n}?"
            output: It left yesterday.
            system: |
              You help customers of the shop.
              - If the customer asks where an order is, look it up by its number.
              - If the customer asks about gift vouchers, explain that vouchers expire after a year.
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 40
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order {n}?"
            output: It left yesterday.
            system: |
              You help customers of the shop.
              - If the customer asks where an order is, look it up by its number.
    ```

    ## Interest
    Tokens of the dead instructions x model calls, at the input price of each (the cached share at
    the cached price). Principal: a quarter of an hour for each, to ask whoever knows the case.

    ## When to accept it
    The case is rare and costly, such as a threat to life: keep the instruction. Or the requests of
    the window are not like those of the year.

    ## References
    Rule of three: Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?"
    On 120 recorded runs of an airline's agent, with its long policy, and on one of a research agent
    it names nothing: it has been read on no real finding yet.
    """

    code = "PS102"
    debt = Debt.PROMPTS
    hours = 0.25

    min_requests: int = 30
    """Model calls that must have carried the prompt."""
    max_prompts: int = 100
    """Prompts that are read, the most used first."""
    max_texts: int = 20000
    """Different texts of users, tools and documents that are read of each prompt; with more, the
    prompt is left out, as a word could stand in those that were not read."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt with dead instructions."""
        evidence.need("prompt")
        prompts = [
            prompt
            for prompt in list_families(evidence, least=self.min_requests, limit=self.max_prompts)
            if prompt.in_traces
        ]
        dead: dict[str, list[Waiting]] = {}
        said: dict[str, int] = {}
        for prompt in prompts:
            waiting = waiting_for(prompt.reading)
            if not waiting:
                continue
            heard = requested(evidence, prompt.subject, limit=self.max_texts)
            said[prompt.subject] = heard.texts
            if heard.stems is None:
                continue
            if never := [one for one in waiting if not one.words & heard.stems]:
                dead[prompt.subject] = never
        costs = {p.subject: _cost(p, dead[p.subject]) for p in prompts if p.subject in dead}
        define_carriers(evidence, _TABLE, costs)
        for prompt in use_of(evidence, _TABLE, prompts):
            if prompt.is_sent(self.min_requests):
                never = dead[prompt.subject]
                yield self._found(evidence, prompt, never, said[prompt.subject])

    def _found(
        self, evidence: Evidence, prompt: Family, never: Sequence[Waiting], texts: int
    ) -> Finding:
        first = never[0]
        words = ", ".join(f"`{word}`" for word in sorted(first.words)[:4])
        more = f", and {several(len(never) - 1, 'more')}" if len(never) > 1 else ""
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` waits in line"
            f" {prompt.line_of(first.statement.line):,} for requests about {words},"
            f" of which there was none in {prompt.requests:,} model calls (at most"
            f" {min(1, 3 / prompt.requests):.1%} of all){more}",
            counts={
                "dead instructions": len(never),
                "instructions": len(prompt.reading.instructions),
                "texts read": texts,
                "requests": prompt.requests,
                "traces": prompt.traces,
            },
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=[prompt.quote(one.statement.text, one.statement.line) for one in never[:8]],
            fix="take out what never applies, or move it to a prompt that is used when it does",
            hours=self.hours * len(never),
        )

    def costs(self, evidence: Evidence) -> Costs | None:
        """Claim the tokens of the dead instructions in each request."""
        return token_costs(evidence, _TABLE)


def _cost(prompt: Family, never: Sequence[Waiting]) -> tuple[int, list[str]]:
    """Return the tokens of the dead instructions, and the words that show them."""
    tokens = sum(one.statement.tokens or 0 for one in never)
    return tokens, [words_of(prompt, one.statement) for one in never]
