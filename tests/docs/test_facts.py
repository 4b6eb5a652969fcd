"""Lists that people wrote by hand are those of the code."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from solvent import errors
from solvent.debt.gate import CONDITIONS
from solvent.records.finding import Debt
from solvent.server.intake import PATHS, PROJECT_HEADERS
from solvent.settings import Intake
from solvent.traces.dialects import dialects
from solvent.traces.files import formats

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
UNSEEN_BOUNDS = {"preview_chars", "commit_spans", "group_bytes", "max_messages"}
"""Fields of `[intake]` that refuse nothing that is sent."""


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_every_way_in_is_listed():
    page = text("docs/guide/sending-traces.md")
    assert set(PATHS) <= set(re.findall(r"^\| `(/[^`]+)` \|", page, re.MULTILINE))
    assert all(f"`{name.decode()}`" in page for name in PROJECT_HEADERS)


def test_every_place_that_names_a_project_is_listed():
    page = text("docs/guide/sending-traces.md")
    for dialect in dialects():
        for names in [dialect.resource.get("project", ())]:
            assert not names or any(f"`{name}`" in page for name in names)


def test_every_bound_is_listed():
    page = text("docs/guide/sending-traces.md")
    bounds = {field.name for field in fields(Intake)} - UNSEEN_BOUNDS
    assert {name for name in bounds if f"`{name}`" not in page} == set()


def test_every_format_is_listed():
    page = text("docs/guide/importing.md")
    assert set(re.findall(r"^\|[^|]+\| `(\w+)` \|", page, re.MULTILINE)) == set(formats())


def test_the_layers_drawn_are_those_of_the_contract():
    (layers,) = [c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    drawing = re.search(r"## The layers.*?```\n(.*?)```", text("CONTRIBUTING.md"), re.DOTALL)[1]
    drawn = [re.split(r"  +", line)[0] for line in drawing.splitlines()]
    assert drawn == layers["layers"]


def test_every_dependency_has_its_reason():
    page = text("docs/decisions/0006-dependencies.md")
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["server"] + extras["providers"] + extras["optimize"]
    names = {re.match(r"[\w-]+", one)[0] for one in wanted}
    rows = re.findall(r"^\| ([\w, -]+) \| \d", page, re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} == names


def test_every_exit_code_is_listed():
    page = text("docs/guide/gate-in-ci.md")
    tree = [errors.SolventError, *errors.SolventError.__subclasses__()]
    codes = {error.exit_code for error in tree} | {0, 1, 4}
    assert {int(n) for n in re.findall(r"^\| (\d) \|", page, re.MULTILINE)} == codes


@pytest.mark.parametrize("word", ["any", "new", "usd>", "tokens>", "failed>", "findings>"])
def test_every_condition_is_listed(word):
    assert f"`{word}" in text("docs/guide/gate-in-ci.md")
    assert word in CONDITIONS


def test_every_kind_of_debt_has_its_letters():
    from solvent.debt.gate import LETTERS

    assert set(LETTERS) == set(Debt)
    assert len(set(LETTERS.values())) == len(Debt)
