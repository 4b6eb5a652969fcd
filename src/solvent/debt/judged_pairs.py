"""Contradictions of prompts with the second opinions on them."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from solvent.debt.opinions import moved
from solvent.debt.rule import several
from solvent.prompts.contradictions.doubts import DOUBT, doubtful
from solvent.prompts.contradictions.question import QUESTION, about, case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.debt.opinions import Opinions
    from solvent.records.finding import Opinion
    from solvent.records.instruction import Conflict, PromptReading


class Judged(NamedTuple):
    """A pair of statements, and what a model holds of it."""

    pair: Conflict
    opinion: Opinion | None = None
    """None: no model is configured."""


def judge(
    found: Mapping[str, Sequence[Conflict]], opinions: Opinions | None
) -> dict[str, list[Judged]]:
    """Return the pairs of each prompt with opinions on them; none is left out.

    Pairs that the model agrees with stand first, those that it holds to be none stand last.

    Args:
        found: Pairs by subject of the prompt, in the order in which they are asked about.
        opinions: Who is asked; None: nobody, and the order stays.
    """
    if opinions is None:
        return {subject: [Judged(pair) for pair in pairs] for subject, pairs in found.items()}
    judged = {
        subject: [Judged(pair, opinions.ask(QUESTION, case(pair), about(pair))) for pair in pairs]
        for subject, pairs in found.items()
    }
    return {subject: sorted(pairs, key=_place) for subject, pairs in judged.items()}


def doubts(
    readings: Mapping[str, PromptReading],
    found: Mapping[str, Sequence[Conflict]],
    opinions: Opinions | None,
) -> dict[str, list[Judged]]:
    """Return the pairs that words leave in doubt and that a model holds to be contradictions.

    Args:
        readings: Prompts by subject, in the order in which they are asked about, one question of
            each at a time.
        found: Pairs that words found, by subject.
        opinions: Who is asked, within `max_doubtful`; None: nobody.
    """
    most = min(opinions.settings.max_doubtful, opinions.left) if opinions else 0
    if not opinions or not most:
        return {}
    several_of = [
        [(subject, pair) for pair in doubtful(reading, found.get(subject, ()), most)]
        for subject, reading in islice(readings.items(), most)
    ]
    turns = (one for turn in zip_longest(*several_of) for one in turn if one)
    held: dict[str, list[Judged]] = {}
    for subject, pair in islice(turns, most):
        opinion = opinions.ask(QUESTION, case(pair), about(pair))
        if opinion.agrees:
            held.setdefault(subject, []).append(Judged(pair, opinion))
    return held


def _place(judged: Judged) -> int:
    side = judged.opinion.agrees if judged.opinion else None
    return {True: 0, None: 1, False: 2}[side]


def verdict(pairs: Sequence[Judged]) -> str:
    """Return what models said of the pairs, as the end of a sentence; empty: none took sides."""
    sided = [one.opinion for one in pairs if one.opinion and one.opinion.agrees is not None]
    if not sided:
        return ""
    who = ", ".join(sorted({f"`{opinion.model}`" for opinion in sided}))
    agreed = sum(bool(opinion.agrees) for opinion in sided)
    if len(pairs) == 1:
        held = "agrees" if agreed else "holds it to be none"
    else:
        held = f"agrees on {agreed:,} of {several(len(sided), 'pair')}"
    return f"; {who}, asked for a second opinion, {held}"


def confidence(
    pairs: Sequence[Judged], before: float, in_doubt: float, trust: float
) -> float | None:
    """Return how likely at least one pair is right, as the likeliest of them alone says.

    Args:
        pairs: The pairs of a prompt.
        before: How often a pair that words find is right, before a model is asked.
        in_doubt: How often one that they leave in doubt is.
        trust: See `moved`.

    Returns:
        None when no model took a side.
    """
    if not any(one.opinion and one.opinion.agrees is not None for one in pairs):
        return None
    return max(
        moved(in_doubt if one.pair.kind == DOUBT else before, one.opinion, trust) for one in pairs
    )
