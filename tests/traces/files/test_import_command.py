"""`solvent import`: once each, what was not read is said, and the exit code tells."""

from __future__ import annotations

import json
import sys

import pytest
from reading import GOLDEN, lines

from solvent.cli import main
from solvent.settings import Settings, Storage
from solvent.workbench import open_spans

RUN = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}


@pytest.fixture
def solvent(tmp_path, monkeypatch, capsys):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    (home / "solvent.toml").write_text('project = "shop"\n', encoding="utf-8")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["solvent", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def stored(sql):
    store = open_spans(Settings(storage=Storage(path=".solvent")))
    try:
        return store.query(sql).to_pylist()
    finally:
        store.close()


def test_importing_twice_stores_once(solvent, tmp_path):
    path = lines(tmp_path, RUN | {"reward": 1}, RUN | {"reward": 0})
    code, out, err = solvent("import", path)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{path}: 4 spans of 2 traces",
        "project shop: 4 spans new, 0 already there, 2 traces, 2 judgements",
    ]
    code, out, _ = solvent("import", path)
    assert code == 0
    assert "0 spans new, 4 already there, 2 traces" in out
    assert stored("SELECT count(*) AS n FROM spans") == [{"n": 4}]
    rows = stored("SELECT value FROM assessments ORDER BY value")
    assert [row["value"] for row in rows] == [0.0, 1.0]


def test_options_reach_the_rows(solvent, tmp_path):
    path = lines(tmp_path, RUN | {"won": "yes"})
    code, _, _ = solvent(
        "import", path, "--project", "p2", "--model", "gpt-4o", "--outcome", "won==yes"
    )
    assert code == 0
    assert stored("SELECT DISTINCT project, model FROM spans WHERE type = 'llm'") == [
        {"project": "p2", "model": "gpt-4o"}
    ]
    (row,) = stored("SELECT value, rationale FROM assessments")
    assert row == {"value": 1.0, "rationale": "won==yes (it is 'yes')"}


def test_an_outcome_that_no_record_can_answer_is_told(solvent, tmp_path):
    path = lines(tmp_path, RUN | {"reward": 1})
    code, _, err = solvent("import", path, "--outcome", "rewards>=1")
    assert code == 0
    assert err == "no outcome: no record can answer `rewards>=1`; is the field called so?\n"


def test_what_could_not_be_read_is_told_and_the_rest_taken(solvent, tmp_path):
    path = lines(tmp_path, RUN, *[{"no": n} for n in range(7)])
    code, out, err = solvent("import", path, GOLDEN / "README.md")
    assert code == 0
    assert f"{path}: 2 spans of 1 traces, 7 not read" in out
    assert err.splitlines()[0] == (
        f"not read: {path}:2: no list of messages with `role` and `content` in it"
    )
    assert err.splitlines()[5:] == ["not read: 3 more (--json lists all)"]

    code, out, _ = solvent("import", "--json", path)
    told = json.loads(out)
    assert (told["spans"], told["new"], told["traces"], len(told["unread"])) == (2, 0, 1, 7)
    assert told["unread"][0]["line"] == 2


def test_nothing_readable_is_exit_code_2(solvent, tmp_path):
    code, out, err = solvent("import", GOLDEN / "README.md")
    assert code == 2
    assert "0 spans" in out
    assert "is text, but not JSON, JSON lines or CSV" in err
    assert "error: nothing could be read from" in err
    code, _, err = solvent("import", tmp_path / "nowhere")
    assert code == 2
    assert "is not there" in err
    code, _, err = solvent("import", lines(tmp_path, RUN), "--outcome", "=>1")
    assert code == 2
    assert "is not an outcome expression" in err
    code, _, err = solvent("import", lines(tmp_path, RUN), "--from", "excel")
    assert code == 2
    assert "known: langfuse" in err


def test_judgements_alone_are_an_import(solvent):
    code, out, _ = solvent("import", GOLDEN / "langfuse_scores.jsonl")
    assert code == 0
    assert "0 spans new, 0 already there, 0 traces, 2 judgements" in out


def test_a_folder_of_everything(solvent):
    code, out, err = solvent("import", GOLDEN)
    assert code == 0
    assert err.count("not read") == 1
    assert "project shop: " in out
    assert stored("SELECT count(DISTINCT trace_id) AS n FROM spans") == [{"n": 6}]
