"""What the evidence tables hold, and when a rule is told that it cannot look."""

from __future__ import annotations

import pytest

from solvent.debt import NoEvidence
from solvent.debt.evidence import collect
from solvent.records.batch import Batch
from solvent.testing.project import audit_of, evidence_of, read
from solvent.traces.prices import PriceBook
from solvent.workbench import open_spans


def only(evidence, sql, **params):
    (row,) = evidence.rows(sql, **params)
    return row


def steps(text):
    """One trace with these steps, in flow style."""
    return evidence_of(f"traces: [{{steps: [{text}]}}]")


# Model calls

RETRIED = (
    "{llm: gpt-4o, name: client, error: timeout}, {llm: gpt-4o, name: client, tokens: [100, 10]}"
)


@pytest.mark.parametrize(
    ("client", "kept"),
    [
        ("{llm: gpt-4o, name: client, tokens: [100, 10]}", {"framework"}),
        ("{llm: gpt-4o, name: client}", {"framework"}),
        (RETRIED, {"framework"}),
        ("{llm: gpt-4o, name: one, tokens: [60, 5]}, {llm: gpt-4o, name: two, tokens: [40, 5]}",
         {"one", "two"}),
        ("{llm: gpt-4o, name: one, tokens: [100, 10]}, {llm: gpt-4o, name: two, tokens: [40, 5]}",
         {"one", "two"}),
    ],
    ids=["same usage", "no usage", "retried inside", "sum of two", "first of two"],
)  # fmt: skip
def test_a_client_span_inside_a_frameworks_span_counts_once(client, kept):
    outer = f"{{llm: gpt-4o, name: framework, tokens: [100, 10], steps: [{client}]}}"
    with steps(outer) as evidence:
        assert {row["name"] for row in evidence.rows("SELECT name FROM request")} == kept


def test_three_levels_of_one_call_count_once():
    text = (
        "{llm: gpt-4o, name: a, tokens: [9, 1], steps: [{llm: gpt-4o, name: b, tokens: [9, 1],"
        " steps: [{llm: gpt-4o, name: c, tokens: [9, 1]}]}]}"
    )
    with steps(text) as evidence:
        assert only(evidence, "SELECT name FROM request") == {"name": "a"}


def test_usage_that_only_the_client_reports_is_the_clients():
    text = "{llm: gpt-4o, name: outer, steps: [{llm: gpt-4o, name: inner, tokens: [9, 1]}]}"
    with steps(text) as evidence:
        row = only(evidence, "SELECT name, input_tokens, reported FROM request")
        assert row == {"name": "inner", "input_tokens": 9, "reported": True}


def test_a_request_without_usage_is_counted_from_its_contents():
    text = "{llm: gpt-4o, system: You help., input: Order 7, offered: [search], output: It left.}"
    with steps(text) as evidence:
        row = only(evidence, "SELECT input_tokens, output_tokens, reported, usd FROM request")
        (counts,) = evidence.rows("""
            SELECT sum(tokens) FILTER (type IN ('system', 'user', 'tool_definition')) AS sent,
                sum(tokens) FILTER (type = 'assistant') AS answered FROM contents
            """)
    assert counts["sent"] > 0
    assert (row["input_tokens"], row["output_tokens"]) == (counts["sent"], counts["answered"])
    assert not row["reported"]
    expected = float(counts["sent"]) * 2.5e-6 + float(counts["answered"]) * 10e-6
    assert row["usd"] == pytest.approx(expected)


def test_a_request_with_neither_usage_nor_contents_is_unmeasured():
    with steps("{llm: gpt-4o}") as evidence:
        row = only(evidence, "SELECT input_tokens, usd FROM request")
    assert row == {"input_tokens": None, "usd": None}


def test_a_model_without_a_price_has_no_cost_and_a_reason():
    with steps("{llm: nobody-knows-it, provider: inhouse, tokens: [9, 1]}") as evidence:
        assert only(evidence, "SELECT usd, input_rate FROM request") == {
            "usd": None, "input_rate": None,
        }  # fmt: skip
        assert "nobody-knows-it" in only(evidence, "SELECT why_not FROM rate")["why_not"]


def test_cached_input_has_the_cached_rate_in_its_share():
    with steps("{llm: gpt-4o, tokens: [1000, 0], cached: 400}") as evidence:
        row = only(evidence, "SELECT input_rate, usd FROM request")
    assert row["input_rate"] == pytest.approx((600 * 2.5e-6 + 400 * 1.25e-6) / 1000)
    assert row["usd"] == pytest.approx(600 * 2.5e-6 + 400 * 1.25e-6)


def test_a_reported_cost_wins_over_the_price_table():
    with steps("{llm: gpt-4o, tokens: [1000, 0], usd: 0.5}") as evidence:
        assert only(evidence, "SELECT usd FROM request")["usd"] == 0.5


# Missing evidence

NO_TOOLS = "{llm: gpt-4o, input: hi, output: hello}"


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM offer",
        "SELECT * FROM request r, offer o WHERE r.toolset = o.toolset",
        "SELECT * FROM request JOIN offer USING (toolset)",
        "SELECT * FROM request WHERE toolset IN (SELECT toolset FROM offer)",
        "WITH o AS (SELECT * FROM offer) SELECT * FROM request JOIN o USING (toolset)",
        "SELECT * FROM (SELECT * FROM (FROM offer))",
        "WITH offer AS (SELECT * FROM offer) SELECT * FROM offer",
        'SELECT * FROM "offer"',
        "SELECT * FROM Offer",
        "SELECT name FROM step UNION ALL SELECT name FROM offer",
    ],
)
def test_a_question_that_reads_an_empty_table_has_no_evidence(question):
    with steps(NO_TOOLS) as evidence:
        with pytest.raises(NoEvidence, match="no tool definitions offered to a model"):
            evidence.rows(question)
        with pytest.raises(NoEvidence):
            evidence.define("kept", question)
        assert not evidence.has("kept")


