"""A split loses nothing, doubles nothing, and is refused when it is worth nothing."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.fixes.decompose import decompose
from solvent.fixes.parts import assembled, texts_of
from solvent.fixes.routing import needs
from solvent.fixes.tree import grow
from solvent.fixes.wording import Wording
from solvent.prompts.reading import read_prompt
from solvent.records.decomposition import Asked
from solvent.records.prompt import Message, PromptContent
from solvent.settings import Decompose
from solvent.templates.form import Form

SMALL = Decompose(min_tokens=30, max_share=0.3, min_saved=-1.0)
"""A prompt of a few lines is never worth a router; here it is split all the same."""
SHOP = """You are the assistant of {{shop}}.

# Tone

- Answer in the language of the customer.
- Never blame the customer.

# Refunds

- When the customer asks for a refund, look up the payment first.
- Never promise a refund above 200 euros.
- Refund to the card that paid, never to another one.

## Example

Customer: I want my money back.
Assistant: Which payment is it?

# Tracking of parcels

- When the customer asks where an order is, call `track_order`.
- Give the name of the carrier and the last scan of the parcel.
- If the last scan is older than three days, open a search with the carrier.

# Workshop and repair

- Tell the customer to stop riding when the brakes fail.
- Ask for the serial number of the frame before an appointment is offered.
- Batteries of {{shop}} are repaired by the maker alone; never open one.
"""
ASKED = {
    "refund": "When is my refund booked?",
    "parcel": "Where is my parcel? The carrier says nothing.",
    "repair": "Can I bring it in for a repair?",
    "thanks": "Thanks, that was all.",
}


CHAT = "Be kind to whoever writes to you.\n"


def asked(*kinds: str, rate: float | None = 2e-6) -> list[Asked]:
    return [Asked(ASKED[kind], f"t{n}", 1, rate) for n, kind in enumerate(kinds)]


def said(text: str) -> Counter[str]:
    return Counter(s.text for s in read_prompt(text).instructions)


def test_each_topic_becomes_a_module_and_what_always_holds_the_core():
    found = decompose(SHOP, "shop@1", rules=SMALL)
    assert not found.refused
    assert [part.name for part in found.parts] == [
        "core", "refunds", "tracking-of-parcels", "workshop-and-repair",
    ]  # fmt: skip
    assert "You are the assistant" in found.core.text
    assert "# Tone" in found.core.text
    assert found.traffic is None


def test_examples_and_variables_stay_with_what_uses_them():
    _, refunds, _, repair = decompose(SHOP, "shop@1", rules=SMALL).parts
    assert "I want my money back." in refunds.text
    assert "{{shop}}" in repair.text


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("# A\n{% if pro %}\nBe brief.\n\n# B\n\nBe kind.\n{% endif %}", ("Be brief.", "Be kind")),
        ("{% set tone = 'dry' %}\n\n# A\nBe brief.\n\n# B\n\nBe {{ tone }}.", ("{% set", "Be {{")),
        ("Before you answer:\n\n- Be brief.\n- Be kind.", ("Before", "Be kind.")),
        ("<rules>\n\nBe brief.\n\nBe kind.\n\n</rules>", ("<rules>", "</rules>")),
    ],
)  # fmt: skip
def test_what_belongs_together_is_never_cut(text, together):
    tree = grow(text, 0.0)
    texts = [tree.write([unit]) for unit in tree.units]
    holding = [part for part in texts if together[0] in part]
    assert holding
    assert all(together[1] in part for part in holding)


TITLES = st.sampled_from(["# Refunds", "## Tracking", "# Output", "<repair>", "**Billing**", ""])
LINES = st.sampled_from(
    [
        "Never promise a refund above {n} euros.",
        "- Call `track_{n}` when the parcel is late.",
        "  - Give the scan number {n} too.",
        "When the brakes fail ({n}):",
        "```\nmust {n}\n```",
        "{% if pro %}\nOffer appointment {n}.\n{% endif %}",
        "Output: at most {n} words.",
        "",
    ]
)
PROMPTS = st.lists(st.tuples(TITLES, st.lists(LINES, max_size=6)), min_size=1, max_size=6)


@given(PROMPTS, st.sampled_from([0.0, 0.2, 1.0]), st.booleans())
def test_every_instruction_is_in_exactly_one_part(sections, share, measured):
    numbers = iter(range(1000))
    written = []
    for title, lines in sections:
        closing = [title.replace("<", "</")] if title.startswith("<") else []
        written += [title, *(line.replace("{n}", str(next(numbers))) for line in lines), *closing]
    text = "\n".join(written)
    requests = asked(*ASKED) if measured else []
    found = decompose(text, "x@1", requests, Decompose(min_tokens=5, max_share=share))
    held = sorted((unit.line, unit.end_line) for part in found.parts for unit in part.units)
    assert all(after[0] > before[1] for before, after in pairwise(held))
    parts = sum((said(part.text) for part in found.parts), Counter[str]())
    assert parts == said(text)
    assert Counter(s.text for part in found.parts for s in part.instructions) == said(text)


def test_recorded_requests_say_what_it_saves():
    found = decompose(SHOP, "shop@1", asked("refund", "parcel", "thanks", "repair"), SMALL)
    assert found.traffic is not None
    assert found.traffic.shares == (0.25, 0.75, 0.0, 0.0)
    sizes = {part.name: part.tokens for part in found.parts}
    mean = sizes["core"] + sum(part.tokens for part in found.modules) / 4
    assert found.traffic.after == mean
    assert found.traffic.router > found.router_tokens


def test_a_request_of_two_topics_is_quoted_with_the_words_that_say_so():
    both = Asked("Where is the parcel, and when is the refund booked?", "t", 3, None)
    found = decompose(SHOP, "shop@1", [both, *asked("thanks", "repair", "refund", "parcel")], SMALL)
    assert found.traffic is not None
    (routed,) = found.traffic.several
    assert routed.needs == (("refunds", ("refund",)), ("tracking-of-parcels", ("parcel",)))


def test_what_most_requests_need_belongs_to_the_core():
    found = decompose(SHOP, "shop@1", asked("refund", "refund", "parcel"), SMALL)
    (why,) = [w for u, w in zip(found.core.units, found.core.why, strict=True)
              if u.title == "Refunds"]  # fmt: skip
    assert why == "67% of the requests need it"


def test_dollars_are_unmeasured_without_prices_and_never_nothing():
    found = decompose(SHOP, "shop@1", asked("refund", "parcel", "repair", rate=None), SMALL)
    assert found.traffic is not None
    assert found.traffic.usd_after.value is None
    assert found.traffic.usd_after.note


@pytest.mark.parametrize(
    ("text", "requests", "why"),
    [
        ("Be brief.", (), "about one job"),
        (f"{CHAT * 150}\n\n{SHOP}", (), "could ever be left out"),
        (SHOP, (), "asking for the route takes"),
        (f"{CHAT * 40}\n\n{SHOP}", ("refund", "parcel", "repair"), "more tokens on"),
        ("# Refunds\n- Never promise one.\n\n# Parcels\n- Track each.", (), "none of its topics"),
    ],
)  # fmt: skip
def test_a_split_that_is_not_worth_it_is_refused(text, requests, why):
    rules = Decompose(min_tokens=30, min_saved=0.0 if requests else 0.2)
    assert why in decompose(text, "x@1", asked(*requests), rules).refused


@pytest.mark.parametrize("style", ["mustache", "jinja"])
def test_the_parts_join_to_what_a_request_needs(style):
    found = decompose(SHOP, "shop@1", rules=SMALL, style=style)
    texts = {name: content.messages[0].content for name, content in texts_of(found, style)}
    content = PromptContent((Message("system", SHOP), Message("user", "Hi")), style)
    wording = Wording(content, {}, "shop@1")
    joined = assembled(wording, found, {name: f"shop/{name}@1" for name in texts})
    form = Form(joined, {f"shop/{name}@1": text for name, text in texts.items()})
    filled = form.fill({"needs_refunds": True, "shop": "Velo"}, "shop")[0]["content"]
    assert said(filled) == said(found.core.text.replace("{{shop}}", "Velo")) + said(
        found.modules[0].text
    )


def test_routing_needs_a_word_of_the_title_or_two_others():
    modules = decompose(SHOP, "shop@1", rules=SMALL).modules
    assert [name for name, _ in needs("A refund, please", modules)] == ["refunds"]
    assert needs("The weather is fine", modules) == ()
