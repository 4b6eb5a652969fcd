"""What one file tells before names of other files are looked up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solvent.records.source import Acceptance, CodeCall, CodeLeak, CodeParse, CodeTool

Piece = tuple[str, str]
"""`("text", words)`, `("var", name)` or `("ref", name in another file)`."""
_FIELD = re.compile(r"(?<!\{)\{\s*([A-Za-z_][\w.\[\]]*)\s*(?:![rsa])?(?::[^{}]{0,12})?\}(?!\})")
_JINJA = re.compile(r"\{\{-?\s*[#/^&>]?\s*([A-Za-z_][\w.]*)")
_DOLLAR = re.compile(r"\$\{([A-Za-z_]\w*)\}")


@dataclass(slots=True)
class Draft:
    """A prompt of one file; its text may refer to other files."""

    line: int
    end_line: int
    name: str
    role: str
    form: str
    pieces: tuple[Piece, ...]
    calls: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Use:
    """A text of another file that is sent from here."""

    ref: str
    role: str
    is_part: bool = False
    """Whether it is only filled into a longer one."""
    calls: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sink:
    """A parameter whose value a function sends to a model."""

    function: str
    """Its full name, from the root of the scan."""
    parameter: str
    role: str
    whole: bool
    """Whether it is all of a message, not a part of a longer text."""


@dataclass(slots=True)
class Pass:
    """An argument of a call of the program's own: texts, or a parameter handed on."""

    callee: tuple[str, ...]
    """Full names that may be meant, the last of them a bare name."""
    position: int | str
    """Which argument: its place or its keyword."""
    drafts: tuple[Draft, ...] = ()
    refs: tuple[str, ...] = ()
    """Names of texts in other files."""
    source: tuple[str, str] | None = None
    """Function and parameter that is handed on whole."""


@dataclass(slots=True)
class Doubt:
    """A call of a method of an object that another file makes."""

    call: CodeCall
    made: str
    """Full name of the object."""
    method: str


@dataclass(slots=True)
class Facts:
    """Everything one file tells."""

    file: str
    drafts: list[Draft] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    calls: list[CodeCall] = field(default_factory=list)
    doubtful: list[Doubt] = field(default_factory=list)
    models: dict[str, str] = field(default_factory=dict)
    """Model of a call (`file:line`) as a name in another file."""
    tools: list[CodeTool] = field(default_factory=list)
    tool_refs: set[str] = field(default_factory=set)
    """Functions and classes of other files that are offered as tools."""
    texts: dict[str, list[Draft]] = field(default_factory=dict)
    """Texts that a script declares, by name, for other scripts to import."""
    functions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Full names of what is defined, with their parameters, `self` left out."""
    sinks: list[Sink] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    parses: list[CodeParse] = field(default_factory=list)
    leaks: list[CodeLeak] = field(default_factory=list)
    acceptances: list[Acceptance] = field(default_factory=list)
    tracing: set[str] = field(default_factory=set)
    lines: int = 0
    trouble: str = ""
    """Why the file could not be read; empty when it was."""


def rendered(pieces: Iterable[Piece]) -> str:
    """Return the text of some pieces, variables as `{name}`."""
    return "".join(text if kind == "text" else "{" + text + "}" for kind, text in pieces)


def literal(pieces: Iterable[Piece]) -> str:
    """Return only what is written out."""
    return " ".join(text for kind, text in pieces if kind == "text")


def variables(pieces: Iterable[Piece]) -> tuple[str, ...]:
    """Return the names of what is filled in, in order, each once."""
    found: dict[str, None] = {}
    for kind, text in pieces:
        if kind != "text":
            found[text] = None
            continue
        for form in (_JINJA, _FIELD, _DOLLAR):
            found.update(dict.fromkeys(form.findall(text)))
    return tuple(found)
