"""The gate passes only what somebody looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.debt.report_samples import EMPTY, OBSERVED, PLAIN, costs, finding, fingerprint, report

from solvent.debt.gate import LETTERS, decide
from solvent.errors import Invalid
from solvent.records.finding import Measure, Skip, State
from solvent.rules import catalogue

RULES = {name: rule.code for name, rule in catalogue().items()}
CLEAN = report()
BLIND = report(skipped=(Skip("missing-io", "OP303", "no steps with times"),))
BROKEN = report(skipped=(Skip("missing-io", "OP303", "the rule broke: KeyError: 'x'"),))
NO_TRACES = replace(EMPTY, observed=replace(OBSERVED, traces=0))
UNPRICED = report(
    finding(), finding(mark="b", interest=costs(Measure(note="1 of 1 places have no known price")))
)
PARTLY = report(finding(interest=costs(Measure(5.0, note="1 of 9 places have no known price"))))


@pytest.mark.parametrize(
    ("what", "condition", "code"),
    [
        (PLAIN, "any", 1),
        (PLAIN, "tools", 1),
        (PLAIN, "TS", 1),
        (PLAIN, "ts101", 1),
        (PLAIN, "unused-tool", 1),
        (PLAIN, "governance", 0),
        (PLAIN, "GV", 0),
        (PLAIN, "cost-growth", 0),
        (PLAIN, "missing-io", 4),
        (PLAIN, "pipelines", 4),
        (PLAIN, "usd>15", 1),
        (PLAIN, "usd > 1e3", 4),
        (PLAIN, "tokens>124999", 1),
        (PLAIN, "tokens>125000", 0),
        (PLAIN, "failed>6.5", 1),
        (PLAIN, "failed>7", 0),
        (PLAIN, "findings>3", 1),
        (PLAIN, "findings>4", 0),
        (CLEAN, "any", 0),
        (CLEAN, "usd>0", 0),
        (BLIND, "any", 0),
        (BLIND, "OP303", 4),
        (BROKEN, "any", 4),
        (NO_TRACES, "any", 4),
        (NO_TRACES, "tools", 4),
        (UNPRICED, "usd>12", 1),
        (UNPRICED, "usd>13", 4),
        (PARTLY, "usd>6", 4),
        (PARTLY, "usd>4", 1),
    ],
)
def test_verdict(what, condition, code):
    verdict = decide(what, [condition], RULES)
    assert verdict.exit_code == code
    assert len(verdict.failed + verdict.inconclusive) == (code != 0)


def test_a_failure_outweighs_what_is_unclear():
    assert decide(PLAIN, ["missing-io", "any"], RULES).exit_code == 1


def test_accepted_findings_do_not_count():
    accepted = report(finding(state=State.ACCEPTED))
    assert decide(accepted, ["any", "usd>1", "findings>0"], RULES).exit_code == 0


def test_only_findings_outside_the_baseline_count():
    every = {f.fingerprint for f in PLAIN.findings}
    assert decide(PLAIN, ["new", "findings>0"], RULES, every).exit_code == 0
    verdict = decide(PLAIN, ["new"], RULES, every - {fingerprint("search")})
    assert verdict.failed == ("new: TS204 failing-tool: tool:search",)


@pytest.mark.parametrize(
    "condition", ["new", "unused-tols", "usd>", "usd>1.2.3", "usd<5", "T", "", "TS999"]
)
def test_a_gate_that_could_never_close_is_refused(condition):
    with pytest.raises(Invalid):
        decide(PLAIN, [condition], RULES)


def test_a_rule_that_was_not_to_run_cannot_be_asked_for():
    with pytest.raises(Invalid):
        decide(PLAIN, ["cost-growth"], {"unused-tool": "TS101"})


def test_letters_are_those_of_the_catalogue():
    assert all(rule.code.startswith(LETTERS[rule.debt]) for rule in catalogue().values())
