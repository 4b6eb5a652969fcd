"""`solvent fix`, from an audit of recorded runs to a version or a patch. Simulated model."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from solvent.cli import fix, prompt
from solvent.errors import NotFound
from solvent.settings import load
from solvent.traces.batches import read_batches
from solvent.workbench import Workbench
from tests.fixes.simulated import TICKETS, SimulatedModel
from tests.providers.scripted import serving

ONCE = (
    "Sort the ticket. Answer with one word. A refund is billing.\n\n"
    "- Ask the customer to confirm the delivery address first."
)
SENT = f"{ONCE}\n- Remember: ask the customer to confirm the delivery address first!"


@pytest.fixture
def run(tmp_path, monkeypatch):
    examples = [{"id": e.id, "inputs": e.inputs, "expected": e.expected} for e in TICKETS.examples]
    (tmp_path / "tickets.jsonl").write_text("\n".join(map(json.dumps, examples)))
    (tmp_path / "solvent.toml").write_text("")
    runs = [
        {
            "id": f"r{n}",
            "model": "gpt-4o",
            "messages": [
                {"role": "system", "content": SENT},
                {"role": "user", "content": f"Where is parcel {n}?"},
                {"role": "assistant", "content": "One moment."},
            ],
        }
        for n in range(30)
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, runs)))
    monkeypatch.chdir(tmp_path)
    settings = load(tmp_path)
    with Workbench(settings) as bench:
        for batch in read_batches(settings, [tmp_path / "runs.jsonl"], "default", []):
            bench.take(batch)
        bench.audit()

    def call(*args: str, code: int = 0) -> str:
        result = CliRunner().invoke(fix.command, args)
        assert result.exit_code == code, result.output
        return result.output

    return call


def test_what_is_said_again_goes_and_the_first_stays(run, tmp_path):
    said = run("PS104")
    assert "\n-- Remember: ask the customer to confirm the delivery address first!" in said
    assert "\n-- Ask for" not in said
    assert "No answers were compared" in said
    assert not list(tmp_path.glob("*.patch"))


def test_a_text_that_no_registry_has_is_changed_by_a_patch(run, tmp_path):
    run("PS104", "--write")
    (patch,) = tmp_path.glob("*.patch")
    assert "-- Remember" in patch.read_text()


def test_a_prompt_of_the_registry_gets_a_version(run, tmp_path):
    (tmp_path / "assistant.md").write_text(SENT)
    added = CliRunner().invoke(prompt.command, ["add", "assistant", "assistant.md", "--by", "ana"])
    assert added.exit_code == 0
    said = run("PS104", "--write", "--by", "ben")
    assert "assistant version 2 is kept; no alias is moved" in said
    shown = CliRunner().invoke(prompt.command, ["show", "assistant@2"])
    assert shown.stdout.rstrip() == ONCE


def test_equal_answers_to_fewer_tokens_are_kept(run, monkeypatch):
    with serving(script=SimulatedModel()) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{model.address}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        asked = ("--dataset", "tickets.jsonl", "--model", "openai:simulated")
        said = run("PS104", *asked, "--write")
    assert "equal and shorter: " in said
    assert "wrote " in said


@pytest.mark.parametrize("target", ["PS999", "PS104-nobody", "shop"])
def test_what_no_audit_found_is_not_found(run, target):
    result = CliRunner().invoke(fix.command, [target])
    assert isinstance(result.exception, NotFound)
