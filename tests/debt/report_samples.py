"""Reports made by hand, for what renders them and what decides on them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from solvent.records.finding import (
    Debt,
    Finding,
    Interest,
    Measure,
    Observed,
    Opinion,
    Proof,
    Quote,
    Ref,
    Report,
    Skip,
    Totals,
)

NONE = Measure(note="no interest of its own")
HOSTILE = "</script><img src=x onerror=alert(1)>|`\x1b[31m\u202e\n\\"

OBSERVED = Observed(
    project="shop", days=15.0, started_at=1_790_000_000_000_000, ended_at=1_791_296_000_000_000,
    traces=400, failed_traces=7, spans=2400, requests=800, calls=600, users=12,
    scale=2.0, period="30 days",
)  # fmt: skip


def costs(usd=None, tokens=None, failed=None, note="not counted in failures") -> Interest:
    """Interest with the given figures; a figure that is left out is not of that kind."""
    figures = (usd, tokens, None, failed)
    usd, tokens, _, failed = (
        one if isinstance(one, Measure) else NONE if one is None else Measure(float(one))
        for one in figures
    )
    failed = failed if failed.value is not None else Measure(note=note)
    return Interest(usd, tokens, failed, Measure(note="not counted in time"), NONE)


def fingerprint(mark: str) -> str:
    """Sixteen hexadecimal digits, as rules make them."""
    return blake2b(mark.encode(), digest_size=8).hexdigest()


def finding(code="TS101", rule="unused-tool", debt=Debt.TOOLS, mark="a", **changes) -> Finding:
    """One finding of the tool `refund`."""
    interest = changes.pop("interest", costs(12.5, 100_000))
    return replace(
        Finding(
            rule=rule, code=code, debt=debt, subject=f"tool:{mark}",
            message=f"`{mark}` is offered and never called",
            proof=Proof({"requests": 800, "share": 0.25}, (Ref("t1", "s1"), Ref("t2")),
                        (Quote("Refund an order.", "ab12", 3),)),
            principal_hours=0.5, fix=f"take `{mark}` off the list", fingerprint=fingerprint(mark),
            interest=interest, within=changes.pop("within", interest),
            payoff_usd=None if interest.usd.value is None else interest.usd.value / 0.5,
        ),
        **changes,
    )  # fmt: skip


def report(*findings: Finding, skipped=(), observed=OBSERVED) -> Report:
    """A report whose totals are the sums of its findings."""

    def total(parts: list[Finding]) -> Interest:
        values = {}
        for name in ("usd", "tokens", "failed_traces"):
            known = [m.value for f in parts if (m := getattr(f.within, name)).value is not None]
            values[name] = Measure(sum(known)) if known else Measure(note="nothing measured")
        return Interest(**values)

    debts = sorted({f.debt for f in findings}, key=list(Debt).index)
    by_debt = {debt: total([f for f in findings if f.debt is debt]) for debt in debts}
    return Report(observed, findings, Totals(total(list(findings)), by_debt), tuple(skipped))


EMPTY = report(observed=replace(OBSERVED, days=None, started_at=None, ended_at=None, users=None,
                                scale=1.0, period="observed"))  # fmt: skip
PLAIN = report(
    finding(),
    finding("TS204", "failing-tool", mark="search", interest=costs(
        Measure(3.0, 1.0, 5.0), Measure(2e4, 1e4, 3e4), Measure(7.0, 2.0, 12.0))),
    finding("PS101", "mega-prompt", Debt.PROMPTS, "system", interest=costs(
        Measure(note="40 of 40 places have no known price"), 5000)),
    finding("IF301", "no-feedback", Debt.FEEDBACK, "none", interest=costs()),
    skipped=(Skip("missing-io", "OP303", "no steps with times"),),
)  # fmt: skip
NASTY = report(
    finding(mark=HOSTILE, fix=HOSTILE, message=HOSTILE, proof=Proof(
        {HOSTILE: 1}, (Ref(HOSTILE),), (Quote(HOSTILE, HOSTILE),),
        (Opinion(HOSTILE, False, HOSTILE, HOSTILE, HOSTILE, HOSTILE),))),
    skipped=(Skip("missing-io", "OP303", HOSTILE),),
    observed=replace(OBSERVED, project=HOSTILE),
)  # fmt: skip
