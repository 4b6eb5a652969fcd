"""Which modules a request needs: told by words, which is exact to repeat and costs no tokens.

A model that reads the table may route otherwise; what it would do is not known before it is tried.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from solvent.fixes.topics import stems_of
from solvent.records.decomposition import Asked, Key, Routed, Traffic
from solvent.records.finding import Measure
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.fixes.topics import Topics
    from solvent.records.decomposition import Part, Unit

KEYS = 12
"""Words of a module beside those of its titles."""
UNSURE = 2
"""Such words that a request must have before it needs the module."""
NUMBERED = re.compile(r"\d")
"""Numbers of sections are no words of requests."""
SHORTEST = 3
"""Letters of such a word."""
RARE = 0.25
"""Share of the other units in which such a word may stand."""
SHOWN = 20
"""Requests that are told of those which need several modules."""
MODES = {"mustache": "{{request}}", "jinja": "{{ request }}", "fstring": "{request}"}
"""How each style writes the input of the router."""


def keys_of(topics: Topics, units: Sequence[Unit]) -> tuple[Key, ...]:
    """Return the words that tell these units apart from the others of the prompt."""
    others = [unit for unit in topics.units if unit not in units]
    titled = {key for unit in others for key in topics.titles(unit)}
    spread = Counter(key for unit in others for key in topics.weights[unit])
    most = RARE * len(others)
    sure = [
        key
        for key in dict.fromkeys(k for unit in units for k in topics.titles(unit))
        if key not in titled and spread[key] <= most and not NUMBERED.search(key)
    ]
    vector = topics.vector(units)
    said = {key for unit in units for s in unit.statements for key in s.topic}
    rest = [
        key for key in vector
        if key not in sure and key in said and spread[key] <= most and len(key) >= SHORTEST
    ]  # fmt: skip
    rest.sort(key=lambda key: (-vector[key], key))
    found = [Key(key, topics.words.get(key, key), sure=True) for key in sure]
    return tuple(found + [Key(k, topics.words.get(k, k), sure=False) for k in rest[:KEYS]])


def needs(text: str, modules: Iterable[Part]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the modules that a request needs, each with the words that say so.

    A word of a module's title is enough; of its other words two are needed.
    """
    said = frozenset(stems_of(text))
    found = []
    for module in modules:
        hits = [key for key in module.keys if key.stem in said]
        if any(key.sure for key in hits) or len(hits) >= UNSURE:
            found.append((module.name, tuple(key.word for key in hits)))
    return tuple(found)


def router(modules: Sequence[Part], style: str) -> str:
    """Return the prompt that asks a model which modules a request needs."""
    rows = [
        f"| {m.name} | {_plain(m.title)} | {', '.join(_plain(key.word) for key in m.keys[:8])} |"
        for m in modules
    ]
    return "\n".join(
        [
            "Choose the parts of the instructions that the request needs.",
            "",
            "| part | use it when the request is about | such as |",
            "| --- | --- | --- |",
            *rows,
            "",
            "Answer with the names of the parts, separated by commas, and nothing else.",
            "Answer `none` when the request needs none of them.",
            "",
            "<request>",
            MODES[style],
            "</request>",
        ]
    )


def _plain(text: str) -> str:
    """Return words for a cell of the table: without its borders and without template marks."""
    return " ".join(text.translate(str.maketrans("|{}%", "    ")).split())


def measure(
    asked: Sequence[Asked], tokens: int, core: Part, modules: Sequence[Part], router_tokens: int
) -> Traffic | None:
    """Return what a split means for recorded requests; None: there are none.

    Args:
        asked: The requests.
        tokens: Tokens of the prompt as it is.
        core: The part that every request gets.
        modules: The parts that some get.
        router_tokens: Tokens of the router without the request.
    """
    if not asked:
        return None
    sizes = {module.name: module.tokens for module in modules}
    routed = [Routed(one, needs(one.text, modules)) for one in asked]
    calls = sum(one.calls for one in asked)
    wanted = Counter(min(len(one.needs), 3) for one in routed)
    uses = Counter(name for one in routed for name, _ in one.needs)
    sent = [core.tokens + sum(sizes[name] for name, _ in one.needs) for one in routed]
    routing = [router_tokens + count(one.text) for one in asked]
    after = [n * one.calls for n, one in zip(sent, asked, strict=True)]
    shares = tuple(wanted[n] / len(routed) for n in range(4))
    unlike = {re.sub(r"\d+", "0", one.asked.text): one for one in routed if len(one.needs) > 1}
    several = sorted(unlike.values(), key=lambda one: (-one.asked.calls, one.asked.text))
    return Traffic(
        requests=len(routed),
        calls=calls,
        shares=(shares[0], shares[1], shares[2], shares[3]),
        uses=tuple((module.name, uses[module.name] / len(routed)) for module in modules),
        before=float(tokens),
        after=sum(after) / calls,
        router=sum(routing) / calls,
        usd_before=_priced(asked, [tokens * one.calls for one in asked]),
        usd_after=_priced(asked, [a + r for a, r in zip(after, routing, strict=True)]),
        several=tuple(several[:SHOWN]),
    )


def _priced(asked: Sequence[Asked], tokens: Sequence[int]) -> Measure:
    known = [(one.rate, n) for one, n in zip(asked, tokens, strict=True) if one.rate is not None]
    if not known:
        return Measure(note="no price is known for the models that were called")
    missing = len(asked) - len(known)
    note = f"{missing:,} requests to models without a price are left out" if missing else ""
    return Measure(sum(rate * n for rate, n in known), note=note)
