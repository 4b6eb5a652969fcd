"""Texts given to functions that send them on: followed from call to call over all files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.code.draft import Facts, Pass

ROUNDS = 6
"""Functions that hand a text on to one another."""


class Sent(NamedTuple):
    """What is given to a parameter that is sent to a model."""

    file: str
    passed: Pass
    role: str
    whole: bool


def sent(facts: Sequence[Facts]) -> Iterator[Sent]:
    """Yield the arguments that reach a model through functions of the program."""
    table = _Table(facts)
    arguments = [(one.file, p, table.targets(p.callee)) for one in facts for p in one.passes]
    arguments = [item for item in arguments if item[2]]
    for _ in range(ROUNDS):
        fresh = {
            passed.source: found
            for _, passed, targets in arguments
            if passed.source and passed.source not in table.sinks
            and (found := table.sink(targets, passed.position))
        }  # fmt: skip
        if not fresh:
            break
        table.sinks |= fresh
    for file, passed, targets in arguments:
        found = table.sink(targets, passed.position)
        if found and (passed.drafts or passed.refs):
            yield Sent(file, passed, *found)


class _Table:
    """The functions of all files, and which of their parameters are sent."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self.functions = {name: given for one in facts for name, given in one.functions.items()}
        self.sinks: dict[tuple[str, str], tuple[str, bool]] = {}
        for one in facts:
            for sink in one.sinks:
                key = (sink.function, sink.parameter)
                if sink.whole or key not in self.sinks:
                    self.sinks[key] = (sink.role, sink.whole)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for name in self.functions:
            self._by_name[name.rpartition(".")[2]].append(name)

    def targets(self, callee: Sequence[str]) -> list[str]:
        """Return the functions a call means: by its full name, else all of its bare name."""
        for name in callee[:-1]:
            last = name.rpartition(".")[2]
            fitting = [f for f in self._by_name.get(last, ()) if f".{f}".endswith(f".{name}")]
            if fitting:
                return fitting
        return self._by_name.get(callee[-1], [])

    def sink(self, targets: Sequence[str], position: int | str) -> tuple[str, bool] | None:
        """Return role and whether it is whole when every function that may be meant sends it."""
        found = None
        for target in targets:
            given = self.functions[target]
            if isinstance(position, str):
                name = position
            else:
                name = given[position] if position < len(given) else ""
            found = self.sinks.get((target, name))
            if found is None:
                return None
        return found
