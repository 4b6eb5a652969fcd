"""PS101."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Costs, Debt, Quote, Rule
from solvent.debt.carriers import carriers_of, define_excess, token_costs, use_of
from solvent.debt.families import list_families
from solvent.debt.rule import shorten
from solvent.debt.version_outcomes import list_served, without_gain
from solvent.fixes.decompose import decompose
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.families import Family
    from solvent.debt.version_outcomes import Gain


_TABLE = "mega_prompt"


@dataclass(frozen=True, slots=True)
class MegaPrompt(Rule):
    """A system prompt carries more instructions, or more text, than a model follows.

    ## What it does
    Flags system prompts with more than `max_instructions` instructions or `max_tokens` tokens, and
    versions that are not measurably better than a shorter version of the same prompt.
    A sentence or list item counts as an instruction when it orders, forbids or requires something;
    headings, code blocks and tables do not count. Texts made by one template count as one prompt.
    The quoted sections are the largest ones: the first candidates for a prompt of their own. When
    the instructions fall into several topics with few words in common, these are named.
    Versions are compared when each served `min_judged` traces with an outcome and one is longer by
    `min_saved_tokens`: by the share of passed traces, with its 95 % interval. What else changed
    between them, such as the questions, is not taken out.

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
    Tokens past the knee x model calls, at the input price of each (the cached share at the
    cached price). The knee is where instruction `max_instructions` + 1 begins, or token
    `max_tokens`, whichever comes first; of a version that is no better than a shorter one, it is
    the length of that one. Principal: eight hours, to find which parts belong
    together, split them and compare the answers.

    ## When to accept it
    A comparison on your own examples shows that the shorter prompt answers worse.

    ## References
    The defaults are the 95th percentile of 689 public prompts of coding agents and assistants
    (109 instructions, 5,508 tokens): no study has found one knee for all models. IFScale:
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
    """Model calls that must have carried the prompt."""
    min_judged: int = 100
    """Traces with an outcome that a version must have served to be compared."""
    min_saved_tokens: int = 500
    """Tokens by which a version must be longer than another to be compared with it."""
    max_prompts: int = 500
    """Prompts that are read, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt past the knee."""
        knees: dict[str, tuple[int, int]] = {}
        prompts = list_families(evidence, least=self.min_requests, limit=self.max_prompts)
        for prompt in prompts:
            found = prompt.reading.instructions
            knee = self.max_tokens
            if len(found) > self.max_instructions:
                lines = prompt.text.splitlines(keepends=True)
                above = "".join(lines[: found[self.max_instructions].line - 1])
                knee = min(knee, count(above))
            if (prompt.tokens or count(prompt.text)) > knee:
                knees[prompt.subject] = (knee, len(found))
        gains = self._without_gain(evidence, knees)
        objected = {key: knee for key, (knee, _) in knees.items()}
        objected |= {key: gain.shorter.tokens for key, gain in gains.items()}
        define_excess(evidence, _TABLE, objected)
        for prompt in use_of(evidence, _TABLE, prompts):
            if not prompt.is_sent(self.min_requests):
                continue
            if prompt.subject in gains:
                yield self._no_better(evidence, prompt, gains[prompt.subject])
            else:
                yield self._found(evidence, prompt, *knees[prompt.subject])

    def _without_gain(self, evidence: Evidence, known: Container[str]) -> dict[str, Gain]:
        if not evidence.has("prompt_member"):
            return {}
        served = list_served(evidence, self.min_judged)
        found = without_gain(served, self.min_saved_tokens)
        return {subject: gain for subject, gain in found.items() if subject not in known}

    def _no_better(self, evidence: Evidence, prompt: Family, gain: Gain) -> Finding:
        longer, shorter = gain.longer, gain.shorter
        more = longer.tokens - shorter.tokens
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` takes {more:,} tokens more than `@{shorter.version}` and is not"
            f" measurably better: {longer.passed / longer.judged:.0%} of {longer.judged:,}"
            f" traces passed, of {shorter.judged:,} with the shorter"
            f" {shorter.passed / shorter.judged:.0%} (difference {100 * gain.gain:+.0f} points,"
            f" 95 %: {100 * gain.low:+.0f} to {100 * gain.high:+.0f})",
            counts={
                "tokens": longer.tokens,
                "tokens of the shorter": shorter.tokens,
                "judged": longer.judged,
                "judged of the shorter": shorter.judged,
                "passed": longer.passed,
                "passed of the shorter": shorter.passed,
            },
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=_largest(prompt),
            at=prompt.place,
            fix=f"serve `{shorter.name}@{shorter.version}` again to a part of the requests and"
            " compare, or show that the longer is worth its tokens",
        )

    def _found(self, evidence: Evidence, prompt: Family, knee: int, found: int) -> Finding:
        total = prompt.tokens or count(prompt.text)
        past = total - knee
        topics = _topics(prompt)
        limit = (
            f"after instruction {self.max_instructions:,}"
            if found > self.max_instructions
            else f"past {self.max_tokens:,} tokens"
        )
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` gives {found:,} instructions in {total:,} tokens; {past:,} of the"
            f" tokens stand {limit}"
            + (f", in each of {prompt.requests:,} model calls" if prompt.in_traces else "")
            + _spoken(topics),
            counts={
                "instructions": found,
                "topics": len(topics),
                "tokens": total,
                "tokens past the knee": past,
                "sections": len(prompt.reading.sections),
                "requests": prompt.requests,
                "traces": prompt.traces,
                "texts": prompt.texts,
            },
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=_largest(prompt),
            at=prompt.place,
            fix="move what only some requests need into prompts of their own, chosen by the kind"
            " of request; start with the largest sections",
        )

    def costs(self, evidence: Evidence) -> Costs | None:
        """Claim the tokens past the knee in each request."""
        return token_costs(evidence, _TABLE)


def _topics(prompt: Family) -> list[str]:
    """Return the titles of the parts that a prompt falls apart into; none when it stays whole."""
    split = decompose(prompt.text, prompt.name)
    apart = not split.refused and len(split.modules) > 1
    return [shorten(module.title, 40) for module in split.modules] if apart else []


def _spoken(topics: Sequence[str], limit: int = 3) -> str:
    if not topics:
        return ""
    more = f" and {len(topics) - limit} more" if len(topics) > limit else ""
    return f"; its instructions fall into {len(topics)} topics ({', '.join(topics[:limit])}{more})"


def _largest(prompt: Family, limit: int = 5) -> list[Quote]:
    """Return the headings of the sections with the most text."""
    outer = [part for part in prompt.reading.sections if part.form != "label"]
    sized = sorted(outer, key=lambda part: (part.line - part.end_line, part.line))
    return [
        prompt.quote(f"{part.title} ({part.end_line - part.line + 1} lines)", part.line)
        for part in sized[:limit]
    ]
