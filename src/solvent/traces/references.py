"""How much of a text is referred to later: its values that occur again in what is written after."""

from __future__ import annotations

import re

MAX_VALUES = 400
"""Values of one text that are looked for, evenly spread over it."""
MIN_VALUES = 20
"""Below, a share means nothing."""
WORD_LETTERS = 8
"""Letters of a word that is rare enough to be recognised; shorter words are everywhere."""

_KEY = re.compile(r"\\?\"[^\"\n]{1,80}?\\?\"\s*:")
_VALUE = re.compile(r"[^\W_](?:[\w@.:/+%-]*[^\W_])?")
_ESCAPE = re.compile(r"\\+[nrt]")


def values(text: str, limit: int = MAX_VALUES) -> list[str]:
    """Return what can be recognised in a text: numbers, identifiers and long words.

    Keys of JSON objects are left out: every answer of a tool has the same.

    Args:
        text: The text; case does not matter.
        limit: Values to return at most, evenly spread over the text.
    """
    bare = _ESCAPE.sub(" ", _KEY.sub(" ", text)).lower()
    found = dict.fromkeys(word for word in _VALUE.findall(bare) if _is_telling(word))
    known = list(found)
    if len(known) <= limit:
        return known
    return [known[i * len(known) // limit] for i in range(limit)]


def referred_share(text: str, later: str) -> float | None:
    """Return the share of a text's values that occur in what was written later.

    None when the text has too few values to tell. Words that come later by themselves count as
    references, so that the share is an upper bound of what was needed word for word; what was used
    in other words is not seen.
    """
    known = values(text)
    if len(known) < MIN_VALUES:
        return None
    after = _ESCAPE.sub(" ", later).lower()
    return sum(value in after for value in known) / len(known)


def _is_telling(word: str) -> bool:
    if word.isalpha():
        return len(word) >= WORD_LETTERS
    return len(word) >= 3 and any(c.isdigit() for c in word)  # noqa: PLR2004  12 is everywhere
