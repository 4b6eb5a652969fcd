"""PS202."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Rule
from solvent.debt.carriers import carriers_of, define_carriers, token_costs, use_of
from solvent.debt.families import list_families
from solvent.prompts.staleness import Stale, named_models, past_dates, unfilled
from solvent.traces.prices import PriceBook
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.families import Family

_TABLE = "stale_instruction"
_WORDS = {
    "date": "a date that has passed",
    "model": "a model that is switched off",
    "variable": "a variable that nobody filled in",
    "todo": "a note that something is still to be written",
}


@dataclass(frozen=True, slots=True)
class StaleInstruction(Rule):
    """A prompt states what has passed, or what was never filled in.

    ## What it does
    Flags system prompts that still say "until March 2024" or "the current date is ..." more than
    `max_days` after that date, "as of ..." more than `max_knowledge_days` after it, name a model
    whose provider has switched it off, carry a variable such as `{{customer}}` unfilled, or a TODO.
    Dates are compared with the time the prompt was sent. Where the traces carry no times, dates
    and models are not judged: a simulated date is not a stale one.

    ## Why is this debt?
    The model cannot know that the sentence is old. It calculates with the wrong day, promises what
    has ended, or repeats the name of a variable to a customer.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        at: 2026-10-01
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order 7?"
            output: It left yesterday.
            system: |
              You help customers of the shop. Delivery is free until March 2024.
              The customer is called {{customer_name}}.
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        at: 2026-10-01
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order 7?"
            output: It left yesterday.
            system: |
              You help customers of the shop. Delivery is free until March 2031.
              The customer is called Ana.
    ```

    ## Interest
    Tokens of the stale lines x model calls, at the input price of each (the cached share at
    the cached price). What wrong answers cost is not in it. Principal: half an hour for each line,
    to find out what holds now.

    ## When to accept it
    The date belongs to a simulation or a test, or the braces are meant to be seen by the model.

    ## References
    Among 689 public prompt files, in which variables are of course not filled in yet, the rule
    names variables in 41. Read one by one, they are variables in 34, and in 7 a form or code that
    the model is to see.
    """

    code = "PS202"
    debt = Debt.PROMPTS
    hours = 0.5

    max_days: int = 30
    """Days a deadline or a stated current date may lie back."""
    max_knowledge_days: int = 365
    """Days "as of" may lie back."""
    min_requests: int = 5
    """Model calls that must have carried the prompt."""
    max_prompts: int = 500
    """Prompts that are read, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt with stale lines."""
        stale: dict[str, list[Stale]] = {}
        prices: list[PriceBook] = []
        prompts = list_families(evidence, least=self.min_requests, limit=self.max_prompts)
        for prompt in prompts:
            found = unfilled(prompt.text) if prompt.in_traces else []
            if prompt.dated:
                today = prompt.last_at.date()
                found += past_dates(
                    prompt.text, today, days=self.max_days, knowledge_days=self.max_knowledge_days
                )
                found += _retired(named_models(prompt.text), today, prices)
            if found:
                stale[prompt.subject] = sorted(found, key=lambda s: s.line)
        define_carriers(evidence, _TABLE, {key: _lines(found) for key, found in stale.items()})
        for prompt in use_of(evidence, _TABLE, prompts):
            if prompt.is_sent(self.min_requests):
                yield self._found(evidence, prompt, stale[prompt.subject])

    def _found(self, evidence: Evidence, prompt: Family, found: Sequence[Stale]) -> Finding:
        first = found[0]
        more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
        lines = list({item.line: item for item in found}.values())
        at = [prompt.line_of(item.line) for item in lines]
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` carries {_WORDS[first.kind]} (`{first.what}`, line"
            f" {prompt.line_of(first.line):,}){more} {prompt.where}",
            counts={
                **{kind: sum(item.kind == kind for item in found) for kind in _WORDS},
                "requests": prompt.requests,
                "traces": prompt.traces,
            },
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=[prompt.quote(item.text, item.line) for item in lines[:5]],
            at=prompt.place,
            fix=f"say what holds now in line {', '.join(map(str, at[:10]))},"
            " and fill it in when the prompt is made",
            hours=self.hours * len(lines),
        )

    def costs(self, evidence: Evidence) -> Costs | None:
        """Claim the tokens of the stale lines in each request."""
        return token_costs(evidence, _TABLE)


def _lines(found: Sequence[Stale]) -> tuple[int, list[str]]:
    """Return the tokens of the stale lines, and the stale words."""
    lines = {item.line: item.text for item in found}
    return sum(count(text) for text in lines.values()), [item.what for item in found]


def _retired(named: Sequence[Stale], today: date, prices: list[PriceBook]) -> list[Stale]:
    """Return those of the models that were switched off on that day."""
    if named and not prices:
        prices.append(PriceBook.load())
    found = []
    for item in named:
        rates = prices[0].find(None, item.what)
        if rates and rates.deprecated_at and date.fromisoformat(rates.deprecated_at) < today:
            found.append(item)
    return found
