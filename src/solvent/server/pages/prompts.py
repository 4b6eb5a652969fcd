"""Prompts: where they live, who serves, what they cost; and those that no name covers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from solvent.errors import Invalid
from solvent.prompts import exchange, registry
from solvent.prompts.edit import from_text
from solvent.records.prompt import Prompt, PromptContent, RequestState
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.prompt_facts import (
    Pointer,
    Quoted,
    change_of,
    note_lines,
    place_of,
    quotes,
)
from solvent.server.questions.prompt_use import Unnamed, list_unnamed, list_use
from solvent.workbench import Workbench

WHERE = ("registry", "files", "code", "traces")

SCANNED = 2000
"""Files of the repository that are read for the page; `solvent audit` reads all."""
LISTED = 300


@dataclass(frozen=True, slots=True)
class PromptRow:
    """One prompt of the registry."""

    name: str
    latest: int
    aliases: list[Pointer]
    owner: str
    tags: list[str]
    calls: int
    tokens: int | None
    usd: float | None
    last_at: int | None
    findings: int | None
    """Findings of the last audit that quote its newest version; None: there was no audit."""
    retired: bool


@dataclass(frozen=True, slots=True)
class FileRow:
    """One prompt as a file, beside the registry."""

    name: str
    path: str
    where: str
    """same, file ahead, registry ahead, conflict, file deleted, retired."""
    reason: str
    """Why the file cannot be read; empty: it can."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A text written for a model, in the source code."""

    file: str
    line: int
    name: str
    role: str
    chars: int
    calls: int
    """Call sites that send it."""
    kept: str
    """Prompt of the registry that says the same; empty: none does."""


@dataclass(frozen=True, slots=True)
class PromptsView:
    """The prompts of a project."""

    project: str
    where: str
    text: str
    rows: list[PromptRow]
    total: int
    files: list[FileRow]
    code: list[CodeRow]
    unread: int
    """Files of the repository that were not read; 0 elsewhere."""
    unnamed: list[Unnamed]
    waiting: int
    """Requests that wait for approval."""
    truth: str
    in_git: bool


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """A prompt that is not there yet, or files to take in."""

    by: str = ""
    name: str = ""
    text: str = ""
    style: str = "mustache"
    reason: str = ""
    action: str = "add"
    """add: keep the text as version 1; push: keep what is committed in files."""


@page("/prompts")
def prompts(
    bench: Workbench, where: str = "registry", text: str = "", project: str = ""
) -> PromptsView:
    """List prompts, by where they live."""
    project = chosen(bench, project)
    if where not in WHERE:
        raise Invalid(f"`{where}` is not a place of prompts", hint=f"one of {', '.join(WHERE)}")
    found = bench.prompts.list_prompts(project, retired=True)
    use = list_use(bench.spans, project) if where == "registry" else []
    report = bench.latest_report(project) if where == "registry" else None
    quoted = quotes(report) if report else None
    rows = []
    for one in found:
        words = " ".join((one.name, one.owner, *one.tags, *(a.alias for a in one.aliases)))
        if text.casefold() not in words.casefold():
            continue
        mine = [u for u in use if u.prompt == one.name]
        tokens = [u.tokens for u in mine if u.tokens is not None]
        usd = [u.usd for u in mine if u.usd is not None]
        guarded = bench.settings.prompts.protected
        rows.append(
            PromptRow(
                one.name,
                one.latest,
                [Pointer(a.alias, a.number, a.alias in guarded) for a in one.aliases],
                one.owner,
                list(one.tags),
                sum(u.calls for u in mine),
                sum(tokens) if tokens else None,
                sum(usd) if usd else None,
                max((u.last_at for u in mine if u.last_at is not None), default=None),
                _owed(bench, one, quoted),
                one.retired_at is not None,
            )
        )
    rows.sort(key=lambda row: (row.retired, -(row.usd or 0), -row.calls, row.name))
    place = place_of(bench, project)
    code, unread = _code(bench, place) if where == "code" else ([], 0)
    return PromptsView(
        project, where, text, rows, len(found),
        _files(place) if where == "files" else [],
        code,
        unread,
        list_unnamed(bench.spans, project) if where == "traces" else [],
        len(bench.prompts.list_requests(project, RequestState.WAITING)),
        bench.settings.prompts.truth, place.repository is not None,
    )  # fmt: skip


@page("/prompts", method="POST")
def add_prompt(bench: Workbench, new: NewPrompt, project: str = "") -> PromptsView:
    """Keep a new prompt, or what is committed in files."""
    project = chosen(bench, project)
    if new.action == "push":
        out = exchange.push(place_of(bench, project), change_of(new.by, new.reason))
        if out.faults:
            raise Invalid(f"`{out.faults[0].path}` was not taken: {out.faults[0].reason}")
        return prompts(bench, "files", project=project)
    change = change_of(new.by, new.reason)
    content = PromptContent(from_text(new.text), new.style)
    registry.add(
        bench.prompts, bench.settings.prompts, (project, new.name.strip()), content, change, base=0
    )
    return prompts(bench, project=project)


def _owed(bench: Workbench, one: Prompt, quoted: Quoted | None) -> int | None:
    if quoted is None:
        return None
    content = bench.prompts.get_version(one.project, one.name, one.latest).content
    lines = (line for _, text in content.messages for line in note_lines(text, quoted))
    return len({noted.fingerprint for _, found in lines for noted in found})


def _code(bench: Workbench, place: exchange.Place) -> tuple[list[CodeRow], int]:
    """Return the prompts in the source code around the folder, and how many files were left."""
    from solvent.code.scan import scan  # noqa: PLC0415  a server at rest does without

    root = place.repository.root if place.repository else place.folder.absolute().parent
    rules = replace(bench.settings.code, max_files=SCANNED, processes=1)
    found = scan(root, rules)
    kept = {
        text.strip(): one.name
        for one in bench.prompts.list_prompts(place.project)
        for _, text in place.store.get_version(place.project, one.name, one.latest).content.messages
    }
    rows = [
        CodeRow(
            p.place.file, p.place.line, p.name, p.role, len(p.text), len(p.calls),
            kept.get(p.text.strip(), ""),
        )
        for p in found.prompts
        if not (root / p.place.file).is_relative_to(place.folder.absolute())
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row.calls, -row.chars, row.file, row.line))
    return rows[:LISTED], len(found.skipped)


def _files(place: exchange.Place) -> list[FileRow]:
    steps, files, faults = exchange.compare(place, committed=True)
    rows = [
        FileRow(s.name, files[s.name].path if s.name in files else "", str(s.where), "")
        for s in steps
    ]
    return rows + [FileRow("", fault.path, "unreadable", fault.reason) for fault in faults]
