"""A registered prompt as something that can be tried, and changed in one place: its instructions.

The instructions are the text of a text prompt, or the first system message of a chat prompt. What
an example says beyond the inputs that the prompt asks for is sent as the user's message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.evals.trials import Candidate
from solvent.prompts.naming import LATEST, read
from solvent.prompts.registry import get_resolved
from solvent.records.completion import Message
from solvent.records.prompt import Message as Part
from solvent.templates.form import Form
from solvent.traces.tokens import count_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.ports.records import PromptStore
    from solvent.records.prompt import PromptContent
    from solvent.settings import Prompts

SYSTEM = ("", "system", "developer")


@dataclass(frozen=True, slots=True)
class Wording:
    """A prompt's content with everything that it includes."""

    content: PromptContent
    parts: Mapping[str, str]
    """Text of each included prompt, by reference."""
    label: str
    """Such as `support/triage@7`."""

    @property
    def place(self) -> int:
        """Return which message holds the instructions.

        Raises:
            Invalid: None does.
        """
        for number, part in enumerate(self.content.messages):
            if part.role in SYSTEM:
                return number
        raise Invalid(f"`{self.label}` has no system message", hint="there is nothing to change")

    @property
    def instructions(self) -> str:
        """Return the text that may be changed."""
        return self.content.messages[self.place].content

    @property
    def names(self) -> frozenset[str]:
        """Return the inputs that it asks for."""
        return Form(self.content, self.parts).names

    def saying(self, instructions: str, turns: Sequence[tuple[str, str]] = ()) -> Wording:
        """Return the prompt with other instructions, and example turns behind them.

        Args:
            instructions: The new text.
            turns: What a user said and what was answered, as shown to the model.

        Raises:
            Invalid: The text does not follow the prompt's style.
        """
        messages = list(self.content.messages)
        role = messages[self.place].role or ("system" if turns else "")
        shown = [Part(who, said) for turn in turns for who, said in zip(TURN, turn, strict=True)]
        messages[self.place : self.place + 1] = [Part(role, instructions), *shown]
        changed = replace(self, content=replace(self.content, messages=tuple(messages)))
        Form(changed.content, changed.parts)
        return changed

    def tokens(self) -> int:
        """Return the tokens of all its messages and of what it includes, inputs left empty."""
        texts = [part.content for part in self.content.messages] + list(self.parts.values())
        return sum(count_many(texts))

    def candidate(self) -> Candidate:
        """Return it as something that can be tried on examples."""
        form = Form(self.content, self.parts)

        def render(inputs: Mapping[str, Any]) -> list[Message]:
            given = {name: value for name, value in inputs.items() if name in form.names}
            rest = {name: value for name, value in inputs.items() if name not in form.names}
            filled = form.fill(given, self.label)
            if isinstance(filled, str):
                messages = [Message("system" if rest else "user", filled)]
            else:
                messages = [Message(m["role"] or "system", m["content"]) for m in filled]
            return [*messages, Message("user", said(rest))] if rest else messages

        return Candidate(self.label, render, self.tokens())


def get_wording(store: PromptStore, rules: Prompts, project: str, reference: str) -> Wording:
    """Return the version of a reference, the newest of a bare name, with what it includes.

    Raises:
        NotFound: It, or something it includes, is not there.
    """
    found = get_resolved(store, rules, project, read(reference, LATEST))
    label = f"{found.version.name}@{found.version.number}"
    return Wording(found.version.content, dict(found.texts), label)


TURN = ("user", "assistant")


def said(inputs: Mapping[str, Any]) -> str:
    """Return what a user says with some inputs: one alone as it is, several as JSON."""
    if len(inputs) == 1:
        value = next(iter(inputs.values()))
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(dict(inputs), ensure_ascii=False, default=str)
