"""Words without their endings, so that `customers` and `customer`, `adding` and `add` are one."""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:['\u2019-][A-Za-z]+)*")
STOP = frozenset(
    """
    a about above across after around again all also always am an and any are as at be because
    been before being
    below between both but by can cannot could did do does doing done don't during each ensure etc
    even ever every few for from further had has have having he her here hers him his how i if in
    into is it its itself just let like make may me might more most must my need never no nor not
    note now of off on once only or other our out over own per please rather same shall she should
    so some such sure than that the their them then there these they this those through to too
    under until up upon us use used user users using very via was we were what when where whether
    which while who whom why will with within without would you your yours yourself important
    critical remember
    """.split()  # noqa: SIM905  a list of quoted words would be pages long
)
"""Words that say nothing about the subject of a sentence. `use` and `user` are among them: in
prompts they stand in every other line."""
IRREGULAR = {
    "written": "write", "wrote": "write", "writing": "write", "gave": "give", "given": "give",
    "said": "say", "made": "make", "making": "make", "ran": "run", "running": "run", "sent": "send",
    "children": "child", "indices": "index", "indexes": "index", "queries": "query",
    "apologise": "apologize", "summarise": "summarize", "analysis": "analyze",
    "analyses": "analyze", "shown": "show", "kept": "keep", "told": "tell",
    "began": "begin", "begun": "begin", "chosen": "choose", "found": "find", "left": "leave",
    "replies": "reply", "spoken": "speak", "spoke": "speak", "using": "use", "used": "use",
}  # fmt: skip
DOUBLED = 3
"""Letters a stem keeps at least."""


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return a word in lower case without the endings of number and tense.

    A few rules in the manner of Porter's first step (Porter 1980, "An algorithm for suffix
    stripping"), which are enough to tell words apart and never join two that differ in meaning by
    more than their endings.
    """
    low = word.lower().replace("\u2019", "'").removesuffix("'s")
    low = IRREGULAR.get(low, low)
    if len(low) <= DOUBLED or "_" in low:
        return low
    if low.endswith("ies"):
        low = low[:-3] + "y"
    elif low.endswith(("sses", "shes", "ches", "xes", "zes")):
        low = low[:-2]
    elif low.endswith("s") and not low.endswith(("ss", "us", "is")):
        low = low[:-1]
    for ending in ("ing", "ed"):
        rest = low.removesuffix(ending)
        if rest != low and len(rest) >= DOUBLED and re.search("[aeiouy]", rest):
            low = rest[:-1] if _is_doubled(rest) else rest
            break
    return low[:-1] if low.endswith("e") and len(low) > DOUBLED + 1 else low


def stems(text: str) -> tuple[str, ...]:
    """Return the stems of the content words of a text, in order, each once."""
    words = WORD.findall(text)
    return tuple(dict.fromkeys(stem(word) for word in words if word.lower() not in STOP))


def _is_doubled(rest: str) -> bool:
    return len(rest) > DOUBLED and rest[-1] == rest[-2] and rest[-1] not in "lsz"
