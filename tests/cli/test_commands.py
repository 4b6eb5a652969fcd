"""What all commands have in common."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from solvent.cli import FOLDER, SERVER, group
from solvent.rules import catalogue
from tests.cli.test_audit import RUNS, Said

CONTEXT = click.Context(group, info_name="solvent")
NAMES = group.list_commands(CONTEXT)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_loads_and_its_help_is_the_first_line_of_its_file(name):
    command = group.get_command(CONTEXT, name)
    files = [p for p in FOLDER.glob("*.py") if p.stem.rstrip("_") == name]
    first = files[0].read_text(encoding="utf-8").split('"""')[1].strip().splitlines()[0]
    assert command.help.strip().splitlines()[0] == first
    assert first in " ".join(group.get_help(CONTEXT).split())
    assert command.epilog
    assert len(command.params) <= 10


def test_an_unknown_command_exits_with_2(tmp_path):
    assert Said(tmp_path, "frobnicate").code == 2


@pytest.mark.parametrize("args", [(), ("--help",), ("--version",), ("audit", "--help")])
def test_help_exits_well(tmp_path, args):
    said = Said(tmp_path, *args)
    assert said.out or said.err
    assert said.code == (0 if args else 2)


def test_rules_are_listed_and_explained(tmp_path):
    listed = Said(tmp_path, "rule").out.splitlines()
    assert len(listed) == len(catalogue())
    assert Said(tmp_path, "rule", "TS101").out == Said(tmp_path, "rule", "unused-tool").out
    assert "- min_requests = 20: Model calls that must have" in Said(tmp_path, "rule", "TS101").out
    unknown = Said(tmp_path, "rule", "nope")
    assert unknown.code == 2
    assert "`solvent rule` lists them" in unknown.err


def test_a_wrong_setting_is_named(tmp_path):
    (tmp_path / "solvent.toml").write_text("[ledger]\ncost_of_faliure_usd = 1\n", encoding="utf-8")
    said = Said(tmp_path, "audit")
    assert said.code == 2
    assert "cost_of_failure_usd" in said.err


@pytest.mark.parametrize(("shape", "code"), [("table", 0), ("json", 0), ("sarif", 0), ("html", 2)])
def test_without_the_server_extra_files_are_audited(tmp_path, shape, code):
    blocked = f"""
import sys
sys.modules.update(dict.fromkeys({sorted(SERVER)!r}))
sys.argv = ["solvent", "audit", {str(RUNS)!r}, "--format", {shape!r}]
from solvent.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", blocked], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert ("pip install 'solvent[server]'" in done.stderr) == (code == 2)
