"""`solvent trace` on a folder that no server holds."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_audit import Said

HOSTILE = "\x1b[31mred\u202e\n\x07"
RECORD = {
    "messages": [
        {"role": "user", "content": f"Where is order 7? {HOSTILE}"},
        {"role": "assistant", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "On its way."},
        {"role": "assistant", "content": "On its way."},
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("traces")
    (made / "one.jsonl").write_text(json.dumps(RECORD) + "\n", encoding="utf-8")
    assert Said(made, "import", "one.jsonl").code == 0
    return made


def test_a_list_names_each_trace_in_full(folder):
    listed = Said(folder, "trace").out
    (row,) = json.loads(Said(folder, "trace", "--json").out)["rows"]
    assert listed.splitlines()[1].startswith(row["trace_id"])
    assert "Where is order 7?" in listed


def test_a_tree_shows_each_step(folder):
    (row,) = json.loads(Said(folder, "trace", "--json").out)["rows"]
    lines = Said(folder, "trace", row["trace_id"]).out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["agent", "llm", "tool", "llm"]


def test_nothing_in_it_steers_the_terminal(folder):
    (row,) = json.loads(Said(folder, "trace", "--json").out)["rows"]
    text = Said(folder, "trace").out + Said(folder, "trace", row["trace_id"]).out
    assert not {"\x1b", "\u202e", "\x07"} & set(text)


def test_an_unknown_trace_exits_with_2(folder):
    said = Said(folder, "trace", "nope")
    assert (said.code, "nope" in said.err) == (2, True)


def test_a_check_without_a_server_says_what_to_start(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "solvent.toml").write_text("[server]\nport = 9\n", encoding="utf-8")
    try:
        said = Said(folder, "trace", "--check")
    finally:
        (folder / "solvent.toml").unlink()
    assert said.code == 3
    assert "solvent serve" in said.err
