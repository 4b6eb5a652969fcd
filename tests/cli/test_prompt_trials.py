"""`solvent prompt optimize` and `ablate`, from examples to the registry. Simulated model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from solvent.cli.prompt import command
from solvent.opening import open_prompts
from solvent.settings import load
from tests.fixes.simulated import TICKETS, SimulatedModel
from tests.providers.scripted import serving

BETTER = "Sort the ticket. Answer with one word. A refund is billing."


@pytest.fixture
def run(tmp_path, monkeypatch):
    examples = tmp_path / "tickets.jsonl"
    examples.write_text(
        "\n".join(
            json.dumps({"id": e.id, "inputs": e.inputs, "expected": e.expected})
            for e in TICKETS.examples
        )
    )
    (tmp_path / "sort.md").write_text("Sort the ticket. Answer with one word.\n")
    (tmp_path / "solvent.toml").write_text('[prompts]\nprotected = ["production"]\n')
    monkeypatch.chdir(tmp_path)
    with serving(script=SimulatedModel()) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{model.address}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setenv("SOLVENT_EVALS_ROUNDS", "2")

        def call(*args: str, code: int = 0) -> str:
            result = CliRunner().invoke(command, args)
            assert result.exit_code == code, result.output
            return result.output

        call("add", "support/sort", "sort.md", "-m", "first", "--by", "ana")
        call.model = model
        yield call


ASKED = ("--dataset", "tickets.jsonl", "--model", "openai:simulated")


def test_what_the_held_out_examples_confirm_becomes_a_version(run):
    said = run("optimize", "support/sort", *ASKED, "--to", "staging", "--by", "ben")
    assert "better: " in said
    assert "support/sort@2 is kept, made from version 1; `staging` points at it" in said
    assert run("show", "support/sort@staging").startswith(BETTER)
    versions = run("show", "support/sort", "--versions")
    assert "gepa on tickets@" in versions
    assert "examples (difference +" in versions
    with open_prompts(load(Path.cwd())) as store:
        (kept,) = store.list_evaluations("default")
    assert (kept.number, kept.before, kept.verdict) == (2, "support/sort@1", "better")
    assert kept.low > 0


def test_a_protected_alias_waits_for_somebody_else(run):
    said = run("optimize", "support/sort", *ASKED, "--to", "production", "--by", "ben")
    assert "`production` waits for approval" in said


def test_what_is_not_better_is_not_kept(run):
    run.model.proposals = ("Sort the ticket with care and diligence. Answer with one word.",)
    said = run("optimize", "support/sort", *ASKED, code=1)
    assert "Nothing is kept: the prompt stays as it is." in said
    assert len(run("show", "support/sort", "--versions").splitlines()) == 1


def test_an_optimization_as_json(run):
    found = json.loads(run("optimize", "support/sort", *ASKED, "--json"))
    assert found["comparison"]["verdict"] == "better"
    assert found["kept"].startswith("support/sort@2")


def test_ablation_lists_what_is_safe_to_delete(run):
    said = run("ablate", "support/sort", *ASKED)
    assert "scores 0.750" in said
    assert "Answer with one word." in said
    found = json.loads(run("ablate", "support/sort", *ASKED, "--json"))
    assert [d["safe"] for d in found["instructions"]] == [True, False]
