"""Which projects there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from solvent.ports.spans import SpanStore

MAX_PROJECTS = 200


class Project(NamedTuple):
    """One project with what was received for it."""

    name: str
    spans: int


def list_projects(spans: SpanStore) -> tuple[Project, ...]:
    """Return the projects that hold spans, by name."""
    rows = spans.query(
        "SELECT project, count(*) AS spans FROM spans GROUP BY project ORDER BY project LIMIT $n",
        n=MAX_PROJECTS,
    ).to_pylist()
    return tuple(Project(row["project"], row["spans"]) for row in rows)


def count_traces(spans: SpanStore, project: str) -> int:
    """Return how many root spans a project has."""
    found = spans.query(
        "SELECT count(*) AS n FROM spans WHERE project = $project AND parent_id IS NULL",
        project=project,
    )
    count: int = found["n"][0].as_py()
    return count


def has_spans(spans: SpanStore, project: str) -> bool:
    """Tell whether anything was received for a project."""
    found = spans.query("SELECT 1 FROM spans WHERE project = $project LIMIT 1", project=project)
    return len(found) > 0
