"""Evidence, rules, interest, audit: from what was observed to what is owed."""

from __future__ import annotations

from solvent.debt.evidence import Evidence, NoEvidence
from solvent.debt.rule import Costs, Rule, several
from solvent.records.finding import Debt, Finding, Quote, Ref

__all__ = [
    "Costs",
    "Debt",
    "Evidence",
    "Finding",
    "NoEvidence",
    "Quote",
    "Ref",
    "Rule",
    "several",
]
