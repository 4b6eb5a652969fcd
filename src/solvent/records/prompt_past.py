"""What an audit knows of prompts beside traces and code: the registry, and how each text grew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from solvent.records.instruction_change import Edition
    from solvent.records.prompt import Prompt, PromptVersion
    from solvent.records.source import Place


class Move(NamedTuple):
    """An alias was pointed at a version."""

    name: str
    alias: str
    was: int | None
    """Version it pointed at before; None: there was no such alias."""
    number: int
    at: int
    """Microseconds since 1970 UTC."""
    by: str


@dataclass(frozen=True, slots=True)
class PromptEvaluation:
    """A version was tried on a dataset, beside the one it was made from."""

    project: str
    name: str
    number: int
    at: int
    """Microseconds since 1970 UTC."""
    by: str
    dataset: str
    """Name and version of the dataset."""
    before: str
    """What it was compared with, such as `support/triage@3`."""
    verdict: str
    """better, equal and shorter, worse, or undecided."""
    pairs: int
    """Examples that both have a score for."""
    difference: float
    """Mean score minus that of the other, on the same examples."""
    low: float
    """Lower end of its 95 % interval."""
    high: float


@dataclass(frozen=True, slots=True)
class Registry:
    """The prompts of a project that serve or could, as an audit reads them."""

    prompts: tuple[Prompt, ...] = ()
    versions: tuple[PromptVersion, ...] = ()
    """Of each prompt the newest ones, newest first, and those that aliases point at."""
    moves: tuple[Move, ...] = ()
    """Oldest first."""
    evaluations: tuple[PromptEvaluation, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """The versions of one prompt, from git or from the registry."""

    subject: str
    """`code:FILE#NAME` or `prompt:NAME`."""
    editions: tuple[Edition, ...]
    """Oldest first; each differs from the one before."""
    place: Place | None = None
    """Where in the code it stands; None for a prompt of the registry."""
