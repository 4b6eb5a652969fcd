"""A split of one prompt: a core that every request gets, modules that some need, and a router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from solvent.records.finding import Measure
    from solvent.records.instruction import Statement


@dataclass(frozen=True, slots=True)
class Unit:
    """Lines of a prompt that stay together."""

    title: str
    """The title above them; empty: none stands there."""
    line: int
    """1-based."""
    end_line: int
    tokens: int
    statements: tuple[Statement, ...]


class Key(NamedTuple):
    """A word by which a request is told to need a module."""

    stem: str
    word: str
    """As the prompt writes it most often."""
    sure: bool
    """Whether the word alone tells; of the others two are needed."""


@dataclass(frozen=True, slots=True)
class Part:
    """The core, or a module."""

    name: str
    """`core`, or of a module the words of its title with dashes."""
    title: str
    text: str
    tokens: int
    units: tuple[Unit, ...]
    why: tuple[str, ...]
    """For each unit, why it is here."""
    keys: tuple[Key, ...] = ()
    """Empty for the core."""

    @property
    def instructions(self) -> tuple[Statement, ...]:
        """Return the instructions in it, in the order of the prompt."""
        return tuple(s for unit in self.units for s in unit.statements if s.modality)


class Asked(NamedTuple):
    """A text that users sent with a prompt."""

    text: str
    trace_id: str
    calls: int
    """Model calls that carried the prompt and this text as the last one from the user."""
    rate: float | None
    """Dollars per input token at current prices; None: not known."""


class Routed(NamedTuple):
    """What one request needs, and the words that say so."""

    asked: Asked
    needs: tuple[tuple[str, tuple[str, ...]], ...]
    """Name of each module with the words of the request that ask for it."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """A split on recorded requests, each routed by the words of the table."""

    requests: int
    """Requests of users that were looked at."""
    calls: int
    """Model calls that carried the prompt with them."""
    shares: tuple[float, float, float, float]
    """Share of requests that need 0, 1, 2, and 3 or more modules."""
    uses: tuple[tuple[str, float], ...]
    """Share of requests that need each module."""
    before: float
    """Tokens of the prompt in one call, on average."""
    after: float
    """Tokens of the core and the needed modules in one call, on average."""
    router: float
    """Tokens that asking a model for the route adds to one call, on average."""
    usd_before: Measure
    """Dollars of the prompt in all these calls."""
    usd_after: Measure
    """Dollars of core, modules and router in all these calls, when a model is asked for the route
    at the price of the call."""
    several: tuple[Routed, ...]
    """Some of the requests that need two modules or more, those of most calls first."""

    @property
    def saved(self) -> float:
        """Return the share of the prompt's tokens that the split saves, the router's paid for."""
        return 1 - (self.after + self.router) / self.before if self.before else 0.0


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A proposed split, or why there is none."""

    label: str
    tokens: int
    core: Part
    modules: tuple[Part, ...]
    router: str
    """The text that asks a model for the route, without the request."""
    router_tokens: int
    traffic: Traffic | None
    """None: no recorded requests, nothing was measured."""
    refused: str
    """Why the prompt should stay whole; empty: the split is proposed."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the core and the modules."""
        return (self.core, *self.modules)
