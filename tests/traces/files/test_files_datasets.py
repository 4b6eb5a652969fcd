"""Public recorded runs arrive completely: the shipped excerpts always, the whole sets when here."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from reading import take

from solvent.settings import load

RUNS = Path(__file__).parents[3] / "examples/runs"
DATA = Path(os.environ.get("SOLVENT_DATA") or load().data or "nowhere")
PAIRS = {
    "tau_bench_airline.jsonl.gz": "tau_bench_airline/gpt-4o-airline.jsonl.gz",
    "livemcpbench.jsonl.gz": "livemcpbench/runs_with_human_label.jsonl.gz",
    "who_and_when_algorithm.jsonl.gz": "who_and_when/algorithm_generated.jsonl.gz",
    "who_and_when_hand.jsonl.gz": "who_and_when/hand_crafted.jsonl.gz",
}
whole = pytest.mark.skipif(not DATA.is_dir(), reason="SOLVENT_DATA names no folder")


def both(name):
    return pytest.mark.parametrize(
        "path",
        [
            pytest.param(RUNS / name, id="excerpt"),
            pytest.param(DATA / PAIRS[name], id="whole", marks=whole),
        ],
    )


def records(path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def each_trace_has_one_root_and_no_orphans(got):
    known = {(s.trace_id, s.span_id) for s in got.spans}
    roots = [s for s in got.spans if s.parent_id is None]
    assert len(roots) == len({s.trace_id for s in got.spans})
    assert all((s.trace_id, s.parent_id) in known for s in got.spans if s.parent_id)
    assert len(known) == len(got.spans) == len({s.id for s in got.spans})


def every_text_is_kept(got, texts):
    kept = {content.text for content in got.contents.values()}
    assert [text for text in texts if text and text not in kept] == []


@both("tau_bench_airline.jsonl.gz")
def test_airline(path):
    runs, got = records(path), take(path, model="gpt-4o")
    messages = [m for run in runs for m in run["traj"]]
    roles = Counter(m["role"] for m in messages)
    calls = [c for m in messages for c in m.get("tool_calls") or []]
    types = Counter(s.type for s in got.spans)
    assert types == {"agent": len(runs), "llm": roles["assistant"], "tool": len(calls)}
    assert Counter(s.tool_name for s in got.of_type("tool")) == Counter(
        c["function"]["name"] for c in calls
    )
    assert Counter(s.status for s in got.of_type("tool"))["error"] == sum(
        m["role"] == "tool" and m["content"].startswith("Error") for m in messages
    )
    assert all(s.output_hashes for s in got.of_type("tool"))
    outcomes = [a.value for a in got.assessments if a.name == "outcome"]
    assert sum(outcomes) == sum(run["reward"] >= 1 for run in runs)
    assert len(outcomes) == len(runs)
    every_text_is_kept(got, (m["content"] for m in messages))
    each_trace_has_one_root_and_no_orphans(got)
    assert not any(s.offered_tools for s in got.spans)
    assert got.unread == []


@both("livemcpbench.jsonl.gz")
def test_livemcpbench(path):
    runs, got = records(path), take(path)
    messages = [m for run in runs for m in run["messages"]]
    calls = [c["function"]["name"] for m in messages for c in m.get("tool_calls") or []]
    answered = sum(m["role"] == "tool" for m in messages)
    assert Counter(s.tool_name for s in got.of_type("tool")) == Counter(calls)
    assert set(calls) == {"route", "execute-tool"}
    assert sum(bool(s.output_hashes) for s in got.of_type("tool")) == answered
    assert len(got.of_type("llm")) == sum(m["role"] == "assistant" for m in messages)
    outcomes = Counter(a.value for a in got.assessments if a.name == "outcome")
    labels = Counter(run["task_success"] for run in runs)
    assert outcomes == {1.0: labels["success"], 0.0: labels["failure"]}
    failed = [s.status_message for s in got.of_type("tool") if s.status == "error"]
    texts = [m["content"] for m in messages if m["role"] == "tool"]
    certain = sum(t.endswith("isError=True") or t == "Tool call timed out." for t in texts)
    assert len(failed) >= certain
    assert all(failed)
    assert not any(message.startswith("meta=") for message in failed)
    every_text_is_kept(got, (m["content"] for m in messages))
    each_trace_has_one_root_and_no_orphans(got)
    assert got.unread == []


@both("who_and_when_algorithm.jsonl.gz")
def test_who_and_when_by_name(path):
    runs, got = records(path), take(path)
    messages = [m for run in runs for m in run["history"]]
    terminals = sum(m["name"] == "Computer_terminal" for m in messages)
    assert len(got.of_type("tool")) == terminals
    assert len(got.of_type("llm")) == len(messages) - terminals
    assert len(got.spans) == len(messages) + len(runs)
    blamed(runs, got)


@both("who_and_when_hand.jsonl.gz")
def test_who_and_when_by_role(path):
    runs, got = records(path), take(path)
    messages = [m for run in runs for m in run["history"]]
    people = sum(m["role"] == "human" for m in messages)
    assert len(got.spans) == len(messages) - people + len(runs)
    assert {s.type for s in got.spans} <= {"agent", "tool"}
    blamed(runs, got)


def blamed(runs, got):
    """Every label stands on the step it names, and that step says what the log says there."""
    spans = {s.span_id: s for s in got.spans}
    roots = [s for s in got.spans if s.parent_id is None]
    for run, root in zip(runs, roots, strict=True):
        judged = {a.name: a for a in got.assessments if a.trace_id == root.trace_id}
        assert judged["outcome"].value == 0.0
        assert judged["ground_truth"].label == run["ground_truth"]
        blame = judged["blame"]
        assert (blame.label, blame.source_type) == (run["mistake_agent"], "human")
        message = run["history"][int(run["mistake_step"])]
        span = spans[blame.span_id]
        assert message["content"] in [text for _, text in got.texts(span.output_hashes)]
    every_text_is_kept(got, (m["content"] for run in runs for m in run["history"]))
    each_trace_has_one_root_and_no_orphans(got)
    assert got.unread == []


@whole
def test_swe_agent():
    path = DATA / "swe_agent_runs/trajectories.jsonl.gz"
    runs, got = records(path), take(path)
    steps = sum(len(run["trajectory"]) for run in runs)
    assert Counter(s.type for s in got.spans) == {"agent": len(runs), "llm": steps, "tool": steps}
    assert all(s.output_hashes for s in got.of_type("tool"))
    for run, root in zip(runs, got.of_type("agent"), strict=True):
        stats = run["info"]["model_stats"]
        assert root.input_tokens == (stats["tokens_sent"] or None)
        cost = stats.get("instance_cost") or stats.get("total_cost")
        assert root.cost_usd == (cost or None)
    each_trace_has_one_root_and_no_orphans(got)
    assert got.unread == []


@whole
def test_a_trace_in_a_vocabulary_nobody_here_wrote():
    path = DATA / "otel_deerflow_trace/web_research_ev_battery.json.gz"
    got = take(path)
    with gzip.open(path) as stream:
        spans = json.load(stream)
    assert {s.span_id for s in got.spans} == {s["context"]["span_id"] for s in spans}
    assert sum(s.input_tokens or 0 for s in got.of_type("llm")) > 0
    each_trace_has_one_root_and_no_orphans(got)
    assert got.unread == []


@whole
def test_excerpts_are_what_the_script_makes(tmp_path):
    import subprocess
    import sys

    script = RUNS.parents[1] / "scripts/excerpts.py"
    subprocess.run([sys.executable, script, DATA, "--out", tmp_path], check=True, timeout=60)
    for made in tmp_path.iterdir():
        shipped = RUNS / made.name
        assert gzip.decompress(made.read_bytes()) == gzip.decompress(shipped.read_bytes())
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in RUNS.glob("*.gz")}
