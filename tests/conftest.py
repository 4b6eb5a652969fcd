"""Collects the literate cases of rules: `tests/rules/<debt>/<rule>.md` and the rules' own pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import settings

from solvent.debt.rule import documentation
from solvent.rules import catalogue, get_rule
from solvent.testing.project import audit_of

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

CASE = re.compile(r"^# (?P<title>.+?)$(?P<body>.*?)(?=^# |\Z)", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


def pytest_collect_file(file_path: Path, parent: pytest.Collector):
    if file_path.suffix == ".md" and "rules" in file_path.parts:
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    def collect(self):
        rule = get_rule(self.path.stem.replace("_", "-"))
        for case in CASE.finditer(self.path.read_text(encoding="utf-8")):
            blocks = {m["kind"]: m["text"] for m in FENCE.finditer(case["body"])}
            yield Case.from_parent(self, name=case["title"], rule=rule, blocks=blocks)


class Case(pytest.Item):
    """One heading: a project, the rule's options (`options`), the expected subjects."""

    def __init__(self, *, rule, blocks, **kwargs):
        super().__init__(**kwargs)
        self.rule, self.blocks = rule, blocks

    def runtest(self):
        import tomllib

        from solvent.debt.rule import configure

        rule = configure(self.rule, tomllib.loads(self.blocks.get("toml", "")))
        report = audit_of(self.blocks["yaml"], [rule])
        said = [describe(f) for f in report.findings]
        said += [f"skipped: {s.reason}" for s in report.skipped]
        expected = [line for line in self.blocks.get("findings", "").splitlines() if line.strip()]
        assert sorted(match(said, expected)) == sorted(expected), "\n".join(said)

    def reportinfo(self):
        return self.path, None, f"{self.path.stem}: {self.name}"


def describe(finding) -> str:
    """`subject` with every measured figure of its interest, alone."""
    figures = {
        "tokens": finding.interest.tokens.value,
        "usd": finding.interest.usd.value,
        "seconds": finding.interest.seconds.value,
        "failed": finding.interest.failed_traces.value,
    }
    shown = " ".join(f"{k}={v:.6g}" for k, v in figures.items() if v is not None)
    return f"{finding.subject} {shown}".strip()


def match(said: list[str], expected: list[str]) -> list[str]:
    """An expected line names the subject, and as many figures as it wants to see."""
    out = []
    for line in said:
        parts = line.split(" ") if not line.startswith("skipped") else [line]
        found = [e for e in expected if e == line or _covers(e.split(" "), parts)]
        out.append(found[0] if found else line)
    return out


def _covers(expected: list[str], said: list[str]) -> bool:
    return expected[0] == said[0] and set(expected[1:]) <= set(said[1:])


def page_examples():
    """Each rule's two examples: the first fires it, the second is silent and not skipped."""
    for name, rule in catalogue().items():
        page = documentation(rule)
        for heading in ("Example", "Use instead"):
            section = re.search(rf"## {heading}\n(.*?)(?=\n## |\Z)", page, re.DOTALL)
            fence = FENCE.search(section[1]) if section else None
            yield pytest.param(
                rule, heading, fence["text"] if fence else None, id=f"{name}-{heading}"
            )
