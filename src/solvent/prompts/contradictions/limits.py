"""Different numbers for the same thing."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.contradictions.clauses import SAME, apply_together, are_general, content
from solvent.prompts.likeness import jaccard
from solvent.prompts.stems import stem
from solvent.records.instruction import Conflict, Modality

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.prompts.contradictions.clauses import Clause

_WORDS = {
    "zero": 0, "one": 1, "a single": 1, "single": 1, "once": 1, "two": 2, "twice": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100,
}  # fmt: skip
_NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")"
_AT_MOST = (
    r"at most|no more than|not more than|up to|a maximum of|maximum(?: of)?|max(?: of)?|under"
    r"|less than|fewer than|below|within|not exceed(?:ing)?|never exceed|limit(?:ed)? to|no longer"
    r" than|not to exceed|<=?|\u2264"
)
_AT_LEAST = (
    r"at least|no less than|no fewer than|a minimum of|minimum(?: of)?|min(?: of)?|more than|over"
    r"|above|>=?|\u2265"
)
_QUANTITY = re.compile(
    rf"(?<![\w.#$\u2013-])(?<!other )(?<!first )(?<!last )(?<!next )(?:(?P<most>{_AT_MOST})"
    rf"|(?P<least>{_AT_LEAST})|(?P<exact>exactly|precisely))?"
    rf"\s*(?:(?:between|from)\s+)?(?P<low>{_NUMBER})(?:\s*(?:-|\u2013|to|and"
    rf"|or)\s*(?P<high>{_NUMBER}))?"
    r"(?P<more>\+|\s+or more|\s+or fewer|\s+or less)?"
    r"\s*(?P<unit>%|(?:[a-z]+[ -])?(?:[A-Za-z]+))(?<!\dth)",
    re.IGNORECASE,
)
_MEASURES = frozenset(
    stem(word)
    for word in """
        word character char sentence line paragraph page token second minute hour day percent
        % time column row step level attempt
        """.split()  # noqa: SIM905  a list of quoted words would be a page long
)
"""Units that many things are measured in: there the things must be the same, too."""
_NOT_A_UNIT = re.compile(
    r"(?i)^(?:and|or|of|to|the|is|in|at|if|for|per|each|are|with|by|on|a|an|more|less|then|as|that"
    r"|from|when|x|th|st|nd|rd|who|which|was|but|not|px|em|rem|vh|vw|its|it|other|these|those"
    r"|this|between|before"
    r"|after|until|into|long|either|maximum|minimum|total|over|under|so|out|will|can|must"
    r"|should|may|have|has|do|does|each|apart|deep|high|wide)$"
)
_TIMES = re.compile(
    r"(?i)\b(at most|no more than|not more than|exactly|only|up to|at least|more than) once\b"
)
_DATA = re.compile(r"\{\s*[\w\"']+\s*:")
_RELATIVE = re.compile(r"(?i)(?:which|that|who)\b")
_NAMED = re.compile(
    r"(?i)\b(?:step|phase|rule|paragraph|section|chapter|version|line|item|option|level|stage|tier"
    r"|figure|table|page|day|week|part|number|no\.?|question|example|case|module|layer|error|code"
    r"|status|class|grade|priority|python|java|node|react|angular|http|v)\s*$"
)
"""Words behind which a number is a name: `rule 7`."""
MORE = 2
"""Words that may stand in only one of two descriptions of the same thing."""
LIKE = 0.6
"""Share of words in common from which two descriptions are of the same thing."""
_PLAIN = frozenset(
    stem(word)
    for word in """
        keep write exceed long return list show give provide answer ask limit use include each
        every most least fine total length size number count contain retry wait add
        make possible last take be get set run limited allowed permitted accept
        """.split()  # noqa: SIM905  a list of quoted words would be a page long
)
"""Words that do not tell one thing from another."""


class Quantity(NamedTuple):
    """A number of something."""

    clause: Clause
    low: float
    high: float
    unit: str
    said: frozenset[str]
    """All that is said beside the number and the unit."""
    about: frozenset[str]
    """What is counted or measured, in canonical stems without the unit."""
    text: str


def limits(clauses: Sequence[Clause]) -> Iterator[Conflict]:
    """Yield each pair of quantities of the same thing that cannot both hold."""
    by_unit: dict[str, list[Quantity]] = defaultdict(list)
    for clause in clauses:
        for quantity in quantities(clause):
            by_unit[quantity.unit].append(quantity)
    for group in by_unit.values():
        for one, other in combinations(group, 2):
            if one.clause.statement is not other.clause.statement and _disagree(one, other):
                what = f"`{one.text}` and `{other.text}`"
                yield Conflict("limit", one.clause.statement, other.clause.statement, what)


def quantities(clause: Clause) -> Iterator[Quantity]:
    """Yield the numbers in a clause that say how many or how much."""
    if _RELATIVE.match(clause.text) or _DATA.search(clause.statement.text):
        return
    text = _TIMES.sub(r"\1 1 time", clause.text)
    most, least = (bool(re.search(rf"(?i)\b{word}", text)) for word in ("maxim", "minim"))
    for match in _QUANTITY.finditer(text):
        unit = _unit(match["unit"])
        counts = any(match[part] for part in ("most", "least", "exact", "high", "more"))
        if clause.modality is Modality.MUST_NOT and not any(
            match[part] for part in ("most", "least", "more")
        ):
            # "Never put it in a single file" says how many it is not.
            continue
        if not unit or (not counts and _NAMED.search(text[: match.start()])):
            continue
        low, high = _range(match, refused=clause.modality is Modality.MUST_NOT)
        if low == high and most != least:
            # "The maximum length is 60 characters."
            low, high = (0, low) if most else (low, float("inf"))
        said = text[: match.start()] + " " + text[match.end() :]
        before = {SAME.get(s, s) for s in map(stem, match["unit"].split()[:-1])}
        about = (content(said) | before) - {unit}
        yield Quantity(
            clause, low, high, unit, frozenset(about), frozenset(about - _PLAIN), match[0].strip()
        )


def _unit(words: str) -> str:
    first, last = re.split(r"[ -]", words)[0], re.split(r"[ -]", words)[-1]
    if _NOT_A_UNIT.match(first):
        return ""
    if _NOT_A_UNIT.match(last):
        last = first
    found = stem(last) if last != "%" else "percent"
    return SAME.get(found, found)


def _range(match: re.Match[str], *, refused: bool) -> tuple[float, float]:
    low = _value(match["low"])
    if match["high"]:
        return low, _value(match["high"])
    more = match["more"] or ""
    at_most = bool(match["most"]) or "fewer" in more or "less" in more
    at_least = bool(match["least"]) or "+" in more or "more" in more
    if refused and (match["least"] or "").lower() in {"more than", "over", "above", ">"}:
        at_most, at_least = True, False
    if at_most:
        return 0, low
    return (low, float("inf")) if at_least else (low, low)


def _value(text: str) -> float:
    low = text.lower()
    return float(_WORDS[low]) if low in _WORDS else float(low.replace(",", "").rstrip("."))


def _disagree(one: Quantity, other: Quantity) -> bool:
    apart = one.high < other.low or other.high < one.low
    bounds = one.low == other.low == 0 and one.high != other.high
    floors = one.high == other.high == float("inf") and one.low != other.low
    if not (apart or bounds or floors):
        return False
    if not are_general(one.clause, other.clause) or not apply_together(one.clause, other.clause):
        return False
    if one.said == other.said and one.said:
        return True
    if not one.about or not other.about:
        return one.unit not in _MEASURES and len(one.about | other.about) <= 1
    extra = len(one.about ^ other.about)
    nested = one.about <= other.about or other.about <= one.about
    shared = len(one.about & other.about)
    return extra <= MORE and (
        (nested and extra <= shared) or jaccard(one.about, other.about) >= LIKE
    )
