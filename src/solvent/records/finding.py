"""What a rule says: one debt, its evidence, what it costs and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Debt(StrEnum):
    """The kinds of debt, in the order reports name them."""

    TOOLS = "tools"
    PROMPTS = "prompts"
    PIPELINES = "pipelines"
    FEEDBACK = "feedback"
    STAKEHOLDERS = "stakeholders"
    KNOWLEDGE = "knowledge"
    GOVERNANCE = "governance"

    @property
    def heading(self) -> str:
        """Return the words a reader knows it by."""
        return TITLES[self]


TITLES: Mapping[Debt, str] = {
    Debt.TOOLS: "Tool sprawl",
    Debt.PROMPTS: "Prompt stuffing",
    Debt.PIPELINES: "Opaque pipelines",
    Debt.FEEDBACK: "Inadequate feedback",
    Debt.STAKEHOLDERS: "Stakeholder engagement",
    Debt.KNOWLEDGE: "Knowledge",
    Debt.GOVERNANCE: "Governance",
}


class State(StrEnum):
    """Where a finding stands in the ledger."""

    OPEN = "open"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95 % interval, or the reason why there is none."""

    value: float | None = None
    """None: unmeasured, and `note` says why. Never 0 for "not known"."""
    low: float | None = None
    high: float | None = None
    note: str = ""
    """Why it is unmeasured, or what part of the evidence it leaves out."""


@dataclass(frozen=True, slots=True)
class Interest:
    """What a finding costs over one period of its audit (see `Observed.period`)."""

    usd: Measure = field(default_factory=Measure)
    tokens: Measure = field(default_factory=Measure)
    failed_traces: Measure = field(default_factory=Measure)
    seconds: Measure = field(default_factory=Measure)
    review_minutes: Measure = field(default_factory=Measure)


@dataclass(frozen=True, slots=True)
class Ref:
    """A place to look: a trace, or one span of it."""

    trace_id: str
    span_id: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted text, cut to what the reader needs, with where it stands."""

    text: str
    source: str
    """A content hash, `path`, or a prompt reference."""
    line: int | None = None
    """1-based line in the source."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a language model said about a part of a finding: a second opinion, and no more."""

    about: str
    """The part it was asked about, such as `lines 3 and 17`."""
    agrees: bool | None
    """Whether it holds that part to be right; None: it took no side, or was not asked."""
    said: str
    """Its reason in its own words, or why it was not asked."""
    model: str = ""
    """The model that answered, as its provider names it; empty: none was asked."""
    at: str = ""
    """When it answered, ISO 8601; empty: not known."""
    recorded: str = ""
    """Which recording the answer is from; empty: the model was asked by an audit of this folder."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence of one finding."""

    counts: Mapping[str, int | float] = field(default_factory=dict)
    """Counts with their denominators, such as `{"calls": 0, "requests": 812}`."""
    examples: tuple[Ref, ...] = ()
    """At most 20 traces or spans."""
    quotes: tuple[Quote, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    """Second opinions of a language model, when one is configured."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One debt of one subject. Rules fill the first half; the audit fills the second."""

    rule: str
    code: str
    debt: Debt
    subject: str
    """A stable reference: `tool:search`, `prompt:support/system@7`, `step:query_rewriter`."""
    message: str
    """One sentence a newcomer understands, with the numbers in it."""
    proof: Proof
    principal_hours: float
    """Engineer-hours to fix; the rule's page says how it is estimated."""
    fix: str = ""
    """What to do, a command or a change where possible."""
    confidence: float | None = None
    """How likely the finding is right, 0 to 1: measured on labelled data, and moved by a second
    opinion when there is one; None: not measured yet."""
    fingerprint: str = ""
    """Identity across audits."""
    interest: Interest = field(default_factory=Interest)
    """Alone: what fixing only this would save."""
    within: Interest = field(default_factory=Interest)
    """Within the total: the part no finding ranked above it explains already."""
    payoff_usd: float | None = None
    """Dollars of interest per hour of principal; None when the dollars are not measured."""
    state: State = State.OPEN
    file: str = ""
    """Path in the repository, for a finding in the code; empty for one from traces."""
    line: int = 0
    end_line: int = 0
    """First and last line there, 1-based; 0 when there is no file."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A rule that could not look, and what was missing."""

    rule: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What an audit looked at."""

    project: str
    days: float | None
    """Days between the first and the last dated span; None when the sources carry no time."""
    started_at: int | None
    ended_at: int | None
    """Microseconds since 1970 UTC."""
    traces: int
    failed_traces: int
    spans: int
    requests: int
    calls: int
    users: int | None
    """Distinct users; None when no trace names one."""
    scale: float
    """Interest = what was observed x scale."""
    period: str
    """`30 days`, or `observed` when the window is too short or undated to be scaled."""
    files: int = 0
    lines: int = 0
    """Files and lines of code that were scanned."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Interest over the union of what the findings explain: nothing counted twice."""

    overall: Interest
    by_debt: Mapping[Debt, Interest]


@dataclass(frozen=True, slots=True)
class Report:
    """One audit: what was looked at, what was found, what could not be looked at."""

    observed: Observed
    findings: tuple[Finding, ...]
    """Ordered by payoff."""
    totals: Totals
    skipped: tuple[Skip, ...] = ()
