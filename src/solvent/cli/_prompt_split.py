"""Splitting a prompt of the registry."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.cli._registry import by_option, json_option, project_option, registry
from solvent.cli._who import change
from solvent.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from solvent.fixes.wording import Wording
    from solvent.prompts.exchange import Place
    from solvent.records.decomposition import Asked, Decomposition
    from solvent.settings import Settings

EXAMPLES = """\b
Examples:
  solvent prompt decompose support/everything
  solvent prompt decompose support/everything@production --instructions
  solvent prompt decompose support/everything --write --files parts/
"""


@click.command(epilog=EXAMPLES)
@click.argument("reference")
@click.option("--instructions", is_flag=True, help="Print where each instruction goes.")
@click.option("--write", is_flag=True, help="Keep the parts as prompts NAME/core, NAME/router, …")
@click.option("--files", type=click.Path(path_type=Path), help="Folder to write the parts to.")
@by_option
@project_option
@json_option
def decompose(
    reference: str, instructions: bool, write: bool, files: Path | None, by: str | None,
    project: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Split a prompt that does many jobs into a core, modules and a router."""
    from solvent.cli._decomposition import show
    from solvent.fixes.decompose import decompose as split
    from solvent.fixes.subject import of_registry
    from solvent.prompts.exchange import Place

    with registry(project) as (settings, store, named):
        one = of_registry(store, settings.prompts, named, reference)
        asked = asked_with(settings, one.known, one.text, named if project else None)
        found = split(one.text, one.label, asked, settings.decompose, one.style)
        kept = []
        if write and one.wording is not None and not found.refused:
            place = Place(store, settings.prompts, named)
            kept = keep(place, one.name, one.wording, found, by)
    if files is not None and not found.refused:
        kept += write_files(files, found, one.style)
    if as_json:
        click.echo(json.dumps({**asdict(found), "kept": kept}, ensure_ascii=False))
    else:
        show(found, instructions=instructions)
        for line in kept:
            click.echo(line)
        if not kept and not found.refused:
            click.echo("Nothing is kept: --write makes versions, --files FOLDER writes files.")


def asked_with(settings: Settings, name: str, text: str, project: str | None) -> list[Asked]:
    """Return what users asked with a prompt; nothing when there are no traces to look at."""
    from solvent.opening import has_spans
    from solvent.workbench import Workbench

    if not has_spans(settings):
        return []
    try:
        with Workbench(settings) as bench:
            return bench.list_asked(name, text, settings.decompose.max_requests, project)
    except Conflict as error:
        click.echo(f"the recorded requests are not looked at: {error.what}", err=True)
        return []


def keep(
    place: Place, name: str, wording: Wording, found: Decomposition, by: str | None
) -> list[str]:
    """Keep the parts as versions that no alias points at; return what was done."""
    from solvent.fixes import keeping

    kept = keeping.keep(place, name, wording, found, change(by, ""))
    done = [f"{version.name} version {version.number}" for version in kept.parts]
    if kept.assembled is None:
        return [*done, f"nothing joins them: {kept.why}"]
    joined = f"{kept.assembled.name} version {kept.assembled.number}"
    return [*done, f"{joined} includes them; no alias is moved"]


def write_files(folder: Path, found: Decomposition, style: str) -> list[str]:
    """Write the parts as files; return what was done.

    Raises:
        Unavailable: The folder cannot be written.
    """
    from solvent.fixes.parts import texts_of
    from solvent.prompts.files import Written, path_of, render

    done = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for short, content in texts_of(found, style):
            path = path_of(short, content)
            (folder / path).write_text(render(path, Written(content)), encoding="utf-8")
            done.append(f"wrote {folder / path}")
    except OSError as error:
        raise Unavailable(
            f"`{folder}` cannot be written: {error.strerror}", hint="give --files another folder"
        ) from error
    return done


COMMANDS: tuple[click.Command, ...] = (decompose,)
