"""Interest alone and within the total, against sums made by hand and against a naive union."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvent.debt.audit import audit
from solvent.debt.evidence import Evidence
from solvent.debt.interest import Z95, keep_claims, price_alone, price_within
from solvent.debt.rule import Costs, Rule
from solvent.records.finding import Debt, Finding, Interest, Measure, Observed, Proof
from solvent.rules import get_rule
from solvent.settings import Ledger
from solvent.testing.project import audit_of, evidence_of
from solvent.workbench import open_spans

MEASURES = ("tokens", "usd", "seconds")
CLAIM = pa.schema(
    [
        ("subject", pa.string()), ("id", pa.int64()), ("trace_id", pa.string()),
        ("part", pa.string()), ("tokens", pa.int64()), ("usd", pa.float64()),
        ("seconds", pa.float64()), ("failed", pa.bool_()),
    ]
)  # fmt: skip


def observed(scale=1.0, period="observed"):
    return Observed("sample", 1.0, 0, 0, 1, 0, 1, 1, 0, None, scale, period)


def finding(rule, subject):
    return Finding(rule, rule.upper(), Debt.TOOLS, subject, "", Proof(), 1.0)


@pytest.fixture(scope="module")
def desk():
    store = open_spans(":memory:")
    with store.session() as session:
        yield session
    store.close()


def price(desk, rows, order=None, scale=1.0, period="observed"):
    """Return (alone, within) by subject for claims of one rule each, named by subject."""
    evidence = Evidence(desk, observed(scale, period))
    subjects = sorted({row["subject"] for row in rows})
    evidence.define("claimed", pa.Table.from_pylist(rows, schema=CLAIM))
    keep_claims(evidence, "cost_x", "SELECT * FROM claimed")
    found = [finding("x", subject) for subject in subjects]
    alone = price_alone(evidence, [("x", "cost_x")], found)
    within = price_within(evidence, [subjects.index(s) for s in order or subjects], alone)
    return (
        dict(zip(subjects, alone, strict=True)),
        dict(zip(subjects, within, strict=True)),
    )


def claim(subject, id_, part="*", trace="t", **amounts):
    return {"subject": subject, "id": id_, "trace_id": trace, "part": part, **amounts}


def tokens(interests):
    return {subject: interest.tokens.value for subject, interest in interests.items()}


# A span claimed by several


def test_a_part_claimed_twice_is_booked_once_to_the_first(desk):
    rows = [claim("a", 1, "h1", tokens=40), claim("b", 1, "h1", tokens=40)]
    alone, within = price(desk, rows)
    assert tokens(alone) == {"a": 40, "b": 40}
    assert tokens(within) == {"a": 40, "b": 0}
    _, other_way = price(desk, rows, order=["b", "a"])
    assert tokens(other_way) == {"a": 0, "b": 40}


def test_a_larger_claim_on_the_same_part_is_booked_what_it_adds(desk):
    rows = [claim("a", 1, "h1", tokens=40), claim("b", 1, "h1", tokens=100)]
    _, within = price(desk, rows)
    assert tokens(within) == {"a": 40, "b": 60}


def test_a_retried_span_claimed_whole_leaves_nothing_for_its_parts(desk):
    rows = [claim("retry", 1, tokens=900), claim("unused", 1, "h1", tokens=40)]
    alone, within = price(desk, rows, order=["retry", "unused"])
    assert tokens(alone) == {"retry": 900, "unused": 40}
    assert tokens(within) == {"retry": 900, "unused": 0}


def test_parts_booked_first_are_taken_off_the_whole(desk):
    rows = [
        claim("retry", 1, tokens=900), claim("retry", 2, tokens=500),
        claim("unused", 1, "h1", tokens=40), claim("long", 1, "h2", tokens=60),
        claim("long", 3, "h2", tokens=60),
    ]  # fmt: skip
    _, within = price(desk, rows, order=["unused", "long", "retry"])
    assert tokens(within) == {"unused": 40, "long": 120, "retry": 900 - 100 + 500}


def test_a_whole_smaller_than_its_parts_adds_nothing(desk):
    rows = [
        claim("a", 1, "h1", tokens=70),
        claim("b", 1, "h2", tokens=50),
        claim("c", 1, tokens=90),
    ]
    _, within = price(desk, rows)
    assert tokens(within) == {"a": 70, "b": 50, "c": 0}


def test_a_finding_that_claims_a_span_whole_and_in_part_counts_the_larger(desk):
    alone, _ = price(desk, [claim("a", 1, tokens=90), claim("a", 1, "h1", tokens=70)])
    assert tokens(alone) == {"a": 90}


def test_a_claim_on_a_whole_trace_contains_those_on_its_spans(desk):
    rows = [
        claim("trace", None, tokens=1000), claim("span", 1, tokens=300),
        claim("span", 9, tokens=5, trace="u"), claim("again", None, tokens=1000),
    ]  # fmt: skip
    alone, within = price(desk, rows, order=["span", "trace", "again"])
    assert tokens(alone) == {"trace": 1000, "span": 305, "again": 1000}
    assert tokens(within) == {"span": 305, "trace": 700, "again": 0}
    _, trace_first = price(desk, rows, order=["trace", "span", "again"])
    assert tokens(trace_first) == {"span": 5, "trace": 1000, "again": 0}


def test_a_failed_trace_is_booked_to_the_first_that_claims_it(desk):
    rows = [
        claim("a", None, failed=True), claim("b", None, failed=True),
        claim("b", None, trace="u", failed=True), claim("b", None, trace="v", failed=False),
    ]  # fmt: skip
    alone, within = price(desk, rows)
    assert {s: i.failed_traces.value for s, i in alone.items()} == {"a": 1, "b": 2}
    assert {s: i.failed_traces.value for s, i in within.items()} == {"a": 1, "b": 1}


# Unmeasured


def test_what_is_not_known_is_unmeasured_and_says_why(desk):
    alone, within = price(desk, [claim("a", 1, tokens=10), claim("b", 1, seconds=2.0)])
    assert alone["a"].usd == Measure(note="1 of 1 places have no known price")
    assert within["a"].usd.value is None
    assert alone["a"].seconds.value is None
    assert alone["b"].tokens.value is None
    assert alone["b"].usd == Measure(note="no tokens to price")
    assert alone["a"].failed_traces.value is None
    assert alone["a"].review_minutes.value is None


def test_a_sum_with_unpriced_places_says_how_many_it_leaves_out(desk):
    rows = [
        claim("a", 1, tokens=10, usd=0.5), claim("a", 2, tokens=10),
        claim("a", 3, seconds=1.0),
    ]  # fmt: skip
    alone, _ = price(desk, rows)
    assert alone["a"].usd == Measure(0.5, note="1 of 2 places have no known price")


def test_a_measured_zero_is_zero(desk):
    alone, within = price(desk, [claim("a", 1, tokens=10, usd=0.0)])
    assert alone["a"].usd == Measure(0.0)
    assert within["a"].usd == Measure(0.0)


def test_a_finding_without_claims_has_no_interest_of_its_own(desk):
    evidence = Evidence(desk, observed())
    evidence.define("claimed", pa.Table.from_pylist([claim("a", 1, tokens=5)], schema=CLAIM))
    keep_claims(evidence, "cost_x", "SELECT * FROM claimed")
    found = [finding("x", "a"), finding("x", "other"), finding("y", "a")]
    alone = price_alone(evidence, [("x", "cost_x")], found)
    none = Measure(note="no interest of its own")
    assert alone[1:] == [Interest(none, none, none, none, none)] * 2
    assert price_within(evidence, [0, 1, 2], alone)[1:] == alone[1:]


# Scale and interval


def test_scaled_figures_have_the_interval_of_a_compound_poisson_sum(desk):
    rows = [
        claim("a", 1, tokens=30, trace="t"), claim("a", 2, tokens=10, trace="t"),
        claim("a", 3, tokens=20, trace="u"),
    ]  # fmt: skip
    alone, within = price(desk, rows, scale=3.0, period="30 days")
    spread = Z95 * sqrt(40**2 + 20**2) * 3
    found = alone["a"].tokens
    assert found.value == 180
    assert found.low == pytest.approx(max(0, 180 - spread))
    assert found.high == pytest.approx(180 + spread)
    assert within["a"].tokens.value == 180


def test_failures_have_the_interval_of_a_count(desk):
    rows = [claim("a", None, trace=f"t{i}", failed=True) for i in range(16)]
    alone, _ = price(desk, rows, scale=2.0, period="30 days")
    found = alone["a"].failed_traces
    assert (found.value, found.low) == (32, pytest.approx(32 - 2 * Z95 * 4))


def test_what_was_observed_and_not_scaled_is_exact(desk):
    alone, _ = price(desk, [claim("a", 1, tokens=30)])
    assert alone["a"].tokens == Measure(30.0)


# Any claims

AMOUNT = st.none() | st.integers(0, 1000)
CLAIMS = st.lists(
    st.builds(
        lambda s, at, p, tok, usd, sec: claim(
            s, at[0], p if at[0] is not None else "*", at[1],
            tokens=tok, usd=usd and usd / 64, seconds=sec and sec / 64,
        ),
        st.sampled_from("abcd"),
        st.sampled_from([(1, "t"), (2, "t"), (3, "u"), (4, "v"), (None, "t"), (None, "u")]),
        st.sampled_from(["*", "h1", "h2", "cache"]),
        AMOUNT, AMOUNT, AMOUNT,
    ),
    min_size=1, max_size=24,
)  # fmt: skip


def union(rows, measure):
    """Return what the claims explain together, as the module says it, in plain Python."""
    whole, parts, traces = defaultdict(float), defaultdict(float), defaultdict(float)
    trace_of = {}
    seen = False
    for row in rows:
        amount = row.get(measure)
        if amount is None:
            continue
        seen = True
        trace_of[row["id"]] = row["trace_id"]
        if row["id"] is None:
            traces[row["trace_id"]] = max(traces[row["trace_id"]], amount)
        elif row["part"] == "*":
            whole[row["id"]] = max(whole[row["id"]], amount)
        else:
            key = (row["id"], row["part"])
            parts[key] = max(parts[key], amount)
    below = defaultdict(float)
    for span in {*whole, *(span for span, _ in parts)}:
        in_parts = sum(amount for (owner, _), amount in parts.items() if owner == span)
        below[trace_of[span]] += max(whole[span], in_parts)
    total = sum(max(traces[trace], below[trace]) for trace in {*traces, *below})
    return total if seen else None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=CLAIMS, shuffle=st.randoms(use_true_random=False))
def test_parts_within_the_total_sum_up_to_the_union(desk, rows, shuffle):
    order = sorted({row["subject"] for row in rows})
    shuffle.shuffle(order)
    alone, within = price(desk, rows, order=order)
    for measure in MEASURES:
        own = {s: getattr(i, measure).value for s, i in alone.items()}
        share = {s: getattr(i, measure).value for s, i in within.items()}
        for subject, value in own.items():
            mine = [row for row in rows if row["subject"] == subject]
            assert value == pytest.approx(union(mine, measure)), measure
            assert (value is None) == (share[subject] is None)
            if value is not None:
                assert -1e-9 <= share[subject] <= value + 1e-9, measure
        known = [value for value in share.values() if value is not None]
        expected = union(rows, measure)
        assert (sum(known) if known else None) == pytest.approx(expected), measure
        assert sum(known) <= sum(v for v in own.values() if v is not None) + 1e-9


# Whole audits

PROJECT = """
traces:
  - repeat: 31
    every: 1d
    steps:
      - {llm: gpt-4o, name: desk, input: hi, offered: [a, b, c], tokens: [100, 5], seconds: 0,
         output: [{call: {tool: a}}]}
