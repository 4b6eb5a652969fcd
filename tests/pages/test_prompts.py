"""The pages of prompts by value, and what may be changed from them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from solvent.errors import Conflict, Denied, Invalid, NotFound
from solvent.records.prompt import RequestState
from solvent.server.app import create
from solvent.server.pages.approvals import Decision, approvals, decide
from solvent.server.pages.prompt import PromptChange, change_prompt, prompt
from solvent.server.pages.prompts import NewPrompt, add_prompt, prompts
from solvent.testing.project import read
from tests.pages.conftest import Client, workbench

TRACES = """
traces:
  - repeat: 4
    at: 2026-08-01
    steps:
      - step: answer
        steps:
          - {llm: gpt-4o, system: Sort tickets., input: hi, output: '{"queue": "orders"}',
             tokens: [100, 10], usd: 0.01}
  - at: 2026-08-01
    steps: [{llm: gpt-4o, system: A poet., input: hi, output: no, tokens: [10, 1], usd: 0.01}]
"""
SCHEMA = {"type": "object", "properties": {"queue": {"type": "integer"}}, "required": ["queue"]}


@pytest.fixture
def bench(tmp_path):
    made = workbench(tmp_path)
    yield made
    made.close()


def protect(bench, *aliases, **more):
    rules = replace(bench.settings.prompts, protected=aliases, **more)
    bench.settings = replace(bench.settings, prompts=rules)


def new(bench, name="support/triage", text="Sort {{ticket}}.", **more):
    return add_prompt(bench, NewPrompt(by="ana", name=name, text=text, **more))


def edit(bench, text, base, **more):
    change = PromptChange("edit", by="bob", reason="clearer", text=text, base=base, **more)
    return change_prompt(bench, "support/triage", change)


def test_a_new_prompt_is_version_1_and_a_name_is_given_once(bench):
    (row,) = new(bench).rows
    assert (row.name, row.latest, row.aliases, row.calls, row.usd) == (
        "support/triage",
        1,
        [],
        0,
        None,
    )
    with pytest.raises(Conflict, match="at version 1"):
        new(bench, text="another")
    with pytest.raises(Invalid, match="names who"):
        add_prompt(bench, NewPrompt(name="x", text="y"))


def test_an_edit_is_the_next_version_and_an_old_start_is_refused(bench):
    new(bench)
    view = edit(bench, "Sort {{ticket}}.\r\nFast.", 1, output=json.dumps(SCHEMA))
    assert [(v.number, v.author, v.message, v.source) for v in view.versions] == [
        (2, "bob", "clearer", "page"), (1, "ana", "", "page"),
    ]  # fmt: skip
    assert [line.text for line in view.messages[0].lines] == ["Sort {{ticket}}.", "Fast."]
    assert next((d.kind, d.text) for d in view.diff if d.kind in {"added", "removed"}) == (
        "added", "Fast.",
    )  # fmt: skip
    with pytest.raises(Conflict, match="started from 1"):
        edit(bench, "Sort {{ticket}} slowly.", 1)
    with pytest.raises(Invalid, match="`inputs` is not JSON"):
        edit(bench, "x", 2, inputs="{")


def test_a_chat_prompt_is_edited_as_one_text(bench):
    new(bench, text="--- system ---\nBe kind.\n--- placeholder ---\nhistory\n--- user ---\n{{q}}")
    view = prompt(bench, "support/triage")
    assert [(m.role, m.lines[0].text) for m in view.messages] == [
        ("system", "Be kind."), ("placeholder", "history"), ("user", "{{q}}"),
    ]  # fmt: skip
    assert edit(bench, view.draft.text, 1).latest == 1


def test_use_is_counted_by_the_step_that_filled_the_prompt_in(tmp_path):
    bench = workbench(tmp_path)

    batch = read(TRACES)
    named = {"prompt_name": "support/triage", "prompt_version": "1"}
    batch.spans = [s._replace(**named) if s.name == "answer" else s for s in batch.spans]
    bench.spans.append(batch)
    new(bench)
    (row,) = prompts(bench).rows
    assert (row.calls, row.tokens, row.usd) == (4, 440, pytest.approx(0.04))
    assert [(u.text, u.calls) for u in prompts(bench, "traces").unnamed] == [("A poet.", 1)]
    edit(bench, "Sort {{ticket}} well.", 1, output=json.dumps(SCHEMA))
    assert prompt(bench, "support/triage", show="use").held.checked == 0
    change = PromptChange("alias", by="ana", alias="live", version=1)
    change_prompt(bench, "support/triage", change)
    view = prompt(bench, "support/triage", at="live", show="use")
    assert (view.version.number, view.version.calls, view.held) == (1, 4, None)
    bench.close()


def test_outputs_are_held_against_the_schema_of_their_version(tmp_path):

    bench = workbench(tmp_path)
    batch = read(TRACES)
    named = {"prompt_name": "support/triage", "prompt_version": "2"}
    batch.spans = [s._replace(**named) if s.name == "answer" else s for s in batch.spans]
    bench.spans.append(batch)
    new(bench)
    edit(bench, "Sort {{ticket}}.", 1, output=json.dumps(SCHEMA))
    held = prompt(bench, "support/triage", show="use").held
    assert (held.checked, held.broken, held.share) == (4, 4, 1.0)
    assert "is not of type" in held.examples[0][1]
    bench.close()


def test_a_protected_alias_goes_through_the_queue(bench):
    new(bench)
    protect(bench, "production")
    to = PromptChange("alias", by="bob", reason="go", alias="production", version=1)
    view = change_prompt(bench, "support/triage", to)
    assert [(w.alias, w.number, w.by) for w in view.waiting] == [("production", 1, "bob")]
    (asking,) = approvals(bench).waiting
    assert (asking.author, asking.overtaken, asking.diff) == ("ana", False, [])
    for who in ("bob", "ana"):
        with pytest.raises(Denied, match="somebody else"):
            decide(bench, Decision(asking.request.id, by=who))
    view = decide(bench, Decision(asking.request.id, by="cy", reason="looks right"))
    assert (view.waiting, view.settled[0].state) == ([], RequestState.APPROVED)
    assert prompt(bench, "support/triage", at="production").version.number == 1
    with pytest.raises(Denied, match="protected"):
        change_prompt(bench, "support/triage", PromptChange("drop", by="cy", alias="production"))


def test_owner_tags_and_retiring(bench):
    new(bench)
    view = change_prompt(
        bench, "support/triage", PromptChange("describe", by="ana", owner="bea", tags="a, b")
    )
    assert (view.owner, view.tags) == ("bea", ["a", "b"])
    assert [r.name for r in prompts(bench, text="BEA").rows] == ["support/triage"]
    assert prompts(bench, text="nobody").rows == []
    change_prompt(bench, "support/triage", PromptChange("retire", by="ana", reason="unused"))
    assert prompts(bench).rows[0].retired
    with pytest.raises(Invalid, match="not a change"):
        change_prompt(bench, "support/triage", PromptChange("explode", by="ana"))


@pytest.mark.parametrize("query", [{"show": "nope"}, {"at": "nobody"}, {"at": "9"}, {"before": 7}])
def test_what_is_not_there_is_said(bench, query):
    new(bench)
    with pytest.raises((Invalid, NotFound)):
        prompt(bench, "support/triage", **query)


def test_where_files_are_the_truth_an_edit_is_a_branch(bench, tmp_path):
    folder = tmp_path / "prompts" / "support"
    folder.mkdir(parents=True)
    (folder / "triage.md").write_text("Sort {{ticket}}.\n")
    for words in (("init", "-q", "-b", "main"), ("add", "prompts"), ("commit", "-qm", "first")):
        known = ("user.name=Bea", "user.email=b@x", "commit.gpgsign=false")
        flags = [w for fact in known for w in ("-c", fact)]
        subprocess.run(["git", *flags, *words], cwd=tmp_path, check=True)
    protect(bench, truth="files")
    view = add_prompt(bench, NewPrompt(by="ana", action="push"))
    assert [(f.name, f.where) for f in view.files] == [("support/triage", "same")]
    view = edit(bench, "Sort {{ticket}} fast.", 1)
    assert view.latest == 1
    (branch,) = view.branches
    assert branch.author == "bob"
    assert "+Sort {{ticket}} fast." in branch.patch


def test_changes_come_from_our_own_pages_only(bench):
    client = Client(create(bench))
    form = {"name": "a", "text": "b", "by": "eve"}
    strange = {"origin": "http://evil.example", "accept": "text/html"}
    refused = client.ask("/prompts", method="POST", headers=strange, data=form)
    assert refused.status_code == 403
    kept = client.ask("/prompts", method="POST", headers={"accept": "text/html"}, data=form)
    assert (kept.status_code, kept.headers["location"]) == (303, "/prompts")
    answer = client.ask(
        "/api/v1/prompts/a", method="POST", json={"action": "describe", "by": "x", "owner": "y"}
    )
    assert answer.json()["owner"] == "y"


def test_an_application_gets_a_document_with_a_tag(bench):
    new(bench)
    client = Client(create(bench))
    answer = client.get("/api/v1/prompt/support/triage@1")
    assert answer.json()["messages"] == [["", "Sort {{ticket}}."]]
    assert answer.headers["etag"] == f'"{answer.json()["checksum"]}"'
    same = client.get("/api/v1/prompt/support/triage@1", if_none_match=answer.headers["etag"])
    assert (same.status_code, same.content) == (304, b"")
    missing = client.get("/api/v1/prompt/support/triage@live")
    assert (missing.status_code, missing.json()["hint"]) == (404, "its aliases: none yet")


def test_prompts_in_the_code_are_listed_and_those_that_are_kept_are_known(bench, tmp_path):
    (tmp_path / "app.py").write_text(
        "from openai import OpenAI\n"
        "SYSTEM = 'You sort tickets of an online shop into queues. Name exactly one queue.'\n"
        "def answer(q):\n"
        "    return OpenAI().chat.completions.create(model='gpt-4o', messages=[\n"
        "        {'role': 'system', 'content': SYSTEM}, {'role': 'user', 'content': q}])\n"
    )
    view = prompts(bench, "code")
    assert [(c.name, c.file, c.calls, c.kept) for c in view.code] == [("SYSTEM", "app.py", 1, "")]
    new(bench, text="You sort tickets of an online shop into queues. Name exactly one queue.")
    assert prompts(bench, "code").code[0].kept == "support/triage"


def test_findings_stand_in_the_margin_of_the_line_they_quote(tmp_path):
    text = "\n".join(f"- NEVER do {n}, this is CRITICAL!!" for n in range(12))
    bench = workbench(tmp_path)
    system = json.dumps(text)
    step = f"{{llm: gpt-4o, system: {system}, input: hi, output: ho, tokens: [100, 10]}}"
    bench.spans.append(read(f"traces: [{{repeat: 6, steps: [{step}]}}]"))
    new(bench, text=text)
    assert prompts(bench).rows[0].findings is None
    bench.audit()
    assert prompts(bench).rows[0].findings >= 1
    lines = prompt(bench, "support/triage").messages[0].lines
    assert "PS205" in {noted.code for noted in lines[0].findings}
    assert {"must not", "loud"} <= set(lines[0].marks)
    bench.close()


def test_a_change_is_told_by_what_it_means_too(bench):
    new(bench, text="You may answer in English.\nNever give a refund.\n{{ticket}}")
    edit(bench, "You must answer in English.\nQuote the order number.\n{{ticket}}", 1)
    view = prompt(bench, "support/triage", show="diff")
    kinds = {(c.kind, c.before, c.after) for c in view.meaning.changes}
    assert ("strengthened", "You may answer in English.", "You must answer in English.") in kinds
    assert ("removed", "Never give a refund.", "") in kinds
    assert ("added", "", "Quote the order number.") in kinds
    assert view.meaning.tokens_before > 0
    assert prompt(bench, "support/triage", at="1", show="diff").meaning is None
