"""What to do with a span, decided once per set of attribute names.

Senders repeat the same names span after span, so the search through the tables of all dialects is
done once per set of names and kept; a span then only looks its values up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.records.span import Span
from solvent.traces.dialects import dialects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from solvent.traces.dialect import Dialect, Source
    from solvent.traces.raw import RawEvent

COLUMN = {name: place for place, name in enumerate(Span._fields)}
"""Column of `Span` -> its place."""
COUNTS = frozenset(name for name in Span._fields if name.endswith("_tokens"))
_STRUCTURED = frozenset({"messages", "instructions", "flat_messages", "reply", "event_messages"})
_PLANS = 2048
_MANY = 128
_LONG_NAMES = 8192
"""Letters of all names together; longer sets are not kept, so that memory stays bounded."""
_LONGEST_SIGN = 64


class Plan(NamedTuple):
    """Where each column of a span comes from."""

    dialect: str
    texts: tuple[tuple[int, tuple[str, ...]], ...]
    """Place of a text column, attributes that may fill it."""
    counts: tuple[tuple[int, tuple[str, ...]], ...]
    costs: tuple[str, ...]
    tags: tuple[str, ...]
    types: tuple[tuple[str, Mapping[str, str]], ...]
    inputs: tuple[Source, ...]
    outputs: tuple[Source, ...]
    tools: tuple[Source, ...]
    documents: tuple[Source, ...]
    usage: tuple[tuple[str, bool], ...]
    """Attribute with a usage object, whether its input includes cached tokens."""
    assessments: tuple[str, ...]
    vectors: tuple[str, ...]
    """Attributes of which only the length is kept."""
    statuses: tuple[tuple[str, Mapping[str, str]], ...]
    named_by_span: bool
    unfold: tuple[Callable[[Mapping[str, Any], list[RawEvent]], dict[str, Any]], ...]


class _Plans(dict[tuple[tuple[str, ...], tuple[str, ...]], Plan]):
    """Names of attributes and events -> their plan; small sets are kept."""

    def __missing__(self, names: tuple[tuple[str, ...], tuple[str, ...]]) -> Plan:
        plan = _compile(*names)
        if all(len(listed) <= _MANY and sum(map(len, listed)) <= _LONG_NAMES for listed in names):
            if len(self) >= _PLANS:
                self.clear()
            self[names] = plan
        return plan


_plans = _Plans()


def plan_for(names: tuple[str, ...], events: tuple[str, ...]) -> Plan:
    """Return the plan for these attribute and event names."""
    return _plans[names, events]


def _compile(names: tuple[str, ...], events: tuple[str, ...]) -> Plan:
    known = frozenset(names)
    prefixes = {name[: at + 1] for name in known for at in _dots(name)}
    happened = frozenset(events)
    spoken = [d for d in dialects() if _speaks(d, known, prefixes, happened)]
    texts: list[tuple[int, tuple[str, ...]]] = []
    counts: list[tuple[int, tuple[str, ...]]] = []
    for column, place in COLUMN.items():
        found = tuple(
            dict.fromkeys(n for d in dialects() for n in d.columns.get(column, ()) if n in known)
        )
        if not found or column in {"cost_usd", "tags"}:
            continue
        (counts if column in COUNTS else texts).append((place, found))

    def present(sources: Iterable[Source]) -> tuple[Source, ...]:
        kept = [s for s in sources if _carried(s, known, prefixes, happened)]
        return tuple(sorted(kept, key=lambda s: s.form not in _STRUCTURED))

    everyone = dialects()
    return Plan(
        dialect=spoken[0].name if spoken else "otel",
        texts=tuple(texts),
        counts=tuple(counts),
        costs=tuple(n for d in everyone for n in d.columns.get("cost_usd", ()) if n in known),
        tags=tuple(n for d in everyone for n in d.columns.get("tags", ()) if n in known),
        types=tuple((n, t) for d in everyone for n, t in d.types.items() if n in known),
        inputs=present(s for d in everyone for s in d.inputs),
        outputs=present(s for d in everyone for s in d.outputs),
        tools=present(s for d in everyone for s in d.tools),
        documents=present(s for d in everyone for s in d.documents),
        usage=tuple((n, not d.excludes_cache) for d in everyone for n in d.usage if n in known),
        assessments=tuple(p for d in everyone for p in d.assessments if p + "." in prefixes),
        vectors=tuple(n for n in names if n.endswith((".vector", ".embedding"))),
        statuses=tuple((n, t) for d in everyone for n, t in d.statuses.items() if n in known),
        named_by_span=any(d.named_by_span for d in spoken),
        unfold=tuple(d.unfold for d in spoken if d.unfold),
    )


def _dots(name: str) -> list[int]:
    return [at for at, letter in enumerate(name[:_LONGEST_SIGN]) if letter == "."]


def _speaks(
    dialect: Dialect, known: frozenset[str], prefixes: set[str], happened: frozenset[str]
) -> bool:
    if any(sign in known or sign in prefixes for sign in dialect.signs):
        return True
    return any(event in happened for event in dialect.events)


def _carried(
    source: Source, known: frozenset[str], prefixes: set[str], happened: frozenset[str]
) -> bool:
    if source.form.startswith("event_"):
        return any(event in happened for event in source.events)
    if source.form.startswith("flat_"):
        return source.attribute + "." in prefixes or source.attribute in known
    return source.attribute in known
