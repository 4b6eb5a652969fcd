"""A course with everything about it that several signals look at, worked out once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from solvent.pipelines.within.texts import CLOSED, FINAL, values, words
from solvent.traces.files.parts.failure import failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.suspect import Course, Step

IDLE_WORDS = 4
"""Steps that say fewer words say nothing; a coordinator's say less than `IDLE_ORDER`."""
IDLE_ORDER = 12
REPEATED_WITHIN = 3
"""How many steps back a text may have been said already that is only passed on."""
PASSED_ON_CHARS = 600
ALWAYS = 0.8
"""Share of its handovers in which a coordinator names who is next."""


class Kind(StrEnum):
    """How a trace is organised; what gives the culprit away differs between them."""

    PIPELINE = "pipeline"
    """Steps of one application, or one agent with tools."""
    ROUND_TABLE = "round_table"
    """Several agents that answer one another."""
    COORDINATED = "coordinated"
    """One agent hands out work to the others."""


@dataclass(frozen=True)
class Scene:
    """One course, with its roles, words and values."""

    course: Course

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps in order."""
        return self.course.steps

    @cached_property
    def task(self) -> frozenset[str]:
        """Return the words of what was asked."""
        return frozenset(words(self.course.task))

    @cached_property
    def words(self) -> list[frozenset[str]]:
        """Return the words that each step said."""
        return [frozenset(words(step.said)) for step in self.steps]

    @cached_property
    def counts(self) -> list[int]:
        """Return how many words each step said."""
        return [len(words(step.said)) for step in self.steps]

    @cached_property
    def values(self) -> list[dict[str, str]]:
        """Return the values that each step named."""
        return [values(step.said) for step in self.steps]

    @cached_property
    def plain(self) -> list[str]:
        """Return what each step said in lower case on one line."""
        return [" ".join(step.said.lower().split()) for step in self.steps]

    @cached_property
    def asked(self) -> list[str]:
        """Return what went into each step in lower case on one line."""
        return [" ".join(step.asked.lower().split()) for step in self.steps]

    @cached_property
    def new_values(self) -> list[dict[str, str]]:
        """Return the values of each step whose words neither the task nor an earlier step said."""
        known = set(self.task) | set(_named(self.course.task))
        found = []
        for place, step in enumerate(self.steps):
            for text in (step.told, step.asked):
                known.update(words(text), _named(text))
            said = self.values[place]
            found.append({key: text for key, text in said.items() if not _known(key, known)})
            known |= self.words[place] | set(said)
        return found

    @cached_property
    def kind(self) -> Kind:
        """Return how the trace is organised."""
        if self.coordinator is not None:
            return Kind.COORDINATED
        agents = {step.agent for step in self.steps if step.agent}
        return Kind.ROUND_TABLE if len(agents) > 1 else Kind.PIPELINE

    @cached_property
    def coordinator(self) -> str | None:
        """Return the agent that hands out work to the others, if one does."""
        return find_coordinator(self.steps)

    @cached_property
    def executed(self) -> list[bool]:
        """Return which steps only run what another step wrote."""
        return [step.type == "tool" for step in self.steps]

    @cached_property
    def failures(self) -> list[str]:
        """Return how each step failed: its error, or a result that says that it failed."""
        return [
            (step.error or step.said or "ended in error")
            if step.failed
            else ((self.executed[place] and failure(step.said)) or "")
            for place, step in enumerate(self.steps)
        ]

    @cached_property
    def idle(self) -> list[bool]:
        """Return which steps say next to nothing, or only what was said just before."""
        return [self._idle(place) for place in range(len(self.steps))]

    def _idle(self, place: int) -> bool:
        text, step = self.plain[place], self.steps[place]
        least = IDLE_ORDER if step.actor == self.coordinator else IDLE_WORDS
        if self.counts[place] < least:
            return not self.executed[place]
        if len(text) >= PASSED_ON_CHARS or self.executed[place]:
            return False
        return any(text in said for said in self.plain[max(place - REPEATED_WITHIN, 0) : place])

    @cached_property
    def workers(self) -> list[int]:
        """Return the places of the steps that do the work, in order."""
        return [
            place
            for place, step in enumerate(self.steps)
            if not self.executed[place] and not self.idle[place] and step.actor != self.coordinator
        ]

    @cached_property
    def turns(self) -> Counter[str]:
        """Return how many working steps each actor took."""
        return Counter(self.steps[place].actor for place in self.workers)

    @cached_property
    def closed(self) -> bool:
        """Tell whether the coordinator ended the run because it was content."""
        return any(
            step.actor == self.coordinator and CLOSED.search(step.said) for step in self.steps
        )

    @cached_property
    def last_values(self) -> set[str]:
        """Return the values of the final answer, in lower case."""
        for step in self.steps[-3:]:
            if (found := FINAL.search(step.said)) is not None:
                return {found[1].strip().lower()}
        if self.kind is Kind.PIPELINE:
            return set(values(self.course.answer)) - set(values(self.course.task))
        if not self.workers:
            return set()
        return set(self.values[self.workers[-1]]) - set(values(self.course.task))

    @cached_property
    def origin(self) -> int | None:
        """Return where a value of the final answer was first named by a step of its own."""
        for place, text in enumerate(self.plain):
            if not self.executed[place] and any(value in text for value in self.last_values):
                return place
        return None

    def reply(self, place: int) -> int | None:
        """Return the next step of another actor that says something, within three steps."""
        actor = self.steps[place].actor
        for later in range(place + 1, min(place + 4, len(self.steps))):
            if self.executed[later] or self.idle[later]:
                continue
            if self.steps[later].actor != actor:
                return later
        return None

    def run_by(self, place: int) -> int | None:
        """Return the step right after this one that ran what it wrote."""
        after = place + 1
        return after if after < len(self.steps) and self.executed[after] else None


def find_coordinator(steps: Sequence[Step]) -> str | None:
    """Return the actor that opens, names who is next, and gets every turn back; None without one.

    Steps that only run what others wrote do not count as turns.
    """
    steps = [step for step in steps if step.type != "tool"]
    if len({step.agent for step in steps}) < 2:  # noqa: PLR2004  nobody to hand over to
        return None
    actors = [step.actor for step in steps]
    handovers: Counter[str] = Counter()
    named: Counter[str] = Counter()
    block: list[str] = []
    for place, step in enumerate(steps):
        if place and actors[place] != actors[place - 1]:
            if actors[0] not in {actors[place], actors[place - 1]}:
                return None
            handovers[actors[place - 1]] += 1
            name = re.compile(rf"\b{re.escape(actors[place])}\b")
            named[actors[place - 1]] += any(name.search(text) for text in block)
            block = []
        block.append(step.said)
    first = actors[0] if actors else ""
    given = handovers[first]
    return first if given and named[first] >= ALWAYS * given else None


def _named(text: str) -> list[str]:
    return list(values(text))


def _known(value: str, known: set[str]) -> bool:
    """Tell whether a value was said before, as it stands or in its words."""
    return value in known or (bool(found := words(value)) and known.issuperset(found))
