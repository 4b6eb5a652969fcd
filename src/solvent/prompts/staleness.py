"""What in a prompt has passed or was never filled in: dates, model names, variables."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905  reads as a row
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
DATE = (
    r"(?P<iso>(?:19|20)\d\d-[01]\d(?:-[0-3]\d)?)(?![\d-])"
    rf"|(?P<long>{_MONTH}\s+(?:[0-3]?\d(?:st|nd|rd|th)?,?\s+)?(?:19|20)\d\d)"
    rf"|(?P<day>[0-3]?\d(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(?:19|20)\d\d)"
    r"|(?P<end>(?:the\s+)?end\s+of\s+(?:19|20)\d\d)"
)
"""A date, in the forms that people write; for use inside another expression."""
_NOW = re.compile(
    r"\b(?:(?:current|today['\u2019]?s)\s+(?:date(?:\s+and\s+time)?|day|time)"
    rf"(?:\s+is)?|today\s+is)\s*[:=]?\s*(?:\w+day,?\s+)?(?:{DATE})",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\bcurrent\s+year(?:\s+is)?\s*[:=]?\s*(?P<year>20\d\d)\b", re.IGNORECASE)
_UNTIL = re.compile(
    r"\b(?:until|valid\s+(?:until|through|till)|through|expires?(?:\s+on)?|deadline(?:\s+is)?"
    rf"|ends?\s+on|no\s+later\s+than)\s*:?\s*(?:{DATE})",
    re.IGNORECASE,
)
_AS_OF = re.compile(rf"\bas\s+of\s+(?:{DATE})", re.IGNORECASE)
MODEL = re.compile(
    r"\b(?:gpt-[345][\w.-]*|o[134]-[\w.-]+|claude-[\w.-]+|gemini-[\w.-]+|text-davinci-\d+"
    r"|text-embedding-[\w.-]+|mistral-[\w.-]+)\w",
    re.IGNORECASE,
)
"""The name of a language model."""
_DOUBLE = re.compile(r"(?<![$\w\\\"'>])\{\{-?\s*([A-Za-z_][\w.]*)\s*(?:\|[^}]*)?-?\}\}")
_SINGLE = re.compile(r"(?<![{$\\/\w#=:\"'.])\{([A-Za-z_]\w{1,40})\}(?![}/\w\"'])")
_BRACKET = re.compile(r"<((?:YOUR|INSERT|ENTER|ADD|REPLACE|PLACEHOLDER|FILL)[A-Z0-9_ -]{0,40})>")
_SQUARE = re.compile(r"\[((?:INSERT|YOUR|FILL IN|PLACEHOLDER|REPLACE)\b[^\]\n]{0,60})\](?!\()")
_FORMS = (_BRACKET, _SQUARE, _DOUBLE, _SINGLE)
_TODO = re.compile(r"^[^\w\"'\u201c]{0,6}(TODO|FIXME|TBD)\b(?:\s*[:(\]]|\s*$)")
_SHOWN = re.compile(
    r"(?i)\b(?:format|template|example|e\.g|such as|like|placeholders?|variables?|pattern|schema"
    r"|syntax|replace|output|respond|reply|return|print|write|naming|named|filename|path|url)\b"
)
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})")
_QUOTED = re.compile(r"`[^`\n]*`")
_CODE = re.compile(r"</?[A-Za-z][\w-]*[ >/]|\bsecrets\.|&&|=>|;\s*$")
DOCUMENTED = 8
"""Different variables above which a prompt is taken to show a form to be filled in by the model, or
to teach a template language, rather than to have been left unfilled itself."""


class Stale(NamedTuple):
    """A line that says what is no longer, or never was, so."""

    kind: str
    """`date`, `model`, `variable` or `todo`."""
    what: str
    """The words that have gone stale."""
    line: int
    text: str
    """The whole line."""


def past_dates(text: str, today: date, *, days: int, knowledge_days: int) -> list[Stale]:
    """Return the lines whose date had passed when the prompt was sent.

    Args:
        text: The prompt.
        today: The day it was sent.
        days: How long a deadline or "the current date" may lie back.
        knowledge_days: How long "as of" may lie back.
    """
    found = []
    forms = ((_NOW, days), (_YEAR, days), (_UNTIL, days), (_AS_OF, knowledge_days))
    for number, line in _prose(text):
        for form, grace in forms:
            for match in form.finditer(line):
                said = _said(match)
                if said and said < today - timedelta(days=grace):
                    found.append(Stale("date", match[0], number, line.strip()))
    return found


def unfilled(text: str) -> list[Stale]:
    """Return the lines with variables or notes that nobody filled in.

    Code, quoted code, and lines that describe a form or an answer are left out: there a name in
    braces is meant to be seen.
    """
    found = []
    for number, line in _prose(text):
        plain = _QUOTED.sub(" ", line)
        if match := _TODO.match(plain):
            found.append(Stale("todo", match[1], number, line.strip()))
        if _SHOWN.search(plain):
            continue
        forms = (_BRACKET, _SQUARE) if _CODE.search(plain) else _FORMS
        found.extend(
            Stale("variable", match[0], number, line.strip())
            for form in forms
            for match in form.finditer(plain)
        )
    if len({item.what for item in found if item.kind == "variable"}) > DOCUMENTED:
        return [item for item in found if item.kind != "variable"]
    return found


def named_models(text: str) -> list[Stale]:
    """Return the lines that name a language model; the caller knows which are retired."""
    return [
        Stale("model", match[0], number, line.strip())
        for number, line in _prose(text)
        for match in MODEL.finditer(line)
    ]


def _prose(text: str) -> Iterator[tuple[int, str]]:
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            code = not code
        elif not code:
            yield number, line


def _said(match: re.Match[str]) -> date | None:
    """Return the last day that the words allow: "March 2024" is its last day."""
    words = match.groupdict()
    if words.get("year"):
        return date(int(words["year"]), 12, 31)
    if iso := words.get("iso"):
        parts = [int(part) for part in iso.split("-")]
        return _day(parts[0], parts[1], parts[2] if len(parts) > 2 else None)  # noqa: PLR2004  y-m-d
    if end := words.get("end"):
        return date(int(end[-4:]), 12, 31)
    said = words.get("long") or words.get("day") or ""
    year = int(said[-4:])
    name = re.search(_MONTH, said, re.IGNORECASE)
    number = re.search(r"\b([0-3]?\d)(?:st|nd|rd|th)?\b(?!\d)", said[:-4])
    if not name:
        return None
    return _day(year, _MONTHS.index(name[0][:3].lower()) + 1, int(number[1]) if number else None)


def _day(year: int, month: int, day: int | None) -> date | None:
    try:
        if day is not None:
            return date(year, month, day)
        after = date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    return after - timedelta(days=1)
