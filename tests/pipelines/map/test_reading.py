"""The map of steps, from traces whose shape is known."""

from __future__ import annotations

import pytest

from solvent.debt.studies import run
from solvent.pipelines.map import spans as map_spans
from solvent.pipelines.map.document import from_document
from solvent.settings import Pipelines
from solvent.testing.project import evidence_of


def mapped(text, bounds=None):
    with evidence_of(text) as evidence:
        evidence.pipelines = bounds or evidence.pipelines
        return from_document(run(evidence, ("pipeline_map",))["pipeline_map"])


def steps(pipeline):
    """Names by the names around them, with their figures."""
    path, found = {}, {}
    for step in pipeline.steps:
        path[step.id] = (*path.get(step.within, ()), step.name)
        found[" > ".join(path[step.id])] = pipeline.whole.figures.get(step.id)
    return found


def moves(pipeline):
    names = {None: "", **{step.id: step.name for step in pipeline.steps}}
    return {
        (names[move.before], names[move.after]): (move.times, move.traces)
        for move in pipeline.whole.moves
    }


def test_steps_in_a_row_follow_each_other():
    (one,) = mapped("""
        traces:
          - {repeat: 3, steps: [{step: rewrite}, {llm: m, name: sql}, {tool: run}]}
    """).pipelines
    assert one.name == "agent"
    assert moves(one) == {
        ("", "rewrite"): (3, 3), ("rewrite", "sql"): (3, 3), ("sql", "run"): (3, 3),
        ("run", ""): (3, 3),
    }  # fmt: skip
    assert steps(one)["agent > sql"].calls == 3


def test_the_same_name_in_two_steps_is_two_steps():
    (one,) = mapped("""
        traces:
          - steps:
              - {step: rewrite, steps: [{llm: m, name: chat}]}
              - {step: answer, steps: [{llm: m, name: chat}]}
    """).pipelines
    assert {"agent > rewrite > chat", "agent > answer > chat"} <= steps(one).keys()


def test_a_step_inside_itself_is_folded_and_what_is_inside_that_too():
    (one,) = mapped("""
        traces:
          - steps:
              - step: plan
                steps: [{step: plan, steps: [{tool: search}]}, {tool: search}]
    """).pipelines
    found = steps(one)
    assert set(found) == {"agent", "agent > plan", "agent > plan > search"}
    assert (found["agent > plan"].runs, found["agent > plan"].nested) == (1, 1)
    assert found["agent > plan > search"].runs == 2


def test_a_loop_is_a_move_back_and_a_repeat_is_counted():
    (one,) = mapped("""
        traces:
          - repeat: 2
            steps: [{llm: m}, {tool: look}, {llm: m}, {tool: look}, {llm: m}, {llm: m}]
    """).pipelines
    assert moves(one)["chat", "look"] == (4, 2)
    assert moves(one)["look", "chat"] == (4, 2)
    assert steps(one)["agent > chat"].repeats == 2


def test_a_retry_follows_a_failed_run_of_the_same_step():
    (one,) = mapped("""
        traces:
          - steps: [{tool: buy, error: full}, {llm: m}, {tool: buy, error: full}, {tool: buy}]
          - steps: [{tool: buy, error: full}]
          - steps: [{tool: buy}, {tool: buy}]
    """).pipelines
    buy = steps(one)["agent > buy"]
    assert (buy.runs, buy.errors, buy.retries) == (6, 3, 2)


PARALLEL = """
traces:
  - steps:
      - {step: ask}
      - {step: left, seconds: 2}
      - {step: right, after: -2, seconds: 3}
      - {step: join}
"""


def test_steps_side_by_side_come_from_one_and_lead_to_one():
    (one,) = mapped(PARALLEL).pipelines
    assert moves(one).keys() == {
        ("", "ask"), ("ask", "left"), ("ask", "right"), ("left", "join"), ("right", "join"),
        ("join", ""),
    }  # fmt: skip
    names = {step.id: step.name for step in one.steps}
    assert [{names[o.one], names[o.other]} for o in one.overlaps] == [{"left", "right"}]


