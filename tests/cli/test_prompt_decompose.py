"""`solvent prompt decompose`, from recorded requests to versions and files."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from solvent.cli import prompt
from solvent.settings import load
from solvent.traces.batches import read_batches
from solvent.workbench import Workbench
from tests.fixes.test_decompose import ASKED, SHOP


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "shop.md").write_text(SHOP)
    (tmp_path / "solvent.toml").write_text("[decompose]\nmin_tokens = 30\nmin_saved = -1.0\n")
    sent = SHOP.rstrip("\n").replace("{{shop}}", "Velo")
    runs = [
        {
            "id": f"r{n}",
            "model": "gpt-4o",
            "messages": [
                {"role": "system", "content": sent},
                {"role": "user", "content": ASKED[kind]},
                {"role": "assistant", "content": "One moment."},
            ],
        }
        for n, kind in enumerate(["refund", "parcel", "repair", "thanks"])
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(json.dumps(r) for r in runs))
    monkeypatch.chdir(tmp_path)

    def call(*args: str, code: int = 0) -> str:
        result = CliRunner().invoke(prompt.command, args)
        assert result.exit_code == code, result.output
        return result.output

    call("add", "shop", "shop.md", "-m", "first", "--by", "ana")
    return call


def collect(folder):
    settings = load(folder)
    with Workbench(settings) as bench:
        for batch in read_batches(settings, [folder / "runs.jsonl"], "default", []):
            bench.take(batch)


def test_without_traces_it_says_that_nothing_was_measured(run):
    said = run("decompose", "shop")
    assert "Nothing was measured: no recorded request carried it." in said
    assert "tracking-of-parcels" in said


def test_requests_are_known_by_the_lines_of_the_filled_in_template(run, tmp_path):
    collect(tmp_path)
    traffic = json.loads(run("decompose", "shop", "--json"))["traffic"]
    assert traffic["requests"] == 4
    assert traffic["shares"] == [0.25, 0.75, 0, 0]
    assert traffic["usd_before"]["value"] == pytest.approx(4 * 189 * 2.5e-6)
    said = run("decompose", "shop")
    assert "what a model would route was not measured" in " ".join(said.split())


def test_parts_become_versions_that_no_alias_serves(run):
    run("set-alias", "shop", "production", "1", "--by", "ana")
    run("decompose", "shop", "--write", "--by", "ben")
    listed = json.loads(run("list", "--json"))["prompts"]
    aliases = {p["name"]: p["aliases"] for p in listed}
    assert aliases.pop("shop")
    assert set(aliases) == {
        "shop/core", "shop/refunds", "shop/tracking-of-parcels", "shop/workshop-and-repair",
        "shop/router", "shop/assembled",
    }  # fmt: skip
    assert not any(aliases.values())
    assert "shop/assembled version 1" in run("reach", "shop/core")


def test_parts_become_files(run, tmp_path):
    run("decompose", "shop", "--files", str(tmp_path / "parts"))
    assert sorted(p.name for p in (tmp_path / "parts").iterdir()) == [
        "core.md", "refunds.md", "router.md", "tracking-of-parcels.md", "workshop-and-repair.md",
    ]  # fmt: skip


def test_a_refused_split_keeps_nothing(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SOLVENT_DECOMPOSE_MIN_SAVED", "0.9")
    said = run("decompose", "shop", "--write", "--files", str(tmp_path / "parts"), "--by", "ben")
    assert "Better left whole" in said
    assert not (tmp_path / "parts").exists()
    assert [p["name"] for p in json.loads(run("list", "--json"))["prompts"]] == ["shop"]
