"""One prompt over one dataset: what came out, how good it was, what it cost; and two compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Score(NamedTuple):
    """How good one answer is."""

    value: float
    """From 0 (wrong) to 1 (right)."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One example, tried."""

    example_id: str
    text: str = ""
    score: Score | None = None
    """None: the call failed or could not be scored; see `error`."""
    input_tokens: int | None = None
    """None: the provider did not say."""
    output_tokens: int | None = None
    recorded: str = ""
    """What was replayed, when the answer is a recording."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One prompt over one dataset."""

    label: str
    """What was tried, such as `support/triage@7`."""
    dataset: str
    """Name and version of the dataset."""
    prompt_tokens: int
    """Tokens of the prompt without the inputs."""
    outcomes: tuple[Outcome, ...]

    @property
    def scores(self) -> dict[str, float]:
        """Return the score of each example that has one."""
        return {o.example_id: o.score.value for o in self.outcomes if o.score is not None}

    @property
    def errors(self) -> tuple[Outcome, ...]:
        """Return the examples without a score."""
        return tuple(o for o in self.outcomes if o.score is None)


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


class Verdict(StrEnum):
    """What a paired comparison says of the version that came second."""

    BETTER = "better"
    EQUAL_AND_SHORTER = "equal and shorter"
    WORSE = "worse"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two trials on the same examples."""

    before: str
    after: str
    pairs: int
    """Examples that both have a score for."""
    left_out: int
    """Examples that one of them has no score for."""
    mean_before: float
    mean_after: float
    difference: Interval
    """Score after minus before."""
    won: int
    """Examples that score higher after."""
    lost: int
    p_value: float
    """Exact two-sided sign test over the examples that changed; 1 when none did."""
    tokens_before: int
    """Tokens of the prompt."""
    tokens_after: int
    verdict: Verdict
