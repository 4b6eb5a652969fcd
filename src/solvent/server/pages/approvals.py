"""Approvals: protected aliases that somebody asked to move, with what would change."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.errors import Invalid
from solvent.prompts import registry
from solvent.prompts.composition import Reach, reach
from solvent.records.prompt import AliasRequest, RequestState
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.prompt_facts import DiffLine, change_of, differ
from solvent.server.questions.prompt_meaning import Meaning, meaning
from solvent.workbench import Workbench

SETTLED = 20


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that waits, with what it would change."""

    request: AliasRequest
    author: str
    """Who wrote the version; neither they nor who asked may approve."""
    message: str
    diff: list[DiffLine]
    meaning: Meaning | None
    """What the move does to instructions; None: nothing served before."""
    reached: list[Reach]
    overtaken: bool
    """The alias was moved since it was asked."""


@dataclass(frozen=True, slots=True)
class ApprovalsView:
    """Requests that wait, and the last that were settled."""

    project: str
    waiting: list[Asking]
    settled: list[AliasRequest]
    protected: list[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """Approve a request, or refuse it."""

    id: str
    by: str = ""
    action: str = "approve"
    """approve or refuse."""
    reason: str = ""


@page("/approvals")
def approvals(bench: Workbench, project: str = "") -> ApprovalsView:
    """Show what waits for approval."""
    project = chosen(bench, project)
    found = bench.prompts.list_requests(project)
    return ApprovalsView(
        project,
        [_asking(bench, r) for r in found if r.state is RequestState.WAITING],
        [r for r in found if r.state is not RequestState.WAITING][:SETTLED],
        list(bench.settings.prompts.protected),
    )


@page("/approvals", method="POST")
def decide(bench: Workbench, decision: Decision, project: str = "") -> ApprovalsView:
    """Approve or refuse a request."""
    project = chosen(bench, project)
    if decision.action not in {"approve", "refuse"}:
        raise Invalid(f"`{decision.action}` is not a decision", hint="approve or refuse")
    registry.decide(
        bench.prompts, project, decision.id, change_of(decision.by, decision.reason),
        approve=decision.action == "approve",
    )  # fmt: skip
    return approvals(bench, project)


def _asking(bench: Workbench, request: AliasRequest) -> Asking:
    store = bench.prompts
    version = store.get_version(request.project, request.name, request.number)
    diff: list[DiffLine] = []
    change = None
    if request.was is not None:
        before = store.get_version(request.project, request.name, request.was)
        diff = differ(before.content, version.content)
        change = meaning(before.content, version.content)
    now = store.get_prompt(request.project, request.name).number_of(request.alias)
    edges, prompts = store.list_edges(request.project), store.list_prompts(request.project)
    touched = reach(edges, prompts, request.name, request.alias)
    overtaken = now != request.was
    return Asking(request, version.author, version.message, diff, change, touched, overtaken)
