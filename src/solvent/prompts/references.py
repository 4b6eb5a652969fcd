"""What a statement names outside the prompt: tools, variables, dates, models, addresses, people."""

from __future__ import annotations

import re

from solvent.prompts.staleness import DATE, MODEL
from solvent.records.instruction import Reference

VARIABLE = re.compile(
    r"\{\{-?\s*([A-Za-z_][\w.]*)[^{}]*\}\}|(?<![{$\\])\$?\{([A-Za-z_][\w.]{0,60})\}(?!\})"
)
_TOOL = re.compile(
    r"`([a-z][\w-]*(?:_\w+|-\w+|[a-z][A-Z]\w+))(?:\(\))?`"
    r"|\b(?:use|using|call|calling|invoke|run|via|with) (?:the )?[`\"']?([a-z]+(?:_[a-z0-9]+)+)\b"
    r"|[`\"']([A-Za-z][\w-]{2,40})[`\"']? (?:tool|function|action)\b"
    r"|\bthe ([A-Z][\w-]{2,40}|[a-z]+_[a-z_]+) tool\b"
)
_URL = re.compile(r"https?://[^\s)>\]\"'`]+")
_PERSON = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]*\w"
    r"|(?<![\w/`@.])@[a-z][\w-]{2,38}\b(?!/)"
    r"|\b(?:ask|contact|tell|notify|escalate to|owned by|maintained by) ([A-Z][a-z]+ [A-Z][a-z]+)\b"
)
_DATES = re.compile(DATE, re.IGNORECASE)


def references(text: str) -> tuple[Reference, ...]:
    """Return what a statement names, each once, by kind."""
    found = [Reference("tool", _first(m)) for m in _TOOL.finditer(text)]
    if "{" in text:
        found += [Reference("variable", _first(m)) for m in VARIABLE.finditer(text)]
    if "20" in text or "19" in text:
        found += [Reference("date", m[0]) for m in _DATES.finditer(text)]
    found += [Reference("model", m[0]) for m in MODEL.finditer(text)]
    if "://" in text:
        found += [Reference("url", m[0].rstrip(".,;")) for m in _URL.finditer(text)]
    found += [Reference("person", m[1] or m[0]) for m in _PERSON.finditer(text)]
    return tuple(dict.fromkeys(found))


def _first(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)
