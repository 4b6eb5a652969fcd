"""The rules: what Solvent looks for, and what it found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from solvent.debt.rule import documentation
from solvent.records.finding import Debt
from solvent.rules import catalogue
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.paper import summary
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule."""

    name: str
    code: str
    summary: str
    status: str
    findings: int | None
    """In the last audit; None when the rule could not look, or there was no audit."""
    skipped: str
    """Why it could not look."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The rules of one debt."""

    debt: str
    heading: str
    rules: list[RuleRow]


@dataclass(frozen=True, slots=True)
class RulesView:
    """All rules by kind of debt."""

    project: str
    audited: bool
    groups: list[RuleGroup]


@page("/rules")
def rules(bench: Workbench, project: str = "") -> RulesView:
    """List the rules."""
    project = chosen(bench, project)
    report = bench.latest_report(project)
    found = Counter(f.rule for f in report.findings) if report else Counter()
    skipped = {s.rule: s.reason for s in report.skipped} if report else {}
    rows = {
        name: RuleRow(
            name,
            rule.code,
            summary(documentation(rule)),
            rule.status,
            None if report is None or name in skipped else found[name],
            skipped.get(name, ""),
        )
        for name, rule in catalogue().items()
    }
    groups = [
        RuleGroup(
            debt.value,
            debt.heading,
            [rows[name] for name, rule in catalogue().items() if rule.debt is debt],
        )
        for debt in Debt
    ]
    return RulesView(project, report is not None, [g for g in groups if g.rules])
