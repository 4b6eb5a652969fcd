"""Faults do what they say, in the share that was asked for; and what they do is found."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from solvent.debt.evidence import collect
from solvent.debt.studies.blame import find_blame, name_steps
from solvent.errors import Invalid, NotFound
from solvent.testing import faults, faults_pipeline
from solvent.traces.prices import PriceBook
from solvent.workbench import open_spans


@dataclass(frozen=True)
class Pipeline:
    find: Any
    limit: int = 3


def test_a_share_of_the_calls_goes_wrong_the_same_ones_each_time():
    told: list[bool] = []
    steps = faults.plant(
        {"find": lambda q: [q]}, "find", faults.empty_result(), share=0.3, seed=5, told=told.append
    )
    found = [steps["find"]("goals") for _ in range(1000)]
    assert [result == [] for result in found] == told
    assert 250 < sum(told) < 350
    again = faults.plant({"find": lambda q: [q]}, "find", faults.empty_result(), share=0.3, seed=5)
    assert [again["find"]("goals") for _ in range(1000)] == found


def test_a_dataclass_of_functions_stays_one():
    pipeline = Pipeline(find=lambda q: {"rows": [q]})
    wrong = faults.plant(pipeline, "find", faults.empty_result())
    assert isinstance(wrong, Pipeline)
    assert (wrong.find("goals"), wrong.limit, pipeline.find("a")) == ({}, 3, {"rows": ["a"]})


def test_each_fault_does_what_it_says():
    def wrong(step, fault, *args, **kwargs):
        return faults.plant({"step": step}, "step", fault)["step"](*args, **kwargs)

    said = wrong(lambda q: q, faults.wrong_rewrite(("per year",)), "how many goals did they score")
    assert said.endswith("per year")
    assert len(said.split()) == 6 - 1 + 2
    assert wrong(lambda q: q, faults.empty_result(), 7) is None
    assert wrong(lambda q: "new", faults.stale_result(lambda q: "old"), "q") == "old"
    with pytest.raises(ConnectionError, match="gone"):
        wrong(lambda: 1, faults.flaky("gone", ConnectionError))
    cut = faults.truncated_context(0.5)
    assert wrong(lambda q, docs: (q, docs), cut, "q", ["aa", "bb", "cc", "dd"]) == (
        "q",
        ["aa", "bb"],
    )
    assert wrong(lambda q, *, text: text, cut, "q", text="x" * 10) == "x" * 5
    assert wrong(lambda n: n, cut, 7) == 7
    swap = faults.swapped_arguments("a", "b")
    assert wrong(lambda a, b: (a, b), swap, a=1, b=2) == (2, 1)
    assert wrong(lambda given: given, swap, {"a": 1, "b": 2, "c": 3}) == {"a": 2, "b": 1, "c": 3}
    with pytest.raises(NotFound, match="`a` and `b`"):
        wrong(lambda c: c, swap, c=1)
    assert wrong(lambda *, model: model, faults.changed_model("small"), model="large") == "small"


def test_what_cannot_be_planted_is_said():
    with pytest.raises(NotFound, match="`seek`"):
        faults.plant({"find": len}, "seek", faults.flaky())
    with pytest.raises(Invalid, match="`share` is 2"):
        faults.plant({"find": len}, "find", faults.flaky(), share=2)
    with pytest.raises(Invalid, match="`steps` is a `list`"):
        faults.plant([len], "find", faults.flaky())


def blamed(fault=None, step="", share=0.3, seed=1, few=False):
    """Return the blame over 200 simulated traces."""
    plain = faults_pipeline.steps(random.Random(seed + 1))
    if fault:
        plain = faults.plant(plain, step, fault, share=share, seed=seed)
    simulation = faults_pipeline.Simulation(random.Random(seed))
    traced = simulation.traced(plain)
    judged = [(simulation.ask(traced), simulation.trace_id) for _ in range(200)]
    known = judged[:5] if few else judged
    batch = simulation.batch
    batch.assessments += [simulation.judge(trace, passed=right) for right, trace in known]
    store = open_spans(":memory:")
    store.append(batch)
    with collect(store, PriceBook.load(), faults_pipeline.PROJECT) as evidence:
        return find_blame(evidence)


def test_the_planted_step_is_accused_with_its_share_and_its_reasons():
    blame = blamed(faults.wrong_rewrite(), "rewrite")
    assert (blame.verdict, blame.traces, blame.unlabelled) == ("accused", 200, 0)
    first = blame.steps[0]
    assert (first.step, first.path, first.accused) == ("rewrite", ("ask", "rewrite"), True)
    assert first.share > 0.7
    assert 0 < first.low <= first.share <= first.high <= 1
    assert 0 <= blame.unexplained <= 1 - first.share + 1e-9
    reason = first.differences[0]
    assert f"in {reason.failed} of {reason.failed_of} failed" in reason.text
    assert (reason.failed_of, reason.passed_of) == (blame.failed, blame.passed)
    assert reason.p <= 0.05
    assert all(trace and span for trace, span in first.examples)


def test_a_few_outcomes_do_not_accuse_anybody():
    blame = blamed(faults.wrong_rewrite(), "rewrite", share=0.6, few=True)
    assert blame.verdict == "not enough traces"
    assert (blame.failed + blame.passed, blame.unlabelled) == (5, 195)
    assert not any(one.accused for one in blame.steps)
    assert blame.steps[0].step == "rewrite"


def test_steps_of_one_name_are_told_apart():
    paths = [("ask", "find"), ("ask", "plan", "find"), ("ask", "plan")]
    assert name_steps(paths) == ["ask > find", "plan > find", "plan"]
