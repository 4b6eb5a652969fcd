"""What `solvent audit` reads: single prompt files, standard input, and what a project keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from solvent.cli import group
from solvent.settings import load
from solvent.traces.batches import read_batches
from solvent.workbench import Workbench

TWICE = (
    "You help the customers of a shop with their parcels.\n\n"
    "- Ask the customer to confirm the delivery address before a parcel is sent.\n"
    "- Answer in the language of the customer.\n"
    "- IMPORTANT: always ask the customer to confirm the delivery address before a parcel is sent!"
)
PLAIN = TWICE.rsplit("\n", 1)[0]


def audit(*args: str, code: int = 0, given: str | None = None) -> dict:
    """Return the report of an audit as JSON."""
    result = CliRunner().invoke(group, ["audit", *args, "--format", "json"], input=given)
    assert result.exit_code == code, result.output + result.stderr
    return json.loads(result.stdout)


def found(report: dict, code: str) -> list[dict]:
    return [one for one in report["findings"] if one["code"] == code]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", TWICE),
        ("ask.prompt", f"---\nmodel: gpt-4o\n---\n{TWICE}\n"),
        ("ask.j2", TWICE + "\n{% if vip %}Be quick.{% endif %}"),
        ("ask.txt", TWICE),
        ("ask.yaml", "text: |\n" + "".join(f"  {line}\n" for line in TWICE.split("\n"))),
        ("ask.json", json.dumps({"messages": [{"role": "system", "content": TWICE}]})),
        ("ask.mdc", TWICE),
    ],
)
def test_a_prompt_file_is_linted_whatever_its_name(here, name, text):
    (here / name).write_text(text, encoding="utf-8")
    (one,) = found(audit(name), "PS104")
    assert one["subject"].startswith(f"code:{name}#")
    assert one["file"] == name


def test_a_finding_points_at_the_line_of_the_file_below_its_front_matter(here):
    (here / "ask.md").write_text(f"---\nowner: ana\n---\n{TWICE}\n", encoding="utf-8")
    (one,) = found(audit("ask.md"), "PS104")
    assert one["line"] == 4
    assert "of line 6 again in line 8" in one["message"]
    assert [quote["line"] for quote in one["evidence"]["quotes"]] == [6, 8]


def test_several_files_keep_the_names_that_the_folder_gives_them(here):
    (here / "prompts").mkdir()
    (here / "prompts" / "ask.md").write_text(TWICE)
    (here / "app.py").write_text(f'SYSTEM_PROMPT = """{TWICE} Twice."""\n')
    together = audit("prompts/ask.md", "app.py")
    assert together["observed"]["files"] == 2
    of_folder = {one["fingerprint"] for one in found(audit("."), "PS104")}
    assert {one["fingerprint"] for one in found(together, "PS104")} == of_folder
    assert len(of_folder) == 2


def test_standard_input_is_a_prompt(here):
    (one,) = found(audit("-", given=TWICE), "PS104")
    assert one["subject"] == "code:stdin.md#stdin"


def test_a_recorded_conversation_in_json_stays_a_trace(here):
    said = [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "Here."}]
    (here / "run.json").write_text(json.dumps({"model": "gpt-4o", "messages": said}))
    assert audit("run.json")["observed"]["requests"] == 1


@pytest.mark.parametrize("text", [b"", b"\xff\xfe\x00\x01", b"x" * 3_000_000])
def test_a_file_that_is_no_prompt_is_refused_by_name(here, text):
    (here / "ask.md").write_bytes(text)
    result = CliRunner().invoke(group, ["audit", "ask.md"])
    assert result.exit_code != 0
    assert "ask.md" in str(result.exception)


def test_a_folder_and_a_file_beside_it_are_refused(here):
    (here / "src").mkdir()
    (here / "src" / "app.py").write_text("x = 1\n")
    (here / "ask.md").write_text(TWICE)
    result = CliRunner().invoke(group, ["audit", "src", "ask.md"])
    assert "name the folder around them" in result.exception.hint


# --- a project folder -------------------------------------------------------------------------


@pytest.fixture
def project(here):
    """A project: one prompt in its code, sent in its traces, and kept in its registry."""
    (here / "solvent.toml").write_text('project = "shop"\n')
    (here / "app.py").write_text(f'SYSTEM_PROMPT = """{TWICE}"""\n')
    return here


def collect(folder: Path, text: str = TWICE) -> None:
    runs = [
        {
            "id": f"r{n}",
            "model": "gpt-4o",
            "messages": [
                {"role": "system", "content": text},
                {"role": "user", "content": f"Where is parcel {n}?"},
                {"role": "assistant", "content": "One moment."},
            ],
        }
        for n in range(30)
    ]
    (folder / "runs.jsonl").write_text("\n".join(map(json.dumps, runs)))
    settings = load(folder)
    with Workbench(settings) as bench:
        for batch in read_batches(settings, [folder / "runs.jsonl"], "shop", []):
            bench.take(batch)
    (folder / "runs.jsonl").unlink()


def register(name: str, text: str) -> None:
    Path("kept.md").write_text(text)
    for args in (["add", name, "kept.md"], ["set-alias", name, "production", "1"]):
        result = CliRunner().invoke(group, ["prompt", *args, "--by", "ana"])
        assert result.exit_code == 0, result.output
    Path("kept.md").unlink()


def test_one_prompt_in_code_and_traces_is_one_subject_with_one_finding(project):
    (alone,) = found(audit("."), "PS104")
    assert alone["subject"] == "code:app.py#SYSTEM_PROMPT"
    collect(project)
    (one,) = found(audit("."), "PS104")
    assert one["subject"].startswith("prompt:")
    assert one["evidence"]["counts"]["requests"] == 30
    assert (one["file"], one["line"]) == ("app.py", 1)


def test_a_template_in_the_code_is_the_prompt_that_it_made(project):
    text = TWICE.replace("a shop", "{shop}")
    (project / "app.py").write_text(f'SHOP_PROMPT = """{text}"""\n')
    collect(project, TWICE.replace("a shop", "Ana and Sons"))
    (one,) = found(audit("."), "PS104")
    assert one["evidence"]["counts"]["requests"] == 30
    assert one["file"] == "app.py"


def test_an_acceptance_in_the_code_holds_for_the_prompt_that_was_sent(project):
    collect(project)
    (project / "app.py").write_text(
        f'# solvent: accept PS104 because we measure it\nSYSTEM_PROMPT = """{TWICE}"""\n'
    )
    (one,) = found(audit("."), "PS104")
    assert one["state"] == "accepted"


def test_the_registry_of_a_project_is_read_with_its_code(project):
    (project / "app.py").write_text("x = 1\n")
    register("support/answer", TWICE)
    (one,) = found(audit("."), "PS104")
    assert one["subject"] == "prompt:support/answer@1"


def test_a_prompt_file_and_the_version_made_of_it_are_one_subject(project):
    (project / "app.py").write_text("x = 1\n")
    register("support/answer", TWICE)
    (project / "prompts" / "support").mkdir(parents=True)
    (project / "prompts" / "support" / "answer.md").write_text(f"---\nowner: ana\n---\n{TWICE}\n")
    (one,) = found(audit("."), "PS104")
    assert one["subject"] == "prompt:support/answer@1"
    assert (one["file"], one["line"]) == ("prompts/support/answer.md", 4)


def test_without_a_registry_the_lock_file_says_what_serves(project):
    register("support/answer", TWICE)
    locked = CliRunner().invoke(group, ["prompt", "lock"])
    assert locked.exit_code == 0, locked.output
    for file in (project / ".solvent").iterdir():
        file.unlink()
    (project / "app.py").write_text("x = 1\n")
    (one,) = found(audit("."), "PS104")
    assert one["subject"] == "prompt:support/answer@1"


def test_files_of_traces_named_beside_a_project_stand_for_what_it_collected(project):
    collect(project)
    said = {"system": PLAIN, "user": "Hi", "assistant": "Hi."}
    runs = [{"messages": [{"role": role, "content": text} for role, text in said.items()]}]
    (project / "others.jsonl").write_text("\n".join(map(json.dumps, runs)))
    assert audit(".", "others.jsonl")["observed"]["traces"] == 1
    assert audit(".")["observed"]["traces"] == 30


def test_a_store_that_another_process_holds_is_a_conflict(project):
    collect(project)
    with Workbench(load(project)) as bench:
        assert bench.spans
        said = subprocess.run(
            [sys.executable, "-m", "solvent.cli", "audit", "."],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SOLVENT_SERVER_PORT": "9"},
        )
    assert said.returncode != 0
    assert "error: " in said.stderr
    assert ".solvent" in said.stderr


def test_an_audit_of_a_folder_keeps_nothing(project):
    collect(project)
    audit(".")
    with Workbench(load(project)) as bench:
        assert bench.latest_report() is None
