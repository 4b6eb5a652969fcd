"""The same instruction said again, in other words or the same."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.likeness import jaccard, words
from solvent.prompts.reading import read_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.records.instruction import Statement

FILLERS = frozenset(
    """
    a an and any are as at be by do for from i if in is it its must of on or please should so that
    the their them then these they this to will with you your always ensure make sure important
    note remember critical never not don t
    """.split()  # noqa: SIM905  a list of quoted words would be a page long
)
"""Words that carry no content of their own. Negations are among them because they are compared
separately."""
NEGATIONS = frozenset({"not", "never", "no", "don", "don't", "cannot", "can't", "without", "avoid"})
ALIKE = 0.85
"""Share of content words in common from which an instruction that says a little more is the same;
a word that only one of them has instead of another's makes two different instructions."""
COMPARED = 400
"""Instructions of one prompt compared in all pairs; beyond it only equal ones are found."""


class Repetition(NamedTuple):
    """An instruction and the places where it is said again."""

    first: Statement
    again: tuple[Statement, ...]


class Meaning(NamedTuple):
    """What is left of an instruction when form is taken away."""

    content: tuple[str, ...]
    """Words in order, without fillers."""
    negated: bool


def meaning(sentence: str) -> Meaning:
    """Return the content of an instruction."""
    said = words(sentence)
    return Meaning(
        tuple(word for word in said if word not in FILLERS),
        any(word in NEGATIONS for word in said),
    )


def same(one: Meaning, other: Meaning) -> bool:
    """Tell whether two instructions ask for the same."""
    if one.negated != other.negated:
        return False
    if one.content == other.content:
        return True
    left, right = frozenset(one.content), frozenset(other.content)
    return (left <= right or right <= left) and jaccard(left, right) >= ALIKE


def repetitions(text: str, least: int) -> list[Repetition]:
    """Return the instructions of a prompt that are said more than once.

    Args:
        text: The prompt.
        least: Content words an instruction must have; shorter ones repeat by nature.
    """
    said = [(s, meaning(s.text)) for s in read_prompt(text).instructions]
    said = [(s, m) for s, m in said if len(m.content) >= least]
    groups: list[tuple[Meaning, list[Statement]]] = []
    known: dict[Meaning, int] = {}
    for statement, content in said:
        at = known.get(content)
        if at is None and len(groups) <= COMPARED:
            at = next((i for i, (other, _) in enumerate(groups) if same(content, other)), None)
        if at is None:
            known[content] = at = len(groups)
            groups.append((content, []))
        groups[at][1].append(statement)
    return [Repetition(found[0], tuple(found[1:])) for _, found in groups if len(found) > 1]


def copies(prompts: Mapping[str, str], least: int) -> dict[tuple[str, ...], list[Statement]]:
    """Return the instructions that stand in several prompts, by the prompts that share them.

    Args:
        prompts: Texts by subject.
        least: Content words an instruction must have.
    """
    holders: dict[Meaning, dict[str, Statement]] = defaultdict(dict)
    for subject, text in prompts.items():
        for statement in read_prompt(text).instructions:
            content = meaning(statement.text)
            if len(content.content) >= least:
                holders[content].setdefault(subject, statement)
    shared: dict[tuple[str, ...], list[Statement]] = defaultdict(list)
    for places in holders.values():
        if len(places) > 1:
            shared[tuple(sorted(places))].append(next(iter(places.values())))
    return dict(shared)


def total(found: Sequence[Repetition]) -> int:
    """Return how many statements say again what was said."""
    return sum(len(repetition.again) for repetition in found)
