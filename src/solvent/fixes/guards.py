"""What a proposed prompt may not do, whatever it scores."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from solvent.records.dataset import Example

COPY_WORDS = 8
"""Words in a row that count as copied. Eight words in a row of two texts on the same topic rarely
agree by chance; GPT-3's check for leaked test data used 8 to 13 (Brown et al. 2020, appendix C)."""
_WORD = re.compile(r"\w+")


def copied_runs(
    proposed: str, original: str, examples: Iterable[Example], words: int = COPY_WORDS
) -> tuple[str, ...]:
    """Return the runs of words that a proposed prompt shares with examples, in its own order.

    What the original already said is not copied.

    Args:
        proposed: The text of the proposed prompt.
        original: The text that it would replace.
        examples: What was learned from.
        words: Length of a run.
    """
    seen = {run for e in examples for text in _texts(e) for run in _runs(text, words)}
    old = set(_runs(original, words))
    found = dict.fromkeys(run for run in _runs(proposed, words) if run in seen and run not in old)
    return tuple(" ".join(run) for run in found)


def within_budget(score: float, tokens: int, budget: int | None) -> float:
    """Return a score less what the prompt is over its budget: twice the tokens are half the score.

    Args:
        score: From 0 to 1.
        tokens: Tokens of the prompt without the inputs.
        budget: Tokens that it may have; None: any number.
    """
    return score if budget is None or tokens <= budget else score * budget / tokens


def _texts(example: Example) -> Iterator[str]:
    for value in (*example.inputs.values(), example.expected):
        if value is not None:
            yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _runs(text: str, words: int) -> Iterator[tuple[str, ...]]:
    found = [word.casefold() for word in _WORD.findall(text)]
    for start in range(len(found) - words + 1):
        yield tuple(found[start : start + words])
