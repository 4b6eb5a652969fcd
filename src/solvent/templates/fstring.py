"""`{name}` is an input, `{>support/tone@production}` another prompt, `{{` a brace."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.templates.nodes import Include, Value, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.templates.nodes import Node
    from solvent.templates.template import Bounds, Template


def read(text: str, parts: Mapping[str, str], bounds: Bounds) -> Template:
    """Return a text compiled.

    Raises:
        Invalid: A brace is left open, or a place holds more than a name.
    """
    return compiled(text, parts, bounds, parse)


def parse(text: str) -> tuple[Node, ...]:
    """Return the tree of a text."""
    nodes: list[Node] = []
    try:
        for literal, name, spec, conversion in Formatter().parse(text):
            if literal:
                nodes.append(literal)
            if name is not None:
                nodes.append(_place(name, spec or "", conversion or ""))
    except ValueError as error:
        raise Invalid(
            f"the template is not f-string style: {error}", hint="write a brace as {{ or }}"
        ) from None
    return tuple(nodes)


def _place(name: str, spec: str, conversion: str) -> Node:
    if name.startswith(">") and not conversion:
        # A reference may hold a colon only by mistake, and it would be cut there.
        return Include(f"{name[1:]}{':' if spec else ''}{spec}".strip())
    if not name.isidentifier() or spec or conversion:
        shown = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        raise Invalid(
            f"`{{{shown}}}` is not a plain name", hint="write {name}, or {{ and }} for braces"
        )
    return Value((name,))
