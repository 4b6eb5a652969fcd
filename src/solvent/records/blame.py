"""Which steps failures are best explained by: what `solvent.debt.studies.blame` keeps as JSON."""

from __future__ import annotations

from dataclasses import dataclass

NOT_ENOUGH = "not enough traces"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing a step did more often in failed traces than in passed ones."""

    trait: str
    """Which thing, as a word: `changed`, `empty`, `error`, `model`, …"""
    text: str
    """In words, with the counts, for a reader: `changed its input in 31 of 40 failed and 4 of 160
    passed traces`."""
    failed: int
    failed_of: int
    passed: int
    passed_of: int
    suspicion: float
    """Ochiai coefficient, 0 to 1."""
    p: float
    """How probable such a difference, or a larger one of any trait of any step, is by chance alone
    (Westfall-Young; of answers to the same input, an e-value's bound); 1 where chance was not
    tested."""


@dataclass(frozen=True, slots=True)
class RankedStep:
    """One step, with the share of the failures that it explains."""

    step: str
    """Its name; with its parents' (`plan > search`) where several steps have that name."""
    name: str
    """The name of its spans."""
    path: tuple[str, ...]
    """Names from the root down to the step, repeated ones folded."""
    share: float
    """Share of the failed traces that began at this step; shares and `Blame.unexplained` sum up
    to 1."""
    low: float
    high: float
    """95 % interval of the share, by a bootstrap over traces."""
    suspicion: float
    """Largest Ochiai coefficient of its traits."""
    accused: bool
    """The difference is more than chance."""
    differences: tuple[Difference, ...]
    examples: tuple[tuple[str, str], ...]
    """Failed traces with the span that shows it: `(trace_id, span_id)`."""


@dataclass(frozen=True, slots=True)
class Blame:
    """A ranking of steps, the one that explains failures best first."""

    verdict: str
    """`accused`: at least one step is; `none`: there were enough traces, and no step differs by
    more than chance; `not enough traces`: the order is a hint where to look first."""
    note: str
    """The verdict in a sentence."""
    failed: int
    passed: int
    unlabelled: int
    """Traces looked at, by outcome."""
    traces: int
    """Traces there are; more than were looked at where a sample was taken."""
    unexplained: float
    """Share of the failures that no step explains."""
    steps: tuple[RankedStep, ...]
