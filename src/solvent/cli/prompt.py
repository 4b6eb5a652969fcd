"""Keep prompts: immutable versions, aliases that move, approval, who changed what."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from solvent.cli._prompt_files import COMMANDS as FILES
from solvent.cli._prompt_reading import READING
from solvent.cli._prompt_split import COMMANDS as SPLIT
from solvent.cli._prompt_trials import COMMANDS as TRIALS
from solvent.cli._registry import by_option, json_option, project_option, registry, text_of
from solvent.cli._who import change
from solvent.errors import Invalid

EXAMPLES = """\b
Examples:
  solvent prompt add support/triage triage.md -m "first version"
  solvent prompt set-alias support/triage production 1
  solvent prompt show support/triage@production
  solvent prompt diff support/triage 1 2
  solvent prompt history prompts/triage.md   when, by whom and why each instruction came
  solvent prompt push                        files of the repository become versions
  solvent prompt lock                        pin what applications start with
"""


@click.group(help=__doc__, epilog=EXAMPLES)
def command() -> None:
    """Work on the folder's registry; a running server sees every change at once."""


@command.command("list")
@click.option("--alias", help="Only those with this alias.")
@click.option("--retired", is_flag=True, help="Those that are put away, too.")
@project_option
@json_option
def list_(alias: str | None, retired: bool, project: str | None, as_json: bool) -> None:
    """Print every prompt with its aliases."""
    with registry(project) as (_, store, named):
        found = store.list_prompts(named, retired=retired)
    found = [p for p in found if alias is None or p.number_of(alias) is not None]
    if as_json:
        click.echo(json.dumps({"prompts": [asdict(p) for p in found]}, ensure_ascii=False))
        return
    if not found:
        click.echo(
            "No prompts yet: `solvent prompt add NAME FILE`, or `solvent prompt import FILE`."
        )
    for prompt in found:
        pointers = ", ".join(f"{a.alias}: {a.number}" for a in prompt.aliases) or "no alias"
        more = f"  {prompt.owner}" if prompt.owner else ""
        away = "  (retired)" if prompt.retired_at else ""
        click.echo(f"{prompt.name}  {prompt.latest} versions  {pointers}{more}{away}")


@command.command()
@click.argument("reference")
@click.option("--versions", is_flag=True, help="List the versions instead of the text.")
@project_option
@json_option
def show(reference: str, versions: bool, project: str | None, as_json: bool) -> None:
    """Print a prompt: its newest version, or `NAME@production`, `NAME@3`."""
    from solvent.prompts.document import to_document
    from solvent.prompts.naming import LATEST, read
    from solvent.prompts.registry import get_resolved

    with registry(project) as (settings, store, named):
        ref = read(reference, LATEST)
        if versions:
            store.get_prompt(named, ref.name)
            for one in store.list_versions(named, ref.name):
                click.echo(f"{one.number}  {_day(one.at)}  {one.author}  {one.message}".rstrip())
            return
        found = get_resolved(store, settings.prompts, named, ref)
    if as_json:
        click.echo(json.dumps(to_document(found), ensure_ascii=False))
        return
    version = found.version
    for role, text in version.content.messages:
        click.echo(f"[{role}]\n{text}\n" if role else text)
    for part in found.parts:
        click.echo(f"includes {part.name} version {part.number}", err=True)
    said = f": {version.message}" if version.message else ""
    click.echo(f"version {version.number}, {_day(version.at)}, {version.author}{said}", err=True)


@command.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-m", "--message", default="", help="Why it is changed.")
@click.option("--base", type=int, help="Version it was made from; refused when there is a newer.")
@by_option
@project_option
def add(
    name: str, file: Path, message: str, base: int | None, by: str | None, project: str | None
) -> None:
    """Keep a file as the next version of a prompt."""
    from solvent.prompts import registry as practice
    from solvent.prompts.files import parse

    written = parse(file.name, text_of(file))
    made = change(by, message)
    with registry(project) as (settings, store, named):
        version = practice.add(
            store, settings.prompts, (named, name), written.content, made, base=base
        )
        if written.owner or written.tags:
            store.describe(
                named, name, by=made.by, at=made.at, owner=written.owner or None,
                tags=written.tags or None,
            )  # fmt: skip
    for key in written.others:
        click.echo(f"not kept: `{key}` means nothing here", err=True)
    click.echo(f"{name} version {version.number}")


@command.command("set-alias")
@click.argument("name")
@click.argument("alias")
@click.argument("version", type=int, required=False)
@click.option("--reason", default="", help="Why; needed when the alias is protected.")
@click.option("--was", type=int, help="Version it has to point at now.")
@click.option("--drop", is_flag=True, help="Take the alias away.")
@by_option
@project_option
def set_alias(
    name: str,
    alias: str,
    version: int | None,
    reason: str,
    was: int | None,
    drop: bool,
    by: str | None,
    project: str | None,
) -> None:
    """Point an alias at a version; a protected one waits for somebody else's approval."""
    from solvent.prompts import registry as practice

    made = change(by, reason)
    with registry(project) as (settings, store, named):
        ref = (named, name)
        if drop:
            practice.drop_alias(store, settings.prompts, ref, alias, made)
            click.echo(f"{name}@{alias} is gone")
            return
        if version is None:
            raise Invalid("a version is missing", hint=f"solvent prompt set-alias {name} {alias} 1")
        moved = practice.move_alias(
            store, settings.prompts, ref, (alias, version), made, was=was, check=was is not None
        )
    if moved.request:
        click.echo(
            f"asked for {name}@{alias} -> {version}: solvent prompt approve {moved.request.id}"
        )
    else:
        click.echo(f"{name}@{alias} -> {version}")


