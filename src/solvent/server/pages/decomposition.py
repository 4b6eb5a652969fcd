"""The split of a prompt: what goes where, what it saves, and keeping it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from solvent.errors import Conflict, Invalid, NotFound
from solvent.fixes import keeping
from solvent.fixes.decompose import decompose
from solvent.fixes.parts import ASSEMBLED
from solvent.fixes.subject import Subject, of_finding, of_registry, registered, text_of
from solvent.fixes.wording import Wording, get_wording
from solvent.prompts import exchange, registry
from solvent.records.decomposition import Decomposition
from solvent.records.finding import Finding
from solvent.records.prompt import TEXT, Message, PromptContent
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.prompt_facts import change_of, place_of
from solvent.server.questions.split_facts import PartView, TrafficView, parts_of, traffic_of
from solvent.server.questions.split_picture import SplitPicture, picture
from solvent.traces.tokens import count
from solvent.workbench import Workbench

MEGA = "PS101"
"""The rule whose findings a split pays."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A prompt that may be split."""

    name: str
    tokens: int
    fingerprint: str
    """Finding that says it is too long; empty: none does."""
    message: str


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A part that the registry has."""

    name: str
    number: int
    assembled: bool
    """Whether it is the one that includes the others."""


@dataclass(frozen=True, slots=True)
class SplitView:
    """A proposed split, or why the prompt should stay whole."""

    name: str
    """Name in the registry; empty: it is a text of the traces only."""
    label: str
    tokens: int
    instructions: int
    parts: list[PartView]
    router: str
    router_tokens: int
    traffic: TrafficView | None
    later: bool
    """Whether recorded requests are not looked at yet, as that may take seconds."""
    refused: str
    """Why it should stay whole; empty: the split is proposed."""
    picture: SplitPicture
    digest: str
    """What is shown, so that nothing else is kept."""
    fingerprint: str
    """Finding of the last audit that the split pays; empty: none."""
    message: str
    kept: list[KeptPart]
    branch: str
    """Branch of git that holds the parts; empty: none waits."""


@dataclass(frozen=True, slots=True)
class DecompositionView:
    """A split, or the prompts that one can be asked for."""

    project: str
    split: SplitView | None
    choices: list[Choice]
    """Empty when a split is shown."""
    truth: str
    folder: str
    in_git: bool


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keep the split that was shown."""

    by: str = ""
    digest: str = ""
    name: str = ""
    """Name for a text that the registry does not have."""
    files: str = ""
    """Anything: write the parts into the folder of prompts too."""


@page("/decomposition")
def decomposition(
    bench: Workbench, prompt: str = "", finding: str = "", measure: str = "", project: str = ""
) -> DecompositionView:
    """Show how a prompt can be split: one of the registry, or the one a finding is about.

    With `measure=later` the recorded requests are left out, and the page asks for them by itself.
    """
    project = chosen(bench, project)
    split, choices = None, []
    if prompt or finding:
        subject, noted = _subject(bench, project, prompt, finding)
        later = measure == "later"
        found = _proposed(bench, project, subject, later=later)
        split = replace(_seen(bench, project, subject, noted, found), later=later)
    else:
        choices = _choices(bench, project)
    rules = bench.settings.prompts
    return DecompositionView(
        project, split, choices, rules.truth, Path(rules.folder).name,
        place_of(bench, project).repository is not None,
    )  # fmt: skip


@page("/decomposition", method="POST")
def keep_split(
    bench: Workbench, wanted: Keeping, prompt: str = "", finding: str = "", project: str = ""
) -> DecompositionView:
    """Keep the parts as versions that nothing serves, as files too when asked; or as a branch."""
    project = chosen(bench, project)
    subject, _ = _subject(bench, project, prompt, finding)
    found = _proposed(bench, project, subject)
    if found.refused:
        raise Invalid(f"`{found.label}` should stay whole: {found.refused}")
    if wanted.digest != keeping.digest(found):
        raise Conflict("the split is not the one that was shown", hint="look at the page anew")
    _keep(bench, project, subject, found, wanted)
    return decomposition(bench, prompt, finding, project=project)


