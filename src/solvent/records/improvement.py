"""A proposed change of a prompt, with what was tried and what it showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from solvent.records.prompt import PromptContent
    from solvent.records.trial import Comparison, Interval


class Origin(NamedTuple):
    """Where one instruction of a proposed prompt comes from."""

    text: str
    kind: str
    """kept (word for word), reworded, or new."""
    was: str = ""
    """The instruction of the old prompt that it rewords."""


@dataclass(frozen=True, slots=True)
class Optimization:
    """What an optimizer proposes, and whether it may go live."""

    label: str
    """The prompt that it started from."""
    optimizer: str
    model: str
    dataset: str
    """Name and version of the whole dataset."""
    learned_from: int
    """Examples that the optimizer could see."""
    held_out: int
    """Examples that it could not."""
    budget: int | None
    """Tokens that the prompt may have; None: no limit."""
    content: PromptContent
    """The proposed prompt."""
    origins: tuple[Origin, ...]
    """Each of its instructions."""
    refused: tuple[str, ...]
    """Guards that it fails, each in a sentence; empty: none."""
    comparison: Comparison | None
    """Old against proposed on the held-out examples; None: a guard refused it before."""
    calls: int
    input_tokens: int
    output_tokens: int
    recorded: bool
    """Whether any answer was a recording rather than a model's just now."""

    @property
    def may_go_live(self) -> bool:
        """Tell whether every guard and the held-out comparison allow it."""
        good = {"better", "equal and shorter"}
        return not self.refused and self.comparison is not None and self.comparison.verdict in good


@dataclass(frozen=True, slots=True)
class Dropped:
    """What happens without one instruction."""

    text: str
    line: int
    """1-based line of the instruction in the prompt."""
    tokens: int
    """Tokens that its removal saves."""
    effect: Interval
    """Score without it minus score with it."""
    pairs: int
    """Examples that both have a score for."""
    safe: bool
    """Whether the interval excludes a loss above the margin."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """What each instruction of a prompt is worth on a dataset."""

    label: str
    model: str
    dataset: str
    margin: float
    """Loss of score that counts as none."""
    score: float
    """Mean score of the whole prompt."""
    instructions: tuple[Dropped, ...]
    """In the order of the text."""
    together: Comparison | None
    """The whole prompt against the one without all that is safe to delete; None: nothing is."""
    without: str
    """The text without all that is safe to delete."""
    calls: int
    input_tokens: int
    output_tokens: int
    recorded: bool
