"""`solvent pipelines map` on files and on a folder."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from tests.cli.test_audit import RUNS, Said


def test_files_are_mapped_and_leave_nothing_behind(tmp_path):
    said = Said(tmp_path, "pipelines", "map", RUNS)
    assert said.code == 0
    assert said.out.startswith("conversation: ")
    assert "get_user_details" in said.out
    assert "Blame: " in said.out
    assert not list(tmp_path.iterdir())


def test_every_format_holds_the_same_steps(tmp_path):
    body = json.loads(Said(tmp_path, "pipelines", "map", RUNS, "--format", "json").out)
    names = {step["name"] for step in body["pipelines"][0]["steps"]}
    assert {"assistant", "get_user_details"} <= names
    for shape in ("dot", "mermaid"):
        assert "get_user_details" in Said(tmp_path, "pipelines", "map", RUNS, "--format", shape).out
    Said(tmp_path, "pipelines", "map", RUNS, "--format", "svg", "--output", "map.svg")
    picture = ET.parse(tmp_path / "map.svg").getroot()
    assert picture.find("{http://www.w3.org/2000/svg}style").text


def test_a_folder_without_traces_says_what_to_do(tmp_path):
    said = Said(tmp_path, "pipelines", "map")
    assert said.code == 2
    assert "solvent import" in said.err


def test_an_unknown_version_names_the_known(tmp_path):
    said = Said(tmp_path, "pipelines", "map", RUNS, "--version", "9")
    assert said.code == 2
    assert "no figures for `9`" in said.err


def test_a_collected_folder_is_mapped(tmp_path):
    assert Said(tmp_path, "import", RUNS).code == 0
    said = Said(tmp_path, "pipelines", "map", "--format", "json")
    assert json.loads(said.out)["pipelines"][0]["name"] == "conversation"
