"""What a chunk says about itself: its heading, its source, its date, its version."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

HEAD_CHARS = 600
"""Characters at the beginning in which a chunk says what it is."""
HEADING_CHARS = 100

_FRONT = re.compile(
    r"^(?:---\s*)?(title|document|source|url|file|section|heading)\s*[:=]\s*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_MARK = re.compile(
    r"^\s*(?:#{1,6}\s+\S|<h[1-6]|={3,}|create\s+table\b|table\s*:|def |class )", re.IGNORECASE
)
_OPAQUE = re.compile(r"[0-9a-f-]{16,}|\d+|(?:doc|chunk|node|id)[-_]?\d+", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z]\w{0,4}$")
_VERSION = re.compile(
    r"(?:\b(?:version|revision|rev\.|edition|release)\s*[:=]?\s*v?|(?<![A-Za-z])v)(\d+(?:\.\d+){0,3})(?![\w.]*\d)",
    re.IGNORECASE,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ISO = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)[-/_.](?P<m>0[1-9]|1[0-2])(?:[-/_.](?P<day>0[1-9]|[12]\d|3[01]))?(?!\d)"
)
_WORDS = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH}\s+(?P<year>(?:19|20)\d\d)\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_MONTH}\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
)
_STAMP = re.compile(
    r"(?:last[ _-]?(?:updated|modified|changed|reviewed)|updated(?:[ _-]?(?:at|on))?"
    r"|effective(?:\s+(?:from|date|as of))?|valid\s+(?:from|as of|since)|as\s+of"
    r"|published(?:[ _-]?(?:at|on))?|modified|date|dated|status|stand|revision date)"
    r"\s*[:=]?\s*(?P<rest>[^\n]{4,40})",
    re.IGNORECASE,
)
_YEAR_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


class Chunk(NamedTuple):
    """What a chunk says about itself."""

    heading: str
    source: str
    """Its name, unless that is only a number or a hash."""
    dated: date | None
    """When it was written or last changed, as it says."""
    version: tuple[int, ...]
    """Its version, as its name or its beginning says; empty when neither does."""


def describe(text: str, name: str | None) -> Chunk:
    """Return what a chunk says about itself.

    Args:
        text: The chunk.
        name: Its source as the retriever reported it.
    """
    head = text[:HEAD_CHARS]
    source = "" if name is None or _OPAQUE.fullmatch(name.strip()) else name.strip()
    said = {key.lower(): value.strip() for key, value in _FRONT.findall(head)}
    heading = said.get("title") or said.get("heading") or said.get("section") or _heading(text)
    return Chunk(
        heading=heading,
        source=source or said.get("source") or said.get("url") or said.get("file") or "",
        dated=_stamp(head) or _in_name(source),
        version=_version(source) or _version(_first_lines(head)),
    )


def title_of(chunk: Chunk) -> str:
    """Return what identifies a document through its versions; empty when nothing does.

    Versions, dates and what follows a `#` are taken out of its source, or else of its heading.
    """
    base = _EXTENSION.sub("", chunk.source) or chunk.heading
    for pattern in (_ISO, *_WORDS, _VERSION, _YEAR_NAME):
        base = pattern.sub(" ", base)
    return "-".join(re.findall(r"[^\W_]+", base.lower()))


def _heading(text: str) -> str:
    first, _, rest = text.lstrip().partition("\n")
    first = first.strip()
    if _MARK.match(first):
        return first.strip("#= ").strip()[:HEADING_CHARS]
    short = len(first) <= HEADING_CHARS and not first.endswith((".", ",", ";", "!", "?"))
    named = re.match(r"^([A-Z][^.:\n]{2,60}):\s+\S", first)
    if rest.strip() and short and first[:1].isupper():
        return first.rstrip(":")
    return named[1] if named else ""


def _first_lines(head: str) -> str:
    return "\n".join(line for line in head.splitlines()[:6] if len(line) <= HEADING_CHARS)


def _version(text: str) -> tuple[int, ...]:
    found = _VERSION.search(text.replace("_", " "))
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _stamp(head: str) -> date | None:
    for stamp in _STAMP.finditer(head):
        found = _date(stamp["rest"])
        if found:
            return found
    return None


def _in_name(name: str) -> date | None:
    found = _date(name)
    if found is None and (year := _YEAR_NAME.search(name)):
        return date(int(year[1]), 1, 1)
    return found


def _date(text: str) -> date | None:
    for pattern in (_ISO, *_WORDS):
        found = pattern.search(text)
        if not found:
            continue
        parts = found.groupdict()
        month = int(parts["m"]) if parts.get("m") else _MONTHS.index(parts["month"][:3].lower()) + 1
        try:
            return date(int(parts["year"]), month, int(parts.get("day") or 1))
        except ValueError:
            continue
    return None
