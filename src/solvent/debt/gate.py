"""The gate: does a report pass, fail, or say too little to tell?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.records.finding import Debt, State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from solvent.records.finding import Finding, Report

BOUND = re.compile(r"^(usd|tokens|failed|findings)\s*>\s*([0-9.]+(?:e[0-9]+)?)$", re.IGNORECASE)
WORDS = {"any", "new"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate decided, and why."""

    failed: tuple[str, ...] = ()
    inconclusive: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 4 too little evidence to tell."""
        return 1 if self.failed else 4 if self.inconclusive else 0


def decide(report: Report, conditions: Sequence[str], known: Collection[str] = ()) -> Verdict:
    """Return the verdict on a report.

    Accepted findings never fail a gate.

    Args:
        report: The report.
        conditions: `any`, `new`, a debt (`tools`), a rule, a code or its prefix (`TS`), or a bound
            on the total: `usd>100`, `tokens>1e6`, `failed>10`, `findings>5`.
        known: Fingerprints of the baseline; with a baseline, only findings outside it count.

    Raises:
        Invalid: A condition cannot be read.
    """
    counting = [
        f for f in report.findings if f.state is not State.ACCEPTED and f.fingerprint not in known
    ]
    failed: list[str] = []
    unclear: list[str] = []
    for condition in conditions:
        bound = BOUND.match(condition.strip())
        if bound:
            value = _total(counting, bound[1].lower())
            if value is None:
                unclear.append(f"{condition}: {bound[1]} is unmeasured")
            elif value > float(bound[2]):
                failed.append(f"{condition}: it is {value:,.6g}")
            continue
        hits = [f for f in counting if _matches(f.code, f.rule, f.debt, condition)]
        blind = [s for s in report.skipped if _named(s.code, s.rule, condition)]
        if hits:
            failed.append(
                f"{condition}: {len(hits)} findings, first {hits[0].code} {hits[0].subject}"
            )
        elif blind:
            unclear.append(f"{condition}: {blind[0].code} was skipped, {blind[0].reason}")
        elif not _readable(condition):
            raise Invalid(
                f"`{condition}` is not a gate condition",
                hint="any, new, a debt, a rule or code, or usd>N, tokens>N, failed>N, findings>N",
            )
    return Verdict(tuple(failed), tuple(unclear))


def _total(findings: Sequence[Finding], figure: str) -> float | None:
    if figure == "findings":
        return float(len(findings))
    name = "failed_traces" if figure == "failed" else figure
    values = [getattr(f.within, name).value for f in findings]
    known = [value for value in values if value is not None]
    return sum(known) if known or not values else None


def _matches(code: str, rule: str, debt: Debt, condition: str) -> bool:
    word = condition.strip().lower()
    return word in WORDS or word == debt.value or _named(code, rule, condition)


def _named(code: str, rule: str, condition: str) -> bool:
    word = condition.strip()
    return word.lower() == rule or (len(word) > 1 and code.startswith(word.upper()))


def _readable(condition: str) -> bool:
    word = condition.strip().lower()
    plain = word in WORDS or word in {d.value for d in Debt}
    return plain or re.fullmatch(r"[a-z]{2}\d{0,3}|[a-z]+(-[a-z]+)+", word) is not None
