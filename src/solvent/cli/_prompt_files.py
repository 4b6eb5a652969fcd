"""The subcommands of `solvent prompt` that read and write files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.cli._registry import by_option, place, project_option, registry, text_of
from solvent.cli._who import change
from solvent.errors import Conflict

if TYPE_CHECKING:
    from solvent.prompts.exchange import Exchanged, Place
    from solvent.prompts.sync import Step


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be kept, and keep nothing.")
@by_option
@project_option
def import_(file: Path, dry_run: bool, by: str | None, project: str | None) -> None:
    """Keep the prompts of MLflow or Langfuse: a saved answer of their interface."""
    from solvent.prompts.imports import bring_in, read_export

    made = change(by, "", "import")
    found, left = read_export(text_of(file), made.at)
    if dry_run:
        for one in found:
            click.echo(f"{one.source} -> {one.name}  {', '.join(one.aliases)}".rstrip())
    else:
        with registry(project) as (settings, store, named):
            out = bring_in(store, settings.prompts, named, found, made)
        left += out.left
        for said in (*out.versions, *out.aliases):
            click.echo(said)
        for request in out.requests:
            click.echo(f"waits for approval: solvent prompt approve {request}")
        click.echo(f"{len(out.versions)} versions kept, {out.known} known already", err=True)
    for missed in left:
        click.echo(f"not kept: {missed.source}: {missed.reason}", err=True)


@click.command()
@click.option("--take", type=click.Choice(["files"]), help="Who wins where both sides changed.")
@by_option
@project_option
def push(take: str | None, by: str | None, project: str | None) -> None:
    """Keep changed files as versions: what git has committed, as who committed it."""
    from solvent.prompts import exchange

    with place(project) as here:
        out = exchange.push(here, change(by, ""), take=take == "files")
        _say(here, out, "push --take files")


@click.command()
@click.option("--take", type=click.Choice(["registry"]), help="Who wins where both sides changed.")
@project_option
def pull(take: str | None, project: str | None) -> None:
    """Write changed prompts of the registry into files."""
    from solvent.prompts import exchange

    with place(project) as here:
        out = exchange.pull(here, take=take == "registry")
        _say(here, out, "pull --take registry")


@click.command()
@click.argument("references", nargs=-1)
@project_option
def lock(references: tuple[str, ...], project: str | None) -> None:
    """Pin what applications start with when no server answers; all aliases when none is named."""
    from solvent.prompts import exchange

    with place(project) as here:
        pinned = exchange.pin(here, references, time.time_ns() // 1000)
        click.echo(f"{len(pinned)} prompts pinned in {here.lock.name}")


COMMANDS = (import_, push, pull, lock)


def _say(here: Place, out: Exchanged, again: str) -> None:
    for one in out.done:
        click.echo(f"{one.name}: {one.what}")
    for fault in out.faults:
        click.echo(f"not taken: {fault.path}: {fault.reason}", err=True)
    for path in out.waiting:
        click.echo(f"not committed, not taken: {path}", err=True)
    if not (out.done or out.faults or out.waiting or out.conflicts):
        click.echo("Files and registry are in step.")
    for step in out.conflicts:
        _show(here, step)
    if out.conflicts:
        names = ", ".join(step.name for step in out.conflicts)
        raise Conflict(
            f"`{names}` changed on both sides, and nothing was overwritten",
            hint=f"bring the two together, or choose: solvent prompt {again}",
        )


def _show(here: Place, step: Step) -> None:
    from difflib import unified_diff

    from solvent.prompts.changes import lines_of
    from solvent.prompts.exchange import read_files

    files, _ = read_files(here, committed=False)
    newest = here.store.get_prompt(here.project, step.name).latest
    theirs = here.store.get_version(here.project, step.name, newest)
    mine = files[step.name]
    for line in unified_diff(
        lines_of(theirs.content), lines_of(mine.written.content),
        f"registry {step.name}@{newest}", f"file {mine.path}", lineterm="",
    ):  # fmt: skip
        click.echo(line)
