"""What each unit of a prompt is about, and which units every request needs by what they say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt
from typing import TYPE_CHECKING

from solvent.prompts.stems import STOP, WORD, stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from solvent.fixes.tree import Tree
    from solvent.records.decomposition import Unit

GENERAL = frozenset(
    stem(word)
    for word in """
    role identity persona about introduction intro overview purpose objective goal goals mission
    scope background context audience general generic basic core key main primary essential
    fundamental common overall global critical important mandatory required requirements must
    principle principles philosophy mindset rule rules guideline guidelines guidance instruction
    instructions directive directives policy policies constraint constraints limits limitations
    boundaries restrictions behavior behaviour conduct safety ethics tone voice style language
    settings format formatting output response responses answer answers answering reply message
    communication interaction conversation presentation structure template schema input inputs
    request requests query task tasks work working job completion complete state status history
    memory environment system information info capability capabilities expertise skills knowledge
    specialization tool tools use using usage agent agents assistant action actions plan planning
    think thinking reasoning approach process workflow workflows step steps procedure phase method
    methodology strategy execution operation operations efficiency quality best practices practice
    good tips recommendations notes note reminder reminders remember summary conclusion final
    checklist verification validation criteria success example examples sample samples reference
    references resources further reading appendix additional advanced other miscellaneous special
    specific detailed complete full new preferences preamble values do don't dos donts never always
    bad things stuff handling error errors naming names code coding design development files file
    management configuration implementation implementations consideration considerations scenario
    scenarios excel know definition definitions case cases edge application applications project
    choosing appropriate section sections standard standards convention conventions pattern patterns
    type types data debugging troubleshooting your you object objects command commands function
    functions quick responsibilities operating operational comprehensive autonomous mode review
    library catalog default
    """.split()  # noqa: SIM905  a list of quoted words would be pages long
)
"""Stems of titles whose sections hold for every request. They were collected from the titles of
the 689 public prompts of agents and assistants that the rule `mega-prompt` was set by."""
ALWAYS = re.compile(
    r"(?i)\b(?:principles?|critical|mandatory|important|priority|reminders?|mission"
    r"|responsibilities|constraints|tone|persona|identity)\b"
)
"""Titles whose sections hold for every request, whatever else they say."""
SEQUENCE = re.compile(
    r"(?i)\b(?:step|phase|stage)\s*\d|\b(?:workflow|procedure|process|protocol)\b"
)
IDENTIFIER = re.compile(r"^`?[a-z]+(?:_[a-z0-9]+)+`?(?:\(\))?$|^`?[a-z]+(?:[A-Z][a-z0-9]+)+`?$")
EVERYWHERE = 0.4
"""Share of the units from which a word tells none apart."""
FEW = 4
"""Units below which that is not asked."""
TITLE_WEIGHT = 3.0
CODE_WEIGHT = 0.3


@dataclass(frozen=True)
class Topics:
    """The words of the units of a prompt."""

    tree: Tree

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units in the order of the text."""
        return self.tree.units

    @cached_property
    def parents(self) -> dict[Unit, tuple[str, ...]]:
        """The titles around each unit."""
        return self.tree.parents()

    @cached_property
    def words(self) -> dict[str, str]:
        """The spelling of each stem that is used most."""
        seen: dict[str, Counter[str]] = {}
        for word in WORD.findall("\n".join(self.tree.lines)):
            seen.setdefault(stem(word), Counter())[word.lower()] += 1
        return {key: min(c, key=lambda w: (-c[w], len(w), w)) for key, c in seen.items()}

    @cached_property
    def spread(self) -> Counter[str]:
        """In how many units each stem stands."""
        return Counter(key for unit in self.units for key in self.weights[unit])

    @cached_property
    def weights(self) -> dict[Unit, dict[str, float]]:
        """By unit, how much it speaks of each stem: statements, titles thrice, code a third."""
        return {unit: self._weigh(unit) for unit in self.units}

    def titles(self, unit: Unit) -> tuple[str, ...]:
        """Return the stems of the title above a unit that tell what it is about."""
        found = stems_of(" ".join(self.place(unit)[-1:]))
        return tuple(s for s in found if s not in GENERAL and not self.is_common(s))

    def is_common(self, key: str) -> bool:
        """Tell whether a stem stands in so many units that it tells none apart."""
        few = len(self.units) < FEW
        return not few and self.spread[key] >= EVERYWHERE * len(self.units)

    def vector(self, units: Iterable[Unit]) -> dict[str, float]:
        """Return the weights of some units, the rarer in the prompt the more."""
        total: dict[str, float] = {}
        for unit in units:
            for key, weight in self.weights[unit].items():
                total[key] = total.get(key, 0.0) + weight
        size = len(self.units)
        return {
            key: weight * log((1 + size) / self.spread[key])
            for key, weight in total.items()
            if key not in GENERAL
        }

    def general(self, unit: Unit) -> str:
        """Return why every request needs a unit, by what it says; empty: no reason is seen."""
        around = (*self.parents[unit], unit.title)
        titles = [title for title in around if title]
        if not titles:
            flat = not any(other.title for other in self.units)
            some = flat and unit.statements and all(s.conditions for s in unit.statements)
            return "" if some else "stands under no title"
        if any(SEQUENCE.search(title) for title in titles):
            return "is part of one sequence of steps"
        if IDENTIFIER.match(unit.title) and any("tool" in t.lower() for t in around[:-1]):
            return "describes a tool, and tools are chosen in the course of the work"
        if ALWAYS.search(unit.title) or not self.place(unit):
            return f"“{unit.title}” holds for every request"
        return ""

    def place(self, unit: Unit) -> tuple[str, ...]:
        """Return the titles down to the innermost one that tells a topic; none: none does.

        A title around more than half of the prompt, such as its name, tells no topic.
        """
        path = self._path(unit)
        telling = [
            depth
            for depth, title in enumerate(path, 1)
            if self._topical(title) and self._below[path[:depth]] * 2 <= len(self.units)
        ]
        return path[: telling[-1]] if telling else ()

    @cached_property
    def _below(self) -> Counter[tuple[str, ...]]:
        """How many units stand at or below each path of titles."""
        paths = [self._path(unit) for unit in self.units]
        return Counter(path[:depth] for path in paths for depth in range(1, len(path) + 1))

    def _path(self, unit: Unit) -> tuple[str, ...]:
        """Return the titles around a unit and its own, each level once."""
        around = self.parents[unit]
        return around if around[-1:] == (unit.title,) else (*around, unit.title)

    def _topical(self, title: str) -> bool:
        return any(s not in GENERAL and not self.is_common(s) for s in stems_of(title))

    def _weigh(self, unit: Unit) -> dict[str, float]:
        found: Counter[str] = Counter()
        for statement in unit.statements:
            found.update(statement.topic)
        weights = {key: float(n) for key, n in found.items()}
        text = "\n".join(self.tree.lines[unit.line - 1 : unit.end_line])
        for key in stems_of(text):
            weights.setdefault(key, CODE_WEIGHT)
        for key in stems_of(unit.title):
            weights[key] = weights.get(key, 0.0) + TITLE_WEIGHT
        return weights


