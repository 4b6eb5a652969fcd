"""Decomposition: a prompt that does many jobs becomes a core, a module for each, and a router."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

from solvent.fixes.routing import keys_of, measure, needs, router
from solvent.fixes.topics import Topics, alike, likeness, named
from solvent.fixes.tree import grow
from solvent.prompts.stems import STOP
from solvent.records.decomposition import Decomposition, Part
from solvent.settings import Decompose
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.decomposition import Asked, Traffic, Unit

    Group = tuple[Unit, ...]

ALIKE = 0.3
"""Cosine from which two topics become one module."""
RELATED = 0.08
"""Cosine from which a topic that is too small for a module joins the most similar one."""
TOGETHER = 0.5
"""Share of the requests needing either of two modules that need both, from which they are one."""
MANY = 3
"""Modules from which a request counts as needing many."""
MOST = 0.5
"""Share of the requests that may need many modules."""


def decompose(
    text: str,
    label: str,
    asked: Sequence[Asked] = (),
    rules: Decompose | None = None,
    style: str = "mustache",
) -> Decomposition:
    """Return a split of a prompt, or why it should stay whole.

    Args:
        text: The prompt.
        label: What it is called.
        asked: What users asked with it; empty: nothing is measured.
        rules: Sizes and shares that decide.
        style: How the prompt writes its inputs.
    """
    rules = rules or Decompose()
    topics = Topics(grow(text, rules.max_share))
    held = _cited(topics)
    held |= {unit: why for unit in topics.units if (why := topics.general(unit))}
    groups = _grouped(topics, [u for u in topics.units if u not in held], rules)
    small = [group for group in groups if _size(group) < rules.min_tokens]
    held |= {unit: "is too small for a module of its own" for group in small for unit in group}
    mute = [group for group in groups if group not in small and not keys_of(topics, group)]
    held |= {unit: "no word of it tells which requests need it" for g in mute for unit in g}
    small += mute
    groups = _few(topics, [group for group in groups if group not in small], rules.max_modules)
    if asked:
        groups = _by_use(topics, groups, asked, held, rules)
    modules = _modules(topics, groups)
    core = _core(topics, held)
    tokens = count(text)
    table = router(modules, style) if modules else ""
    router_tokens = count(table)
    traffic = measure(asked, tokens, core, modules, router_tokens) if modules else None
    return Decomposition(
        label=label,
        tokens=tokens,
        core=core,
        modules=modules,
        router=table,
        router_tokens=router_tokens,
        traffic=traffic,
        refused=_refusal((tokens, router_tokens), modules, traffic, rules, small=bool(small)),
    )


def _cited(topics: Topics) -> dict[Unit, str]:
    """Return the units whose titles others name: who is told to follow them must have them."""
    found: dict[Unit, str] = {}
    texts = {u: "\n".join(topics.tree.lines[u.line - 1 : u.end_line]) for u in topics.units}
    for unit in topics.units:
        title = unit.title.strip("`*_ ")
        if title.isalpha():
            continue  # a single word is too often just a word
        cites = re.compile(
            rf"(?:see|follow|per|in|under|to) (?:the )?[\"'“*`<#]+{re.escape(title)}[\"'”*`>]",
            re.IGNORECASE,
        )
        by = [u for u, said in texts.items() if u.title != unit.title and cites.search(said)]
        if by:
            where = by[0].title or f"line {by[0].line}"
            found[unit] = f"“{where}” refers to it"
    return found


def _grouped(topics: Topics, units: Sequence[Unit], rules: Decompose) -> list[Group]:
    """Return units by topic: those under one title, then the most alike, until few are left."""
    groups: dict[tuple[str, ...], list[Unit]] = {}
    for unit in units:
        groups.setdefault(topics.place(unit) or (str(unit.line),), []).append(unit)
    found: list[Group] = [tuple(group) for group in groups.values()]
    vectors = {unit: topics.vector([unit]) for unit in units}
    limit = rules.max_share * sum(unit.tokens for unit in topics.units)
    while len(found) > 1:
        pairs = [
            (alike([vectors[u] for u in one], [vectors[u] for u in other]), i, j)
            for (i, one), (j, other) in combinations(enumerate(found), 2)
            if _size(one) + _size(other) <= limit
        ]
        little = [p for p in pairs if min(_size(found[i]) for i in p[1:]) < rules.min_tokens]
        best = max(pairs, default=(0.0, 0, 0))
        if best[0] < ALIKE and not (little and (best := max(little))[0] >= RELATED):
            break
        _, i, j = best
        found = _join(found, i, j)
    return sorted(found, key=lambda group: group[0].line)


def _few(topics: Topics, groups: list[Group], most: int) -> list[Group]:
    """Return at most so many groups, the smallest joined with what is most like it."""
    while len(groups) > most:
        least = min(range(len(groups)), key=lambda i: _size(groups[i]))
        vector = topics.vector(groups[least])
        others = [i for i in range(len(groups)) if i != least]
        near = max(others, key=lambda i: likeness(vector, topics.vector(groups[i])))
        groups = _join(groups, least, near)
    return sorted(groups, key=lambda group: group[0].line)


def _join(groups: Sequence[Group], i: int, j: int) -> list[Group]:
    joined = tuple(sorted((*groups[i], *groups[j]), key=lambda unit: unit.line))
    return [group for n, group in enumerate(groups) if n not in {i, j}] + [joined]


def _by_use(
    topics: Topics, groups: list[Group], asked: Sequence[Asked], held: dict[Unit, str],
    rules: Decompose,
) -> list[Group]:  # fmt: skip
    """Move what most requests need into the core, and join what the same requests need."""
    while groups:
        modules = _modules(topics, groups)
        wanted: list[frozenset[str]] = [
            frozenset(name for name, _ in needs(one.text, modules)) for one in asked
        ]
        users = [{n for n, names in enumerate(wanted) if m.name in names} for m in modules]
        often = max(range(len(groups)), key=lambda i: len(users[i]))
        share = len(users[often]) / len(asked)
        if share >= rules.core_share:
            held |= dict.fromkeys(groups[often], f"{share:.0%} of the requests need it")
            del groups[often]
            continue
        pairs = [
            (len(users[i] & users[j]) / len(users[i] | users[j]), i, j)
            for i, j in combinations(range(len(groups)), 2)
            if users[i] | users[j]
        ]
        best, i, j = max(pairs, default=(0.0, 0, 0))
        if best <= TOGETHER:
            break
        groups = _join(groups, i, j)
    return sorted(groups, key=lambda group: group[0].line)


def _modules(topics: Topics, groups: Sequence[Group]) -> tuple[Part, ...]:
    found: list[Part] = []
    for group in groups:
        title = named(topics, group)
        keys = keys_of(topics, group)
        own = {key.stem: key.word for key in keys}
        name = _slug(title)
        taken = sum(part.name == name or part.name.startswith(f"{name}-") for part in found)
        text = topics.tree.write(frozenset(group))
        why = tuple(_about(topics, unit, own, title) for unit in group)
        name = f"{name}-{taken + 1}" if taken or name == "core" else name
        found.append(Part(name, title, text, count(text), group, why, keys))
    return tuple(found)


def _about(topics: Topics, unit: Unit, own: dict[str, str], title: str) -> str:
    weights = topics.weights[unit]
    best = sorted((key for key in weights if key in own), key=lambda key: (-weights[key], key))
    words = ", ".join(own[key] for key in best[:4])
    return f"speaks of {words}" if words else f"stands under “{unit.title or title}”"


def _core(topics: Topics, held: dict[Unit, str]) -> Part:
    units = tuple(unit for unit in topics.units if unit in held)
    text = topics.tree.write(frozenset(units))
    return Part("core", "Core", text, count(text), units, tuple(held[u] for u in units))


def _refusal(
    sizes: tuple[int, int], modules: Sequence[Part], traffic: Traffic | None, rules: Decompose,
    *, small: bool,
) -> str:  # fmt: skip
    """Return why a prompt should stay whole; empty: it is worth splitting."""
    tokens, table = sizes
    movable = sum(module.tokens for module in modules) / max(tokens, 1)
    why = ""
    if not modules and small:
        why = f"none of its topics has the {rules.min_tokens:,} tokens that a module is worth"
    elif not modules:
        why = "no part of it is only for some requests: everything is about one job"
    elif movable < rules.min_saved:
        why = f"only {movable:.0%} of its tokens could ever be left out"
    elif movable - table / tokens < rules.min_saved:
        why = f"asking for the route takes {table:,} of the {tokens:,} tokens that it has"
    elif traffic and traffic.saved < 0:
        why = f"it would send {-traffic.saved:.0%} more tokens on the recorded requests"
    elif traffic and traffic.saved < rules.min_saved:
        why = (
            f"it would save {traffic.saved:.0%} of the prompt's tokens on the recorded requests,"
            f" less than {rules.min_saved:.0%}"
        )
    elif traffic and len(modules) > MANY and traffic.shares[MANY] > MOST:
        why = f"{traffic.shares[MANY]:.0%} of the recorded requests need three modules or more"
    return why


def _size(group: Group) -> int:
    return sum(unit.tokens for unit in group)


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())[:5]
    while words and words[-1] in STOP:
        words.pop()
    return "-".join(words)[:48].strip("-") or "module"
