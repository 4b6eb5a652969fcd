"""Contradictions of prompts with the second opinions on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from solvent.debt.opinions import moved
from solvent.debt.rule import several
from solvent.prompts.contradictions.question import QUESTION, about, case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.debt.opinions import Opinions
    from solvent.records.finding import Opinion
    from solvent.records.instruction import Conflict


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


def confidence(pairs: Sequence[Judged], before: float, trust: float) -> float | None:
    """Return how likely at least one pair is right, as the likeliest of them alone says.

    Args:
        pairs: The pairs of a prompt.
        before: How often such a pair is right, before a model is asked.
        trust: See `moved`.

    Returns:
        None when no model took a side.
    """
    if not any(one.opinion and one.opinion.agrees is not None for one in pairs):
        return None
    return max(moved(before, one.opinion, trust) for one in pairs)
