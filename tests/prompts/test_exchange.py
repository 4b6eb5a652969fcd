"""Files, git and registry: edits arrive on the other side, conflicts are shown, nothing is lost."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.errors import Conflict, Invalid
from solvent.prompts import exchange, registry
from solvent.prompts.exchange import Place
from solvent.prompts.naming import read
from solvent.prompts.registry import Change
from solvent.prompts.sync import Where, plan
from solvent.providers.git import GitRepository
from solvent.records.prompt import Message, PromptContent
from solvent.settings import Prompts
from solvent.stores.records import Database, SqlPrompts

RULES = Prompts()
ME = Change("ana", 1_700_000_000_000_000, "make it kinder", "page")


def git(folder, *words):
    known = ("user.name=Bea", "user.email=b@x", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *(word for fact in known for word in ("-c", fact)), *words],
        cwd=folder, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


@pytest.fixture
def place(tmp_path):
    database = Database(":memory:")
    root = tmp_path / "project"
    (root / "prompts" / "support").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    rules = replace(RULES, folder=str(root / "prompts"), lock=str(root / "prompts.lock"))
    yield Place(SqlPrompts(database), rules, "p", GitRepository(root))
    database.close()


def write(place, path, text, message=""):
    (place.folder / path).write_text(text, encoding="utf-8")
    if message:
        git(place.repository.root, "add", "-A")
        git(place.repository.root, "commit", "-qm", message)


def newest(place, name):
    return registry.find(place.store, "p", read(f"{name}@latest"))


def edit(place, name, words):
    return registry.add(place.store, RULES, ("p", name), PromptContent((Message("", words),)), ME)


def states(place):
    return {s.name: s.where for s in exchange.compare(place, committed=True)[0]}


def test_a_commit_arrives_as_a_version_with_its_author_message_and_hash(place):
    write(place, "support/triage.md", "---\nowner: cy\n---\nSort {{ticket}}.\n", "Sort tickets")
    out = exchange.push(place, ME)
    assert [(d.name, d.what) for d in out.done] == [("support/triage", "version 1 by Bea")]
    version = newest(place, "support/triage")
    commit = git(place.repository.root, "rev-parse", "HEAD").strip()
    assert version.source == f"git:{commit}:prompts/support/triage.md"
    assert (version.author, version.message) == ("Bea", "Sort tickets")
    assert version.content.messages[0].content == "Sort {{ticket}}."
    assert place.store.get_prompt("p", "support/triage").owner == "cy"
    assert exchange.push(place, ME).done == ()


def test_what_is_not_committed_is_named_and_not_taken(place):
    write(place, "a.md", "one\n", "first")
    write(place, "a.md", "two\n")
    write(place, "b.md", "new\n")
    out = exchange.push(place, ME)
    assert out.waiting == ("a.md", "b.md")
    assert newest(place, "a").content.messages[0].content == "one"


def test_an_edit_in_the_registry_arrives_in_the_file(place):
    write(place, "a.md", "one\n", "first")
    exchange.push(place, ME)
    edit(place, "a", "two")
    edit(place, "new/one", "{{x}}")
    out = exchange.pull(place)
    assert {d.name for d in out.done} == {"a", "new/one"}
    assert (place.folder / "a.md").read_text() == "two\n"
    assert (place.folder / "new/one.md").read_text() == "{{x}}\n"
    git(place.repository.root, "add", "-A")
    git(place.repository.root, "commit", "-qm", "pull")
    assert set(states(place).values()) == {Where.SAME}


def test_both_sides_changed_is_shown_and_never_overwritten(place):
    write(place, "a.md", "one\n", "first")
    exchange.push(place, ME)
    edit(place, "a", "registry's")
    write(place, "a.md", "file's\n", "second")
    for out in (exchange.push(place, ME), exchange.pull(place)):
        assert [s.name for s in out.conflicts] == ["a"]
        assert out.done == ()
    assert (place.folder / "a.md").read_text() == "file's\n"
    assert newest(place, "a").content.messages[0].content == "registry's"
    assert exchange.push(place, ME, take=True).done[0].what == "version 3 by Bea"
    assert set(states(place).values()) == {Where.SAME}


def test_prompts_that_include_each_other_arrive_in_any_order(place):
    write(place, "a.md", "{{>b@latest}} go\n")
    write(place, "b.md", "be kind\n", "both")
    assert [d.name for d in exchange.push(place, ME).done] == ["b", "a"]


def test_a_file_that_is_no_prompt_is_named_and_the_others_arrive(place):
    write(place, "bad.md", "{{a b}}\n")
    write(place, "bad.yaml", "[1")
    write(place, "c.md", "{{>nobody@live}}\n")
    write(place, "good.md", "x\n", "mixed")
    out = exchange.push(place, ME)
    assert [d.name for d in out.done] == ["good"]
    assert {f.path for f in out.faults} == {"bad.md", "bad.yaml", "c.md"}


def test_an_edit_in_the_page_becomes_a_branch_and_touches_nothing_else(place):
    write(place, "support/triage.md", "---\nowner: cy\n---\none\n", "first")
    write(place, "other.md", "not yet committed\n")
    before = (
        git(place.repository.root, "status", "--porcelain"),
        git(place.repository.root, "rev-parse", "HEAD"),
    )
    content = PromptContent((Message("", "two"),))
    made = exchange.propose(place, "support/triage", content, ME)
    branch = made.message
    assert branch.startswith("solvent/support-triage-")
    assert (
        git(place.repository.root, "status", "--porcelain"),
        git(place.repository.root, "rev-parse", "HEAD"),
    ) == before
    said = git(place.repository.root, "log", "-1", "--format=%an|%s|%at", branch).strip()
    assert said == "ana|make it kinder|1700000000"
    assert git(place.repository.root, "diff", "--name-only", f"main..{branch}").split() == [
        "prompts/support/triage.md"
    ]
    text = git(place.repository.root, "show", f"{branch}:prompts/support/triage.md")
    assert text == "---\nowner: cy\n---\ntwo\n"
    assert "+two" in place.repository.patch_of(made.hash)
    with pytest.raises(Conflict, match="cannot be made"):
        exchange.propose(place, "support/triage", content, ME)
    git(place.repository.root, "stash", "-qu")
    git(place.repository.root, "merge", "-q", "--ff-only", branch)
    exchange.push(place, ME)
    assert (newest(place, "support/triage").author, newest(place, "support/triage").number) == (
        "ana",
        1,
    )


def test_the_first_commit_of_a_repository_can_be_such_a_branch(place):
    made = exchange.propose(place, "a/b/c", PromptContent((Message("", "x"),)), ME)
    assert git(place.repository.root, "show", f"{made.message}:prompts/a/b/c.md") == "x\n"
    with pytest.raises(Invalid, match="not a plain name"):
        exchange.propose(place, "a", PromptContent((Message("", "{{a b}}"),)), ME)


def test_the_lock_file_pins_what_is_included_and_survives_a_push(place):
    write(place, "b.md", "be kind\n")
    write(place, "a.md", "{{>b@latest}} go\n", "both")
    exchange.push(place, ME)
    registry.move_alias(place.store, RULES, ("p", "a"), ("production", 1), ME)
    assert exchange.pin(place, (), 5) == ["a@production"]
    found = json.loads(place.lock.read_text())
    assert found["prompts"]["a@production"]["parts"] == {"b@latest": "be kind"}
    assert set(found["synced"]) == {"a", "b"}
    assert found["at"] == 5


def test_without_git_the_files_themselves_count(place, tmp_path):
    rules = replace(RULES, folder=str(tmp_path / "bare"), lock=str(tmp_path / "bare.lock"))
    bare = Place(place.store, rules, "p", None)
    bare.folder.mkdir(parents=True)
    (bare.folder / "a.md").write_text("x\n")
    assert exchange.push(bare, ME).done[0].what == "version 1 by ana"
    assert newest(place, "a").source == "file:a.md"
    with pytest.raises(Invalid, match="no git repository"):
        exchange.propose(bare, "a", PromptContent((Message("", "y"),)), ME)


hashes = st.sampled_from(["", "x", "y", "z"])


@given(file=hashes, registry_=hashes, synced=hashes)
def test_a_side_is_only_behind_when_it_is_what_both_had(file, registry_, synced):
    given = [{"a": v} if v else {} for v in (file, registry_, synced)]
    for step in plan(*given):
        if step.where is Where.SAME:
            assert file == registry_
        if step.where is Where.FILE:
            assert registry_ == synced  # nothing of the registry is lost
        if step.where is Where.REGISTRY:
            assert file == synced  # nothing of the file is lost
        if step.where is Where.CONFLICT:
            assert len({file, registry_, synced}) == 3


def test_the_changes_of_a_file_are_followed_through_its_renaming(tmp_path):
    git(tmp_path, "init", "-q")
    text = "Be kind.\nBe quick.\nCite the order.\n"
    for name, said in (("a.md", text), ("b.md", text), ("b.md", text + "Be brief.\n")):
        if name == "b.md" and not (tmp_path / name).exists():
            git(tmp_path, "mv", "a.md", "b.md")
        (tmp_path / name).write_text(said, encoding="utf-8")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", f"Write {name}\n\nwith a body")
    changes = GitRepository(tmp_path).list_changes("b.md")
    assert [then for _, then in changes] == ["a.md", "b.md", "b.md"]
    assert {commit.author for commit, _ in changes} == {"Bea"}
    assert changes[0][0].message.startswith("Write a.md")
    assert GitRepository(tmp_path).list_changes("c.md") == []
