"""The pipeline map: which steps the traces of a project go through, in what order, at what cost."""

from __future__ import annotations

from dataclasses import dataclass

WHOLE = "all"
VERSION = "version"
PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one step in one slice of the traces.

    Time, money and tokens are those of the step with everything that ran inside it.
    """

    runs: int
    """Times it ran, a run inside a run of its own counted once."""
    traces: int
    """Traces in which it ran."""
    errors: int
    """Runs whose span says error."""
    retries: int
    """Runs whose last run before them, inside the same step, had failed."""
    repeats: int
    """Runs that directly followed a run of the same step."""
    nested: int
    """Runs inside a run of the same step: recursion."""
    beside: int
    """Runs that began while another run of the same step had not ended."""
    judged_traces: int
    """Traces with it whose outcome is known."""
    failed_traces: int
    """Traces with it that failed."""
    p50_ms: float | None
    """Milliseconds that half of its runs took at most; None: no run says how long it took."""
    p95_ms: float | None
    calls: int
    """Model calls in it."""
    priced: int
    """Model calls in it whose cost is known."""
    usd: float | None
    """Dollars of the priced calls; None when there are none."""
    tokens: int | None
    """Input and output tokens of the model calls; None when none is known."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step followed by another inside the same step."""

    before: int | None
    """Id of a step; None: the other one is the first."""
    after: int | None
    """Id of a step; None: the other one is the last."""
    times: int
    traces: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two different steps that ran at the same time inside the same step."""

    one: int
    other: int
    times: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pipeline: a name inside other names."""

    id: int
    """Number in its pipeline; 0 is the root."""
    name: str
    type: str
    """One of `SPAN_TYPES`."""
    within: int | None
    """Id of the step that it ran inside; None for the root."""
    agent: bool
    """It is an agent, or it is what one agent says."""
    names: int = 1
    """Names that it stands for: more than one where too many were seen to keep them apart."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some traces of a pipeline: all, those of an app version, or those of a time."""

    kind: str
    """all, version or period."""
    name: str
    """The version, or `2026-08-01 to 2026-08-08`; empty for all."""
    traces: int
    figures: dict[int, Figures]
    """By step."""
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The traces whose root span has the same name."""

    name: str
    steps: tuple[Step, ...]
    overlaps: tuple[Overlap, ...]
    slices: tuple[Slice, ...]
    """The first one is all of it."""

    @property
    def whole(self) -> Slice:
        """Return the slice with all traces."""
        return self.slices[0]


@dataclass(frozen=True, slots=True)
class PipelineMap:
    """The pipelines of a project, the most used first."""

    pipelines: tuple[Pipeline, ...]
    others: int
    """Kinds of traces that were left out, as there were too many."""
    other_traces: int
    spans: int
    unplaced: int
    """Spans of the mapped traces that are not on the map: too deep, or in a circle."""
