"""What changed in the meaning of a prompt, and where each of its statements comes from."""

from __future__ import annotations

import pytest

from solvent.prompts.difference import compare
from solvent.prompts.history import is_accreting, trace_history
from solvent.prompts.reading import read_prompt
from solvent.prompts.telling import (
    difference_document,
    history_document,
    history_lines,
    priced,
    reading_document,
)
from solvent.records.instruction_change import Edition
from solvent.traces.tokens import count

OLD = """\
# Rules
- Always answer in English.
- You may offer refunds for late parcels.
- Never promise a delivery date.
- Do not use emojis in your answers.
- Ask for the order number first.
# Style
- Keep it short.
"""
NEW = """\
# Rules
- Always answer in English.
- You must offer refunds for late parcels.
- Promise a delivery date.
- Try not to use too many emojis in your answers.
- Reply in the language of the user.
- Keep it short.
"""


def told(old, new):
    return [
        (c.kind.value, c.before and c.before.line, c.after and c.after.line)
        for c in compare(read_prompt(old), read_prompt(new)).changes
    ]


def test_each_kind_of_change():
    assert told(OLD, NEW) == [
        ("strengthened", 3, 3),
        ("reversed", 4, 4),
        ("weakened", 5, 5),
        ("removed", 6, None),
        ("added", None, 6),
        ("moved", 8, 7),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("Keep one queue.", "Keep ONE queue, NEVER two.", "strengthened"),
        ("Each price must be seen in a result.",
         "Each price must be seen in a result, do not round it.", "reworded"),
        ("Retry: 3x", "Retry 3x.", None),
        ("Read USER REQUEST with care.", "Read <user_request> with care.", None),
        ("Never skip a test.", "Skip a test.", "reversed"),
        ("Answer the mail of the day.", "Answer the mail of the day if it is new.", "weakened"),
        ("State if it failed.", "State that it failed.", "reworded"),
        ("Keep it short.", "KEEP it short, you MUST.", "strengthened"),
        ("Rason about the next step.", "Reason about the next step.", "reworded"),
        ("ELSE IF blocked \u2192 escalate", "Blocked \u2192 escalate.", "reworded"),
    ],
)  # fmt: skip
def test_what_a_change_does(before, after, kind):
    assert [c[0] for c in told(f"- {before}", f"- {after}")] == ([kind] if kind else [])


def test_a_renamed_section_moves_nothing():
    rules = "- Be kind.\n- Be quick.\n- Ask first.\n"
    assert not told(f"# Rules\n{rules}", f"# 2. Rules of the house\n{rules}")


def test_a_list_ends_its_condition_with_its_section():
    first = "<check>\nBefore you call done, verify:\n- The price.\n</check>\n"
    text = f"{first}<rules>\n- Be kind.\n</rules>\n"
    last = read_prompt(text).statements[-1]
    assert (last.text, last.conditions) == ("Be kind.", ())


def test_nothing_changed():
    found = compare(read_prompt(OLD, count), read_prompt(OLD.replace("\n-", "\n*"), count))
    assert not found.changes
    assert found.unchanged == 6


def test_new_contradictions_alone_are_told():
    found = compare(read_prompt(OLD), read_prompt(NEW))
    assert [(c.kind, c.first.line, c.second.line) for c in found.contradicted] == [
        ("language", 2, 6)
    ]
    assert not compare(read_prompt(NEW), read_prompt(NEW + "Be kind.\n")).contradicted


def test_a_change_is_priced_at_the_traffic_of_the_window():
    found = compare(read_prompt("Be kind.", count), read_prompt("Be kind. Be quick.", count))
    more = found.tokens_after - found.tokens_before
    traffic = {"requests": 100, "scale": 3.0, "usd_per_token": 1e-6, "period": "30 days"}
    price = priced(found, traffic)
    assert (price.tokens, price.usd) == (more * 300, more * 300 * 1e-6)
    assert priced(found, {**traffic, "usd_per_token": None}).usd is None
    body = difference_document(found, price)
    assert body["counts"]["added"] == 1
    assert body["traffic"]["requests"] == 100


def test_history_knows_who_brought_each_statement():
    editions = [
        Edition("a", "Be kind. Be quick.", "ana", 1_000_000, "begin"),
        Edition("b", "Be kind. Be quick. Cite the number of the order.", "bob", 2_000_000),
        Edition("c", "Be kind. Cite the number of every order.", "bob", 3_000_000),
    ]
    found = trace_history(editions)
    assert [(g.added, g.removed, g.changed, g.total) for g in found.growth] == [
        (2, 0, 0, 2),
        (1, 0, 0, 3),
        (0, 1, 1, 2),
    ]
    assert [(one.since.name, one.edits, one.last.name) for one in found.lineages] == [
        ("a", 0, "a"),
        ("b", 1, "c"),
    ]
    assert found.authors == ("ana", "bob")
    assert history_document(found)["statements"][1]["since"]["author"] == "bob"
    assert list(history_lines(found, each=True))[-1].startswith("3 versions: 2 statements became 2")


def test_only_ever_added_to():
    lines = [
        f"- Never promise {word}."
        for word in ("refunds", "dates", "gifts", "prices", "stock", "colours")
    ]
    grown = [Edition(str(n), "\n".join(lines[:n]), ["ana", "bob"][n % 2], n) for n in range(1, 7)]
    assert is_accreting(trace_history(grown))
    assert not is_accreting(trace_history(grown[:3]))
    assert not is_accreting(trace_history([e._replace(author="ana") for e in grown]))
    assert not is_accreting(trace_history(grown[::-1]))


def test_a_reading_as_json():
    body = reading_document(read_prompt("Call `get_order` first.", count))
    assert body["instructions"] == 1
    assert body["statements"][0]["references"] == [{"kind": "tool", "name": "get_order"}]