def stems_of(text: str) -> tuple[str, ...]:
    """Return the stems of the content words of a text, words with underscores taken apart."""
    words = WORD.findall(text.replace("_", " "))
    found = (stem(w) for w in words if w.lower() not in STOP and len(w) > 1)
    return tuple(dict.fromkeys(found))


def likeness(one: dict[str, float], other: dict[str, float]) -> float:
    """Return the cosine of two vectors, from 0 to 1."""
    shared = sum(weight * other[key] for key, weight in one.items() if key in other)
    if not shared:
        return 0.0
    return shared / (_length(one.values()) * _length(other.values()))


def _length(weights: Iterable[float]) -> float:
    return sqrt(sum(weight * weight for weight in weights))


def alike(one: Sequence[dict[str, float]], other: Sequence[dict[str, float]]) -> float:
    """Return the mean likeness of the vectors of two groups."""
    return sum(likeness(a, b) for a in one for b in other) / (len(one) * len(other))


def plain(title: str) -> str:
    """Return a title without its number and its marks."""
    return re.sub(r"^[^\w(]*(?:\d+[.):]\s*)*[^\w(`]*", "", title).strip(" `*_:") or title


def named(topics: Topics, units: Sequence[Unit]) -> str:
    """Return a title for some units: the title around them, or of the largest, or their words."""
    outer = {topics.parents[unit][-1:] for unit in units}
    if len(units) > 1 and len(outer) == 1 and (title := "".join(*outer)):
        below = [unit for unit in topics.units if title in topics.parents[unit]]
        if len(units) * 2 > len(below):
            return plain(title)
    largest = sorted(units, key=lambda unit: (-unit.tokens, unit.line))
    titles = dict.fromkeys(unit.title for unit in largest if topics.titles(unit))
    if titles:
        return " and ".join(plain(title) for title in list(titles)[:2])
    vector = topics.vector(units)
    best = sorted(vector, key=lambda key: (-vector[key], key))[:3]
    return " ".join(topics.words.get(key, key) for key in best)
