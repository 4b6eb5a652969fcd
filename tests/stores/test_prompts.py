"""The registry keeps prompts: what every records store must do."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from solvent.errors import Conflict, NotFound
from solvent.prompts.registry import digest
from solvent.records.log import LogEntry
from solvent.records.prompt import (
    Alias,
    AliasRequest,
    Edge,
    Message,
    PromptContent,
    PromptDraft,
    RequestState,
)
from solvent.records.prompt_past import Move, PromptEvaluation
from solvent.stores.records import Database, SqlPrompts


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    database = Database(":memory:" if request.param == "memory" else tmp_path / "records.sqlite")
    yield SqlPrompts(database)
    database.close()


def draft(text="Sort the ticket.", name="support/triage", at=100, **more) -> PromptDraft:
    content = PromptContent((Message("", text),), inputs={"type": "object"}, model={"name": "m"})
    return PromptDraft("p", name, content, digest(content), more.pop("author", "ana"), at, **more)


def request(store, number=1, was=None, id_="r1"):
    asked = AliasRequest(id_, "p", "support/triage", "production", number, was, "ana", 5, "go live")
    store.put_request(asked)
    return asked


def test_a_version_comes_back_as_it_was_given(store):
    given = draft(message="first", source="page", includes=("tone@production",))
    kept = store.add_version(given)
    assert kept.number == 1
    assert store.get_version("p", "support/triage", 1) == kept
    assert replace(kept, number=0).content == given.content
    assert store.list_edges("p") == [Edge("support/triage", 1, "tone@production")]


def test_the_same_content_is_not_kept_twice_in_a_row(store):
    first = store.add_version(draft("a"))
    assert store.add_version(draft("a", at=200, author="bob")) == first
    store.add_version(draft("b"))
    again = store.add_version(draft("a", at=300))
    assert (again.number, again.hash) == (3, first.hash)
    assert [v.number for v in store.list_versions("p", "support/triage")] == [3, 2, 1]


def test_a_writer_who_started_from_an_old_version_is_told(store):
    store.add_version(draft("a"), base=0)
    store.add_version(draft("b"), base=1)
    with pytest.raises(Conflict, match="at version 2"):
        store.add_version(draft("c"), base=1)
    with pytest.raises(Conflict, match="at version 2"):
        store.add_version(draft("c"), base=0)
    assert store.get_prompt("p", "support/triage").latest == 2


def test_writers_at_the_same_moment_get_a_number_each(tmp_path):
    database = Database(tmp_path / "records.sqlite")
    store, numbers = SqlPrompts(database), []
    start = threading.Barrier(6)

    def write(who):
        start.wait()
        numbers.append(store.add_version(draft(f"by {who}")).number)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_an_alias_moves_only_from_where_it_was_said_to_be(store):
    for text in "abc":
        store.add_version(draft(text))
    store.move_alias("p", "support/triage", Alias("production", 1, 1, "ana", ""), check=True)
    to = Alias("production", 2, 2, "bob", "better")
    store.move_alias("p", "support/triage", to, was=1, check=True)
    assert store.get_prompt("p", "support/triage").aliases == (to,)
    for was in (1, None):
        with pytest.raises(Conflict, match="moved meanwhile"):
            store.move_alias("p", "support/triage", to._replace(number=3), was=was, check=True)
    assert store.move_alias("p", "support/triage", to._replace(number=3)).number == 3
    with pytest.raises(NotFound, match="no version 9"):
        store.move_alias("p", "support/triage", to._replace(number=9))


def test_an_approved_request_moves_its_alias_once(store):
    store.add_version(draft("a"))
    request(store)
    done = store.decide("p", "r1", RequestState.APPROVED, by="bob", at=6, answer="good")
    assert (done.state, done.decided_by) == (RequestState.APPROVED, "bob")
    assert store.get_request("p", "r1") == done
    assert store.get_prompt("p", "support/triage").number_of("production") == 1
    with pytest.raises(Conflict, match="approved already"):
        store.decide("p", "r1", RequestState.REFUSED, by="eve", at=7, answer="no")


def test_a_request_is_overtaken_by_a_move(store):
    for text in "ab":
        store.add_version(draft(text))
    request(store, number=2, was=None)
    store.move_alias("p", "support/triage", Alias("production", 1, 1, "eve", ""))
    with pytest.raises(Conflict, match="moved meanwhile"):
        store.decide("p", "r1", RequestState.APPROVED, by="bob", at=6, answer="")
    assert store.get_request("p", "r1").state is RequestState.WAITING
    assert store.get_prompt("p", "support/triage").number_of("production") == 1


def test_retiring_keeps_versions_and_drops_aliases(store):
    store.add_version(draft("a"))
    store.move_alias("p", "support/triage", Alias("production", 1, 1, "ana", ""))
    gone = store.retire("p", "support/triage", by="ana", at=9, reason="unused")
    assert (gone.retired_at, gone.aliases) == (9, ())
    assert store.list_prompts("p") == []
    assert store.list_prompts("p", retired=True) == [gone]
    assert store.get_version("p", "support/triage", 1).content.messages[0].content == "a"
    assert store.add_version(draft("a", at=10)).number == 2
    assert store.get_prompt("p", "support/triage").retired_at is None


def test_every_change_is_in_the_log(store):
    store.add_version(draft("a", message="first", source="page"))
    store.move_alias("p", "support/triage", Alias("staging", 1, 2, "bob", "try it"))
    store.describe("p", "support/triage", by="ana", at=3, owner="ana", tags=["x"])
    store.describe("p", "support/triage", by="ana", at=3, owner="ana")
    store.drop_alias("p", "support/triage", "staging", by="eve", at=4, reason="done")
    request(store)
    store.decide("p", "r1", RequestState.REFUSED, by="bob", at=6, answer="no tests")
    store.retire("p", "support/triage", by="ana", at=7, reason="unused")
    said = [(e.by, e.action, e.detail, e.reason) for e in reversed(store.list_log("p"))]
    assert said == [
        ("ana", "add version", "version 1 from page", "first"),
        ("bob", "move alias", "staging: none -> 1", "try it"),
        ("ana", "describe", 'owner:  -> ana; tags: [] -> ["x"]', ""),
        ("eve", "drop alias", "staging: 1 -> none", "done"),
        ("ana", "ask", "production: none -> 1", "go live"),
        ("bob", "refuse", "production: none -> 1, asked by ana", "no tests"),
        ("ana", "retire", "", "unused"),
    ]
    assert store.list_log("p", "prompt:other") == []
    assert isinstance(store.list_log("p", "prompt:support/triage", limit=1)[0], LogEntry)


def test_projects_do_not_see_each_other(store):
    store.add_version(draft("a"))
    assert store.list_prompts("other") == []
    for look in (
        lambda: store.get_prompt("other", "support/triage"),
        lambda: store.get_version("other", "support/triage", 1),
        lambda: store.get_request("other", "r1"),
        lambda: store.retire("other", "support/triage", by="a", at=1, reason="x"),
    ):
        with pytest.raises(NotFound):
            look()


def test_moves_of_aliases_are_told_in_their_order(store):
    for text in ("a", "b"):
        store.add_version(draft(text))
    for number, was in ((1, None), (2, 1)):
        store.move_alias("p", "support/triage", Alias("live", number, 10 + number, "ana", ""))
        assert store.list_moves("p")[-1] == Move(
            "support/triage", "live", was, number, 10 + number, "ana"
        )
    assert [move.number for move in store.list_moves("p")] == [1, 2]
    assert [move.number for move in store.list_moves("p", limit=1)] == [2]


def test_evaluations_come_back_newest_first(store):
    first = PromptEvaluation(
        "p", "support/triage", 2, 10, "ana", "tickets@1", "support/triage@1", "better", 40,
        0.2, 0.1, 0.3,
    )  # fmt: skip
    second = replace(first, at=20, verdict="undecided")
    for one in (first, second, replace(first, project="q")):
        store.put_evaluation(one)
    assert store.list_evaluations("p") == [second, first]
