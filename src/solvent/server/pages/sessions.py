"""Sessions: conversations over several traces."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.server.page import page
from solvent.server.questions.owed import chosen
from solvent.server.questions.session_list import SessionRow, list_sessions
from solvent.workbench import Workbench


@dataclass(frozen=True, slots=True)
class SessionsView:
    """Sessions of a project, the latest first."""

    project: str
    text: str
    after: str
    rows: list[SessionRow]
    next: str | None


@page("/sessions")
def sessions(bench: Workbench, project: str = "", text: str = "", after: str = "") -> SessionsView:
    """List sessions, the latest first."""
    project = chosen(bench, project)
    found = list_sessions(
        bench.spans, project, rows=bench.settings.pages.rows, text=text, after=after
    )
    return SessionsView(project, text, after, found.rows, found.next)
