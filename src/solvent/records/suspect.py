"""Which step of one failed trace is to blame: the steps as blame reads them, and the suspects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody said of one step."""

    failed: bool
    source: str
    """human, app, code or judge."""
    name: str
    """Name of the feedback."""
    value: float
    """From 0, wrong, to 1, right."""
    why: str = ""


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
    broken: tuple[str, ...] = ()
    """How its tool calls or its answer break the schemas that it was given, in words."""
    verdict: Verdict | None = None
    """None: nobody said anything of this step."""

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


@dataclass(frozen=True, slots=True)
class Pair:
    """One step of a failed trace beside the same step of a passing one."""

    name: str
    span_id: str
    """Step of the failed trace; empty when only the passing one took it."""
    other_id: str
    """Step of the passing trace; empty when only the failed one took it."""
    said: str
    """What the failed trace's step said, cut to a line."""
    other_said: str
    same: bool
    """Both said the same, in other words at most."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """The passing trace that is most like a failed one."""

    trace_id: str
    task: str
    likeness: float
    """Share of the words of both questions that both have, 0 to 1; 1: the same question."""
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What can be said about which step of a trace is to blame."""

    trace_id: str
    kind: str
    """pipeline, round_table or coordinated: what the weights were chosen for."""
    task: str
    answer: str
    steps: int
    left_out: int
    """Spans in the middle of a long trace that were not read."""
    suspects: tuple[Suspect, ...]
    """The most suspected first; empty: it cannot be told."""
    sibling: Sibling | None
    """None: no passing trace is like it."""
