"""What may be done with prompts, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.errors import Conflict, Denied, Invalid, NotFound, TooLarge
from solvent.prompts import registry
from solvent.prompts.composition import reach
from solvent.prompts.document import to_document
from solvent.prompts.naming import Reference, checked, read
from solvent.prompts.registry import Change
from solvent.records.prompt import Message, PromptContent
from solvent.settings import Prompts
from solvent.stores.records import Database, SqlPrompts

RULES = Prompts()
GUARDED = Prompts(protected=("production",))


@pytest.fixture
def store():
    database = Database(":memory:")
    yield SqlPrompts(database)
    database.close()


def text(words: str, **more) -> PromptContent:
    return PromptContent((Message("", words),), **more)


def by(who="ana", reason="", at=1) -> Change:
    return Change(who, at, reason, "command")


def add(store, name, content, **more):
    content = text(content) if isinstance(content, str) else content
    return registry.add(store, RULES, ("p", name), content, by(), **more)


def point(store, name, alias, number, rules=RULES, who="ana", reason="", **more):
    change = by(who, reason)
    return registry.move_alias(store, rules, ("p", name), (alias, number), change, **more)


def resolved(store, ref):
    return registry.get_resolved(store, RULES, "p", read(ref))


def test_a_reference_means_an_alias_a_number_or_the_newest(store):
    for words in ("a", "b", "c"):
        add(store, "triage", words)
    point(store, "triage", "production", 2)
    said = {
        ref: resolved(store, f"triage@{ref}").version.number
        for ref in ("production", "1", "latest")
    }
    assert said == {"production": 2, "1": 1, "latest": 3}
    with pytest.raises(NotFound, match="no alias `staging`") as refused:
        resolved(store, "triage@staging")
    assert refused.value.hint == "its aliases: production"


def test_the_hash_is_of_what_is_said_and_nothing_else():
    one = text("a", inputs={"b": 1, "a": 2})
    assert registry.digest(one) == registry.digest(text("a", inputs={"a": 2, "b": 1}))
    others = [text("b"), text("a"), text("a", style="jinja"), text("a", model={"name": "m"})]
    assert len({registry.digest(c) for c in [one, *others]}) == 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PromptContent(()), "without a message"),
        (text("{{a b}}"), "not a plain name"),
        (text("{{a}}", inputs={"type": "object", "properties": {}}), "asks for `a`"),
        (text("a", inputs={"type": "array"}), "schema of an object"),
        (text("a", output={"type": "wrong"}), "not JSON Schema"),
        (
            text("{{a}}", inputs={"properties": {"a": {"type": "string", "examples": [1]}}}),
            'the example of triage` is given `a`: 1 is not of type "string"',
        ),
        (PromptContent((Message("boss", "a"), Message("user", "b"))), "not the role"),
        (PromptContent((Message("placeholder", "a b"), Message("user", "b"))), "placeholder"),
        (PromptContent((Message("", "a"), Message("user", "b"))), "not the role"),
        (text("a", style="nope"), "not a template style"),
    ],
)
def test_what_does_not_hold_together_never_becomes_a_version(store, content, said):
    with pytest.raises(Invalid, match=said.replace("(", r"\(")):
        add(store, "triage", content)
    assert store.list_prompts("p") == []


def test_bounds_are_told_by_their_setting(store):
    with pytest.raises(TooLarge, match="5 characters, more than 4") as refused:
        registry.add(store, replace(RULES, max_chars=4), ("p", "x"), text("abcde"), by())
    assert "SOLVENT_PROMPTS_MAX_CHARS" in refused.value.hint


def test_a_protected_alias_needs_somebody_else(store):
    add(store, "triage", "a")
    registry.add(store, RULES, ("p", "triage"), text("b"), by("bob"))
    with pytest.raises(Invalid, match="says why"):
        point(store, "triage", "production", 2, GUARDED)
    asked = point(store, "triage", "production", 2, GUARDED, "Cy", "faster").request
    assert store.get_prompt("p", "triage").aliases == ()
    for who in (" cy ", "BOB"):
        with pytest.raises(Denied, match="somebody else approves"):
            registry.decide(store, "p", asked.id, by(who), approve=True)
    registry.decide(store, "p", asked.id, by("ana"), approve=True)
    assert store.get_prompt("p", "triage").number_of("production") == 2
    with pytest.raises(Denied, match="is protected"):
        registry.drop_alias(store, GUARDED, ("p", "triage"), "production", by())
    with pytest.raises(Denied, match="protected and serves"):
        registry.retire(store, GUARDED, ("p", "triage"), by(reason="old"))


def test_a_refusal_says_why(store):
    add(store, "triage", "a")
    asked = point(store, "triage", "production", 1, GUARDED, reason="go").request
    with pytest.raises(Invalid, match="says why"):
        registry.decide(store, "p", asked.id, by("bob"), approve=False)
    registry.decide(store, "p", asked.id, by("bob", "no tests"), approve=False)
    assert store.get_prompt("p", "triage").aliases == ()


def test_pointing_where_it_points_already_asks_nobody(store):
    add(store, "triage", "a")
    point(store, "triage", "production", 1)
    assert point(store, "triage", "production", 1, GUARDED).request is None
    with pytest.raises(Conflict, match="points at 1, not at nothing"):
        point(store, "triage", "production", 1, was=None, check=True)


def test_a_prompt_with_others_in_it_is_resolved_at_every_depth(store):
    add(store, "tone", "Be {{mood}}.")
    point(store, "tone", "production", 1)
    add(store, "frame", "{{>tone@production}} Think.")
    point(store, "frame", "production", 1)
    add(store, "triage", "{{>frame@production}} Sort {{ticket}}.")
    found = to_document(resolved(store, "triage@1"))
    assert found["parts"] == {
        "frame@production": "{{>tone@production}} Think.",
        "tone@production": "Be {{mood}}.",
    }
    assert [part[:2] for part in found["includes"]] == [["frame", 1], ["tone", 1]]


def test_a_circle_is_refused_wherever_it_would_close(store):
    add(store, "a", "one")
    point(store, "a", "live", 1)
    add(store, "b", "{{>a@live}}")
    point(store, "b", "live", 1)
    with pytest.raises(NotFound):
        add(store, "c", "{{>nobody@live}}")
    add(store, "a", "{{>b@live}}")
    with pytest.raises(Conflict, match="includes itself: a@2 -> b@1 -> a@2"):
        point(store, "a", "live", 2)
    assert resolved(store, "b@live").parts[0].number == 1


def test_prompts_in_a_row_are_bounded(store):
    add(store, "p0", "x")
    for n in range(1, RULES.max_depth + 1):
        add(store, f"p{n}", f"{{{{>p{n - 1}@1}}}}")
    with pytest.raises(Conflict, match="more than 8 prompts in a row"):
        add(store, "deep", f"{{{{>p{RULES.max_depth}@1}}}}")


def test_a_move_that_would_break_a_prompt_that_serves_is_refused(store):
    add(store, "tone", "Be kind.")
    point(store, "tone", "live", 1)
    declared = {"type": "object", "properties": {"ticket": {}}, "required": ["ticket"]}
    add(store, "triage", text("{{>tone@live}} {{ticket}}", inputs=declared))
    point(store, "triage", "production", 1)
    add(store, "tone", "Be {{mood}}.")
    with pytest.raises(Conflict, match=r"`triage@production` includes it and would break.*`mood`"):
        point(store, "tone", "live", 2)
    add(store, "tone", text("Be kind.", style="jinja"))
    with pytest.raises(Conflict, match="written in jinja"):
        point(store, "tone", "live", 3)
    with pytest.raises(Conflict, match="serves and includes `tone`"):
        registry.retire(store, RULES, ("p", "tone"), by(reason="old"))


def test_the_reach_of_a_change_goes_through_what_moves_and_stops_at_what_is_pinned(store):
    add(store, "tone", "a")
    point(store, "tone", "live", 1)
    add(store, "frame", "{{>tone@live}}")
    point(store, "frame", "live", 1)
    add(store, "pinned", "{{>tone@1}}")
    add(store, "triage", "{{>frame@live}} {{>tone@live}}")
    add(store, "old", "{{>tone@live}}")
    add(store, "old", "nothing")
    edges, prompts = store.list_edges("p"), store.list_prompts("p")
    said = [(r.name, r.steps, r.moves, r.aliases) for r in reach(edges, prompts, "tone", "live")]
    assert said == [("frame", 1, True, ("live",)), ("triage", 1, True, ())]
    said = {r.name for r in reach(edges, prompts, "tone")}
    assert said == {"frame", "triage", "pinned"}
    assert [r.name for r in reach(edges, prompts, "frame")] == ["triage"]


names = st.from_regex(
    r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}){0,3}", fullmatch=True
)


@given(
    name=names, selector=st.from_regex("[A-Za-z_][A-Za-z0-9_.-]{0,9}|[0-9]{1,4}", fullmatch=True)
)
def test_a_reference_is_read_back_as_it_is_written(name, selector):
    assert read(str(Reference(name, selector))) == (name, selector)
    assert read(f"prompts:/{name}@{selector}").name == name


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/../b", "a b", ".a", "a@b", "ä", "a" * 201]
)
def test_what_is_no_name_is_refused(name):
    with pytest.raises(Invalid):
        checked(name)
