"""`solvent audit` as people and programs meet it: what it prints, leaves behind and exits with."""

from __future__ import annotations

import json
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from solvent.cli import main
from solvent.cli._since import parse_since
from solvent.errors import Invalid

RUNS = Path(__file__).parents[2] / "examples" / "runs" / "tau_bench_airline.jsonl.gz"
CHATS = [
    [{"role": "user", "content": f"Where is order {n}?"}, {"role": "assistant", "content": "Here."}]
    for n in range(40)
]
CHAT = "".join(json.dumps({"messages": messages}) + "\n" for messages in CHATS)


class Said:
    """What one run of `solvent` did, in this process."""

    def __init__(self, folder: Path, *args: object) -> None:
        out, err, code = StringIO(), StringIO(), 0
        before, argv = dict(os.environ), sys.argv
        for name in [name for name in before if name.startswith(("SOLVENT_", "OTEL_"))]:
            del os.environ[name]
        sys.argv = ["solvent", *map(str, args)]
        try:
            with chdir(folder), redirect_stdout(out), redirect_stderr(err):
                main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        finally:
            sys.argv = argv
            os.environ.update(before)
        self.code, self.out, self.err = code, out.getvalue(), err.getvalue()


@pytest.fixture
def chat(tmp_path):
    path = tmp_path / "chat.jsonl"
    path.write_text(CHAT, encoding="utf-8")
    return path


def test_files_leave_nothing_behind(tmp_path):
    assert Said(tmp_path, "audit", RUNS).code == 0
    assert not list(tmp_path.iterdir())


def test_a_pipe_gets_plain_lines_one_for_each_finding(tmp_path):
    said = Said(tmp_path, "audit", RUNS)
    report = json.loads(Said(tmp_path, "audit", RUNS, "--format", "json").out)
    lines = said.out.splitlines()
    assert "\x1b" not in said.out
    assert said.err == ""
    assert all(line == line.rstrip() for line in lines)
    for finding in report["findings"]:
        message = " ".join(finding["message"].split())
        assert any(x.startswith(finding["code"]) and x.endswith(message) for x in lines)


@pytest.mark.parametrize("shape", ["json", "sarif", "html", "markdown", "table"])
def test_every_form_is_written_to_a_file_as_it_is_printed(tmp_path, chat, shape):
    printed = Said(tmp_path, "audit", chat, "--format", shape)
    written = Said(tmp_path, "audit", chat, "--format", shape, "--output", "report")
    assert (printed.code, written.code) == (0, 0)
    assert written.out == ""
    assert "wrote report" in written.err
    assert (tmp_path / "report").read_text(encoding="utf-8").strip() == printed.out.strip()


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("nothere.jsonl",), "nothere.jsonl"),
        ((), "nothing collected"),
        (("chat.jsonl", "--select", "TS99"), "TS99"),
        (("chat.jsonl", "--ignore", "unused-tols"), "unused-tols"),
        (("chat.jsonl", "--since", "yesterday"), "yesterday"),
        (("chat.jsonl", "--format", "pdf"), "pdf"),
        (("chat.jsonl", "--baseline", "none.json"), "none.json"),
        (("chat.jsonl", "--baseline", "chat.jsonl"), "chat.jsonl"),
        (("chat.jsonl", "--fail-on", "unused-tols"), "unused-tols"),
        (("chat.jsonl", "--fail-on", "new"), "--baseline"),
        (("text.log",), "text.log"),
        (("--frob",), "--frob"),
    ],
)
def test_what_the_user_must_change_exits_with_2(tmp_path, chat, args, word):
    (tmp_path / "text.log").write_text("These are words.", encoding="utf-8")
    said = Said(tmp_path, "audit", *args)
    assert said.code == 2
    assert word in said.err


def test_what_fails_outside_exits_with_3(tmp_path, chat):
    said = Said(tmp_path, "audit", chat, "--output", "no/such/folder/report")
    assert said.code == 3
    assert "cannot be written" in said.err


def test_a_gate_ends_with_its_exit_code(tmp_path, chat):
    assert Said(tmp_path, "audit", chat, "--fail-on", "GV401").code == 0
    assert Said(tmp_path, "audit", chat, "--fail-on", "any").code == 1
    assert Said(tmp_path, "audit", chat, "--fail-on", "cost-growth").code == 4


def test_the_report_is_printed_although_the_gate_fails(tmp_path, chat):
    said = Said(tmp_path, "audit", chat, "--fail-on", "any", "--format", "json")
    assert json.loads(said.out)["findings"]
    assert "gate failed" in said.err


def test_a_baseline_lets_known_findings_pass_and_new_ones_not(tmp_path, chat):
    assert Said(tmp_path, "audit", chat, "--format", "json", "--output", "main.json").code == 0
    same = Said(tmp_path, "audit", chat, "--baseline", "main.json")
    assert (same.code, same.err) == (0, "gate passed\n")
    document = json.loads((tmp_path / "main.json").read_text(encoding="utf-8"))
    gone = document["findings"].pop()
    (tmp_path / "main.json").write_text(json.dumps(document), encoding="utf-8")
    other = Said(tmp_path, "audit", chat, "--baseline", "main.json")
    assert other.code == 1
    assert gone["subject"] in other.err


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_audited(tmp_path, chat):
    chat.write_text(f"{CHAT}{{oops\n", encoding="utf-8")
    said = Said(tmp_path, "audit", chat)
    assert said.code == 0
    assert "not read: chat.jsonl:41" in said.err.replace(f"{tmp_path}/", "")


def test_html_names_only_rules_that_ran(tmp_path, chat):
    page = Said(tmp_path, "audit", chat, "--select", "IF301,GV401", "--format", "html").out
    assert "GV401 sensitive-data" in page
    assert "PS101" not in page


def test_the_project_of_files_can_be_named(tmp_path, chat):
    said = Said(tmp_path, "audit", chat, "--project", "shop", "--format", "json")
    assert json.loads(said.out)["observed"]["project"] == "shop"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", 10_000_000 - 5400),
        ("12h", 10_000_000 - 43_200),
        ("2w", 10_000_000 - 1_209_600),
        ("99999999999999d", 0),
        ("1970-01-02", 86_400),
        ("1970-01-01T02:00:00+01:00", 3600),
    ],
)
def test_since(text, expected):
    assert parse_since(text, now=10_000_000) == expected * 1_000_000


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "3y", "2026-13-01"])
def test_since_that_is_no_time(text):
    with pytest.raises(Invalid):
        parse_since(text)
