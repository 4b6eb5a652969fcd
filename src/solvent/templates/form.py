"""A whole prompt, compiled: its messages and its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.records.prompt import PLACEHOLDER, TEXT, Message, PromptContent
from solvent.templates import read
from solvent.templates.inputs import Inputs, derived
from solvent.templates.template import BOUNDS, Bounds

if TYPE_CHECKING:
    from collections.abc import Mapping


class Form:
    """The compiled content of one version.

    Args:
        content: The version's content.
        parts: Text of every prompt that it includes, by reference.
        bounds: What a rendering may use.

    Raises:
        Invalid: A message does not follow the style, or the inputs are no schema.
    """

    def __init__(
        self,
        content: PromptContent,
        parts: Mapping[str, str] | None = None,
        bounds: Bounds = BOUNDS,
    ) -> None:
        self.is_chat = content.is_chat
        self._messages = [
            (role, None if role == PLACEHOLDER else read(content.style, text, parts, bounds), text)
            for role, text in content.messages
        ]
        self.includes = tuple(
            dict.fromkeys(ref for _, made, _ in self._messages if made for ref in made.includes)
        )
        self.names = frozenset().union(
            *(made.names if made else {text} for _, made, text in self._messages)
        )
        """Inputs that the templates ask for, those of included prompts too."""
        self.schema = dict(content.inputs) if content.inputs else derived(self.names)
        self.inputs = Inputs(self.schema)

    @classmethod
    def of_document(cls, document: Mapping[str, Any], bounds: Bounds = BOUNDS) -> Form:
        """Return the form of a document, as the registry gives it to applications.

        Raises:
            Invalid: It does not follow its own style.
        """
        content = PromptContent(
            messages=tuple(Message(role, text) for role, text in document["messages"]),
            style=document["style"],
            inputs=document["inputs"],
        )
        return cls(content, document["parts"], bounds)

    def fill(self, given: Mapping[str, Any], subject: str) -> str | list[dict[str, Any]]:
        """Return the text, or the messages of a chat prompt, with the inputs in their places.

        Args:
            given: Value by name.
            subject: The prompt, as errors name it.

        Raises:
            Invalid: An input is missing, unknown, or not of its type.
            TooLarge: A bound is passed.
        """
        values = self.inputs.take(given, subject)
        if not self.is_chat:
            (_, made, _) = self._messages[0]
            return made.render(values) if made else ""
        out: list[dict[str, Any]] = []
        for role, made, text in self._messages:
            if made is None:
                out += _between(values.get(text), text, subject)
            else:
                out.append({"role": role or TEXT, "content": made.render(values)})
        return out


def _between(value: Any, name: str, subject: str) -> list[dict[str, Any]]:
    """Return the messages that stand at a placeholder."""
    if value is None:
        return []
    if isinstance(value, list | tuple) and all(isinstance(part, dict) for part in value):
        return list(value)
    raise Invalid(
        f"`{subject}` wants messages as `{name}`", hint='give [{"role": …, "content": …}]'
    )
