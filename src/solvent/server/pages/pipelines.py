"""The pipeline map: a picture of the steps, and the same figures as a table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from solvent.errors import Invalid
from solvent.pipelines.map import words
from solvent.pipelines.map.blame import read_blame
from solvent.pipelines.map.choice import find_pipeline, find_slice
from solvent.pipelines.map.document import from_document
from solvent.pipelines.map.picture import Box, Picture, picture
from solvent.pipelines.map.spans import MANY, ROOTLESS
from solvent.pipelines.map.svg import draw
from solvent.records.pipeline_map import VERSION, Pipeline, Slice, Step
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.projects import has_spans
from solvent.server.questions.step_findings import StepFinding, findings_by_step
from solvent.workbench import Workbench

ALL = 1000
"""Steps of a picture at most, however many are asked for."""
MOVES = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """One pipeline of the project."""

    name: str
    traces: int
    steps: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step in the table."""

    id: int
    name: str
    type: str
    depth: int
    names: int
    share: float
    runs: int
    errors: float
    blame: float | None
    failed: float | None
    """Part of its traces with a known outcome that failed."""
    p50_ms: float | None
    p95_ms: float | None
    usd: float | None
    """Dollars of a run."""
    priced: bool
    """The cost of every model call in it is known."""
    tokens: float | None
    """Of a run."""
    retries: int
    findings: list[StepFinding]
    traces: str
    """Where its traces are listed."""


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move in the table."""

    before: str
    after: str
    share: float
    times: int


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One figure that moved between two slices."""

    step: str
    said: str
    worse: bool | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One pipeline, drawn."""

    name: str
    svg: str
    traces: int
    failed: int
    judged: int
    steps: list[StepRow]
    moves: list[MoveRow]
    more_moves: int
    changes: list[ChangeRow]
    versions: list[str]
    periods: list[str]
    folded: int
    faint: int


@dataclass(frozen=True, slots=True)
class Blamed:
    """A step at which failures begin."""

    step: str
    share: float
    """Of the failed traces."""
    low: float
    high: float
    reasons: list[str]
    examples: list[tuple[str, str]]
    """Failed traces that show it, with the span."""


@dataclass(frozen=True, slots=True)
class PipelinesView:
    """The pipeline map of a project."""

    project: str
    empty: bool
    """Nothing was received yet."""
    missing: str
    """Why there is no map, when something was received."""
    at: int | None
    """When the audit made it; microseconds since 1970 UTC."""
    kinds: list[Kind]
    others: int
    """Kinds of traces without a map, as there are too many."""
    other_traces: int
    unplaced: int
    blame: str
    """What is said about blame."""
    accused: list[Blamed]
    """The steps at which failures begin by more than chance, in all pipelines."""
    unexplained: float
    """Share of the failures that begin at none of them."""
    drawn: Drawn | None
    absent: str
    """A step that was asked for and that no trace ran."""
    of: str
    """The version or time that is shown; empty: all traces."""
    against: str
    most: int | None
    """Steps that are drawn at most; None: as many as the settings say."""


@page("/pipelines")
def pipelines(
    bench: Workbench,
    project: str = "",
    pipeline: str = "",
    step: str = "",
    of: str = "",
    against: str = "",
    most: int | None = None,
) -> PipelinesView:
    """Show the pipeline map that the last audit made."""
    if most is not None and not 1 <= most <= ALL:
        raise Invalid(f"`most` is {most}", hint=f"give a number from 1 to {ALL}")
    named, project = project, chosen(bench, project)
    study = bench.studies.find_study(project, "pipeline_map")
    body = json.loads(study.body) if study else {"missing": ""}
    if "missing" in body:
        return _undrawn(bench, project, body["missing"], of, against, most)
    found = from_document(body)
    blame = bench.studies.find_study(project, "blame")
    said = json.loads(blame.body) if blame else {}
    blamed = read_blame(said or None)
    known = any(step == one.name for kind in found.pipelines for one in kind.steps)
    one = find_pipeline(found, pipeline, step if known else "")
    shares = blamed.by_step(one.steps)
    shown = picture(
        one,
        find_slice(one, of),
        find_slice(one, against) if against else None,
        blame=shares,
        most=most,
        bounds=bench.settings.pipelines,
    )
    links = _Links(named, shown, findings_by_step(bench, project))
    return PipelinesView(
        project,
        empty=False,
        missing="",
        at=study.at if study else None,
        kinds=[Kind(kind.name, kind.whole.traces, len(kind.steps)) for kind in found.pipelines],
        others=found.others,
        other_traces=found.other_traces,
        unplaced=found.unplaced,
        blame=blamed.note,
        accused=_accused(said),
        unexplained=said.get("unexplained", 1.0),
        drawn=_drawn(one, shown, shares, links),
        absent="" if known else step,
        of=of,
        against=against,
        most=most,
    )


def _undrawn(
    bench: Workbench, project: str, missing: str, of: str, against: str, most: int | None
) -> PipelinesView:
    empty = not has_spans(bench.spans, project)
    return PipelinesView(
        project, empty, missing, None, [], 0, 0, 0, "", [], 1.0, None, "", of, against, most
    )


def _accused(said: dict[str, Any]) -> list[Blamed]:
    """Return the accused steps of a blame study, in the shape of `solvent.records.blame.Blame`."""
    return [
        Blamed(
            one["step"],
            one["share"],
            one["low"],
            one["high"],
            [difference["text"] for difference in one["differences"]],
            [(trace, span) for trace, span in one["examples"]],
        )
        for one in said.get("steps", ())
        if one["accused"]
    ]


@dataclass(frozen=True, slots=True)
class _Links:
    """Where boxes and rows lead to."""

    project: str
    """As it was named in the address; empty when it was not."""
    picture: Picture
    findings: dict[str, list[StepFinding]]

    def traces(self, step: Step) -> str:
        """Return where the traces with a step are listed."""
        wanted = {"tool" if step.type == "tool" else "step": step.name}
        if step.name == ROOTLESS:
            wanted = {"rootless": "true"}
        if step.name == MANY or step.names > 1:
            return ""
        if self.picture.slice.kind == VERSION:
            wanted["version"] = self.picture.slice.name
        return f"/traces?{urlencode(wanted | self._project())}"

    def box(self, box: Box) -> str:
        """Return where a box of the picture leads to."""
        if not box.folded:
            return self.traces(box.step)
        known = {"pipeline": self.picture.name, "of": self.picture.slice.name, "most": str(ALL)}
        return f"/pipelines?{urlencode({k: v for k, v in known.items() if v} | self._project())}"

    def found(self, box: Box) -> tuple[str, str]:
        """Return words about the findings of a box, and where they are listed."""
        count = 0 if box.folded else len(self.findings.get(box.step.name, ()))
        words = "1 finding" if count == 1 else f"{count} findings"
        return (words, f"#step-{box.step.id}") if count else ("", "")

    def _project(self) -> dict[str, str]:
        return {"project": self.project} if self.project else {}


def _drawn(one: Pipeline, shown: Picture, shares: dict[int, float] | None, links: _Links) -> Drawn:
    part, root = shown.slice, shown.root.figures
    names = {step.id: step.name for step in one.steps}
    paths = _paths(one)
    moves = sorted(part.moves, key=lambda move: (-move.traces, -move.times))
    return Drawn(
        one.name,
        draw(shown, links.box, links.found),
        part.traces,
        root.failed_traces,
        root.judged_traces,
        _rows(one, part, shares, links),
        [
            MoveRow(
                "" if move.before is None else names[move.before],
                "" if move.after is None else names[move.after],
                move.traces / part.traces,
                move.times,
            )
            for move in moves[:MOVES]
        ],
        max(len(moves) - MOVES, 0),
        [
            ChangeRow(paths[step], words.change(change), change.worse)
            for step, many in shown.changes.items()
            for change in many
        ],
        [known.name for known in one.slices if known.kind == VERSION],
        [known.name for known in one.slices[1:] if known.kind != VERSION],
        shown.folded,
        shown.faint,
    )


def _paths(one: Pipeline) -> dict[int, str]:
    """Return every step with the steps around it but the root: `answer > chat`."""
    paths: dict[int, str] = {}
    for step in one.steps:
        around = paths.get(step.within, "") if step.within else ""
        paths[step.id] = f"{around} > {step.name}" if around else step.name
    return paths


def _rows(
    one: Pipeline, part: Slice, shares: dict[int, float] | None, links: _Links
) -> list[StepRow]:
    """Return the steps, each before those inside it, the most used first."""
    inside: dict[int | None, list[Step]] = {}
    for step in one.steps:
        if step.id in part.figures:
            inside.setdefault(step.within, []).append(step)
    rows: list[StepRow] = []

    def add(step: Step, depth: int) -> None:
        rows.append(_row(step, depth, part, shares, links))
        for child in sorted(
            inside.get(step.id, ()), key=lambda s: (-part.figures[s.id].traces, s.id)
        ):
            add(child, depth + 1)

    for root in inside.get(None, ()):
        add(root, 0)
    return rows


def _row(
    step: Step, depth: int, part: Slice, shares: dict[int, float] | None, links: _Links
) -> StepRow:
    seen = part.figures[step.id]
    return StepRow(
        step.id,
        step.name,
        "agent" if step.agent else step.type,
        depth,
        step.names,
        seen.traces / part.traces,
        seen.runs,
        seen.errors / seen.runs if seen.runs else 0.0,
        None if shares is None else shares.get(step.id, 0.0),
        seen.failed_traces / seen.judged_traces if seen.judged_traces else None,
        seen.p50_ms,
        seen.p95_ms,
        seen.usd / seen.runs if seen.usd is not None and seen.runs else None,
        seen.priced == seen.calls,
        seen.tokens / seen.runs if seen.tokens is not None and seen.runs else None,
        seen.retries,
        links.findings.get(step.name, []),
        links.traces(step),
    )
