"""Prompts of the registry: a name, its immutable versions, and the aliases that point at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = ""
"""Role of the one message of a text prompt."""
PLACEHOLDER = "placeholder"
"""Role of a message that stands for a list of messages; its content is the input's name."""


class Message(NamedTuple):
    """One message of a prompt, as a template."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class PromptContent:
    """What makes a version; two versions with the same hash say the same."""

    messages: tuple[Message, ...]
    """A text prompt has one, with an empty role; a chat prompt has any number, each with a role."""
    style: str = "mustache"
    """How places for inputs are written: the name of a file in `solvent.templates`."""
    inputs: Mapping[str, Any] | None = None
    """JSON Schema of an object, its `examples` too; None: derived from the template, untyped."""
    output: Mapping[str, Any] | None = None
    """JSON Schema of the answer; None: not declared."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the model, such as `name` and `temperature`."""

    @property
    def is_chat(self) -> bool:
        """Tell whether it is a list of messages rather than a text."""
        return not (len(self.messages) == 1 and self.messages[0].role == TEXT)


@dataclass(frozen=True, slots=True)
class PromptDraft:
    """A version before it has a number."""

    project: str
    name: str
    """Segments with slashes between them: `support/triage`."""
    content: PromptContent
    hash: str
    """32 hex digits over the content."""
    author: str
    at: int
    """Microseconds since 1970 UTC."""
    message: str = ""
    """Why it was changed."""
    source: str = ""
    """Where it came from: `page`, `command`, `git:<commit>:<path>`, `mlflow:<name>/<version>`."""
    includes: tuple[str, ...] = ()
    """References to the prompts it includes, as written."""


@dataclass(frozen=True, slots=True)
class PromptVersion(PromptDraft):
    """One immutable text of a prompt."""

    number: int = 0
    """Counts from 1."""


class Alias(NamedTuple):
    """A movable pointer to a version, and who moved it last."""

    alias: str
    number: int
    at: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A name with what is true of it just now."""

    project: str
    name: str
    latest: int
    """Number of its newest version."""
    created_at: int
    owner: str = ""
    tags: tuple[str, ...] = ()
    path: str = ""
    """File in the repository, from the folder of prompts; empty: it has none."""
    retired_at: int | None = None
    aliases: tuple[Alias, ...] = ()

    def number_of(self, alias: str) -> int | None:
        """Return the version that an alias points at; None when there is no such alias."""
        return next((a.number for a in self.aliases if a.alias == alias), None)


class RequestState(StrEnum):
    """What became of a request to move a protected alias."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AliasRequest:
    """Somebody asks that a protected alias be moved; somebody else decides."""

    id: str
    project: str
    name: str
    alias: str
    number: int
    was: int | None
    """Version it pointed at when it was asked; None: there was no such alias."""
    by: str
    at: int
    reason: str
    state: RequestState = RequestState.WAITING
    decided_by: str = ""
    decided_at: int | None = None
    answer: str = ""


class Edge(NamedTuple):
    """One version includes another prompt."""

    name: str
    number: int
    includes: str
    """Reference, as written: `support/tone@production`."""
