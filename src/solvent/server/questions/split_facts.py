"""A split as a page shows it: parts with their instructions, and what it means for requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.fixes.topics import plain
from solvent.records.finding import Measure  # noqa: TC001  the fields say what they hold

if TYPE_CHECKING:
    from solvent.records.decomposition import Decomposition, Part, Traffic

QUOTED_CHARS = 280
WORDS = 10
"""Words of a module that are shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """One instruction."""

    line: int
    text: str
    modality: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of the prompt that stay together."""

    title: str
    line: int
    end_line: int
    tokens: int
    why: str
    """Why they are in this part."""
    instructions: list[Said]


@dataclass(frozen=True, slots=True)
class PartView:
    """The core, or a module."""

    name: str
    title: str
    tokens: int
    instructions: int
    words: list[str]
    """Words of requests that need it; none for the core."""
    share: float | None
    """Part of the recorded requests that need it; None: not measured."""
    pieces: list[Piece]
    text: str


@dataclass(frozen=True, slots=True)
class Needed:
    """A module that one request needs, and the words that say so."""

    name: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class Several:
    """A request that needs more than one module."""

    text: str
    trace_id: str
    calls: int
    needs: list[Needed]


@dataclass(frozen=True, slots=True)
class TrafficView:
    """What the split means for recorded requests."""

    requests: int
    calls: int
    shares: list[float]
    """Part of the requests that need 0, 1, 2, and 3 modules or more."""
    before: float
    """Tokens of the prompt in one call."""
    after: float
    """Tokens of the core and the needed modules in one call, on average."""
    router: float
    """Tokens that asking a model for the route adds to one call, on average."""
    saved: float
    """Part of the tokens that is saved, the router's paid for."""
    usd_before: Measure
    usd_after: Measure
    several: list[Several]


def parts_of(found: Decomposition) -> list[PartView]:
    """Return the core and the modules."""
    uses = dict(found.traffic.uses) if found.traffic else {}
    return [_part(part, uses.get(part.name)) for part in found.parts]


def _part(part: Part, share: float | None) -> PartView:
    pieces = [
        Piece(
            plain(unit.title), unit.line, unit.end_line, unit.tokens, why,
            [Said(s.line, s.text, str(s.modality)) for s in unit.statements if s.modality],
        )
        for unit, why in zip(part.units, part.why, strict=True)
    ]  # fmt: skip
    words = [key.word for key in part.keys[:WORDS]]
    count = len(part.instructions)
    return PartView(part.name, part.title, part.tokens, count, words, share, pieces, part.text)


def traffic_of(traffic: Traffic | None) -> TrafficView | None:
    """Return what recorded requests say; None: there are none."""
    if traffic is None:
        return None
    several = [
        Several(
            " ".join(one.asked.text.split())[:QUOTED_CHARS],
            one.asked.trace_id,
            one.asked.calls,
            [Needed(name, list(words)) for name, words in one.needs],
        )
        for one in traffic.several
    ]
    return TrafficView(
        traffic.requests, traffic.calls, list(traffic.shares), traffic.before, traffic.after,
        traffic.router, traffic.saved, traffic.usd_before, traffic.usd_after, several,
    )  # fmt: skip
