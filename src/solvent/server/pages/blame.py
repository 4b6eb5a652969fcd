"""Which step of one trace is to blame, and the passing trace most like it."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.errors import NotFound
from solvent.records.suspect import Inquiry
from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.trace_head import find_window
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class BlameView:
    """What can be said about which step of a trace is to blame."""

    project: str
    trace_id: str
    inquiry: Inquiry
    standing: str
    """What its ranking rests on."""


@page("/traces/{trace_id}/blame")
def blame(bench: Workbench, trace_id: str, project: str = "") -> BlameView:
    """Tell which step is to blame, also of a trace that is not known to have failed.

    A page of its own, since it reads every text of the trace and looks among passing ones: the
    trace's page is there before it, and shows it when it comes.
    """
    from solvent.pipelines.within import inquire  # noqa: PLC0415  a server at rest does without
    from solvent.pipelines.within.ranking import standing  # noqa: PLC0415  a server at rest does without

    project = chosen(bench, project)
    window = find_window(bench.spans, project, trace_id)
    if window is None:
        raise NotFound(f"no trace `{trace_id}` in project `{project}`", hint="search at /traces")
    found = inquire(bench.spans, project, trace_id, bench.settings.blame, between=window)
    if found is None:
        raise NotFound(f"`{trace_id}` has no steps that could be blamed", hint="see /traces")
    return BlameView(project, trace_id, found, standing(found.kind))
