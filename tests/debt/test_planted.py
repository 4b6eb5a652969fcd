"""A month with 44 planted debts: each rule finds its own, with the right interest, and no other.

The project is simulated (`planted.yaml`); nothing in it was recorded. The window is exactly 30
days, so that nothing is scaled. gpt-4o-2024-08-06 costs 2.5 dollars per million tokens of input,
1.25 from the cache, and 10 of output.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solvent.debt.audit import audit
from solvent.rules import catalogue
from solvent.settings import Ledger
from solvent.testing.project import evidence_of, read

PLANTED = (Path(__file__).parent / "planted.yaml").read_text(encoding="utf-8")
FINDINGS = {
    ("TS101", "tool:refund"),
    ("TS102", "toolset:desk"),
    ("TS103", "tool:list_orders"),
    ("TS104", "toolset:power"),
    ("TS201", "tools:fs_read_file+read_file"),
    ("TS202", "tool:find_customer"),
    ("TS203", "tool:weather"),
    ("TS204", "tool:find_ticket"),
    ("TS206", "tool:poll"),
    ("PS101", "prompt:everything@1"),
    ("PS103", "prompt:phone@1"),
    ("PS104", "prompt:parcels@2"),
    ("PS102", "prompt:travel@5"),
    ("PS201", "prompt:travel@5"),
    ("PS202", "prompt:travel@5"),
    ("PS203", "prompt:greetings@1"),
    ("PS204", "code:mail.py#count_mail"),
    ("PS205", "prompt:alarm@1"),
    ("PS301", "prompt:letters@1"),
    ("PS302", "prompt:returns"),
    ("PS303", "prompt:returns"),
    ("PS402", "prompt:keys@1"),
    ("OP101", "step:draft"),
    ("OP201", "step:rewrite"),
    ("OP202", "step:search_policy"),
    ("OP203", "step:rewrite"),
    ("OP305", "project:sample"),
    ("OP302", "traces:orphans"),
    ("OP303", "step:fetch_notes"),
    ("OP304", "project:sample"),
    ("OP306", "model:inhouse/our-tuned-model"),
    ("GV101", "project:sample"),
    ("GV302", "model:gpt-4o"),
    ("GV401", "data:card-number"),
    ("IF301", "topic:letters"),
    ("KD101", "retriever:search_pool"),
    ("KD102", "retriever:search_sauna"),
    ("KD201", "retriever:find_rule"),
    ("KD202", "document:fees"),
    ("KD301", "table:payments"),
    ("KD302", "retriever:find_chunk"),
    ("KD303", "join:customers+items+orders"),
    ("OP301", "code:mail.py"),
    ("GV404", "code:mail.py"),
    ("TS205", "tool:mail.py#process"),
    ("PS401", "code:mail.py#SORT_PROMPT"),
}
USD_IN, USD_CACHED, USD_OUT = 2.5e-6, 1.25e-6, 10e-6
BY_HAND = {
    # 30 definitions of 33 tokens.
    "TS101": {"tokens": 30 * 33, "usd": 30 * 33 * USD_IN},
    # 6 model calls that chose in vain, 1 second each, and 6 runs of 2 seconds.
    "TS202": {"tokens": 6 * 920, "usd": 6 * (900 * USD_IN + 20 * USD_OUT), "seconds": 6 * 3},
    # 3 runs of 3 seconds, and 3 model calls of 1 second that mended the unit.
    "TS203": {"tokens": 3 * 570, "usd": 3 * (550 * USD_IN + 20 * USD_OUT), "seconds": 3 * 4},
    # 12 runs of 2 seconds, and 12 model calls of 1 second that asked again.
    "TS204": {"tokens": 12 * 970, "usd": 12 * (950 * USD_IN + 20 * USD_OUT), "seconds": 12 * 3},
    # 10 loops of three: two calls too many, each with its run.
    "TS206": {"tokens": 20 * 1010, "usd": 20 * (1000 * USD_IN + 10 * USD_OUT), "seconds": 20 * 3},
    # 20 instructions of 10 tokens past the hundredth, in 30 model calls.
    "PS101": {"tokens": 30 * 200, "usd": 30 * 200 * USD_IN},
    # All calls but the first could have read 1,806 tokens from the cache.
    "PS103": {"usd": 29 * 1806 * (USD_IN - USD_CACHED)},
    # 17 tokens said again, in 30 model calls.
    "PS104": {"tokens": 30 * 17, "usd": 30 * 17 * USD_IN},
    # 16 tokens, in 30 model calls.
    "PS102": {"tokens": 30 * 16, "usd": 30 * 16 * USD_IN},
    # The shorter of the two is 5 tokens, in 30 model calls.
    "PS201": {"tokens": 30 * 5, "usd": 30 * 5 * USD_IN},
    # 10 failed attempts of 30 seconds, for which the provider reported 900 tokens.
    "OP101": {"tokens": 10 * 900, "usd": 10 * 900 * USD_IN, "seconds": 300},
    # 30 traces, each with a text of 9 and one of 8 tokens that the answer did not need.
    "KD101": {"tokens": 30 * 17, "usd": 30 * 17 * USD_IN},
    # 5 model calls got 15 tokens twice.
    "KD102": {"tokens": 5 * 15, "usd": 5 * 15 * USD_IN},
    # 4 model calls carried the old fees of 12 tokens.
    "KD202": {"tokens": 4 * 12, "usd": 4 * 12 * USD_IN},
    # 22 statements with two joins of 11 tokens each.
    "KD303": {"tokens": 22 * 22, "usd": 22 * 22 * USD_OUT},
    # 12 failed traces from the rewriter on: two model calls and three seconds.
    "OP201": {
        "tokens": 12 * 520,
        "usd": 12 * (500 * USD_IN + 20 * USD_OUT),
        "seconds": 12 * 3,
        "failed_traces": 12,
    },
    "OP203": {"failed_traces": 12},
    # Four of the five traces were failures in the eyes of the application.
    "OP202": {"failed_traces": 4},
}


@pytest.fixture(scope="module")
def audited():
    """Return the report, and what each rule claims, row by row."""
    rules = [rule() for rule in catalogue().values()]
    with evidence_of(PLANTED) as evidence:
        report = audit(evidence, rules, Ledger())
        claims = {
            rule.name(): evidence.rows(f"SELECT * FROM cost_{rule.code.lower()}")
            for rule in rules
            if evidence.has(f"cost_{rule.code.lower()}")
        }
    return report, claims


def test_each_rule_finds_what_was_planted_and_nothing_else(audited):
    report, _ = audited
    assert sorted((f.code, f.subject) for f in report.findings) == sorted(FINDINGS)
    assert {rule.code for rule in catalogue().values()} == {code for code, _ in FINDINGS}


def test_every_rule_could_look(audited):
    report, _ = audited
    assert report.skipped == ()
    assert (report.observed.days, report.observed.scale) == (30.0, 1.0)


@pytest.mark.parametrize("code", sorted(BY_HAND))
def test_interest_is_the_sum_by_hand(audited, code):
    report, _ = audited
    (finding,) = (f for f in report.findings if f.code == code)
    for measure in ("tokens", "usd", "seconds", "failed_traces"):
        expected = BY_HAND[code].get(measure)
        assert getattr(finding.interest, measure).value == (
            None if expected is None else pytest.approx(expected)
        ), measure


def test_growth_is_what_the_second_half_cost_beyond_the_first_halfs_rate(audited):
    """Every trace of the batch, priced and split in plain Python."""
    middle = datetime(2026, 10, 16, tzinfo=UTC).timestamp() * 1e6
    usd, started = defaultdict(float), {}
    for span in read(PLANTED).spans:
        started[span.trace_id] = min(span.started_at, started.get(span.trace_id, span.started_at))
        if span.type == "llm" and span.model != "our-tuned-model":
            cached = span.cache_read_tokens or 0
            usd[span.trace_id] += (span.input_tokens - cached) * USD_IN + cached * USD_CACHED
            usd[span.trace_id] += span.output_tokens * USD_OUT
    asked = {s.trace_id for s in read(PLANTED).spans if s.type == "llm"}
    early = [usd[trace] for trace in asked if started[trace] < middle]
    late = [usd[trace] for trace in asked if started[trace] >= middle]
    before, after = sum(early) / len(early), sum(late) / len(late)
    report, _ = audited
    (found,) = (f for f in report.findings if f.code == "GV101")
    assert found.interest.usd.value == pytest.approx(sum(late) * (1 - before / after), rel=1e-6)


def test_totals_are_the_union_computed_naively(audited):
    """max(whole, parts) of each span, then of each trace, without any of the audit's SQL."""
    report, claims = audited
    found = {(f.rule, f.subject) for f in report.findings}
    largest = defaultdict(lambda: defaultdict(float))
    for rule, rows in claims.items():
        for row in rows:
            if (rule, row["subject"]) not in found:
                continue
            for measure in ("tokens", "usd", "seconds"):
                place = (row["trace_id"], row["id"], row["part"])
                known = float(row[measure] or 0)
                largest[measure][place] = max(largest[measure][place], known)
    for measure, places in largest.items():
        spans, wholes = defaultdict(lambda: [0.0, 0.0]), defaultdict(float)
        for (trace, span, part), amount in places.items():
            if span is None:
                wholes[trace] = max(wholes[trace], amount)
            elif part == "*":
                spans[trace, span][0] = amount
            else:
                spans[trace, span][1] += amount
        traces = defaultdict(float)
        for (trace, _), (whole, parts) in spans.items():
            traces[trace] += max(whole, parts)
        total = sum(max(traces[t], wholes[t]) for t in {*traces, *wholes})
        assert getattr(report.totals.overall, measure).value == pytest.approx(total), measure


def test_the_total_is_less_than_the_sum_where_findings_share_model_calls(audited):
    """GV101 claims part of every model call of the second half, which others claim too."""
    report, _ = audited
    alone = sum(f.interest.usd.value or 0 for f in report.findings)
    assert report.totals.overall.usd.value < alone
    shares = sum(f.within.usd.value or 0 for f in report.findings)
    assert shares == pytest.approx(report.totals.overall.usd.value)
