"""The tables of the example's README are what the command prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.football.compare import agreement, by_examples, by_schema, execute
from examples.football.data import labels
from examples.football.pipeline import recorded

README = Path(__file__).parents[2] / "examples" / "football" / "README.md"


@pytest.fixture(scope="module")
def ran():
    return execute(labels(), recorded())


def test_the_readme_has_the_tables_that_the_command_makes(ran):
    text = README.read_text(encoding="utf-8")
    for line in (*by_examples(ran), *by_schema(), *agreement(ran)):
        assert line in text


def test_accuracy_is_what_the_data_set_gives():
    found = "\n".join(by_examples([]))
    assert "| v1 | 20 | 2,405 | 39.3% of 150 |" in found
    assert "| v3 | 30 | 2,961 | 38.7% of 150 |" in found


def test_our_execution_agrees_with_the_labels_but_for_what_is_named(ran):
    assert len(ran) == 950
    differing = [(x, right) for x, right, _ in ran if x.right != right]
    assert len(differing) == 13
    assert sum(x.right for x, _ in differing) == 1
