"""PS402."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, Rule
from solvent.debt.carriers import carriers_of, define_carriers, use_of
from solvent.debt.families import list_families
from solvent.traces.sensitive import SECRETS, find_sensitive, masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.families import Family
    from solvent.traces.sensitive import Hit

_TABLE = "secret_in_prompt"
_KINDS = SECRETS | {"card number", "bank account", "social security number", "e-mail address"}
_OFFICE = re.compile(
    r"(?i)^(?:(?:customer|client|tech)?[._-]?(?:support|service|care|help)(?:[._-]?desk)?|info|hello"
    r"|contact|sales|billing|office|admin|security|privacy|legal|press|jobs|careers|hr|team|abuse"
    r"|postmaster|webmaster|no-?reply|do-?not-?reply|feedback|orders?|returns?|booking|bot|agent"
    r"|accounts?|compliance|dpo|it|ops|dev|engineering)\b"
)
"""Addresses of an office rather than a person."""


@dataclass(frozen=True, slots=True)
class SecretInPrompt(Rule):
    """A system prompt carries a key, a password, or somebody's personal data.

    ## What it does
    Flags system prompts with private keys, access keys in the forms of common providers, tokens,
    passwords in addresses, payment cards, bank accounts, social security numbers and e-mail
    addresses of people. Numbers must pass their checksums; placeholders and the addresses of an
    office (`support@...`) do not count. Phone numbers and IP addresses are not judged here: in a
    system prompt they are nearly always the hotline or the server that is meant to be there.

    ## Why is this debt?
    A user who asks cleverly gets the system prompt told. It is also copied to the model's
    provider, to traces, to logs and to whoever forks the repository, and nobody can take it back.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps:
          - llm: gpt-4o
            prompt: support
            input: "Where is order 7?"
            output: It left yesterday.
            system: "Query the shop with the key ghp_16C7e42F292c6912E7710c838347Ae178B4a."
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
            system: Query the shop with the tool `orders`; it holds the key itself.
    ```

    ## Interest
    None of its own: what a leak costs is not in the traces. Principal: two hours, to replace the
    secret and give it to the tool instead of the model; half an hour where it is personal data.

    ## When to accept it
    The key is revoked, or made for an exercise.

    ## References
    On 689 public prompts of coding agents and assistants the rule fires once, on an address that
    belongs to an agent and not to a person: no secret was there to be found. Precision and recall
    of the patterns: see `sensitive-data`.
    """

    code = "PS402"
    debt = Debt.PROMPTS
    hours = 2.0

    min_requests: int = 1
    """Model calls that must have carried the prompt."""
    max_prompts: int = 500
    """Prompts that are read, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt with a secret or personal data."""
        prompts = list_families(evidence, least=self.min_requests, limit=self.max_prompts)
        found: dict[str, list[Hit]] = {}
        for prompt in prompts:
            hits = [hit for hit in find_sensitive(prompt.text, _KINDS) if _matters(hit)]
            if hits:
                found[prompt.subject] = hits
        values = {key: (0, [hit.text for hit in hits]) for key, hits in found.items()}
        define_carriers(evidence, _TABLE, values)
        for prompt in use_of(evidence, _TABLE, prompts):
            yield self._found(evidence, prompt, found[prompt.subject])

    def _found(self, evidence: Evidence, prompt: Family, found: Sequence[Hit]) -> Finding:
        kinds = Counter(hit.kind for hit in found)
        said = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
        lines = sorted({prompt.text.count("\n", 0, hit.start) for hit in found})
        text = prompt.text.split("\n")
        secret = any(hit.kind in SECRETS for hit in found)
        return self.finding(
            prompt.subject,
            f"`{prompt.name}` carries {said}"
            f" {prompt.where}"
            f" (line {', '.join(str(prompt.line_of(line + 1)) for line in lines[:5])})",
            counts={**kinds, "requests": prompt.requests, "traces": prompt.traces},
            examples=carriers_of(evidence, _TABLE, prompt.subject),
            quotes=[prompt.quote(masked(text[line]), line + 1) for line in lines[:5]],
            at=prompt.place,
            fix="replace the secret at its provider, and give the new one to the tool instead of"
            " the model"
            if secret
            else "take the personal data out, or fetch it with a tool when it is needed",
            hours=self.hours if secret else 0.5,
        )


def _matters(hit: Hit) -> bool:
    return hit.kind != "e-mail address" or not _OFFICE.match(hit.text)
