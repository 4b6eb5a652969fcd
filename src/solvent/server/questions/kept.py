"""What an audit worked out for a page, and the findings that belong beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from solvent.errors import Invalid
from solvent.records.finding import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from solvent.workbench import Workbench

    Kinds = Mapping[str, Callable[[Any], bool]]


Row = TypeVar("Row")


def find_kept(bench: Workbench, project: str, kind: str) -> tuple[dict[str, Any], int | None]:
    """Return a study and when it was made; empty and None when no audit made one."""
    study = bench.studies.find_study(project, kind)
    return (json.loads(study.body), study.at) if study else ({}, None)


def findings_by_subject(bench: Workbench, project: str, *rules: str) -> dict[str, str]:
    """Return the fingerprints of what is owed by some rules, by subject."""
    return {
        entry.subject: entry.fingerprint
        for entry in bench.ledger.list_findings(project)
        if entry.rule in rules and entry.state is not State.FIXED
    }


def rows_shown(rows: Iterable[Row], show: str, kinds: Kinds) -> list[Row]:
    """Return the rows of one kind; all when none is named.

    Args:
        rows: What a page has.
        show: Name of the kind, as in its address.
        kinds: Which rows are of each kind.

    Raises:
        Invalid: There is no such kind.
    """
    if show and show not in kinds:
        raise Invalid(f"`show` is `{show}`", hint=f"one of {', '.join(kinds)}")
    return [row for row in rows if not show or kinds[show](row)]
