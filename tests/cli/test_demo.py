"""The demo on the excerpts that ship, and what the other commands say about what it kept."""

from __future__ import annotations

import re

import pytest

from tests.cli.test_audit import Said


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, Said(folder, "demo", "--no-serve")


def test_it_prints_a_ledger_for_each_of_its_four_sources(demo):
    _, said = demo
    assert (said.code, said.err) == (0, "")
    assert said.out.count("What you owe in the observed runs") == 4
    assert said.out.count("An excerpt of the data set") == 3
    assert len(re.findall(r"^Total +\d+", said.out, re.MULTILINE)) == 4


def test_the_ledger_of_the_worked_example_accuses_its_rewriter_and_no_other_step(demo):
    _, said = demo
    accused = [line for line in said.out.splitlines() if line.startswith("OP201")]
    assert len(accused) == 1
    assert "query_rewriter" in accused[0]


def test_it_keeps_to_a_folder_of_its_own(demo):
    folder, _ = demo
    assert [p.name for p in folder.iterdir()] == [".solvent"]
    assert "spans.duckdb" in {p.name for p in (folder / ".solvent" / "demo").iterdir()}


def test_a_second_demo_says_the_same(demo):
    folder, said = demo
    assert Said(folder, "demo", "--no-serve").out == said.out
