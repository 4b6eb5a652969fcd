"""When two conversations say the same, and how alike they are."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
_QUOTES = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "`": "'",
    }
)


def normal(messages: Iterable[tuple[str, str]]) -> str:
    """Return roles and texts without what does not change their meaning.

    Case, kinds of space and quotes, Unicode forms and punctuation at the end are left out.
    """
    return "\n".join(f"{role}: {_plain(text)}" for role, text in messages)


def likeness(one: str, other: str) -> float:
    """Return how alike two wordings are, 0 to 1: the Dice coefficient of their words.

    0 when they name different numbers: a question about another year is another question.
    """
    ours, theirs = Counter(_WORD.findall(one)), Counter(_WORD.findall(other))
    if {w for w in ours if w.isdigit()} != {w for w in theirs if w.isdigit()}:
        return 0.0
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 1.0


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    return _SPACE.sub(" ", text).strip(" .?!;:\"'")
