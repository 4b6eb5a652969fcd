"""The order of a ledger: what costs most first, then what is a risk, then file by file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from solvent.code.walk import is_aside

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from solvent.records.finding import Finding

Rank = tuple[float, float, float, bool, bool, int, str, int, str, str]


def in_order(found: Sequence[Finding], security: Collection[str]) -> list[int]:
    """Return the indices of findings, the first of the ledger first.

    By dollars per hour, then failed traces, then tokens per hour of principal. Findings without
    interest, all there are without traces, follow so: those of `security` first, then file by file,
    the file with most findings first, and within it by line; tests, examples and documentation
    last. So no rule fills the top of the list, and what is fixed together stands together.

    Args:
        found: The findings.
        security: Codes of rules whose findings somebody else may use.
    """
    files = Counter(finding.file for finding in found if finding.file)
    return sorted(range(len(found)), key=lambda i: _rank(found[i], security, files))


def _rank(finding: Finding, security: Collection[str], files: Counter[str]) -> Rank:
    hours = finding.principal_hours
    failed = finding.interest.failed_traces.value or 0.0
    tokens = finding.interest.tokens.value or 0.0
    return (
        -(finding.payoff_usd or 0.0),
        -failed / hours,
        -tokens / hours,
        is_aside(finding.file),
        finding.code not in security,
        -files[finding.file],
        finding.file,
        finding.line,
        finding.code,
        finding.subject,
    )
