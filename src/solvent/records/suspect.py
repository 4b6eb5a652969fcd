"""Which step of one failed trace is to blame: the steps as blame reads them, and the suspects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a trace: what went in, what came out, and whether it went well."""

    place: int
    """Position among the steps of the trace, from 0."""
    span_id: str
    type: str
    """One of `solvent.records.span.SPAN_TYPES`."""
    name: str
    agent: str = ""
    """Who acted, when several agents do; else empty."""
    told: str = ""
    """The system prompt it worked under."""
    asked: str = ""
    """What went in and had not gone into or come out of an earlier step."""
    said: str = ""
    """What came out: answer, tool calls, result, documents."""
    failed: bool = False
    """Its own status, or that of a step inside it, is error."""
    error: str = ""
    """The message of that error."""

    @property
    def actor(self) -> str:
        """Return who acted: the agent, else the step's own name."""
        return self.agent or self.name


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one trace: what was asked, each step in order, what came out."""

    trace_id: str
    task: str
    steps: tuple[Step, ...]
    answer: str = ""
    expected: str = ""
    """What should have come out, when the trace says so."""
    left_out: int = 0
    """Steps in the middle of a long trace that were not read."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step is suspected, in words, with the place in its texts."""

    signal: str
    """Name of the signal, as in `solvent.pipelines.within.signals`."""
    words: str
    """A sentence without its full stop."""
    strength: float = 1.0
    """From 0 to 1."""
    quote: str = ""
    """What the step said, word for word, cut to a line; empty when nothing can be quoted."""
    other: str = ""
    """The span of another step that the reason speaks of; else empty."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A step with its share of the suspicion in one trace."""

    place: int
    span_id: str
    name: str
    agent: str
    score: float
    """Sum of the weighted signals; comparable within one trace only."""
    share: float
    """Part of the suspicion in this trace, from 0 to 1; all steps together have 1."""
    reasons: tuple[Reason, ...]
    """What speaks against the step, the weightiest first."""
