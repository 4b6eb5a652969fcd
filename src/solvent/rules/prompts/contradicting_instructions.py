"""PS201."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Quote, Rule
from solvent.debt.carriers import carriers_of, define_carriers, token_costs, use_of, words_of
from solvent.debt.families import list_families
from solvent.debt.judged_pairs import confidence, doubts, judge, verdict
from solvent.debt.prompt_tools import tools_of_prompts
from solvent.debt.rule import several
from solvent.prompts.contradictions.doubts import DOUBT
from solvent.prompts.contradictions.finding import contradicted_by_tools, contradictions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.families import Family
    from solvent.debt.judged_pairs import Judged
    from solvent.records.instruction import Conflict

_TABLE = "contradicting_instructions"
PRECISION = 0.4
"""Share of pairs that are right, from which a second opinion goes on: 12 of the 30 that were named
on real prompts not yet looked at, or in the labelled set."""
IN_DOUBT = 0.05
"""The same of pairs that words leave in doubt: 1 of 39 read, each the likeliest of its prompt."""


@dataclass(frozen=True, slots=True)
class ContradictingInstructions(Rule):
    """Two instructions of a prompt, or one and a tool's description, cannot both be followed.

    ## What it does
    Flags pairs of instructions that disagree about one thing: to do it and not to do it; its number
    or limit; its format, language, tone or length; the order of its steps; to ask first and not to
    ask; or what is asked for under a condition and forbidden always. Each pair is quoted side by
    side. The verb and the thing must be the same, and the refusal at least as general as the order.
    Instructions in branches of a template, under different conditions, under headings or labels for
    alternatives ("Mode A"), or that name their exceptions ("unless", "if the user asks") do not
    contradict each other. A tool's description is compared with the sentences that name the tool.

    Words decide: what contradicts only in meaning is not found. With a model configured
    (`[second_opinion]`), each pair is put to it with the two quotes, and so are a few pairs on one
    subject that words leave in doubt. What it says is shown as its opinion, with its name and the
    date; it moves the confidence of the finding and the order of the pairs, and takes none away. A
    pair in doubt is named only when the model holds it to be a contradiction, and says so.

    ## Why is this debt?
    The model follows one of the two, today this one and tomorrow the other, and whoever debugs the
    answer finds an instruction that asks for exactly what went wrong.

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
              You help customers of the shop.
              - Always answer in English.
              - Be polite.
              - Reply in the language of the customer.
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
              You help customers of the shop.
              - Be polite.
              - Reply in the language of the customer.
    ```

    ## Interest
    Tokens of the shorter instruction of each pair x model calls, at the input price of each (the
    cached share at the cached price): one of the two is paid for in vain. What wrong answers cost
    is not in it. Principal: half an hour for each pair, to find out which one holds.

    ## When to accept it
    The second is meant as an exception of the first, and answers show that the model reads it so.
    Better still, say "except" where the first one stands.

    ## References
    The labelled pairs, the prompts that were read without finding any, and the seeds are in
    `tests/golden/contradictions`; `python benchmarks/contradictions.py` makes the figures. Of the
    pairs in real prompts, eight are copies of two sentences, and the words that decide were chosen
    while looking at these prompts: expect a lower precision on yours. Looked at only afterwards, an
    earlier state named seven pairs on 244 versions of four prompt files, and eleven prompts among
    1,594 of 29 public repositories: all were wrong. What misled it was mended, which is why verbs
    and things are compared since; it is silent on both now, so that neither says how precise it is
    on the next. Seeds that were written later, by domain and as answers to real instructions, are
    mostly contradictions in meaning, and mostly missed.
    """

    code = "PS201"
    debt = Debt.PROMPTS
    hours = 0.5

    min_requests: int = 5
    """Model calls that must have carried the prompt."""
    max_prompts: int = 500
    """Prompts that are read, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt with contradictions."""
        prompts = list_families(evidence, least=self.min_requests, limit=self.max_prompts)
        tools = tools_of_prompts(evidence)
        found: dict[str, list[Conflict]] = {}
        for prompt in prompts:
            offered = tools.get("" if prompt.subject.startswith("code:") else prompt.subject, {})
            reading = prompt.reading
            if pairs := [*contradictions(reading), *contradicted_by_tools(reading, offered)]:
                found[prompt.subject] = pairs
        judged = judge(found, evidence.opinions)
        read = {prompt.subject: prompt.reading for prompt in prompts}
        for subject, held in doubts(read, found, evidence.opinions).items():
            judged.setdefault(subject, []).extend(held)
            found.setdefault(subject, []).extend(one.pair for one in held)
        spoken = {p.subject: _vain(p, found[p.subject]) for p in prompts if p.subject in found}
        define_carriers(evidence, _TABLE, spoken)
        for prompt in use_of(evidence, _TABLE, prompts):
            if prompt.is_sent(self.min_requests):
                yield self._found(evidence, prompt, judged[prompt.subject])

    def _found(self, evidence: Evidence, prompt: Family, judged: Sequence[Judged]) -> Finding:
        pairs = [one.pair for one in judged]
        first = pairs[0]
        where = (
            f"and the description of `{first.tool}`"
            if first.tool
            else f"and {prompt.line_of(first.second.line):,}"
        )
        more = f", and in {several(len(pairs) - 1, 'more pair')}" if len(pairs) > 1 else ""
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` {_ABOUT[first.kind]} in line"
            f" {prompt.line_of(first.first.line):,} {where} ({first.what}){more}"
            + (f", in {prompt.requests:,} model calls" if prompt.in_traces else "")
            + verdict(judged),
            counts={
                "contradictions": len(pairs),
                "instructions": len(prompt.reading.instructions),
                "requests": prompt.requests,
                "traces": prompt.traces,
            },
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=[quote for pair in pairs[:5] for quote in _quotes(prompt, pair)],
            opinions=[one.opinion for one in judged if one.opinion],
            confidence=confidence(judged, PRECISION, IN_DOUBT, evidence.opinions.settings.trust)
            if evidence.opinions
            else None,
            at=prompt.place,
            fix="keep one of the two, or say in the first when the second holds instead",
            hours=self.hours * len(pairs),
        )

    def costs(self, evidence: Evidence) -> Costs | None:
        """Claim the tokens of the shorter instruction of each pair in each request."""
        return token_costs(evidence, _TABLE)


_ABOUT = {
    "act": "contradicts itself about an act",
    "limit": "contradicts itself about a number",
    "format": "contradicts itself about a format",
    "language": "contradicts itself about the language",
    "tone": "contradicts itself about the tone",
    "length": "contradicts itself about the length",
    "order": "contradicts itself about the order of steps",
    "permission": "contradicts itself about asking first",
    "condition": "contradicts itself about what holds under a condition",
    DOUBT: "contradicts itself, as a model holds and words alone do not say,",
}


def _quotes(prompt: Family, pair: Conflict) -> list[Quote]:
    """Return both sides, each with its line."""
    first = prompt.quote(pair.first.text, pair.first.line)
    if pair.tool:
        return [first, Quote(pair.second.text, f"tool:{pair.tool}", pair.second.line)]
    return [first, prompt.quote(pair.second.text, pair.second.line)]


def _vain(prompt: Family, pairs: Sequence[Conflict]) -> tuple[int, list[str]]:
    """Return the tokens of the shorter instruction of each pair, and the words of both."""
    sides = [[pair.first] if pair.tool else [pair.first, pair.second] for pair in pairs]
    tokens = sum(min(statement.tokens or 0 for statement in side) for side in sides)
    return tokens, [words_of(prompt, statement) for side in sides for statement in side]
