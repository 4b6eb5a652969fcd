"""Tracing that is switched on elsewhere than at a call: by the environment of the program."""

from __future__ import annotations

import re

from solvent.code.draft import Facts

EVERYTHING = "*"
AGENTS_OFF = "!agents"
"""The OpenAI Agents SDK, which traces itself, is told not to."""
BY_LANGSMITH = frozenset({"langchain", "langgraph"})
_ON = r"[\"']?\]?\s*[=:,]\s*[\"']?(?:true|1|yes)\b"
_LANGSMITH = re.compile(rf"(?im)^(?!\s*#).*\bLANG(?:SMITH|CHAIN)_TRACING(?:_V2)?{_ON}")
"""https://docs.langchain.com/langsmith/trace-with-langchain"""
_LAUNCHERS = re.compile(r"(?m)^(?!\s*#).*\b(?:opentelemetry-instrument|ddtrace-run)\b")
_SETTINGS_FILES = re.compile(
    r"^(?:\.env\.\w+|env\.\w+|Dockerfile(?:\.\w+)?|Procfile|.*compose.*\.ya?ml|langgraph\.json)$"
)


def is_settings_file(name: str) -> bool:
    """Tell whether a file of this name may set the environment of a program."""
    return bool(_SETTINGS_FILES.match(name))


def read_settings(file: str, text: str) -> Facts:
    """Return what a file of settings says of tracing."""
    facts = Facts(file, tracing=by_environment(text))
    if _LAUNCHERS.search(text):
        facts.tracing.add(EVERYTHING)
    return facts


def by_environment(text: str) -> set[str]:
    """Return what the variables that a text sets have traced."""
    found = set(BY_LANGSMITH) if _LANGSMITH.search(text) else set()
    if "OPENAI_AGENTS_DISABLE_TRACING" in text:
        found.add(AGENTS_OFF)
    return found
