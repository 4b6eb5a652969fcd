"""The tools that a step needs: what unused tools are paid down with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.cli._fix_prompt import slug
from solvent.cli._store import write_output

if TYPE_CHECKING:
    from solvent.cli._case import Case
    from solvent.debt.evidence import Evidence
    from solvent.debt.narrowing import Narrower


def propose_toolsets(case: Case, *, write: bool) -> None:
    """Print for each step which tools stay and go; with `write`, a file for each."""
    from solvent.debt.narrowing import narrow
    from solvent.rules.tools.unused_tool import UnusedTool

    unused = {finding.subject.removeprefix("tool:") for finding in case.findings}
    with case.evidence() as evidence:
        found = narrow(evidence, unused, UnusedTool().min_requests)
        places = _places(evidence)
    for one in found:
        _show(one, places)
        if write:
            name = one.owner.removeprefix("toolset:")
            file = Path(f"toolset-{slug(name)}.json")
            write_output(json.dumps(one.document(), indent=1, ensure_ascii=False) + "\n", file)
    if not write:
        click.echo("Nothing is kept: --write makes a file of each list, with the definitions.")


def _show(found: Narrower, places: dict[str, str]) -> None:
    before, after = found.tokens
    click.echo(
        f"{found.owner.removeprefix('toolset:')}: offer {len(found.keep)} of"
        f" {len(found.keep) + len(found.drop)} tools; {before:,.0f} tokens of definitions in each"
        f" of {found.requests:,} model calls become {after:,.0f}"
    )
    for tool in found.keep:
        click.echo(f"  keep  {tool.name}: {tool.calls:,} calls")
    for tool in found.drop:
        why = "only other steps call it" if tool.elsewhere else "nothing calls it"
        at = f", defined in {places[tool.name]}" if tool.name in places else ""
        click.echo(
            f"  drop  {tool.name}: offered in {tool.requests:,} model calls of {tool.traces:,}"
            f" traces, {why}, {tool.tokens:,} tokens{at}"
        )
    click.echo(
        f"  checked: no call of these traces is refused; {found.saved:,} tokens saved in them"
    )


def _places(evidence: Evidence) -> dict[str, str]:
    """Return where tools are defined in the code that was scanned."""
    tools = evidence.code.tools if evidence.code else ()
    return {tool.name: f"{tool.place.file}:{tool.place.line}" for tool in tools}
