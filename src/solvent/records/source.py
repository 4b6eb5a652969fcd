"""What a scan of source code found: prompts, model calls, tool definitions, leaks, acceptances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """Lines of a file, both ends included, 1-based."""

    file: str
    """Path from the root of the scan, with forward slashes."""
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class CodePrompt:
    """A text written for a model."""

    place: Place
    name: str
    """Variable, function, key or file that holds it."""
    role: str
    """system, user, assistant, developer, tool; empty when the code does not say."""
    form: str
    """Where it stands: constant, argument, message, function, docstring, fields, file."""
    text: str
    """The text, its variables written as `{name}`."""
    variables: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    """Call sites that send it, as `file:line`."""

    @property
    def subject(self) -> str:
        """Return a reference that survives moved lines."""
        return f"code:{self.place.file}#{self.name}"


@dataclass(frozen=True, slots=True)
class CodeCall:
    """A place where a model is called, an agent is set up or started, or a client is made."""

    place: Place
    kind: str
    """request, embedding, agent, run, or client (a model made ready, not yet called)."""
    callee: str
    """What is called, as the code spells it."""
    library: str
    """Package that the name comes from; empty when the code does not say."""
    function: str
    """Qualified name of the function around it; empty at module level."""
    model: str | None = None
    """Name of the model; None when it is not written there."""
    traced: bool = False
    """Whether the code around it is traced, as far as the code says."""


@dataclass(frozen=True, slots=True)
class CodeTool:
    """A function or definition that is offered to models."""

    place: Place
    name: str
    description: str
    form: str
    """decorator, class, schema, call, reference, or file."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Name and description of each parameter; an empty description says that there is none."""


class CodeParse(NamedTuple):
    """A model's answer, for which no schema is declared, is taken apart by its text."""

    place: Place
    how: str
    """json.loads, re.search, split, …"""
    function: str
    """Qualified name of the function around it."""
    call: str
    """The call that gave the answer, as `file:line`."""


@dataclass(frozen=True, slots=True)
class CodeLeak:
    """A secret in a file of the repository; the secret itself is not kept."""

    place: Place
    kind: str
    shown: str
    """The line with the secret taken out."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A comment that accepts a finding: `solvent: accept PS101 until 2027-03-01 because …`."""

    place: Place
    rules: tuple[str, ...]
    until: str
    """ISO date, or empty: for ever."""
    reason: str


class Skipped(NamedTuple):
    """A file that could not be read, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything found in a repository."""

    prompts: tuple[CodePrompt, ...] = ()
    calls: tuple[CodeCall, ...] = ()
    tools: tuple[CodeTool, ...] = ()
    parses: tuple[CodeParse, ...] = ()
    leaks: tuple[CodeLeak, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    tracing: tuple[str, ...] = ()
    """Libraries whose calls the repository traces by itself; `*` for all."""
    files: int = 0
    lines: int = 0
