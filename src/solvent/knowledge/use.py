"""Whether a retrieved text was used: does what only it says come up in what was written after?

No language model judges. What a text alone says are its values (numbers, identifiers, long words)
and its runs of three words that stand neither in the question nor in the other texts retrieved
with it. One that comes up again is use; a text that was used in other words only is not seen, and
counts as unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LETTERS = 5
"""Letters of a word that may tell texts apart."""
LONG = 8
"""Letters of a word that tells by itself; of shorter words, two have to come up."""
RUN = 3
LEAST = 3
"""Things a text must say alone before its use can be judged."""
MAX_WORDS = 4_000
PROBE = 80
"""Characters by which a text is found inside a longer one."""

_WORD = re.compile(r"[^\W_]+(?:[_.:/@'-][^\W_]+)*")
_DIVIDED = re.compile(r"[.:/]")
_PLAIN = re.compile(r"[^\n\r\"\\]+")


@dataclass(frozen=True, slots=True)
class Words:
    """What can be recognised in a text."""

    single: frozenset[str]
    runs: frozenset[tuple[str, ...]]

    def without(self, others: Iterable[Words]) -> Words:
        """Return what none of the others has."""
        single, runs = set(self.single), set(self.runs)
        for other in others:
            single -= other.single
            runs -= other.runs
        return Words(frozenset(single), frozenset(runs))


def words_of(text: str) -> Words:
    """Return the values, words and runs of words of a text."""
    found = _WORD.findall(text.lower())[:MAX_WORDS]
    known = set(found)
    known.update(part for word in tuple(known) if not word.isalnum() for part in _parts(word))
    return Words(
        frozenset(word for word in known if len(word) >= LETTERS or _is_value(word)),
        frozenset(zip(*(found[i:] for i in range(RUN)), strict=False)),
    )


def was_used(
    text: Words, question: Words, others: Sequence[Words], later: Words, name: str | None = None
) -> bool | None:
    """Tell whether what only this text says comes up later; None when it says too little alone.

    Args:
        text: The retrieved text.
        question: What was known before: the question, and what else was asked.
        others: The other texts of the same trace.
        later: The answer, and what later steps wrote.
        name: Where the text is from: an answer that names it has used it.
    """
    if name and (words_of(name).single - question.single) & later.single:
        return True
    own = text.without([question, *others])
    if len(own.single) + len(own.runs) < LEAST:
        return None
    hits = own.single & later.single
    if any(_is_value(word) or len(word) >= LONG for word in hits) or len(hits) > 1:
        return True
    return any(any(len(w) >= LETTERS for w in run) for run in own.runs & later.runs)


def probes(text: str) -> list[str]:
    """Return pieces by which the text is recognised inside a prompt, also one that is JSON.

    The longest comes first; up to four others are spread over the text, so that a line that many
    texts have in common is not taken for a copy.
    """
    pieces = [piece.strip()[:PROBE] for piece in _PLAIN.findall(text[:20_000])]
    known = [piece for piece in dict.fromkeys(pieces) if len(piece) >= LONG]
    if not known:
        return pieces[:1]
    spread = (known[i * (len(known) - 1) // 3] for i in range(4))
    return list(dict.fromkeys([max(known, key=len), *spread]))


def _parts(word: str) -> list[str]:
    """Return the parts of an identifier that a dot or slash divides."""
    return _DIVIDED.split(word)


def _is_value(word: str) -> bool:
    if "_" in word or "@" in word:
        return True
    return len(word) >= 3 and any(c.isdigit() for c in word)  # noqa: PLR2004  12 is everywhere
