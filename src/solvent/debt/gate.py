"""The gate: does a report pass, fail, or say too little to tell?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt.reports.figures import is_partial, is_unknown
from solvent.errors import Invalid
from solvent.records.finding import Debt, State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from solvent.records.finding import Finding, Report, Skip

BOUND = re.compile(
    r"(usd|tokens|failed|findings)\s*>\s*(\d+(?:\.\d+)?(?:e\d{1,2})?)", re.IGNORECASE
)
LETTERS: Mapping[Debt, str] = {
    Debt.TOOLS: "TS",
    Debt.PROMPTS: "PS",
    Debt.PIPELINES: "OP",
    Debt.FEEDBACK: "IF",
    Debt.STAKEHOLDERS: "SE",
    Debt.KNOWLEDGE: "KD",
    Debt.GOVERNANCE: "GV",
}
"""How the codes of a debt's rules begin."""
CONDITIONS = "any, new, a debt, a rule or code, or usd>N, tokens>N, failed>N, findings>N"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate decided, and why."""

    failed: tuple[str, ...] = ()
    inconclusive: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 4 too little evidence to tell."""
        return 1 if self.failed else 4 if self.inconclusive else 0


def decide(
    report: Report,
    conditions: Sequence[str],
    rules: Mapping[str, str],
    known: Collection[str] | None = None,
) -> Verdict:
    """Return the verdict on a report.

    Accepted findings never fail a gate. With a baseline, only findings outside it count. A
    condition passes only if somebody looked: rules that were skipped make it inconclusive.

    Args:
        report: The report.
        conditions: `any`, `new`, a debt (`tools`), a rule, a code or its prefix (`TS`), or a bound
            on the total: `usd>100`, `tokens>1e6`, `failed>10`, `findings>5`.
        rules: The rules that were to run, codes by name.
        known: Fingerprints of the baseline; None: there is none.

    Raises:
        Invalid: A condition cannot be read, or names a rule that was not to run.
    """
    counting = [
        f
        for f in report.findings
        if f.state is not State.ACCEPTED and f.fingerprint not in (known or ())
    ]
    failed: list[str] = []
    unclear: list[str] = []
    for condition in (c.strip() for c in conditions):
        bound = BOUND.fullmatch(condition)
        if bound:
            _bound(counting, bound[1].lower(), float(bound[2]), condition, failed, unclear)
            continue
        _check(condition, rules, known)
        hits = [f for f in counting if _covers(condition, f.code, f.rule)]
        blind = _blind(report, condition)
        if hits:
            first = f"{hits[0].code} {hits[0].rule}: {hits[0].subject}"
            more = f" and {len(hits) - 1} more" if len(hits) > 1 else ""
            failed.append(f"{condition}: {first}{more}")
        elif blind is not None:
            unclear.append(f"{condition}: {blind.code} {blind.rule} could not look: {blind.reason}")
        elif not report.observed.traces:
            unclear.append(f"{condition}: there was no trace to look at")
    return Verdict(tuple(failed), tuple(unclear))


def _check(condition: str, rules: Mapping[str, str], known: Collection[str] | None) -> None:
    word = condition.lower()
    if word == "new" and known is None:
        raise Invalid("`new` has nothing to compare with", hint="add --baseline REPORT.json")
    if word in {"any", "new", *Debt}:
        return
    if not any(_covers(condition, code, name) for name, code in rules.items()):
        raise Invalid(f"`{condition}` is no gate condition and no rule that ran", hint=CONDITIONS)


def _covers(condition: str, code: str, name: str) -> bool:
    word = condition.lower()
    if word in {"any", "new"}:
        return True
    if word in set(Debt):
        return code.startswith(LETTERS[Debt(word)])
    return word == name or (len(word) > 1 and code.startswith(condition.upper()))


def _blind(report: Report, condition: str) -> Skip | None:
    """Return a rule that the condition is about and that could not look.

    Nearly every project lacks the evidence of some rule, so for `any` and `new` only a rule that
    broke counts.
    """
    everything = condition.lower() in {"any", "new"}
    for skip in report.skipped:
        broke = skip.reason.startswith("the rule broke")
        if (broke or not everything) and _covers(condition, skip.code, skip.rule):
            return skip
    return None


def _bound(
    findings: Sequence[Finding],
    figure: str,
    limit: float,
    condition: str,
    failed: list[str],
    unclear: list[str],
) -> None:
    if figure == "findings":
        if len(findings) > limit:
            failed.append(f"{condition}: there are {len(findings)}")
        return
    name = "failed_traces" if figure == "failed" else figure
    parts = [(getattr(f.within, name), f) for f in findings]
    total = sum(m.value for m, _ in parts if m.value is not None)
    missing = [f for m, f in parts if is_unknown(m) or is_partial(m)]
    if total > limit:
        failed.append(f"{condition}: it is {total:,.6g}")
    elif missing:
        unclear.append(
            f"{condition}: it is at least {total:,.6g}; {len(missing)} findings are not wholly"
            f" measured, first {missing[0].code} {missing[0].rule}: {missing[0].subject}"
        )
