"""A trait in words, with its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.pipelines.blame.features import Trait

FLAGS = {
    "gave_up": "failed at its last run",
    "error": "had an error",
    "bad": "was judged bad",
    "empty": "came back empty",
    "unlike": "answered otherwise than it mostly does when given the same",
    "varied": "answered in other words than it mostly does when given the same",
    "changed": "changed its input",
    "cut": "was given the beginning of what the step before it gave, and not all of it",
    "ran": "ran",
    "left out": "did not run",
}
NAMES = {
    "models": "used the model",
    "versions": "used the prompt version",
    "tools": "called the tool",
    "shapes": "was given the shape",
    "out_shapes": "answered in the shape",
    "said": "came up with",
    "left unsaid": "did not come up with",
}
NUMBERS = {
    "runs": ("ran more than {} times", "ran fewer than {} times"),
    "seconds": ("took more than {} s", "took less than {} s"),
    "in_chars": ("was given more than {} characters", "was given fewer than {} characters"),
    "out_chars": ("gave more than {} characters", "gave fewer than {} characters"),
    "fresh": (
        "came up with more than {} values that nothing before it has",
        "came up with fewer than {} values that nothing before it has",
    ),
    "added": (
        "gave words of which more than {} are not in its input",
        "gave words of which less than {} are not in its input",
    ),
    "dropped": (
        "left out more than {} of the words it was given",
        "left out less than {} of the words it was given",
    ),
    "lost": (
        "was not given more than {} of the words that the step before it gave",
        "was given all but {} of the words that the step before it gave",
    ),
}
ANY = {
    "added": "gave words that are not in its input",
    "dropped": "left out words it was given",
    "lost": "was not given all the words that the step before it gave",
}
SHARES = frozenset(ANY)
MOST_CHARS = 80
WHOLE = 100
"""From here on a number is told without its fraction."""


def said(trait: Trait) -> str:
    """Return what the step did, as the rest of a sentence that begins with its name."""
    if trait.kind in FLAGS:
        return FLAGS[trait.kind]
    if trait.kind in NAMES:
        value = trait.value
        value = value if len(value) <= MOST_CHARS else value[: MOST_CHARS - 1] + "…"
        return f"{NAMES[trait.kind]} `{value}`"
    number = float(trait.value[1:])
    shown = f"{number:,.0f}" if number >= WHOLE else f"{number:.3g}"
    shown = f"{number:.0%}" if trait.kind in SHARES else shown
    if number == 0 and trait.kind in SHARES and trait.value[0] == ">":
        return ANY[trait.kind]
    above, below = NUMBERS[trait.kind]
    return (above if trait.value[0] == ">" else below).format(shown)


def counted(text: str, failed: int, failed_of: int, passed: int, passed_of: int) -> str:
    """Return a trait with the traces it is in."""
    bad, good = f"{failed:,} of {failed_of:,} failed", f"{passed:,} of {passed_of:,} passed"
    return f"{text} in {bad} and {good} traces"
