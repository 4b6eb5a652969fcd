"""What the findings on pipelines and feedback say, and hostile shapes of traces."""

from __future__ import annotations

import pytest

from solvent.rules import get_rule
from solvent.testing.project import audit_of


def only(text, rule, **options):
    report = audit_of(text, [get_rule(rule)(**options)])
    assert not report.skipped, report.skipped
    (finding,) = report.findings
    return finding


def test_an_attempt_without_usage_leaves_tokens_and_dollars_unmeasured():
    finding = only(
        """
        traces:
          - repeat: 5
            steps:
              - {llm: gpt-4o, name: plan, input: hi, error: timeout, seconds: 30}
              - {llm: gpt-4o, name: plan, input: hi, output: hello, tokens: [900, 40]}
        """,
        "costly-retry",
    )
    assert finding.interest.tokens.value is None
    assert finding.interest.usd.value is None
    assert finding.interest.seconds.value == 150
    assert finding.message == (
        "5 of 10 runs of `plan` were in vain (5 failed and tried again) in 5 traces"
    )
    assert len(finding.proof.examples) == 5


def test_attempts_inside_an_attempt_leave_the_inner_finding_without_time():
    report = audit_of(
        """
        traces:
          - repeat: 10
            steps:
              - agent: research
                error: no result
                steps:
                  - {llm: gpt-4o, name: ask, input: a, error: busy}
                  - {llm: gpt-4o, name: ask, input: a, error: busy}
              - {agent: research, input: hi, output: found}
        """,
        [get_rule("costly-retry")()],
    )
    seconds = {f.subject: f.interest.seconds.value for f in report.findings}
    assert seconds == {"step:research": 20, "step:ask": None}
    assert report.totals.overall.seconds.value == 20


def test_parents_in_a_circle_end_the_search():
    finding = only(
        """
        traces:
          - repeat: 5
            steps:
              - {agent: research, id: "00000000000000aa", error: lost, seconds: 1}
              - {agent: research, output: found}
              - {step: a, id: "00000000000000bb", parent: "00000000000000cc"}
              - {step: b, id: "00000000000000cc", parent: "00000000000000bb"}
              - {step: c, id: "00000000000000dd", parent: "00000000000000dd"}
              - {llm: gpt-4o, parent: "00000000000000aa", tokens: [100, 10]}
        """,
        "costly-retry",
    )
    assert finding.interest.tokens.value == 5 * 110
    assert finding.interest.seconds.value == 5


@pytest.mark.parametrize(("depth", "tokens"), [(1, None), (2, 550)])
def test_calls_deeper_than_the_bound_are_not_charged(depth, tokens):
    finding = only(
        """
        traces:
          - repeat: 5
            steps:
              - agent: research
                error: lost
                steps: [{step: ask, steps: [{llm: gpt-4o, tokens: [100, 10]}]}]
              - {agent: research, output: found}
        """,
        "costly-retry",
        max_depth=depth,
    )
    assert finding.interest.tokens.value == tokens


def test_a_swallowed_error_is_quoted_with_its_counts():
    text = "traces: [{repeat: %d, outcome: %s, steps: [{retriever: find, error: no index}]}]"
    finding = only(text % (4, "failed"), "swallowed-error")
    assert finding.message == (
        "`find` failed 4 times in 4 runs while `agent` above it reported success"
    )
    assert finding.proof.counts == {"errors": 4, "runs": 4, "traces": 4, "failed_traces": 4}
    assert [quote.text for quote in finding.proof.quotes] == ["no index"]
    passed = only(text % (4, "passed"), "swallowed-error")
    assert passed.interest.failed_traces.value == 0
    unjudged = only(
        "traces: [{repeat: 4, steps: [{retriever: find, error: no index}]}]", "swallowed-error"
    )
    assert unjudged.interest.failed_traces.value is None


def test_unexplained_time_is_given_as_a_share():
    finding = only("traces: [{repeat: 5, steps: [{step: a}, {step: b, after: 3}]}]", "broken-trace")
    assert finding.message == "in 5 of 5 traces no step explains 60% of the time"
    assert finding.proof.counts["unexplained_seconds"] == 15
    assert finding.proof.counts["seconds"] == 25


def test_kinds_of_faults_keep_their_identity():
    report = audit_of(
        """
        traces:
          - repeat: 5
            root: false
            steps: [{step: a, seconds: -1}, {step: b}, {step: c, parent: "00000000000000ff"}]
        """,
        [get_rule("broken-trace")()],
    )
    assert {f.subject for f in report.findings} == {
        "traces:clock", "traces:orphans", "traces:roots",
    }  # fmt: skip
    assert len({f.fingerprint for f in report.findings}) == 3
    assert all(f.interest.usd.value is None for f in report.findings)


def test_the_principal_of_missing_context_grows_with_the_list():
    finding = only(
        "traces: [{repeat: 20, user: u, steps: [{llm: gpt-4o, input: hi}]}]", "missing-context"
    )
    assert finding.principal_hours == 3
    assert "of 20 traces 100% name no session, 100% name no app version" in finding.message
    assert finding.proof.counts["without_session"] == 20
    assert "without_user" not in finding.proof.counts


def test_an_unpriced_call_gives_the_reason_of_the_price_book():
    finding = only(
        "traces: [{repeat: 5, steps: [{llm: our-own, provider: inhouse, tokens: [9, 1]}]}]",
        "unpriced-call",
    )
    assert "5 of 5 model calls of `our-own` at `inhouse` cannot be priced" in finding.message
    assert "no price of `our-own`" in finding.message
    assert finding.interest.usd.value is None
    unnamed = only("traces: [{repeat: 5, steps: [{llm: null, provider: null}]}]", "unpriced-call")
    assert unnamed.message == (
        "5 of 5 model calls that name no model cannot be priced: all without token usage and no"
        " price can be looked up"
    )


def test_silence_names_the_topics_and_the_outcomes_that_are_no_feedback():
    finding = only(
        """
        traces:
          - {repeat: 15, name: billing, outcome: passed, steps: [{step: x}]}
          - {repeat: 10, name: travel, steps: [{step: x}]}
        """,
        "no-feedback",
    )
    assert finding.message == (
        "no person and no judge is known to have assessed any of 25 traces; 15 carry an outcome,"
        " as the application or the file reports it"
    )
    assert [quote.text for quote in finding.proof.quotes] == [
        "billing: 15 traces", "travel: 10 traces",
    ]  # fmt: skip


def test_what_no_model_is_seen_to_ask_for_has_no_known_retries():
    """Recorded in Who&When: a terminal runs code that stands in messages, not in tool calls."""
    finding = only(
        """
        traces:
          - repeat: 6
            steps:
              - {llm: gpt-4o, input: run it, output: print(1)}
              - {tool: terminal, result: "exitcode: 1", error: "exitcode: 1"}
              - {llm: gpt-4o, input: run it, output: print(2)}
        """,
        "failing-tool",
    )
    assert finding.message == "`terminal` failed in 6 of 6 runs (100%)"
    assert "retries" not in finding.proof.counts


def test_one_of_a_kind_is_said_in_the_singular():
    finding = only(
        """
        traces:
          - steps:
              - {tool: find, arguments: {a: 1}, result: none}
              - {tool: find, arguments: {a: 1}, result: none}
              - {tool: find, arguments: {a: 1}, result: none}
        """,
        "tool-loop",
    )
    assert "2 times in 1 trace, with up to 3 equal calls in one" in finding.message
