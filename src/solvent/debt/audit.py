"""An audit: run the rules over the evidence, price what they find, order it by payoff."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from solvent.debt.acceptances import accept
from solvent.debt.evidence import NoEvidence
from solvent.debt.interest import add_up, keep_claims, price_alone, price_within
from solvent.debt.ordering import in_order
from solvent.records.finding import Debt, Report, Skip, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solvent.debt.evidence import Evidence
    from solvent.debt.rule import Rule
    from solvent.records.finding import Finding, Interest
    from solvent.settings import Ledger


def audit(
    evidence: Evidence,
    rules: Sequence[Rule],
    ledger: Ledger,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Return what is owed.

    A rule that cannot look, or that breaks, is named in `Report.skipped`; it never counts as
    passed.

    Args:
        evidence: The open evidence.
        rules: Rules with their options.
        ledger: What a failure and an hour are worth.
        progress: Told the name of each rule as it starts.
    """
    found: list[Finding] = []
    skipped: list[Skip] = []
    claims: list[tuple[str, str]] = []
    for rule in rules:
        progress(rule.name())
        try:
            answers = list(rule.check(evidence))
            if answers and (table := _keep_costs(rule, evidence)):
                claims.append((rule.name(), table))
        except NoEvidence as error:
            skipped.append(Skip(rule.name(), rule.code, str(error)))
        except Exception as error:  # noqa: BLE001  one broken rule must not hide the others
            reason = f"the rule broke: {type(error).__name__}: {error}"
            skipped.append(Skip(rule.name(), rule.code, reason))
        else:
            found.extend(answers)
    if evidence.code:
        found = accept(found, evidence.code.acceptances, datetime.now(UTC).date())
    progress("pricing")
    alone = price_alone(evidence, claims, found)
    found = [_pay_off(f, i, ledger) for f, i in zip(found, alone, strict=True)]
    order = in_order(found, {rule.code for rule in rules if rule.security})
    within = price_within(evidence, order, alone) if claims else alone
    ordered = tuple(replace(found[i], within=within[i]) for i in order)
    by_debt = {
        debt: add_up([f.within for f in ordered if f.debt is debt])
        for debt in Debt
        if any(f.debt is debt for f in ordered)
    }
    totals = Totals(add_up([f.within for f in ordered]), by_debt)
    return Report(evidence.observed, ordered, totals, tuple(skipped))


def _keep_costs(rule: Rule, evidence: Evidence) -> str | None:
    """Return the name of the table that holds what the findings of a rule cost.

    None when the rule claims nothing, or when what it would claim was not collected: that leaves
    the findings unpriced, and true.
    """
    table = f"cost_{rule.code.lower()}"
    try:
        costs = rule.costs(evidence)
        if costs is None:
            return None
        keep_claims(evidence, table, costs.sql, **costs.params)
    except NoEvidence:
        return None
    return table


def _pay_off(finding: Finding, interest: Interest, ledger: Ledger) -> Finding:
    usd = interest.usd.value
    if ledger.cost_of_failure_usd is not None and interest.failed_traces.value is not None:
        usd = (usd or 0.0) + ledger.cost_of_failure_usd * interest.failed_traces.value
    if ledger.cost_of_hour_usd is not None and interest.seconds.value is not None:
        usd = (usd or 0.0) + ledger.cost_of_hour_usd * interest.seconds.value / 3600
    payoff = usd / finding.principal_hours if usd is not None else None
    return replace(finding, interest=interest, payoff_usd=payoff)
