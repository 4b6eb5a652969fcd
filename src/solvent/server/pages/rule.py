"""One rule: its page, its options, its findings."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from inspect import getsource

from solvent.debt.rule import documentation
from solvent.rules import get_rule
from solvent.server.page import page
from solvent.server.questions.owed import Owed, chosen, matching
from solvent.server.questions.paper import summary
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a rule."""

    name: str
    type: str
    default: str
    value: str
    """As the settings have it now."""
    meaning: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule."""

    project: str
    name: str
    code: str
    heading: str
    debt: str
    status: str
    since: str
    summary: str
    paper: str
    """The rest of the page, in Markdown."""
    options: list[Option]
    findings: list[Owed]
    skipped: str
    audited: bool


@page("/rules/{name}")
def rule(bench: Workbench, name: str, project: str = "") -> RuleView:
    """Show one rule."""
    project = chosen(bench, project)
    found = get_rule(name)
    text = documentation(found)
    report = bench.latest_report(project)
    given = bench.settings.rules.get(found.name(), {})
    source = getsource(found)
    options = [
        Option(
            f.name, str(f.type), _plain(f.default), _plain(given.get(f.name, f.default)),
            _meaning(source, f.name),
        )
        for f in fields(found)
    ]  # fmt: skip
    return RuleView(
        project,
        found.name(),
        found.code,
        found.debt.heading,
        found.debt.value,
        found.status,
        found.since,
        summary(text),
        text.partition("\n\n")[2],
        options,
        matching(report.findings, rule=found.name()) if report else [],
        next((s.reason for s in report.skipped if s.rule == found.name()), "") if report else "",
        report is not None,
    )


def _plain(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _meaning(source: str, name: str) -> str:
    """Return the string below a field."""
    found = re.search(
        rf'^    {re.escape(name)}:.*?\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL
    )
    return " ".join(found[1].split()) if found else ""