def test_several_runs_of_a_step_at_once_do_not_follow_each_other():
    (one,) = mapped("""
        traces:
          - steps:
              - {tool: fetch, seconds: 2}
              - {tool: fetch, after: -2, seconds: 2}
              - {tool: fetch, after: -2, seconds: 2}
    """).pipelines
    fetch = steps(one)["agent > fetch"]
    assert (fetch.runs, fetch.beside, fetch.repeats) == (3, 2, 0)


def test_cost_and_tokens_are_those_of_everything_inside():
    (one,) = mapped("""
        traces:
          - repeat: 2
            steps:
              - step: plan
                steps:
                  - {llm: m, usd: 0.01, tokens: [100, 10]}
                  - {step: deep, steps: [{llm: gpt-none, name: other, tokens: [1, 1]}]}
    """).pipelines
    plan = steps(one)["agent > plan"]
    assert (plan.calls, plan.priced, plan.tokens) == (4, 2, 224)
    assert plan.usd == pytest.approx(0.02)
    assert steps(one)["agent > plan > deep"].usd is None


def test_latency_is_unknown_where_no_run_has_one():
    (one,) = mapped("traces: [{dated: false, steps: [{step: a}]}]").pipelines
    assert steps(one)["agent > a"].p50_ms is None


def test_kinds_of_traces_are_apart_and_the_most_used_is_first():
    found = mapped("""
        traces:
          - {repeat: 2, name: nightly, steps: [{step: sum}]}
          - {repeat: 5, name: ask, steps: [{step: sum}]}
    """)
    assert [(one.name, one.whole.traces) for one in found.pipelines] == [("ask", 5), ("nightly", 2)]


def test_a_trace_without_a_root_has_a_map_that_says_so():
    found = mapped("""
        traces: [{root: false, steps: [{step: a, parent: "00000000000000ff"}, {step: b,
            parent: "00000000000000ff"}]}]
    """)
    (one,) = found.pipelines
    assert one.name == map_spans.ROOTLESS
    assert set(steps(one)) == {map_spans.ROOTLESS, f"{map_spans.ROOTLESS} > b"}


def test_spans_in_a_circle_are_told_to_have_no_place():
    found = mapped("""
        traces:
          - steps:
              - {step: a, id: "000000000000aaaa", parent: "000000000000bbbb"}
              - {step: b, id: "000000000000bbbb", parent: "000000000000aaaa"}
    """)
    assert (found.spans, found.unplaced) == (3, 2)


def test_versions_and_times_have_figures_of_their_own():
    (one,) = mapped("""
        traces:
          - {repeat: 4, every: 1d, version: "1", steps: [{step: a}]}
          - {repeat: 4, every: 1d, version: "2", outcome: failed, steps: [{step: a, error: x}]}
    """).pipelines
    by_name = {one.name: one for one in one.slices if one.kind == "version"}
    (a,) = [step.id for step in one.steps if step.name == "a"]
    assert (by_name["1"].figures[a].errors, by_name["2"].figures[a].errors) == (0, 4)
    assert by_name["2"].figures[a].failed_traces == 4
    assert by_name["1"].figures[a].judged_traces == 0
    periods = [part for part in one.slices if part.kind == "period"]
    assert sum(part.traces for part in periods) == one.whole.traces == 8


def test_too_many_names_share_a_step():
    names = ", ".join(f"{{step: page-{n}}}" for n in range(10))
    (one,) = mapped(f"traces: [{{steps: [{names}]}}]", Pipelines(max_names=3)).pipelines
    (many,) = [step for step in one.steps if step.name == map_spans.MANY]
    assert many.names == 7
    assert one.whole.figures[many.id].runs == 7


def test_too_many_kinds_are_counted():
    found = mapped(
        "traces: [{name: a, steps: [{step: x}]}, {name: b, steps: [{step: x}]}]",
        Pipelines(max_pipelines=1),
    )
    assert (len(found.pipelines), found.others, found.other_traces) == (1, 1, 1)
    assert found.unplaced == 0


def test_nothing_received_is_said():
    with evidence_of("traces: []") as evidence:
        assert run(evidence, ("pipeline_map",)) == {"pipeline_map": {"missing": "no spans"}}