@command.command()
@click.argument("request", required=False)
@click.option("--refuse", is_flag=True, help="Say no instead; needs a reason.")
@click.option("--reason", default="", help="What to tell whoever asked.")
@by_option
@project_option
@json_option
def approve(
    request: str | None,
    refuse: bool,
    reason: str,
    by: str | None,
    project: str | None,
    as_json: bool,
) -> None:
    """Decide a request to move a protected alias; without one, list those that wait."""
    from solvent.prompts import registry as practice
    from solvent.records.prompt import RequestState

    with registry(project) as (_, store, named):
        if request is None:
            waiting = store.list_requests(named, RequestState.WAITING)
            if as_json:
                click.echo(
                    json.dumps({"requests": [asdict(r) for r in waiting]}, ensure_ascii=False)
                )
                return
            for one in waiting:
                was = one.was or "none"
                step = f"{one.name}@{one.alias} {was} -> {one.number}"
                click.echo(f"{one.id}  {step}  {one.by}: {one.reason}")
            if not waiting:
                click.echo("Nothing waits for approval.")
            return
        done = practice.decide(store, named, request, change(by, reason), approve=not refuse)
    click.echo(f"{done.state}: {done.name}@{done.alias} -> {done.number}")


@command.command()
@click.argument("name")
@click.option("--owner", help="Who answers for it.")
@click.option("--tag", "tags", multiple=True, help="A word to find it by; replaces those it has.")
@by_option
@project_option
def describe(
    name: str, owner: str | None, tags: tuple[str, ...], by: str | None, project: str | None
) -> None:
    """Set who answers for a prompt, and its tags."""
    made = change(by, "")
    with registry(project) as (_, store, named):
        store.describe(named, name, by=made.by, at=made.at, owner=owner, tags=tags or None)
    click.echo(f"{name} is described")


@command.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why it is put away.")
@by_option
@project_option
def retire(name: str, reason: str, by: str | None, project: str | None) -> None:
    """Put a prompt away: its versions stay, its aliases go."""
    from solvent.prompts import registry as practice

    with registry(project) as (settings, store, named):
        practice.retire(store, settings.prompts, (named, name), change(by, reason))
    click.echo(f"{name} is retired; its versions stay")


@command.command()
@click.argument("name", required=False)
@project_option
@json_option
def log(name: str | None, project: str | None, as_json: bool) -> None:
    """Print who changed what, newest first."""
    with registry(project) as (_, store, named):
        entries = store.list_log(named, f"prompt:{name}" if name else None)
    if as_json:
        click.echo(json.dumps({"log": [asdict(e) for e in entries]}, ensure_ascii=False))
        return
    for e in entries:
        why = f"  ({e.reason})" if e.reason else ""
        subject = e.subject.removeprefix("prompt:")
        click.echo(f"{_day(e.at)}  {e.by}  {e.action}  {subject}  {e.detail}{why}")


@command.command()
@click.argument("name")
@click.argument("old", type=int)
@click.argument("new", type=int)
@project_option
def diff(name: str, old: int, new: int, project: str | None) -> None:
    """Print what changed between two versions, line by line."""
    from solvent.prompts.changes import difference

    with registry(project) as (_, store, named):
        before, after = (store.get_version(named, name, number) for number in (old, new))
    for line in difference(before, after):
        click.echo(line)


@command.command()
@click.argument("reference")
@project_option
@json_option
def reach(reference: str, project: str | None, as_json: bool) -> None:
    """Print which prompts a change of this one reaches."""
    from solvent.prompts.composition import reach as reached
    from solvent.prompts.naming import read

    name, _, selector = reference.partition("@")
    read(reference, "latest")
    with registry(project) as (_, store, named):
        store.get_prompt(named, name)
        found = reached(store.list_edges(named), store.list_prompts(named), name, selector or None)
    if as_json:
        click.echo(json.dumps({"reach": [asdict(r) for r in found]}, ensure_ascii=False))
        return
    for one in found:
        serving = ", ".join(one.aliases) or "newest, serves nothing"
        how = "moves with it" if one.moves else "pinned"
        click.echo(f"{one.name} version {one.number} ({serving})  through {one.through}, {how}")
    if not found:
        click.echo(f"Nothing includes {reference}.")


def _day(at: int) -> str:
    import time

    return time.strftime("%Y-%m-%d", time.gmtime(at / 1e6))


for subcommand in (*FILES, *READING, *TRIALS, *SPLIT):
    command.add_command(subcommand)
