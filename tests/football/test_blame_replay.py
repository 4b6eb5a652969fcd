"""Traces of the example in a store: what a causal check reads of them, and what it says."""

from __future__ import annotations

import json

import pytest

from solvent.cli._example import send
from solvent.cli._replay import run_check
from solvent.errors import Invalid, NotFound
from solvent.pipelines.causal.reading import from_siblings, gather, read_run
from solvent.settings import Settings, Storage
from solvent.workbench import Workbench
from tests.cli.test_audit import Said

RERUN = "examples.football.replay:rerun"
FAILED = """
SELECT DISTINCT s.trace_id FROM spans s JOIN assessments a USING (trace_id)
WHERE a.name = 'outcome' AND a.value = 0 AND s.name = 'query_rewriter'
    AND s.input_hashes <> s.output_hashes ORDER BY s.trace_id
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("football")
    settings = Settings(project="football", storage=Storage(path=str(made / ".solvent")))
    send(settings, ("traffic.py", "--requests", "60"))
    return made, settings


@pytest.fixture(scope="module")
def checks(folder):
    with Workbench(folder[1]) as bench:
        traces = bench.spans.query(FAILED)["trace_id"].to_pylist()
        return {t: run_check(gather(bench.spans, "football", t), RERUN) for t in traces}


def test_failed_traces_fail_again_and_undoing_the_rewriter_makes_some_right(checks):
    assert len(checks) > 10
    assert all(check.reproduced for check in checks.values())
    decided = [check for check in checks.values() if check.decisive == "query_rewriter"]
    assert len(decided) > 5
    for check in decided:
        (trial, *_) = check.trials
        assert trial.flips
        assert trial.before != trial.after
        assert "generate_sql" in trial.moved


def test_steps_and_their_values_are_read_as_they_were(folder):
    with Workbench(folder[1]) as bench:
        trace = bench.spans.query(FAILED)["trace_id"].to_pylist()[0]
        task, steps = read_run(bench.spans, "football", trace)
        for other in from_siblings(bench.spans, "football", trace):
            assert "passing trace" in other.source
        with pytest.raises(NotFound):
            read_run(bench.spans, "football", "none")
        with pytest.raises(Invalid, match="not a step"):
            run_check(gather(bench.spans, "football", trace), RERUN, ["sum=1"])
    assert [step.name for step in steps] == [
        "query_rewriter", "retrieve_schema", "generate_sql", "run_sql", "answer", "safety_check",
    ]  # fmt: skip
    assert task["question"] == steps[0].input


def test_the_command_lays_both_values_side_by_side(folder, checks):
    trace, check = next((t, c) for t, c in checks.items() if c.decisive == "query_rewriter")
    (trial, *_) = check.trials
    asked = ("blame", trace, "--project", "football", "--replay", RERUN)
    said = Said(folder[0], *asked)
    assert (said.code, said.err) == (0, "")
    assert f"  gave   {trial.before}" in said.out
    assert f"  given  {trial.after}" in said.out
    assert "query_rewriter decides it" in said.out
    told = json.loads(Said(folder[0], *asked, "--format", "json").out)
    assert told["decisive"] == "query_rewriter"
    assert told["trials"][0]["before"] == trial.before


def test_an_output_can_be_given(folder, checks):
    trace = next(iter(checks))
    asked = ("blame", trace, "--project", "football", "--replay", RERUN)
    said = Said(folder[0], *asked, "--give", "generate_sql=SELECT 1 AS one")
    assert "  given  SELECT 1 AS one" in said.out
    assert "None of these decides the outcome alone." in said.out


def test_replaying_needs_one_trace(folder):
    said = Said(folder[0], "blame", "--replay", RERUN)
    assert said.code == 2
    assert "names no trace" in said.err
