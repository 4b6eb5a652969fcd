"""The order of a ledger whose findings cost nothing that could be measured."""

from __future__ import annotations

from solvent.debt.ordering import in_order
from solvent.records.finding import Debt, Finding, Proof


def found(code: str, file: str = "", line: int = 1, payoff: float | None = None) -> Finding:
    return Finding(
        rule=code.lower(), code=code, debt=Debt.PROMPTS, subject=f"{code}:{file}", message="",
        proof=Proof(), principal_hours=1.0, file=file, line=line, payoff_usd=payoff,
    )  # fmt: skip


def test_risks_come_first_then_files_with_most_findings_and_examples_last():
    findings = [
        found("OP301", "b.py", 9),
        found("OP301", "examples/a.py"),
        found("GV404", "examples/a.py"),
        found("PS301", "b.py", 2),
        found("OP301", "a.py"),
        found("GV404", "a.py", 7),
        found("TS101", payoff=5.0),
        found("PS205", "b.py", 4),
    ]
    said = [(findings[i].code, findings[i].file) for i in in_order(findings, {"GV404"})]
    assert said == [
        ("TS101", ""),
        ("GV404", "a.py"),
        ("PS301", "b.py"),
        ("PS205", "b.py"),
        ("OP301", "b.py"),
        ("OP301", "a.py"),
        ("GV404", "examples/a.py"),
        ("OP301", "examples/a.py"),
    ]
