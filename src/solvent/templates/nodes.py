"""The tree that the styles `mustache` and `fstring` share, and how it is rendered.

Names are looked up in mappings only: no attribute of an object can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import Invalid
from solvent.templates.template import Bounds, Template, spoken, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ITSELF = "."
"""The item of the section around it."""


class Value(NamedTuple):
    """A place for an input, such as `name` or `order.id`."""

    path: tuple[str, ...]


class Section(NamedTuple):
    """A piece that is rendered once per item, once when there is a value, or when there is none."""

    path: tuple[str, ...]
    inverted: bool
    nodes: tuple[Node, ...]


class Include(NamedTuple):
    """A place where another prompt stands."""

    ref: str


Node = str | Value | Section | Include


class _Run:
    """One rendering: what it has used, and the parts it may include."""

    def __init__(self, parts: Mapping[str, tuple[Node, ...]], bounds: Bounds) -> None:
        self.parts = parts
        self.bounds = bounds
        self.chars = 0
        self.steps = 0

    def text(self, nodes: Sequence[Node], scopes: tuple[Any, ...]) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, Section):
                yield from self.section(node, scopes)
            elif isinstance(node, Include):
                self.step()
                yield from self.text(self.part(node.ref), scopes)
            else:
                piece = node if isinstance(node, str) else spoken(_find(node.path, scopes))
                self.chars += len(piece)
                if self.chars > self.bounds.chars:
                    raise too_large("characters", self.bounds.chars, "MAX_RENDERED_CHARS")
                yield piece

    def section(self, node: Section, scopes: tuple[Any, ...]) -> Iterator[str]:
        found = _find(node.path, scopes)
        items = list(found) if isinstance(found, list | tuple) else [found] if found else []
        if node.inverted:
            items = [] if items else [found]
        for item in items:
            self.step()
            inner = scopes if item is True or node.inverted else (*scopes, item)
            yield from self.text(node.nodes, inner)

    def step(self) -> None:
        self.steps += 1
        if self.steps > self.bounds.steps:
            raise too_large("rounds", self.bounds.steps, "MAX_STEPS")

    def part(self, ref: str) -> tuple[Node, ...]:
        if ref not in self.parts:
            raise Invalid(f"`{ref}` is included and not there", hint="resolve the prompt again")
        return self.parts[ref]


def compiled(
    text: str, parts: Mapping[str, str], bounds: Bounds, parse: Callable[[str], tuple[Node, ...]]
) -> Template:
    """Return a text and its parts as a template."""
    nodes = parse(text)
    inner = {ref: parse(part) for ref, part in parts.items()}

    def render(values: Mapping[str, Any]) -> str:
        return "".join(_Run(inner, bounds).text(nodes, (values,)))

    names = set(_names(nodes)).union(*(_names(part) for part in inner.values()))
    return Template(frozenset(names), tuple(_includes(nodes)), render)


def _names(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield the inputs; a name inside a section may belong to its item, so it is not counted."""
    for node in nodes:
        if isinstance(node, Value | Section) and node.path[0] != ITSELF:
            yield node.path[0]


def _includes(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Include):
            yield node.ref
        elif isinstance(node, Section):
            yield from _includes(node.nodes)


def _find(path: tuple[str, ...], scopes: tuple[Any, ...]) -> Any:
    if path[0] == ITSELF:
        return scopes[-1]
    for scope in reversed(scopes):
        if isinstance(scope, Mapping) and path[0] in scope:
            found = scope[path[0]]
            for name in path[1:]:
                if not isinstance(found, Mapping) or name not in found:
                    raise Invalid(f"`{'.'.join(path)}` is not in the inputs", hint="give it")
                found = found[name]
            return found
    raise Invalid(f"`{path[0]}` is not in the inputs", hint=f"give {path[0]}=…")
