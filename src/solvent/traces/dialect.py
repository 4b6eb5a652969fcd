"""The form of one dialect: tables of attribute names, and what each becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from solvent.traces.raw import RawEvent


class Source(NamedTuple):
    """One attribute (or, for flat forms, a prefix of numbered attributes) that carries contents."""

    attribute: str
    form: str
    """messages, instructions, reply, value (as it is), json (JSON text, also of plain strings),
    tools, documents; `flat_` before it for numbered attributes, `event_` before it for
    attributes of the span events named `events`."""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One sender's vocabulary; a column is filled from the first dialect, by rank, that has it."""

    name: str
    rank: int
    """Lower is more specific, is asked first and names the span."""
    signs: tuple[str, ...]
    """Attribute names, or prefixes ending with a dot, that show that the dialect is spoken."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Span column -> attribute names, best first."""
    types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Attribute -> its values in lower case -> our span type."""
    inputs: tuple[Source, ...] = ()
    outputs: tuple[Source, ...] = ()
    tools: tuple[Source, ...] = ()
    documents: tuple[Source, ...] = ()
    usage: tuple[str, ...] = ()
    """Attributes that hold a JSON object of token counts; see `solvent.traces.usage`."""
    resource: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> resource attributes."""
    excludes_cache: bool = False
    """True: `input_tokens` in the usage object leaves out cached ones, so they are added."""
    statuses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Attribute -> its values in lower case -> our status, where the span's own is unset."""
    named_by_span: bool = False
    """True: the span name of a tool or agent span is the name of the tool or agent."""
    unfold: Callable[[Mapping[str, Any], list[RawEvent]], dict[str, Any]] | None = None
    """Returns further attributes to look up, out of nested values; they are not kept."""
    events: tuple[str, ...] = ()
    """Names of span events that show that the dialect is spoken."""
    assessments: tuple[str, ...] = ()
    """Attribute prefixes of numbered judgements."""
    tokens_note: str = ""
    """What the sender's token counts include, and where that is written."""
