"""One prompt: its text with a margin, its versions, use, reach, changes, and changing it."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.errors import Invalid, SolventError
from solvent.ports.records import PromptStore
from solvent.prompts import exchange, registry
from solvent.prompts.composition import Part, Reach, reach
from solvent.prompts.edit import from_json, from_text, to_json, to_text
from solvent.prompts.naming import LATEST, read
from solvent.prompts.outputs import Held, hold
from solvent.records.log import LogEntry
from solvent.records.prompt import PromptContent, RequestState
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.prompt_facts import (
    Asked,
    DiffLine,
    Noted,
    Pointer,
    Spoken,
    VersionRow,
    ask,
    change_of,
    differ,
    found_in,
    need,
    place_of,
    sample,
    speak,
    version_rows,
)
from solvent.server.questions.prompt_meaning import Meaning, meaning
from solvent.server.questions.prompt_use import list_outputs, list_use
from solvent.templates.form import Form
from solvent.workbench import Workbench

SHOWN = ("text", "use", "diff", "reach", "history", "edit")
LOGGED = 100


@dataclass(frozen=True, slots=True)
class Branch:
    """An edit that waits in git to be merged."""

    name: str
    author: str
    at: int
    patch: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request to move a protected alias."""

    id: str
    alias: str
    number: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form of a change begins with."""

    text: str
    style: str
    inputs: str
    output: str
    model: str
    base: int


@dataclass(frozen=True, slots=True)
class PromptView:
    """One prompt, seen at one of its versions."""

    project: str
    name: str
    owner: str
    tags: list[str]
    path: str
    retired_at: int | None
    show: str
    aliases: list[Pointer]
    version: VersionRow
    latest: int
    versions: list[VersionRow]
    style: str
    messages: list[Spoken]
    findings: list[Noted]
    """What the last audit found in this version."""
    inputs: list[Asked]
    declared: bool
    output: str
    model: dict[str, str]
    parts: list[Part]
    broken: str
    """Why it cannot be resolved just now; empty: it can."""
    sample: str
    sample_missing: str
    reached: list[Reach]
    held: Held | None
    """Newest outputs against the output schema; None: there is no schema, or it was not asked."""
    before: int
    diff: list[DiffLine]
    meaning: Meaning | None
    """What the difference does to instructions; None: there is nothing before."""
    log: list[LogEntry]
    waiting: list[Waiting]
    branches: list[Branch]
    draft: Draft
    truth: str


@dataclass(frozen=True, slots=True)
class PromptChange:
    """What to change: a text, an alias, who owns it, or that it is put away."""

    action: str
    """edit, alias, drop, describe or retire."""
    by: str = ""
    reason: str = ""
    text: str = ""
    style: str = "mustache"
    inputs: str = ""
    output: str = ""
    model: str = ""
    base: int = 0
    alias: str = ""
    version: int = 0
    owner: str = ""
    tags: str = ""


@page("/prompts/{name:path}")
def prompt(
    bench: Workbench,
    name: str,
    at: str = "",
    show: str = "text",
    before: int = 0,
    project: str = "",
) -> PromptView:
    """Show a prompt at a version: an alias, a number, or the newest."""
    project = chosen(bench, project)
    if show not in SHOWN:
        raise Invalid(f"`{show}` is not a part of this page", hint=f"one of {', '.join(SHOWN)}")
    store, rules = bench.prompts, bench.settings.prompts
    known = store.get_prompt(project, name)
    versions = store.list_versions(project, name)
    ref = read(f"{name}@{at or LATEST}")
    number = known.latest if ref.selector == LATEST else known.number_of(ref.selector)
    version = need(versions, number or int(ref.selector if ref.selector.isdecimal() else 0), name)
    use = [u for u in list_use(bench.spans, project) if u.prompt == name]
    rows = version_rows(versions, known.aliases, use)
    content = version.content
    broken = filled = missing = ""
    parts: list[Part] = []
    try:
        whole = registry.get_resolved(store, rules, project, read(f"{name}@{version.number}"))
        parts = list(whole.parts)
        filled, missing = sample(whole, rules)
        schema = Form(content, dict(whole.texts), registry.bounds(rules)).schema
    except SolventError as error:
        broken, schema = error.what, dict(content.inputs or {})
    older = before or max((v.number for v in versions if v.number < version.number), default=0)
    report = bench.latest_report(project)
    spoken = speak(content, report)
    outputs = list_outputs(bench.spans, project, name, version.number) if show == "use" else []
    return PromptView(
        project=project, name=name, owner=known.owner, tags=list(known.tags), path=known.path,
        retired_at=known.retired_at, show=show,
        aliases=[Pointer(a.alias, a.number, a.alias in rules.protected) for a in known.aliases],
        version=next(row for row in rows if row.number == version.number),
        latest=known.latest, versions=rows, style=content.style,
        messages=spoken, findings=found_in(spoken, name, report),
        inputs=ask(schema), declared=content.inputs is not None, output=to_json(content.output),
        model={key: str(value) for key, value in content.model.items()}, parts=parts,
        broken=broken, sample=filled, sample_missing=missing,
        reached=reach(store.list_edges(project), store.list_prompts(project), name),
        held=hold(content.output, outputs) if content.output and show == "use" else None,
        before=older, diff=differ(need(versions, older, name).content, content) if older else [],
        meaning=meaning(need(versions, older, name).content, content)
        if older and show == "diff"
        else None,
        log=store.list_log(project, f"prompt:{name}", LOGGED) if show == "history" else [],
        waiting=_waiting(store, project, name),
        branches=_branches(bench, project, name) if show in {"history", "edit"} else [],
        draft=Draft(
            to_text(content), content.style, to_json(content.inputs), to_json(content.output),
            to_json(content.model), known.latest,
        ),
        truth=rules.truth,
    )  # fmt: skip


def _waiting(store: PromptStore, project: str, name: str) -> list[Waiting]:
    return [
        Waiting(r.id, r.alias, r.number, r.by, r.reason)
        for r in store.list_requests(project, RequestState.WAITING)
        if r.name == name
    ]


@page("/prompts/{name:path}", method="POST")
def change_prompt(
    bench: Workbench, name: str, change: PromptChange, project: str = ""
) -> PromptView:
    """Change a prompt: a new version or branch, an alias, its owner, or put it away."""
    project = chosen(bench, project)
    store, rules, ref = bench.prompts, bench.settings.prompts, (project, name)
    who = change_of(change.by, change.reason)
    if change.action == "edit":
        _edit(bench, ref, change)
    elif change.action == "alias":
        to = (change.alias.strip(), change.version)
        registry.move_alias(store, rules, ref, to, who)
    elif change.action == "drop":
        registry.drop_alias(store, rules, ref, change.alias, who)
    elif change.action == "describe":
        tags = change.tags.replace(",", " ").split()
        if not who.by:
            raise Invalid("a change names who makes it", hint="give `by`")
        store.describe(*ref, by=who.by, at=who.at, owner=change.owner.strip(), tags=tags)
    elif change.action == "retire":
        registry.retire(store, rules, ref, who)
    else:
        raise Invalid(
            f"`{change.action}` is not a change", hint="edit, alias, drop, describe or retire"
        )
    return prompt(bench, name, show="history", project=project)


def _edit(bench: Workbench, ref: tuple[str, str], change: PromptChange) -> None:
    """Keep an edit as a version; where files are the truth, as a branch."""
    content = PromptContent(
        messages=from_text(change.text),
        style=change.style,
        inputs=from_json(change.inputs, "inputs"),
        output=from_json(change.output, "output"),
        model=from_json(change.model, "model") or {},
    )
    who = change_of(change.by, change.reason)
    if bench.settings.prompts.truth == "files":
        exchange.propose(place_of(bench, ref[0]), ref[1], content, who)
    else:
        registry.add(bench.prompts, bench.settings.prompts, ref, content, who, base=change.base)


def _branches(bench: Workbench, project: str, name: str) -> list[Branch]:
    around = place_of(bench, project).repository
    if around is None:
        return []
    found = around.list_branches(exchange.branch_prefix(name))
    return [Branch(c.message, c.author, c.at, around.patch_of(c.hash)) for c in found]
