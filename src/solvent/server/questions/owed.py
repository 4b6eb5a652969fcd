"""A report as rows a page shows: findings, debts, what was looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.records.finding import Debt, Interest, Measure
from solvent.rules import catalogue
from solvent.server.questions.projects import has_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.records.finding import Finding, Report
    from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Owed:
    """One finding, on one line."""

    fingerprint: str
    rule: str
    code: str
    debt: str
    heading: str
    subject: str
    message: str
    interest: Interest
    within: Interest
    principal_hours: float
    payoff_usd: float | None
    state: str


@dataclass(frozen=True, slots=True)
class DebtSum:
    """One kind of debt over the union of its findings."""

    debt: str
    heading: str
    findings: int
    interest: Interest
    rules: int
    """Rules of this kind that could look; 0: nothing was looked at."""
    share: float | None
    """Of the largest debt, 0 to 1, by the figure that the bars show; None: unmeasured."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What an audit looked at."""

    days: float | None
    started_at: int | None
    ended_at: int | None
    traces: int
    failed_traces: int
    spans: int
    requests: int
    calls: int
    users: int | None
    scaled: bool
    """True: interest is per 30 days; False: it is what was observed."""


def looked(report: Report) -> Looked:
    """Return what an audit looked at."""
    seen = report.observed
    return Looked(
        days=seen.days,
        started_at=seen.started_at,
        ended_at=seen.ended_at,
        traces=seen.traces,
        failed_traces=seen.failed_traces,
        spans=seen.spans,
        requests=seen.requests,
        calls=seen.calls,
        users=seen.users,
        scaled=seen.period != "observed",
    )


def owed(finding: Finding) -> Owed:
    """Return a finding as a line of the ledger."""
    return Owed(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        code=finding.code,
        debt=finding.debt.value,
        heading=finding.debt.heading,
        subject=finding.subject,
        message=finding.message,
        interest=finding.interest,
        within=finding.within,
        principal_hours=finding.principal_hours,
        payoff_usd=finding.payoff_usd,
        state=finding.state.value,
    )


def bar_of(debts: Iterable[Interest]) -> str:
    """Return the figure that bars compare: dollars when any are measured, then tokens, failures."""
    rows = list(debts)
    for name in ("usd", "tokens", "failed_traces"):
        if any(getattr(row, name).value for row in rows):
            return name
    return ""


def debt_sums(report: Report) -> list[DebtSum]:
    """Return what is owed by kind of debt, the kinds without findings too."""
    totals = report.totals.by_debt
    figure = bar_of(totals.values())
    values = {d: getattr(i, figure).value for d, i in totals.items()} if figure else {}
    skipped = {s.rule for s in report.skipped}
    ran = Counter(rule.debt for name, rule in catalogue().items() if name not in skipped)
    largest = max((v for v in values.values() if v), default=None)
    return [
        DebtSum(
            debt.value,
            debt.heading,
            sum(f.debt is debt for f in report.findings),
            totals.get(debt) or _nothing(),
            ran[debt],
            values[debt] / largest if largest and values.get(debt) is not None else None,
        )
        for debt in Debt
    ]


def _nothing() -> Interest:
    none = Measure(note="no finding of this kind")
    return Interest(none, none, none, none, none)


def matching(
    findings: Sequence[Finding], *, debt: str = "", state: str = "", rule: str = ""
) -> list[Owed]:
    """Return the findings that match, in the ledger's order."""
    return [
        owed(f)
        for f in findings
        if (not debt or f.debt.value == debt)
        and (not state or f.state.value == state)
        and (not rule or rule in {f.rule, f.code})
    ]


def chosen(bench: Workbench, project: str) -> str:
    """Return the project that a page is about: the one that is named, else the main one."""
    own = bench.settings.project
    if project or has_spans(bench.spans, own):
        return project or own
    return bench.main_project()
