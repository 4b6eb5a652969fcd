"""Which tools say the same: by the words of their names and descriptions, weighted by rarity.

Calibrated by hand on the 527 tools that 70 public MCP servers publish (LiveMCPBench). Words alone
do not separate copies from siblings: `create_entities` and `delete_entities` are described in the
same words. So names decide what kind of pair it is, and descriptions whether it is one:

- `same name`: the same words, whatever the separators and the server's own prefix;
- `variant`: one name is the other and narrows it down (`..._with_sizes`, `..._latest`);
- a pair of names where a word stands for another (`get_news`, `get_dividends`) is never a copy.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DESCRIPTION_CHARS = 600
"""Of a description its first paragraph, up to here, says what the tool is for."""
SAME_NAME = 0.35
SAME_NAME_ALONE = 0.5
"""Likeness of the descriptions from which equal names need no parameters in common."""
PARAMETERS = 0.2
RENAMED = 0.98
VARIANT = 0.75
VARIANT_PARAMETERS = 0.3
VARIANT_WORDS = 2
NAMESPACE_TOOLS = 3
"""Tools that must begin with a word for it to be a server's prefix."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_ENDINGS = (("ies", "y"), ("ing", ""), ("ses", "s"), ("ed", ""), ("s", ""))
_STEM_CHARS = 3
_STOP = (
    "a an and are as at be by can do does for from has have how if in into is it its may not of on"
    " or so that the their then there these this to use used uses using via was when where which"
    " will with you your"
)
STOP = frozenset(_STOP.split())
_VERBS = (
    "add apply append book buy calculate call cancel change check clear close compute convert copy"
    " count create deactivate delete describe disable download edit enable execute export extract"
    " fetch fill filter find format generate get import insert list load lock look make merge move"
    " open parse pay play post put query read refund remove rename replace request reset run save"
    " search select sell send set show start stop subscribe summarize switch transfer translate"
    " update upload validate verify view write"
)
VERBS = frozenset(_VERBS.split())
"""First words that say what a tool does and so cannot be a server's prefix."""


DIRECTIONS = frozenset({"to", "from", "into", "2"})
PREPOSITIONS = frozenset({"with", "from", "by", "using", "via", "for", "in", "as", "without"})
_QUALIFIERS = (
    "advanced all basic batch bulk current detailed details enhanced fast full info latest many"
    " multiple new quick raw simple v 1 2 3"
)
QUALIFIERS = frozenset(_QUALIFIERS.split())
"""Words that make a variant of a tool and not another one."""


class Tool(NamedTuple):
    """What is compared of one tool."""

    name: str
    description: str
    parameters: frozenset[str]


class Pair(NamedTuple):
    """Two tools, by position, that may be one."""

    one: int
    other: int
    kind: str
    """`same name` or `variant`."""
    descriptions: float
    """Cosine of the descriptions, 0 to 1."""
    parameters: float
    """Share of the parameters' names that both have."""
    renamed: bool
    """Each name has another prefix: copies if they say the same, siblings if not quite."""

    @property
    def is_copy(self) -> bool:
        """Tell whether the texts alone say that one tool would do."""
        if self.renamed:
            return self.descriptions >= RENAMED
        if self.kind == "variant":
            return self.descriptions >= VARIANT and self.parameters >= VARIANT_PARAMETERS
        alone = self.descriptions >= SAME_NAME_ALONE
        return alone or (self.descriptions >= SAME_NAME and self.parameters >= PARAMETERS)


def pairs(tools: Sequence[Tool]) -> Iterator[Pair]:
    """Yield the pairs whose names do not tell them apart."""
    prefixes, names = zip(*name_words(tools), strict=True) if tools else ((), ())
    vectors = _vectors([words(_purpose(tool.description)) for tool in tools])
    for one, other in _candidates(names):
        kind = _kind(names[one], names[other])
        if kind is not None:
            yield Pair(
                one,
                other,
                kind,
                sum(w * vectors[other].get(word, 0.0) for word, w in vectors[one].items()),
                _common(tools[one].parameters, tools[other].parameters),
                renamed=len({prefixes[one], prefixes[other], ""}) > 2,  # noqa: PLR2004  both differ
            )


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without their endings and without small words.

    Chinese, Japanese and Korean are written without spaces: they give pairs of characters.
    """
    found = []
    for word in _plain(text):
        if _CJK.fullmatch(word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif word not in STOP:
            found.append(_stem(word))
    return found


def name_words(tools: Sequence[Tool]) -> list[tuple[str, tuple[str, ...]]]:
    """Return, of each name, the prefix of the server it comes from (or none) and the other words.

    A prefix is a first word that several tools share, that is no verb, and that the description
    does not repeat: what it repeats says what the tool is about.
    """
    split = [tuple(_plain(tool.name)) for tool in tools]
    split = [parts[1:] if parts[:1] == ("mcp",) and len(parts) > 1 else parts for parts in split]
    firsts = Counter(parts[0] for parts in split if parts)
    return [
        (parts[0], parts[1:])
        if len(parts) > 1
        and firsts[parts[0]] >= NAMESPACE_TOOLS
        and parts[0] not in VERBS
        and _stem(parts[0]) not in words(tool.description)
        else ("", parts)
        for parts, tool in zip(split, tools, strict=True)
    ]


def _plain(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text))]


def _stem(word: str) -> str:
    for ending, instead in _ENDINGS:
        left = len(word) - len(ending)
        if word.endswith(ending) and left >= _STEM_CHARS and not word.endswith("ss"):
            return word[:left] + instead
    return word


def _purpose(description: str) -> str:
    return description.strip().split("\n\n")[0][:DESCRIPTION_CHARS]


def _candidates(names: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Yield pairs whose names share their rarest word: no other can be equal or contain it."""
    holders: dict[str, list[int]] = defaultdict(list)
    for place, parts in enumerate(names):
        for word in set(parts):
            holders[word].append(place)
    for place, parts in enumerate(names):
        rarest = min(set(parts), key=lambda w: (len(holders[w]), w), default=None)
        for other in holders[rarest] if rarest is not None else ():
            mutual = set(names[other]) == set(parts)
            if other != place and (place < other or not mutual):
                yield place, other


def _kind(one: tuple[str, ...], other: tuple[str, ...]) -> str | None:
    if sorted(one) == sorted(other):
        directed = DIRECTIONS & set(one)
        return "same name" if one == other or not directed else None
    extra = Counter(other) - Counter(one)
    missing = Counter(one) - Counter(other)
    if len(one) > 1 and not missing and _qualifies(one, other, extra):
        return "variant"
    return None


def _qualifies(one: tuple[str, ...], other: tuple[str, ...], extra: Counter[str]) -> bool:
    """Tell whether the words more in a name narrow it down rather than name another thing."""
    if all(word in QUALIFIERS for word in extra.elements()):
        return True
    tail = other[len(one) :]
    return other[: len(one)] == one and tail[0] in PREPOSITIONS and len(tail) <= VARIANT_WORDS + 1


def _vectors(documents: Sequence[list[str]]) -> list[Mapping[str, float]]:
    seen = Counter(word for document in documents for word in set(document))
    vectors: list[Mapping[str, float]] = []
    for document in documents:
        weights = {
            word: (1 + math.log(count)) * math.log(1 + len(documents) / seen[word])
            for word, count in Counter(document).items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        vectors.append({word: weight / length for word, weight in weights.items()})
    return vectors


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