def _subject(
    bench: Workbench, project: str, prompt: str, fingerprint: str
) -> tuple[Subject, Finding | None]:
    report = bench.latest_report(project)
    findings = [f for f in report.findings if f.code == MEGA] if report else []
    rules = bench.settings.prompts
    if prompt:
        subject = of_registry(bench.prompts, rules, project, prompt)
        about = (f for f in findings if _is_about(bench, project, f, subject.name))
        return subject, next(about, None)
    found = next((f for f in findings if f.fingerprint == fingerprint), None)
    if found is None:
        raise NotFound(
            f"no finding `{fingerprint}` of {MEGA} in the ledger", hint="choose at /decomposition"
        )
    of = of_finding(bench.prompts, rules, bench.spans, found, project)
    if of is None:
        raise NotFound(f"the text of `{found.subject}` is not in the traces", hint="audit again")
    return of, found


def _is_about(bench: Workbench, project: str, finding: Finding, name: str) -> bool:
    text = text_of(bench.spans, finding) or ""
    prompt = registered(bench.prompts, project, finding.subject, text)
    return prompt is not None and prompt.name == name


def _proposed(
    bench: Workbench, project: str, subject: Subject, *, later: bool = False
) -> Decomposition:
    rules = bench.settings.decompose
    asked = (
        [] if later else bench.list_asked(subject.known, subject.text, rules.max_requests, project)
    )
    return decompose(subject.text, subject.label, asked, rules, subject.style)


def _keep(
    bench: Workbench, project: str, subject: Subject, found: Decomposition, wanted: Keeping
) -> None:
    place, change = place_of(bench, project), change_of(wanted.by, "")
    wording = subject.wording or _adopted(place, subject, wanted)
    name = subject.name or wanted.name.strip()
    if place.rules.truth == "files":
        keeping.propose(place, name, wording, found, change)
        return
    kept = keeping.keep(place, name, wording, found, change)
    if wanted.files:
        versions = [*kept.parts, *([kept.assembled] if kept.assembled else [])]
        exchange.pull(place, only={version.name for version in versions})


def _adopted(place: exchange.Place, subject: Subject, wanted: Keeping) -> Wording:
    """Keep a text of the traces as version 1 of a new prompt."""
    name = wanted.name.strip()
    content = PromptContent((Message(TEXT, subject.text),), subject.style)
    first = change_of(wanted.by, f"taken from the traces: {subject.known}")
    registry.add(place.store, place.rules, (place.project, name), content, first, base=0)
    return get_wording(place.store, place.rules, place.project, name)


def _seen(
    bench: Workbench, project: str, subject: Subject, noted: Finding | None, found: Decomposition
) -> SplitView:
    kept, branch = [], ""
    if subject.name:
        versions = keeping.list_kept(bench.prompts, project, subject.name, subject.label)
        joins = f"{subject.name}/{ASSEMBLED}"
        kept = [KeptPart(v.name, v.number, v.name == joins) for v in versions]
        branch = _branch(bench, project, subject.name, found)
    return SplitView(
        name=subject.name, label=subject.label, tokens=found.tokens,
        instructions=sum(len(part.instructions) for part in found.parts),
        parts=parts_of(found), router=found.router, router_tokens=found.router_tokens,
        traffic=traffic_of(found.traffic), later=False, refused=found.refused,
        picture=picture(found),
        digest=keeping.digest(found), fingerprint=noted.fingerprint if noted else "",
        message=noted.message if noted else "", kept=sorted(kept, key=lambda k: k.name),
        branch=branch,
    )  # fmt: skip


def _branch(bench: Workbench, project: str, name: str, found: Decomposition) -> str:
    around = place_of(bench, project).repository
    waiting = around.list_branches(keeping.branch_of(name, found)) if around else []
    return waiting[0].message if waiting else ""


def _choices(bench: Workbench, project: str) -> list[Choice]:
    """Return what may be split: what an audit found too long, then the registry by length."""
    report = bench.latest_report(project)
    findings = [f for f in report.findings if f.code == MEGA] if report else []
    found = [
        Choice(f.subject.removeprefix("prompt:"), int(f.proof.counts["tokens"]), f.fingerprint,
               f.message)
        for f in findings
    ]  # fmt: skip
    told = {choice.name.partition("@")[0] for choice in found}
    for one in bench.prompts.list_prompts(project):
        if one.name in told:
            continue
        content = bench.prompts.get_version(project, one.name, one.latest).content
        found.append(Choice(one.name, sum(count(text) for _, text in content.messages), "", ""))
    return sorted(found, key=lambda choice: (not choice.fingerprint, -choice.tokens))
