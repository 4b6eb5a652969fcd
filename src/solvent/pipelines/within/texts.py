"""What a text says: its words, the values it names, the phrases that give doubt away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STOPPED = (
    "the a an of to in and or for is are was were be on at by with from as that this it its"
    " which what who how many much do does did i you we they he she not no if then than there"
    " their our my your me us please can will would should could has have had into about any"
    " all each per also using use used only most more"
)
STOP_WORDS = frozenset(_STOPPED.split())
QUOTED_CHARS = 160
"""Characters of a quote: one line on a terminal or a page."""
LONGEST_VALUE = 80
SMALL = 10
"""Numbers below it are too common to tell where they come from."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019](?!s\b)[^\W_]+)?")
_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w)")
_NAME = re.compile(
    r"\b[A-Z][\w\u00C0-\u024F'-]+(?:[ ](?:of |the |de |and |& ?)?[A-Z][\w\u00C0-\u024F'-]+)+"
)
_QUOTED = re.compile(
    rf"(?<!\w)[\"\u201c'\u2018](?=\S)([^\"\u201d'\u2019\n]{{3,{LONGEST_VALUE}}})(?<=\S)"
    r"[\"\u201d'\u2019](?!\w)"
)
_HEADING = re.compile(r"^\s*#.*$", re.MULTILINE)
_SHOWN = re.compile(
    r"here is a screenshot|automatic ocr|viewport position|transcri\w+ (?:text|of)|={9}"
    r"|traceback \(most recent|error processing publish",
    re.IGNORECASE,
)
_FORMAL = re.compile(
    r"\s*(?:```|select\b|with\s+\w+\s+as\b|[\[{(<]|\w+\([{\"]|import |def |match\s*\()",
    re.IGNORECASE,
)
_FENCE = re.compile(r"```[^\n]*\n(.*?)(?:```|$)", re.DOTALL)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, without those that every text has."""
    found = _WORD.findall(text.lower())
    return [word for word in found if len(word) > 1 and word not in STOP_WORDS]


def values(text: str) -> dict[str, str]:
    """Return the numbers, names and quoted texts that a text names, as compared and as written."""
    found: dict[str, str] = {}
    text = _HEADING.sub(" ", text)
    for number in _NUMBER.findall(text):
        plain = number.replace(",", "")
        if "." in plain or int(plain) >= SMALL:
            found[plain] = number
    for name in (*_NAME.findall(text), *_QUOTED.findall(text)):
        found[" ".join(name.lower().split())] = " ".join(name.split())
    return found


def own_words(text: str) -> str:
    """Return what an agent says itself, up to the page, file or error that it shows."""
    found = _SHOWN.search(text)
    return text[: found.start()] if found else text


def is_formal(text: str) -> bool:
    """Tell whether a text is a query, code or JSON and not a sentence."""
    return _FORMAL.match(text) is not None


def covered(part: Iterable[str], whole: Iterable[str]) -> float:
    """Return the share of one set of words that another one has; 1 when there is none."""
    wanted = set(part)
    return len(wanted & set(whole)) / len(wanted) if wanted else 1.0


def has_code(text: str) -> bool:
    """Tell whether a text carries a fenced block of code."""
    return _FENCE.search(text) is not None


def prose(text: str) -> str:
    """Return a text without its fenced blocks of code."""
    return _FENCE.sub(" ", text)


def line(text: str, start: int = 0, end: int = 0) -> str:
    """Return the words around a stretch of a text on one line, cut at words."""
    room = max(QUOTED_CHARS - (end - start), 0)
    first = max(start - room // 2, 0)
    last = min(first + QUOTED_CHARS, len(text))
    cut = " ".join(text[first:last].split())
    if first:
        cut = "… " + cut.partition(" ")[2]
    if last < len(text):
        cut = cut.rpartition(" ")[0] + " …"
    return cut


def phrase(*forms: str) -> re.Pattern[str]:
    """Return a pattern that finds any of some phrases as whole words."""
    return re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE)


MADE_UP = re.compile(
    r"placeholder|your[_ ]?(?:api|file|key|path|token)\w*|path/to|example\.com"
    r"|replace (?:this|with|the)|\bmock|\bdummy|sample (?:data|dataset)|simulat|hypothetical"
    r"|synthetic|fictional",
    re.IGNORECASE,
)
ASSUMED = phrase(
    r"assum(?:e|es|ed|ing|ptions?)", r"approximat\w+", r"estimat\w+", r"general knowledge",
    r"let'?s say", "for (?:this )?example", "likely", r"typical(?:ly)?", "probably", r"presum\w+",
    r"based on (?:my|common|general) \w+", "known (?:facts?|data|information)",
)  # fmt: skip
BY_HAND = phrase(
    r"manual(?:ly)?", "please (?:check|verify|provide|visit|review|share|proceed|confirm)",
    "you can (?:visit|check)", "i suggest", "recommend",
    "let(?:'s|\u2019s| us) (?:proceed|start|begin)", "reach out",
)  # fmt: skip
GAVE_UP = phrase(
    "unable to", "can(?:not|'t|\u2019t) (?:access|find|locate|open|view|browse|determine|be)",
    "not able to", "could(?:n't| not)", "do(?:n't|es not|es n't) have (?:direct )?access",
    "unfortunately", "not (?:found|available|present|provided|accessible)",
    "no (?:results|information|data|matches|such)", "404", "fail(?:ed|s|ure)",
)  # fmt: skip
WENT_WRONG = phrase(
    "not (?:yet )?(?:been )?(?:fully )?(?:satisfied|successful|found|provided|useful|relevant"
    "|verified|identified|obtained)",
    "fail(?:ed|ure)?", "error", "unable", "unrelated", "irrelevant", "loop", "stuck", "incorrect",
    "wrong", "issues? with", "did(?:n't| not)", "does(?:n't| not)",
    "no (?:relevant|useful|specific|direct|progress|information|results|output)", "missing",
    "incomplete", "none", "nan", "empty", "insufficient", "barriers?", r"stall\w*", r"repeat\w*",
)  # fmt: skip
NOTHING = re.compile(
    r"\s*(?:\[\s*\]|\{\s*\}|null|none|no (?:results?|rows|matches|documents|data)(?: found)?\.?"
    r"|\(?0 rows\)?|empty(?: dataframe)?|not found\.?)\s*",
    re.IGNORECASE,
)
"""A result that holds nothing."""
REFUSED = re.compile(
    r"syntax|binder|column|\btable\b|pars(?:e|er|ing)\b|invalid|unknown|no such|undefined"
    r"|ambiguous|argument|validation|required|missing|must be|unexpected",
    re.IGNORECASE,
)
"""Words of an error that speak of what was asked for, and not of what was to do it."""
PARTIAL = re.compile(
    r"shows (\d{1,2})% of|showing page (\d+) of (\d+)|\btruncated\b|first (\d+) of (\d+)",
    re.IGNORECASE,
)
"""A result that says it is a part only."""
CLOSED = re.compile(
    r'satisfied"?:\s*(?:\{[^}]*"answer":\s*)?true|\brequest satisfied\b', re.IGNORECASE | re.DOTALL
)
"""A coordinator declares that the request is answered."""
REPLANNED = phrase("stalled", r"replan\w*", "new plan")
FINAL = re.compile(r"FINAL ANSWER:?\s*([^\n]+)")
PROGRESS = re.compile(r'progress\w*"?:\s*\{[^}]*"answer":\s*(true|false)', re.DOTALL)
"""A coordinator's ledger says whether there was progress (Magentic-One's form)."""
