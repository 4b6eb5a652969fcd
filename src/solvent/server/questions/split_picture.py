"""A split as a picture: the prompt on the left, its parts on the right, bands between them.

Only places and sizes, in the units of an SVG; heights are proportional to tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.fixes.topics import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.decomposition import Decomposition, Part, Unit

WIDTH, HEIGHT = 1000.0, 440.0
"""Of the picture; the height is that of the bar of the whole prompt."""
LEFT, RIGHT, BAR = 330.0, 640.0, 16.0
"""Where the two bars stand, and how wide they are."""
SLOT, GAP = 38.0, 8.0
"""Least height of a part with its name, and what is between two."""
LINE = 15.0
"""Least height of a stretch of the prompt that is named."""
NAME_CHARS = 44


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring lines of the prompt that go to one part."""

    part: int
    """Number of the part; 0 is the core."""
    y: float
    height: float
    band: str
    """The path of the band to the part."""
    name: str
    """Its titles; empty: it is too low to be named."""
    told: str
    """All of it in words."""


@dataclass(frozen=True, slots=True)
class Block:
    """One part."""

    part: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class SplitPicture:
    """The whole picture."""

    width: float
    height: float
    left: float
    right: float
    bar: float
    stretches: list[Stretch]
    blocks: list[Block]


def picture(found: Decomposition) -> SplitPicture:
    """Return where everything of a split stands."""
    total = sum(unit.tokens for part in found.parts for unit in part.units)
    scale = HEIGHT / max(total, 1)
    blocks: list[Block] = []
    at = 0.0
    for number, part in enumerate(found.parts):
        height = sum(unit.tokens for unit in part.units) * scale
        blocks.append(Block(number, at, height))
        at += max(height, SLOT) + GAP
    filled = [block.y for block in blocks]
    stretches: list[Stretch] = []
    y = 0.0
    for number, units in _neighbours(found.parts):
        height = sum(unit.tokens for unit in units) * scale
        stretches.append(_stretch(number, units, y, height, filled[number]))
        filled[number] += height
        y += height
    return SplitPicture(WIDTH, max(at, HEIGHT) + 2, LEFT, RIGHT, BAR, stretches, blocks)


def _neighbours(parts: Sequence[Part]) -> list[tuple[int, list[Unit]]]:
    """Return the units in the order of the prompt, those that go to one part together."""
    placed = sorted(
        ((unit, number) for number, part in enumerate(parts) for unit in part.units),
        key=lambda pair: pair[0].line,
    )
    found: list[tuple[int, list[Unit]]] = []
    for unit, number in placed:
        if found and found[-1][0] == number:
            found[-1][1].append(unit)
        else:
            found.append((number, [unit]))
    return found


def _stretch(part: int, units: Sequence[Unit], y: float, height: float, to: float) -> Stretch:
    titles = list(dict.fromkeys(plain(unit.title) for unit in units if unit.title))
    first, last = units[0].line, units[-1].end_line
    tokens = sum(unit.tokens for unit in units)
    told = f"lines {first}-{last}, {tokens:,} tokens: {', '.join(titles) or 'no title'}"
    name = titles[0] if titles else f"lines {first}-{last}"
    if len(titles) > 1:
        name = f"{_cut(name, NAME_CHARS - 10)} and {len(titles) - 1} more"
    name = _cut(name, NAME_CHARS) if height >= LINE else ""
    return Stretch(part, y, height, _band((y, to), height), name, told)


def _band(tops: tuple[float, float], height: float) -> str:
    (y, to), x, end = tops, LEFT + BAR, RIGHT
    middle = (x + end) / 2
    return (
        f"M{x:g},{y:.1f} C{middle:g},{y:.1f} {middle:g},{to:.1f} {end:g},{to:.1f}"
        f" V{to + height:.1f} C{middle:g},{to + height:.1f} {middle:g},{y + height:.1f}"
        f" {x:g},{y + height:.1f} Z"
    )


def _cut(text: str, chars: int) -> str:
    return text[: chars - 1].rstrip() + "…" if len(text) > chars else text
