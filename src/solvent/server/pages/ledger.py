"""What is owed: by debt, over time, and finding by finding."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.records.finding import Debt, Interest, State
from solvent.server.page import page
from solvent.server.questions.owed import (
    DebtSum,
    Looked,
    Owed,
    bar_of,
    chosen,
    debt_sums,
    looked,
    matching,
)
from solvent.server.questions.past import Audited, list_audits
from solvent.server.questions.projects import has_spans
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class SkippedRule:
    """A rule that could not look."""

    rule: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Books:
    """What the last audit found."""

    looked: Looked
    overall: Interest
    bars: str
    """The figure that the bars compare: usd, tokens, failed_traces, or empty."""
    debts: list[DebtSum]
    findings: list[Owed]
    """Ordered by payoff."""
    matching: int
    found: int
    hours: float
    """Principal of all findings."""
    accepted: int
    """Findings that somebody answers for; they are in the figures all the same."""
    rules: list[str]
    skipped: list[SkippedRule]


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The ledger of a project."""

    project: str
    empty: bool
    """Nothing was received yet."""
    books: Books | None
    """None: there was no audit yet."""
    audits: list[Audited]
    debt: str
    state: str
    rule: str
    known_debts: tuple[str, ...] = tuple(d.value for d in Debt)
    known_states: tuple[str, ...] = tuple(s.value for s in State)


@page("/")
def ledger(
    bench: Workbench, project: str = "", debt: str = "", state: str = "", rule: str = ""
) -> LedgerView:
    """Show what is owed."""
    project = chosen(bench, project)
    report = bench.latest_report(project)
    books = None
    if report is not None:
        found = matching(report.findings, debt=debt, state=state, rule=rule)
        books = Books(
            looked(report),
            report.totals.overall,
            bar_of(report.totals.by_debt.values()),
            debt_sums(report),
            found[: bench.settings.pages.findings],
            len(found),
            len(report.findings),
            sum(f.principal_hours for f in report.findings),
            sum(f.state is State.ACCEPTED for f in report.findings),
            sorted({f.rule for f in report.findings}),
            [SkippedRule(s.rule, s.code, s.reason) for s in report.skipped],
        )
    return LedgerView(
        project,
        books is None and not has_spans(bench.spans, project),
        books,
        list_audits(bench, project),
        debt,
        state,
        rule,
    )


@page("/", method="POST")
def audit(bench: Workbench, project: str = "") -> LedgerView:
    """Run an audit and show what is owed."""
    project = chosen(bench, project)
    bench.audit(project)
    return ledger(bench, project)
