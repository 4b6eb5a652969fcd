"""The subcommands of `solvent prompt` that read prompts as instructions."""

from __future__ import annotations

import json
import subprocess

import pytest
from click.testing import CliRunner

from solvent.cli import group
from solvent.errors import NotFound

OLD = "Be kind.\n- Always answer in English.\n- You may offer refunds.\n"
NEW = OLD.replace("may", "must") + "- Reply in the language of the user.\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.md").write_text(OLD, encoding="utf-8")
    (tmp_path / "new.md").write_text(NEW, encoding="utf-8")
    return tmp_path


def said(*words):
    return CliRunner().invoke(group, ["prompt", *words], catch_exceptions=False).output


def test_read_prints_what_each_line_does(folder):
    assert "    3  may       You may offer refunds." in said("read", "old.md")
    body = json.loads(said("read", "old.md", "--json"))
    assert [s["modality"] for s in body["statements"]] == ["must", "must", "may"]


def test_compare_says_what_changed_in_meaning(folder):
    printed = said("compare", "old.md", "new.md")
    assert "strengthened" in printed
    assert "now contradicts itself (language): line 2 and line 4" in printed
    assert "+- Reply in the language of the user." in printed
    body = json.loads(said("compare", "old.md", "new.md", "--json"))
    assert body["counts"]["added"] == body["counts"]["strengthened"] == 1
    assert body["traffic"] is None


def test_history_of_a_file_in_git(folder):
    def git(*words):
        known = ("-c", "user.name=Ana", "-c", "user.email=a@x", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *known, *words], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    for text, why in ((OLD, "begin"), (NEW, "promise refunds")):
        (folder / "old.md").write_text(text, encoding="utf-8")
        git("add", "old.md")
        git("commit", "-qm", why)
    printed = said("history", "old.md")
    assert "promise refunds" in printed
    assert "2 versions: 3 statements became 4" in printed
    body = json.loads(said("history", "old.md", "--json"))
    assert body["authors"] == ["Ana"]
    assert body["statements"][3]["since"]["message"] == "promise refunds"


def test_a_file_that_git_does_not_know_has_no_history(folder):
    with pytest.raises(NotFound, match="no history"):
        CliRunner().invoke(group, ["prompt", "history", "old.md"], catch_exceptions=False)
