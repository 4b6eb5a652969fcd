"""Prompts that include prompts: resolving them, and how far a change reaches."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.errors import Conflict, Invalid
from solvent.prompts.naming import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from solvent.prompts.naming import Reference
    from solvent.records.prompt import Edge, Prompt, PromptVersion


@dataclass(frozen=True, slots=True)
class Part:
    """One included version."""

    ref: str
    """As the text that includes it writes it."""
    name: str
    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A version with everything that it includes, as it stands just now."""

    version: PromptVersion
    parts: tuple[Part, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    """Text of each part, by reference."""


def resolve(
    version: PromptVersion, find: Callable[[Reference], PromptVersion], depth: int
) -> Resolved:
    """Return a version with the texts of all that it includes.

    Args:
        version: Where to start.
        find: Returns the version of a reference, or raises `NotFound`.
        depth: Prompts that may include one another in a row.

    Raises:
        NotFound: Something included is not there.
        Conflict: Prompts include one another in a circle, or more deeply than `depth`.
        Invalid: A chat prompt, or one of another style, is included.
    """
    parts: dict[str, tuple[Part, str]] = {}

    def visit(includes: Sequence[str], trail: tuple[tuple[str, int], ...]) -> None:
        for text in includes:
            part = find(read(text))
            here = (part.name, part.number)
            if here in trail:
                circle = " -> ".join(f"{n}@{v}" for n, v in (*trail[trail.index(here) :], here))
                raise Conflict(f"`{part.name}` includes itself: {circle}", hint="break the circle")
            if len(trail) > depth:
                raise Conflict(
                    f"`{version.name}` includes more than {depth} prompts in a row",
                    hint="include fewer, or raise SOLVENT_PROMPTS_MAX_DEPTH",
                )
            _fits(version, part)
            if text not in parts:
                found = Part(text, part.name, part.number, part.hash)
                parts[text] = (found, part.content.messages[0].content)
            visit(part.includes, (*trail, here))

    visit(version.includes, ((version.name, version.number),))
    return Resolved(
        version,
        tuple(part for part, _ in parts.values()),
        tuple((ref, text) for ref, (_, text) in parts.items()),
    )


def _fits(version: PromptVersion, part: PromptVersion) -> None:
    if part.content.is_chat:
        raise Invalid(f"`{part.name}` is a chat prompt", hint="include texts only")
    if part.content.style != version.content.style:
        raise Invalid(
            f"`{part.name}` is written in {part.content.style}, `{version.name}` in"
            f" {version.content.style}",
            hint="write both in one style",
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """A version that reads a prompt, and how it is in use."""

    name: str
    number: int
    aliases: tuple[str, ...]
    """Aliases that serve it; empty: nothing points there."""
    through: str
    """What it includes, as it is written."""
    steps: int
    """1: it includes the prompt itself; more: through others."""
    moves: bool
    """Whether moving the alias changes it; False: it is pinned to a number."""


def reach(
    edges: Iterable[Edge], prompts: Iterable[Prompt], name: str, selector: str | None = None
) -> list[Reach]:
    """Return every version that a change of a prompt reaches, nearest first.

    Versions that neither serve nor are the newest of their prompt are passed through, not told.

    Args:
        edges: What every version includes.
        prompts: With their aliases.
        name: The prompt that changes.
        selector: The alias or number that changes; None: any.
    """
    known = {prompt.name: prompt for prompt in prompts}
    users: dict[str, list[tuple[Edge, Reference]]] = {}
    for edge in edges:
        wanted = read(edge.includes)
        users.setdefault(wanted.name, []).append((edge, wanted))
    found: list[Reach] = []
    seen: set[tuple[str, int]] = set()
    waiting: deque[tuple[str, frozenset[str] | None, int]] = deque()
    waiting.append((name, None if selector is None else frozenset({selector}), 1))
    while waiting:
        target, selectors, steps = waiting.popleft()
        for edge, ref in users.get(target, ()):
            key = (edge.name, edge.number)
            prompt = known.get(edge.name)
            if key in seen or prompt is None or edge.name == name:
                continue
            if selectors is not None and ref.selector not in selectors:
                continue
            seen.add(key)
            aliases = tuple(a.alias for a in prompt.aliases if a.number == edge.number)
            newest = ("latest",) if edge.number == prompt.latest else ()
            if aliases or newest:
                moves = not ref.selector.isdecimal()
                found.append(Reach(*key, aliases, edge.includes, steps, moves))
            waiting.append((edge.name, frozenset({*aliases, *newest, str(edge.number)}), steps + 1))
    return sorted(found, key=lambda r: (r.steps, r.name, r.number))