@pytest.mark.parametrize(
    "question",
    [
        "SELECT count(*) FROM request LEFT JOIN offer USING (toolset)",
        "SELECT count(*) FROM request LEFT JOIN (SELECT * FROM offer) o USING (toolset)",
        "WITH o AS (SELECT * FROM offer) SELECT count(*) FROM request LEFT JOIN o USING (toolset)",
        "SELECT count(*) FROM request ANTI JOIN offer USING (toolset)",
        "SELECT count(*) FROM request r ASOF LEFT JOIN offer o ON r.tools >= o.position",
        "SELECT count(*) FROM offer RIGHT JOIN request USING (toolset)",
        "WITH unread AS (SELECT * FROM offer) SELECT count(*) FROM request",
        "WITH offer AS (SELECT 1 AS one) SELECT one FROM offer",
        "SELECT 1 -- FROM offer",
        "SELECT 'from offer' IS NOT NULL AND extract(year FROM started_at) > 0 FROM request",
        "SELECT count(*) FROM (SELECT toolset FROM request EXCEPT SELECT toolset FROM offer)",
    ],
)
def test_a_table_that_may_be_empty_is_not_asked_for(question):
    with steps(NO_TOOLS) as evidence:
        assert evidence.value(question) == 1


def test_a_recursive_question_needs_what_it_starts_from():
    walk = """
        WITH RECURSIVE below AS (
            SELECT span_id, trace_id FROM {start}
            UNION SELECT s.span_id, s.trace_id FROM below b
                JOIN step s ON s.trace_id = b.trace_id AND s.parent_id = b.span_id
        ) SELECT count(*) FROM below
    """
    with steps(NO_TOOLS) as evidence:
        assert evidence.value(walk.format(start="step WHERE parent_id IS NULL")) == 2
        with pytest.raises(NoEvidence, match="no tool calls"):
            evidence.value(walk.format(start="call"))


def test_parameters_do_not_hide_the_tables():
    with steps(NO_TOOLS) as evidence, pytest.raises(NoEvidence):
        evidence.rows("SELECT * FROM offer WHERE name = $name", name="from step")


def test_need_names_what_is_missing():
    with evidence_of("traces: []") as evidence:
        for table, words in (("step", "spans"), ("trace", "traces"), ("prompt", "system prompts")):
            with pytest.raises(NoEvidence, match=f"no {words}"):
                evidence.need(table)


# Windows


def observed(text):
    return audit_of(text, []).observed


def test_a_window_of_days_is_scaled_to_thirty():
    seen = observed("traces: [{repeat: 11, every: 1d, steps: [{step: x}]}]")
    assert (seen.days, seen.scale, seen.period) == (10, 3, "30 days")


def test_a_short_window_is_reported_as_observed():
    seen = observed("traces: [{repeat: 3, every: 1h, steps: [{step: x}]}]")
    assert (seen.scale, seen.period) == (1, "observed")
    assert seen.days == pytest.approx(2 / 24)


def test_spans_without_times_make_no_window():
    seen = observed("traces: [{repeat: 40, every: 1d, dated: false, steps: [{step: x}]}]")
    assert (seen.days, seen.scale, seen.period) == (None, 1, "observed")
    assert seen.traces == 40


# Outcomes


def outcome(*judged):
    listed = ", ".join(
        f"{{name: outcome, value: {value}, source: {source}}}" for source, value in judged
    )
    text = f"traces: [{{assessments: [{listed}], steps: [{{step: x}}]}}]"
    with evidence_of(text) as evidence:
        return only(evidence, "SELECT failed FROM trace")["failed"]


def test_people_are_believed_before_apps_code_and_judges():
    order = ["human", "app", "code", "judge"]
    for place, trusted in enumerate(order[:-1]):
        for other in order[place + 1 :]:
            assert outcome((other, 1), (trusted, 0)) is True, (trusted, other)
            assert outcome((trusted, 1), (other, 0)) is False, (trusted, other)


@pytest.mark.parametrize("changed_to", [0.0, 1.0])
def test_who_judges_twice_has_changed_their_mind(changed_to):
    text = "traces: [{assessments: [{name: outcome, value: %d}], steps: [{step: x}]}]"
    batch = read(text % (1 - changed_to))
    (first,) = batch.assessments
    later = first._replace(id="f" * 32, value=changed_to, created_at=first.created_at + 1)
    store = open_spans(":memory:")
    store.append(Batch(batch.spans, batch.contents, [first, later]))
    with collect(store, PriceBook.load(), "sample") as evidence:
        assert only(evidence, "SELECT failed FROM trace")["failed"] is (changed_to == 0)
    store.close()


def test_a_trace_that_nobody_judged_fails_only_by_its_root():
    with evidence_of("""
        traces:
          - {name: quiet, steps: [{step: x, error: inner}]}
          - {name: broken, error: outer, steps: [{step: x}]}
          - {name: excused, error: outer, outcome: passed, steps: [{step: x}]}
          - {name: expected, assessments: [{name: outcome, type: expectation, value: 0}],
             steps: [{step: x}]}
          - {name: rated, assessments: [{name: helpful, value: 0}], steps: [{step: x}]}
        """) as evidence:
        said = {row["name"]: row["failed"] for row in evidence.rows("SELECT * FROM trace")}
    assert said == {
        "quiet": None, "broken": True, "excused": False, "expected": None, "rated": None,
    }  # fmt: skip