"""


def test_unused_tools_inside_an_oversized_list_are_paid_once():
    """The definitions are 5 tokens each; b and c are unused, in 31 calls over 30 days."""
    report = audit_of(PROJECT, [get_rule("unused-tool")(), get_rule("TS102")(max_tools=2)])
    assert not report.skipped
    alone = {f.subject: f.interest.tokens.value for f in report.findings}
    assert alone == {"tool:b": 155, "tool:c": 155, "toolset:desk": 310}
    within = [f.within.tokens.value for f in report.findings]
    assert [f.subject for f in report.findings] == ["tool:b", "tool:c", "toolset:desk"]
    assert within == [155, 155, 0]
    assert report.totals.overall.tokens.value == 310
    assert report.totals.overall.usd.value == pytest.approx(310 * 2.5e-6)


class FirstBlame(Rule):
    """Blames every failed trace."""

    code, debt, hours = "ZZ101", Debt.PIPELINES, 1.0

    def check(self, evidence):
        yield self.finding("step:x", "x")

    def costs(self, evidence):
        return Costs(
            "SELECT 'step:x' AS subject, NULL::BIGINT AS id, trace_id, '*' AS part,"
            " NULL::BIGINT AS tokens, NULL::DOUBLE AS usd, NULL::DOUBLE AS seconds, failed"
            " FROM trace"
        )


class SecondBlame(FirstBlame):
    """Blames them again."""

    code, debt, hours = "ZZ102", Debt.TOOLS, 2.0


def test_a_failed_trace_blamed_twice_is_one_failure_in_the_totals():
    project = """
    traces:
      - {repeat: 31, every: 1d, outcome: failed, steps: [{step: x}]}
      - {repeat: 5, every: 1d, outcome: passed, steps: [{step: x}]}
    """
    report = audit_of(project, [SecondBlame(), FirstBlame()])
    assert [f.code for f in report.findings] == ["ZZ101", "ZZ102"]
    assert [f.interest.failed_traces.value for f in report.findings] == [31, 31]
    assert [f.within.failed_traces.value for f in report.findings] == [31, 0]
    assert report.totals.overall.failed_traces.value == 31
    assert report.totals.by_debt[Debt.PIPELINES].failed_traces.value == 31
    assert report.totals.by_debt[Debt.TOOLS].failed_traces.value == 0


def test_a_failure_has_the_price_the_settings_give_it():
    project = "traces: [{repeat: 31, every: 1d, outcome: failed, steps: [{step: x}]}]"
    plain = audit_of(project, [FirstBlame()])
    assert plain.findings[0].payoff_usd is None
    priced = audit_of(project, [SecondBlame()], Ledger(cost_of_failure_usd=4.0))
    assert priced.findings[0].payoff_usd == 31 * 4 / 2


class Broken(FirstBlame):
    """Breaks while its costs are made."""

    code = "ZZ103"

    def costs(self, evidence):
        return Costs("SELECT nothing FROM nowhere")


def test_a_rule_that_breaks_is_named_and_hides_no_other():
    project = "traces: [{steps: [{step: x}]}]"
    with evidence_of(project) as evidence:
        report = audit(evidence, [Broken(), FirstBlame()], Ledger())
    assert [f.code for f in report.findings] == ["ZZ101"]
    assert [s.code for s in report.skipped] == ["ZZ103"]
    assert "nowhere" in report.skipped[0].reason


class Unpriceable(FirstBlame):
    """Finds something whose price was not collected."""

    code = "ZZ104"

    def costs(self, evidence):
        return Costs("SELECT name AS subject FROM offer")


def test_a_finding_whose_costs_were_not_collected_stays_unmeasured():
    report = audit_of("traces: [{steps: [{step: x}]}]", [Unpriceable()])
    assert not report.skipped
    assert report.findings[0].interest.tokens.value is None
    assert report.totals.overall.tokens.value is None
