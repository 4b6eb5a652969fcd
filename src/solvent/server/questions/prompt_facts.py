"""A prompt as a page shows it: lines with what they ask for, versions, inputs, differences."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solvent.errors import NotFound, SolventError
from solvent.opening import find_repository
from solvent.prompts.changes import lines_of
from solvent.prompts.exchange import Place
from solvent.prompts.reading import read_prompt
from solvent.prompts.registry import Change, bounds
from solvent.records.finding import Debt
from solvent.records.identity import content_hash
from solvent.templates.form import Form
from solvent.templates.inputs import examples
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from solvent.prompts.composition import Resolved
    from solvent.records.finding import Report
    from solvent.records.instruction import Statement
    from solvent.records.prompt import Alias, PromptContent, PromptVersion
    from solvent.server.questions.prompt_use import Use
    from solvent.settings import Prompts as Rules
    from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Pointer:
    """An alias and where it points."""

    alias: str
    number: int
    protected: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding that quotes a line."""

    code: str
    fingerprint: str
    message: str


SIZE = re.compile(r" \(\d+ lines\)$")
"""What a quoted title says of its section: the same title elsewhere stands above another one."""
Quoted = dict[str, list[Noted]]
"""Findings by the first line of what they quote; those of a whole section by its place."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message, with what is said in its margin."""

    number: int
    text: str
    marks: list[str]
    """must, must not, may, loud, and conditions in the words of the prompt."""
    findings: list[Noted]
    """What the last audit found in it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message of a prompt."""

    role: str
    lines: list[Line]
    tokens: int
    instructions: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One input."""

    name: str
    kind: str
    needed: bool
    default: str
    example: str
    description: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version on a line of the list."""

    number: int
    at: int
    author: str
    message: str
    source: str
    commit: str
    """Hash of the commit it came from; empty: it did not come from git."""
    aliases: list[str]
    calls: int
    tokens: int | None
    usd: float | None
    last_at: int | None


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference."""

    kind: str
    """added, removed, same, or place (where in the text the next lines are)."""
    text: str


def change_of(by: str, reason: str, source: str = "page") -> Change:
    """Return who changes something now."""
    return Change(by.strip(), time.time_ns() // 1000, reason.strip(), source)


def place_of(bench: Workbench, project: str) -> Place:
    """Return the registry with the files and the repository around it."""
    rules = bench.settings.prompts
    return Place(bench.prompts, rules, project, find_repository(Path(rules.folder)))


def speak(content: PromptContent, report: Report | None) -> list[Spoken]:
    """Return the messages of a content, each line with its margin."""
    quoted = quotes(report) if report else {}
    return [_message(role, text, quoted) for role, text in content.messages]


def quotes(report: Report) -> Quoted:
    """Return the findings about prompts by the first line of what they quote."""
    quoted: Quoted = {}
    for finding in report.findings:
        if finding.debt is Debt.PROMPTS:
            noted = Noted(finding.code, finding.fingerprint, finding.message)
            for quote in finding.proof.quotes:
                first = quote.text.strip().partition("\n")[0].strip()
                key = f"{quote.source}:{quote.line}" if SIZE.search(first) else first
                quoted.setdefault(key, []).append(noted)
    return quoted


def found_in(messages: Iterable[Spoken], name: str, report: Report | None) -> list[Noted]:
    """Return the findings of the last audit about a prompt: by its name, or by its lines."""
    named = [
        Noted(f.code, f.fingerprint, f.message)
        for f in (report.findings if report else ())
        if f.subject.partition("@")[0] == f"prompt:{name}"
    ]
    quoted = [noted for m in messages for line in m.lines for noted in line.findings]
    return list(dict.fromkeys([*named, *quoted]))


def note_lines(text: str, quoted: Quoted) -> list[tuple[str, list[Noted]]]:
    """Return the lines of a message with the findings that quote each."""
    source = content_hash("system", text)
    lines = enumerate(text.split("\n"), 1)
    return [(words, _noted_at(words, f"{source}:{n}", quoted)) for n, words in lines]


def _message(role: str, text: str, quoted: Quoted) -> Spoken:
    reading = read_prompt(text)
    marks: dict[int, list[str]] = {}
    for statement in reading.instructions:
        marks.setdefault(statement.line, []).extend(_marks(statement))
    lines = [
        Line(number, words, list(dict.fromkeys(marks.get(number, ()))), noted)
        for number, (words, noted) in enumerate(note_lines(text, quoted), 1)
    ]
    return Spoken(role, lines, count(text), len(reading.instructions))


def _noted_at(words: str, place: str, quoted: Quoted) -> list[Noted]:
    """Return the findings that quote a line, whole or without its bullet."""
    bare = words.strip()
    keys = (bare, bare.lstrip("-*# 0123456789."), place)
    found = [noted for key in keys for noted in quoted.get(key, ())]
    return list(dict.fromkeys(found))


def _marks(statement: Statement) -> list[str]:
    said = [str(statement.modality)] if statement.modality else []
    said += ["loud"] if statement.emphatic else []
    return said + list(statement.conditions[:1])


def ask(schema: Mapping[str, Any]) -> list[Asked]:
    """Return the inputs of a schema, those that are needed first."""
    needed = set(schema.get("required", ()))
    rows = []
    for name, part in schema.get("properties", {}).items():
        fact = part if isinstance(part, dict) else {}
        kind = fact.get("type") or (
            "one of " + ", ".join(map(str, fact["enum"])) if "enum" in fact else "any"
        )
        shown = fact.get("examples") or [""]
        default = str(fact["default"]) if "default" in fact else ""
        about = str(fact.get("description", ""))
        rows.append(Asked(name, str(kind), name in needed, default, str(shown[0]), about))
    return sorted(rows, key=lambda row: (not row.needed, row.name))


def sample(resolved: Resolved, rules: Rules) -> tuple[str, str]:
    """Return the prompt filled in with its own examples, else why it is not."""
    form = Form(resolved.version.content, dict(resolved.texts), bounds(rules))
    values = examples(form.schema)
    if values is None:
        return "", "Not every input has an example value."
    try:
        filled = form.fill(values, resolved.version.name)
    except SolventError as error:
        return "", error.what
    if isinstance(filled, str):
        return filled, ""
    return "\n\n".join(f"{part['role']}: {part['content']}" for part in filled), ""


def version_rows(
    versions: Sequence[PromptVersion], aliases: Iterable[Alias], use: Iterable[Use]
) -> list[VersionRow]:
    """Return versions with what traces say of each."""
    pointing: dict[int, list[str]] = {}
    for alias in aliases:
        pointing.setdefault(alias.number, []).append(alias.alias)
    by_number = {u.version: u for u in use}
    rows = []
    for version in versions:
        used = by_number.get(str(version.number))
        commit = version.source.split(":")[1] if version.source.startswith("git:") else ""
        rows.append(
            VersionRow(
                version.number,
                version.at,
                version.author,
                version.message,
                version.source,
                commit[:10],
                pointing.get(version.number, []),
                used.calls if used else 0,
                used.tokens if used else None,
                used.usd if used else None,
                used.last_at if used else None,
            )
        )
    return rows


def differ(before: PromptContent, after: PromptContent) -> list[DiffLine]:
    """Return the difference of two contents, all of their lines."""
    return diff_lines(lines_of(before), lines_of(after))


def diff_lines(before: Sequence[str], after: Sequence[str]) -> list[DiffLine]:
    """Return the difference of two lists of lines, three lines around each change."""
    kinds = {"+": "added", "-": "removed", "@": "place", " ": "same"}
    made = list(unified_diff(before, after, lineterm="", n=3))[2:]
    return [
        DiffLine(kinds[line[:1]], line if line[:1] == "@" else line[1:])
        for line in made
        if line[:1] in kinds
    ]


def need(versions: Sequence[PromptVersion], number: int, name: str) -> PromptVersion:
    """Return one of the versions.

    Raises:
        NotFound: It is not among them.
    """
    for version in versions:
        if version.number == number:
            return version
    raise NotFound(f"`{name}` has no version {number}", hint="see its history")
