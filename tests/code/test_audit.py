"""An audit of a repository: without traces, with acceptances, as SARIF."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from solvent.cli import group
from solvent.debt.acceptances import accept
from solvent.records.finding import Debt, Finding, Proof, State
from solvent.records.source import Acceptance, Place
from solvent.rules import catalogue
from solvent.settings import Settings
from solvent.workbench import audit_files

CALL = (
    "from openai import OpenAI\n"
    "client = OpenAI()\n"
    "answer = client.responses.create(model='gpt-4o', input='Where is order seven?')\n"
)


def test_a_repository_alone_is_audited_and_the_rest_is_named(tmp_path):
    (tmp_path / "app.py").write_text(CALL)
    report, unread = audit_files(Settings(), [tmp_path])
    assert not unread
    assert {f.code for f in report.findings} == {"GV302", "OP301"}
    assert report.observed.files == 1
    assert {s.reason for s in report.skipped} >= {"no traces", "no tool definitions in the code"}
    assert all(f.interest.tokens.value is None for f in report.findings)


def test_sarif_names_the_file_and_its_line(tmp_path, monkeypatch):
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "app.py").write_text(CALL)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(group, ["audit", "src", "--format", "sarif"])
    assert result.exit_code == 0, result.output
    places = [
        r["locations"][0]["physicalLocation"]
        for r in json.loads(result.output)["runs"][0]["results"]
    ]
    assert {(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places} == {
        ("src/app.py", 3)
    }


def test_an_acceptance_ends_on_its_day_and_needs_a_reason():
    finding = Finding("mega-prompt", "PS101", Debt.PROMPTS, "code:a", "long", Proof(), 1.0,
                      file="a.py", line=10, end_line=20)  # fmt: skip

    def judged(line, until="2027-03-01", reason="we measure it", rules=("PS101",)):
        note = Acceptance(Place("a.py", line, line), rules, until, reason)
        return accept([finding], [note], date(2027, 3, 1))[0]

    assert judged(9).state is State.ACCEPTED
    assert judged(15, rules=("mega-prompt",)).state is State.ACCEPTED
    assert judged(9, until="").state is State.ACCEPTED
    assert judged(8).state is State.OPEN
    assert judged(9, rules=("PS102",)).state is State.OPEN
    for late in (judged(9, "2027-02-28"), judged(9, "soon"), judged(9, reason="")):
        assert late.state is State.OPEN
        assert "line 9" in late.message


def test_the_golden_facts_name_no_text_and_have_every_kind():
    kinds = dict.fromkeys(("prompt", "call", "tool"), 0)
    for path in (Path(__file__).parents[1] / "golden" / "code").glob("*.json"):
        body = json.loads(path.read_text(encoding="utf-8"))
        assert len(body["commit"]) == 40
        for fact in body["facts"]:
            assert fact.keys() - {"unsure"} == {"kind", "file", "line", "end_line", "name", "form"}
            assert 0 < fact["line"] <= fact["end_line"]
            kinds[fact["kind"]] += 1
    assert kinds["prompt"] >= 150
    assert kinds["call"] >= 120
    assert kinds["tool"] >= 60


def test_every_rule_can_say_that_it_saw_nothing(tmp_path):
    (tmp_path / "empty.py").write_text("x = 1\n")
    report, _ = audit_files(Settings(), [tmp_path])
    assert report.findings == ()
    looked = {"leaked-key"}
    assert {s.rule for s in report.skipped} == set(catalogue()) - looked
