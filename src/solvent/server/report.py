"""A report as one self-contained page: it is mailed, printed and opened without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent import __version__
from solvent.debt.reports.figures import is_partial, is_unknown
from solvent.debt.rule import documentation
from solvent.rules import catalogue, select
from solvent.server.questions.owed import DebtSum, bar_of, debt_sums
from solvent.server.rendering import FOLDER, environment
from solvent.settings import Settings

if TYPE_CHECKING:
    from solvent.records.finding import Debt, Finding, Observed, Report, Totals

DETAILED = 200
"""Findings shown with their evidence; later ones, which pay off least, are lines of a list."""


@dataclass(frozen=True, slots=True)
class ReportView:
    """What the page of a report shows."""

    name: str
    """The project, or `this system` when it was not named."""
    observed: Observed
    totals: Totals
    findings: tuple[Finding, ...]
    more: tuple[Finding, ...]
    """Findings after the first 200."""
    debts: tuple[DebtSum, ...]
    """Kinds of debt that have findings."""
    figure: str
    """The figure that bars compare: usd, tokens, failed_traces, or empty."""
    largest: float
    """The largest of that figure among the findings."""
    hours: float
    """Principal of all findings."""
    unmeasured: int
    """Findings that cost money nobody could measure, wholly or in part."""
    skipped: tuple[tuple[str, tuple[str, ...]], ...]
    """Why rules could not look, with their names."""
    clean: tuple[str, ...]
    """Rules that looked and found nothing."""
    summaries: dict[str, str]
    """What each rule looks for, by name."""
    headings: dict[Debt, str]
    cost_of_failure_usd: float | None
    cost_of_hour_usd: float | None
    version: str
    css: str


def view(report: Report, settings: Settings) -> ReportView:
    """Return what the page shows."""
    project = report.observed.project
    figure = bar_of(report.totals.by_debt.values())
    shown = [getattr(f.interest, figure).value or 0.0 for f in report.findings] if figure else []
    reasons = sorted({skip.reason for skip in report.skipped})
    spoke = {f.rule for f in report.findings} | {s.rule for s in report.skipped}
    return ReportView(
        name="this system" if project == Settings().project else project,
        observed=report.observed,
        totals=report.totals,
        findings=report.findings[:DETAILED],
        more=report.findings[DETAILED:],
        debts=tuple(one for one in debt_sums(report) if one.findings),
        figure=figure,
        largest=max(shown, default=0.0),
        hours=sum(f.principal_hours for f in report.findings),
        unmeasured=sum(
            is_unknown(f.interest.usd) or is_partial(f.interest.usd) for f in report.findings
        ),
        skipped=tuple(
            (reason, tuple(f"{s.code} {s.rule}" for s in report.skipped if s.reason == reason))
            for reason in reasons
        ),
        clean=tuple(
            f"{rule.code} {name}"
            for name, rule in select(settings.select, settings.ignore).items()
            if name not in spoke
        ),
        summaries={n: documentation(r).partition("\n")[0] for n, r in catalogue().items()},
        headings={debt: debt.heading for debt in report.totals.by_debt},
        cost_of_failure_usd=settings.ledger.cost_of_failure_usd,
        cost_of_hour_usd=settings.ledger.cost_of_hour_usd,
        version=__version__,
        css=(FOLDER / "static" / "solvent.css").read_text(encoding="utf-8"),
    )


def render(report: Report, settings: Settings) -> str:
    """Return the report as HTML: styles inside, no script, nothing fetched.

    Args:
        report: The report.
        settings: Which rules were to run, and what a failure and an hour are worth.
    """
    return environment().get_template("report.html").render(view=view(report, settings))
