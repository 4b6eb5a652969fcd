"""Templates: one environment, strict about names, escaping everything."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from solvent.debt.reports.figures import is_unknown
from solvent.server import shown, trend
from solvent.server.questions.projects import Project, list_projects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

    from solvent.workbench import Workbench

FOLDER = Path(__file__).parent
LISTS = frozenset({"pipelines", "traces", "sessions", "tables", "documents", "prompts", "rules"})
"""Pages that list things of one project, and of another when that is chosen."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where the reader is: what links and the header need."""

    path: str
    query: Mapping[str, str]
    address: str
    """Scheme, host and port as the browser knows them."""
    project: str
    default_project: str
    projects: tuple[Project, ...]
    now: int
    """Microseconds since 1970 UTC."""
    signed_in: bool

    def url(self, path: str, **query: Any) -> str:
        """Return a link to another page of the same project."""
        if self.project != self.default_project:
            query = {"project": self.project, **query}
        return _address(path, query)

    def project_url(self, project: str) -> str:
        """Return a link to the list of this page in another project."""
        first = self.path.strip("/").partition("/")[0]
        path = f"/{first}" if first in LISTS else "/"
        return _address(path, {"project": project})

    def again(self, **changes: Any) -> str:
        """Return a link to this page with other parameters; None removes one."""
        return _address(self.path, {**self.query, **changes})


def _address(path: str, query: Mapping[str, Any]) -> str:
    pairs = [(key, value) for key, value in query.items() if value not in {None, ""}]
    return quote(path, safe="/:@!$&'()*+,;=~-._") + (f"?{urlencode(pairs)}" if pairs else "")


def here(request: Request, bench: Workbench, *, bare: bool = False) -> Here:
    """Return where the reader of a request is; `bare` asks the store nothing."""
    query = {key: value for key, value in request.query_params.items() if value}
    known = () if bare else list_projects(bench.spans)
    default = bench.settings.project
    if known and default not in {p.name for p in known}:
        default = max(known, key=lambda p: p.spans).name
    return Here(
        path=request.url.path,
        query=query,
        address=str(request.base_url).rstrip("/"),
        project=query.get("project") or default,
        default_project=default,
        projects=known,
        now=time.time_ns() // 1000,
        signed_in=bool(bench.settings.server.token),
    )


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    made = Environment(
        loader=FileSystemLoader([FOLDER / "pages", FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(shown.FILTERS, points=trend.points, is_unknown=is_unknown)
    made.globals["ui"] = made.get_template("components.html").module
    return made


def render(template: str, block: str, view: Any, here: Here) -> str:
    """Return a page, or one block of it."""
    found = environment().get_template(f"{template}.html")
    names = {"view": view, "here": here}
    if block in found.blocks:
        return "".join(found.blocks[block](found.new_context(names)))
    return found.render(names)
