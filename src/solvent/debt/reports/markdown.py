"""A report as Markdown, for a pull request or a wiki."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.opinions import in_words
from solvent.debt.reports.figures import (
    cell,
    counts,
    money,
    period,
    plain,
    spread,
    window,
)

if TYPE_CHECKING:
    from solvent.records.finding import Finding, Report


def render(report: Report) -> str:
    """Return the report as Markdown."""
    number = len(report.findings)
    lines = [
        "# What you owe",
        "",
        f"{window(report.observed)}.",
        "",
        f"Interest {period(report.observed)}: **{_sums(report)}** over {number} findings.",
        "`?` is unmeasured, `+` is at least.",
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
        lines += [f"- {s.code} {s.rule}: {_safe(s.reason)}" for s in report.skipped]
        lines.append("")
    return "\n".join(lines)


def _sums(report: Report) -> str:
    total = report.totals.overall
    said = []
    for name, unit in (("usd", ""), ("tokens", " tokens"), ("failed_traces", " failed traces")):
        parts = [getattr(finding.interest, name) for finding in report.findings]
        text = cell(getattr(total, name), name, parts)
        said += [text + unit] if text else []
    return ", ".join(said) or "nothing measured"


def _line(finding: Finding) -> str:
    interest = finding.interest
    figures = (
        cell(interest.usd, "usd"),
        cell(interest.tokens, "tokens"),
        cell(interest.failed_traces, "failed_traces"),
        f"{finding.principal_hours:.2g}",
        "" if finding.payoff_usd is None else money(finding.payoff_usd),
    )
    return f"| {finding.code} | {_safe(finding.message)} | {' | '.join(figures)} |"


def _details(finding: Finding) -> list[str]:
    interest = finding.interest
    return [
        f"## {finding.code} {finding.rule}: {_safe(finding.subject)}",
        "",
        _safe(finding.message) + ".",
        "",
        (
            f"- Interest: {spread(interest.usd, 'money')}; tokens {spread(interest.tokens)};"
            f" failed traces {spread(interest.failed_traces)}"
        ),
        f"- Evidence: {_safe(counts(finding))}",
        *(f"- {_safe(in_words(opinion))}" for opinion in finding.proof.opinions),
        f"- Fix: {_safe(finding.fix) or 'see the rule'}",
        f"- Fingerprint: `{finding.fingerprint}`",
        "",
    ]


def _safe(text: str) -> str:
    """Return text from outside so that it stays a sentence in a table, and no HTML."""
    return plain(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
