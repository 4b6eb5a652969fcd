"""What reading a prompt gives: sections, statements, the instructions among them, and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Modality(StrEnum):
    """What an instruction does to an act."""

    MUST = "must"
    MUST_NOT = "must not"
    MAY = "may"


class Reference(NamedTuple):
    """Something outside the prompt that a statement names."""

    kind: str
    """tool, variable, date, model, url or person."""
    name: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a prompt under one heading, label or tag."""

    title: str
    line: int
    """1-based line of the title."""
    end_line: int
    """Last line, subsections included."""
    level: int
    """1 is outermost; a part inside another one has a higher level."""
    form: str
    """heading, label (a line in bold) or tag."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A list item or sentence; an instruction when it has a modality."""

    text: str
    line: int
    """1-based line that it begins on."""
    end_line: int
    path: tuple[str, ...]
    """Titles of the sections around it, outermost first."""
    modality: Modality | None
    """None: it tells something and asks for nothing."""
    strength: int
    """0 may; 1 should, prefer, try; 2 a plain order; 3 must, never, always, or in capitals."""
    emphatic: bool
    """Whether it raises its voice: warning words, capitals, exclamation marks."""
    conditions: tuple[str, ...]
    """When it holds, in its own words or those of the line that introduces it; empty: always."""
    guard: str
    """The template logic it stands in, such as `if cli_mode`; empty: it is always sent."""
    topic: tuple[str, ...]
    """Stems of its content words, in order, each once."""
    references: tuple[Reference, ...]
    lead: str
    """The line that introduces it, such as `When the order is late:`; empty: none does."""
    tokens: int | None
    """None: not counted."""

    @property
    def section(self) -> str:
        """Return the title right above it; empty above the first one."""
        return self.path[-1] if self.path else ""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a prompt that are no sentences."""

    kind: str
    """example, code, table, context (outside text put in by a variable) or logic (a template)."""
    text: str
    line: int
    end_line: int
    label: str
    """Language of code, tag or title of an example, variable of a context, condition of logic."""
    tokens: int | None
    """None: not counted."""


@dataclass(frozen=True, slots=True)
class PromptReading:
    """A prompt, read."""

    text: str
    tokens: int | None
    """None: not counted."""
    sections: tuple[Section, ...]
    statements: tuple[Statement, ...]
    """In the order of the text."""
    blocks: tuple[Block, ...]

    @property
    def instructions(self) -> tuple[Statement, ...]:
        """Return the statements that ask for, forbid or allow something."""
        return tuple(s for s in self.statements if s.modality)


class Conflict(NamedTuple):
    """Two statements that cannot both be followed."""

    kind: str
    """act, limit, format, language, tone, length, order, permission, condition; or doubt: words
    alone do not decide."""
    first: Statement
    second: Statement
    what: str
    """What they disagree about, in a few words."""
    tool: str = ""
    """The tool whose description holds the second statement; empty: both stand in the prompt."""
