"""`solvent blame`: one trace, a list, files, and what is not there."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from solvent.cli.blame import command

RUNS = Path(__file__).parents[2] / "examples" / "runs" / "tau_bench_airline.jsonl.gz"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        return CliRunner().invoke(command, arguments)

    return invoke


def failed(run):
    """The failed traces of the runs that ship, as a list tells them."""
    result = run("--from", str(RUNS), "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["traces"]


def test_a_list_names_each_failed_trace_with_its_first_suspect(run):
    told = failed(run)
    assert told
    assert all(len(one["suspects"]) <= 3 for one in told)


def test_the_start_of_an_id_will_do_and_tells_as_much_as_the_list(run):
    first = failed(run)[0]
    result = run(first["trace_id"][:12], "--from", str(RUNS), "--format", "json")
    assert json.loads(result.stdout) == first


def test_words_name_the_step_its_reasons_and_how_far_to_trust_them(run):
    first = next(one for one in failed(run) if one["suspects"] and one["sibling"])
    text = run(first["trace_id"], "--from", str(RUNS)).stdout
    suspect = first["suspects"][0]
    assert f"step {suspect['place'] + 1}  {suspect['name']}" in text
    assert suspect["reasons"][0]["words"] in text
    assert "How far to trust this" in text
    assert f"Beside the passing trace {first['sibling']['trace_id']}" in text


def test_an_unknown_id_and_an_empty_folder_say_what_to_do(run):
    assert run("ffff", "--from", str(RUNS)).exception.hint == "`solvent trace` lists"
    assert "solvent import" in run("ffff").exception.hint
