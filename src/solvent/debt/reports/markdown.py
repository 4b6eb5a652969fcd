"""A report as Markdown, for a pull request or a wiki."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.reports.figures import count, counts, money, period, spread, window

if TYPE_CHECKING:
    from solvent.records.finding import Finding, Report


def render(report: Report) -> str:
    """Return the report as Markdown."""
    total = report.totals.overall
    lines = [
        "# What you owe",
        "",
        f"{window(report.observed)}. Interest is {period(report.observed)}.",
        "",
        (
            f"**{money(total.usd.value)}**, {count(total.tokens.value)} tokens,"
            f" {count(total.failed_traces.value)} failed traces"
            f" over {len(report.findings)} findings. `?` is unmeasured."
        ),
        "",
        "| code | finding | $ | tokens | failed | hours | $/hour |",
        "|---|---|--:|--:|--:|--:|--:|",
        *(_line(finding) for finding in report.findings),
        "",
    ]
    for finding in report.findings:
        lines += _details(finding)
    if report.skipped:
        lines += ["## Not looked at", ""]
        lines += [f"- {s.code} {s.rule}: {s.reason}" for s in report.skipped]
        lines.append("")
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    interest = finding.interest
    figures = (
        money(interest.usd.value),
        count(interest.tokens.value),
        count(interest.failed_traces.value),
        f"{finding.principal_hours:g}",
        money(finding.payoff_usd),
    )
    message = finding.message.replace("|", "\\|")
    return f"| {finding.code} | {message} | {' | '.join(figures)} |"


def _details(finding: Finding) -> list[str]:
    interest = finding.interest
    return [
        f"## {finding.code} {finding.rule}: {finding.subject}",
        "",
        finding.message + ".",
        "",
        (
            f"- Interest: {spread(interest.usd, 'money')}; tokens {spread(interest.tokens)};"
            f" failed traces {spread(interest.failed_traces)}"
        ),
        f"- Evidence: {counts(finding)}",
        f"- Fix: {finding.fix or 'see the rule'}",
        f"- Fingerprint: `{finding.fingerprint}`",
        "",
    ]
