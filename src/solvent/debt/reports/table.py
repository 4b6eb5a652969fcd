"""A report for the terminal: one line a finding, by payoff, and what each debt adds up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from solvent.debt.reports.figures import UNMEASURED, count, money, period, window

if TYPE_CHECKING:
    from rich.console import Console

    from solvent.records.finding import Interest, Report

FIGURES = ("usd", "tokens", "failed", "time")


def render(report: Report, console: Console, *, limit: int = 0) -> None:
    """Print a report.

    Args:
        report: The report.
        console: Where to; when it is not a terminal, nothing is cut and nothing is coloured.
        limit: Findings shown at most; 0 shows all.
    """
    console.print(Text("What you owe", style="bold"), Text(period(report.observed)), sep=" ")
    console.print(Text(window(report.observed), style="dim"))
    console.print()
    if report.findings:
        shown = report.findings[:limit] if limit else report.findings
        console.print(_findings(report, len(shown), cut=console.is_terminal))
        if len(shown) < len(report.findings):
            console.print(Text(f"… and {len(report.findings) - len(shown)} more", style="dim"))
        console.print()
        console.print(_totals(report))
    else:
        console.print("No findings.")
    if report.skipped:
        console.print()
        console.print(Text("Not looked at", style="bold"))
        for reason in sorted({skip.reason for skip in report.skipped}):
            rules = ", ".join(f"{s.code} {s.rule}" for s in report.skipped if s.reason == reason)
            console.print(Text(f"  {reason}: {rules}", style="dim"), soft_wrap=True)
    if UNMEASURED in _cells(report):
        console.print()
        console.print(Text(f"{UNMEASURED} = unmeasured; `--format json` says why", style="dim"))


def _findings(report: Report, limit: int, *, cut: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("code", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("what", no_wrap=True, ratio=1 if cut else None, overflow="ellipsis")
    for name in ("$", "tokens", "failed", "hours", "$/hour"):
        table.add_column(name, justify="right", no_wrap=True)
    for finding in report.findings[:limit]:
        interest = finding.interest
        table.add_row(
            finding.code,
            finding.rule,
            escape(finding.message),
            _cell(interest, "usd"),
            _cell(interest, "tokens"),
            _cell(interest, "failed_traces"),
            f"{finding.principal_hours:g}",
            money(finding.payoff_usd) if finding.payoff_usd is not None else _owing(interest),
        )
    return table


def _totals(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("debt", no_wrap=True)
    for name in ("findings", "$", "tokens", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    for debt, interest in report.totals.by_debt.items():
        number = sum(f.debt is debt for f in report.findings)
        table.add_row(debt.heading, f"{number}", *_row(interest))
    table.add_row("Total", f"{len(report.findings)}", *_row(report.totals.overall), style="bold")
    return table


def _row(interest: Interest) -> tuple[str, str, str]:
    return _cell(interest, "usd"), _cell(interest, "tokens"), _cell(interest, "failed_traces")


def _cell(interest: Interest, figure: str) -> str:
    """Return the figure; empty when the debt is not of that kind, `?` when it is unmeasured."""
    measure = getattr(interest, figure)
    if measure.value is None:
        none = measure.note.startswith(("no interest", "not counted", "nothing measured"))
        return "" if none else UNMEASURED
    return money(measure.value) if figure == "usd" else count(measure.value)


def _owing(interest: Interest) -> str:
    return "" if _cell(interest, "usd") == "" else UNMEASURED


def _cells(report: Report) -> set[str]:
    return {
        _cell(f.interest, figure)
        for f in report.findings
        for figure in ("usd", "tokens", "failed_traces")
    }
