"""Every rule's page keeps its promises: its example fires it, its remedy is silent."""

from __future__ import annotations

import re

import pytest

from solvent.debt.rule import documentation
from solvent.rules import catalogue
from solvent.testing.project import audit_of
from tests.conftest import page_examples

HEADINGS = [
    "What it does", "Why is this debt?", "Example", "Use instead", "Interest", "When to accept it",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "heading", "project"), list(page_examples()))
def test_example(rule, heading, project):
    assert project, f"{rule.name()} has no executable `{heading}`"
    report = audit_of(project, [rule()])
    assert not report.skipped, report.skipped
    assert bool(report.findings) == (heading == "Example"), report.findings


@pytest.mark.parametrize("rule", catalogue().values(), ids=catalogue())
def test_page_has_its_headings_in_order(rule):
    found = re.findall(r"^## (.+)$", documentation(rule), re.MULTILINE)
    assert found[: len(HEADINGS)] == HEADINGS
    assert set(found[len(HEADINGS) :]) <= {"References"}


def test_codes_are_unique_and_classes_are_named_like_their_files():
    rules = catalogue()
    assert len({rule.code for rule in rules.values()}) == len(rules)
    for name, rule in rules.items():
        assert rule.__module__.rsplit(".", 1)[1] == name.replace("-", "_")
