"""The subcommands of `solvent prompt` that read prompts as instructions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from solvent.cli._registry import json_option, project_option, registry, text_of
from solvent.errors import NotFound

if TYPE_CHECKING:
    from solvent.records.instruction_change import Edition


@click.command("read")
@click.argument("prompt")
@project_option
@json_option
def read_(prompt: str, project: str | None, as_json: bool) -> None:
    """Print a prompt as instructions: a file, or `NAME@production`."""
    from solvent.prompts.reading import read_prompt
    from solvent.prompts.telling import reading_document
    from solvent.traces.tokens import count

    reading = read_prompt(_text(prompt, project), count)
    if as_json:
        click.echo(json.dumps(reading_document(reading), ensure_ascii=False))
        return
    title = ""
    for statement in reading.statements:
        if statement.section != title:
            title = statement.section
            click.echo(f"\n# {' / '.join(statement.path)}")
        said = statement.modality.value if statement.modality else ""
        click.echo(f"{statement.line:>5}  {said:<8}  {statement.text}")
    click.echo(
        f"{len(reading.instructions)} instructions among {len(reading.statements)} statements,"
        f" {reading.tokens} tokens",
        err=True,
    )


@click.command()
@click.argument("prompt")
@click.option("--each", is_flag=True, help="List each instruction with the change it came in.")
@project_option
@json_option
def history(prompt: str, each: bool, project: str | None, as_json: bool) -> None:
    """Print when, by whom and why the instructions came: of a file in git, or of a name."""
    from solvent.prompts.history import is_accreting, trace_history
    from solvent.prompts.telling import history_document, history_lines

    editions = _editions(prompt, project)
    if not editions:
        raise NotFound(f"`{prompt}` has no history", hint="give a file that git knows, or a name")
    found = trace_history(editions)
    if as_json:
        click.echo(json.dumps(history_document(found), ensure_ascii=False))
        return
    for line in history_lines(found, each=each):
        click.echo(line)
    if is_accreting(found):
        click.echo("It was only ever added to.")


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--traffic", metavar="PROMPT", help="Price it at the traffic of this prompt.")
@project_option
@json_option
def compare(old: str, new: str, traffic: str | None, project: str | None, as_json: bool) -> None:
    """Print what changed in meaning between two prompts: files, or `NAME@3`."""
    from solvent.prompts.difference import compare as compared
    from solvent.prompts.reading import read_prompt
    from solvent.prompts.telling import difference_document, priced
    from solvent.traces.tokens import count

    before, after = (_text(which, project) for which in (old, new))
    found = compared(read_prompt(before, count), read_prompt(after, count))
    price = priced(found, _traffic(traffic, project)) if traffic else None
    if as_json:
        click.echo(json.dumps(difference_document(found, price), ensure_ascii=False))
        return
    from rich.console import Console

    from solvent.cli._difference import render

    render(found, price, (before, after), Console(highlight=False))


def _text(prompt: str, project: str | None) -> str:
    """Return the text of a file, or of a version in the registry with what it includes."""
    if Path(prompt).is_file():
        return text_of(Path(prompt))
    from solvent.prompts.naming import LATEST, read
    from solvent.prompts.registry import get_resolved
    from solvent.prompts.serving import text_of as text_of_content

    with registry(project) as (settings, store, named):
        found = get_resolved(store, settings.prompts, named, read(prompt, LATEST))
        return text_of_content(found.version.content)


def _editions(prompt: str, project: str | None) -> list[Edition]:
    """Return the versions of a file from git, or of a name from the registry, oldest first."""
    from solvent.prompts.serving import text_of as text_of_content
    from solvent.records.instruction_change import Edition

    path = Path(prompt)
    if not path.is_file():
        with registry(project) as (_, store, named):
            store.get_prompt(named, prompt)
            versions = sorted(store.list_versions(named, prompt), key=lambda v: v.number)
        return [
            Edition(str(v.number), text_of_content(v.content), v.author, v.at, v.message)
            for v in versions
        ]
    from solvent.opening import find_repository

    repository = find_repository(path.resolve().parent)
    if repository is None:
        return []
    inside = path.resolve().relative_to(repository.root.resolve()).as_posix()
    found = []
    for commit, then in repository.list_changes(inside):
        text = repository.text_of(then, commit.hash)
        if text is not None:
            subject = commit.message.partition("\n")[0]
            found.append(Edition(commit.hash[:8], text, commit.author, commit.at, subject))
    return found


def _traffic(name: str, project: str | None) -> dict[str, Any]:
    """Return what the prompt of that name carries in what was collected.

    Raises:
        NotFound: No request carried it.
    """
    from solvent.settings import find_folder, load
    from solvent.workbench import Workbench

    with Workbench(load(find_folder())) as bench:
        study = bench.study(("prompt_traffic",), project)["prompt_traffic"]
    subject = name if name.startswith("prompt:") else f"prompt:{name}"
    for row in study.get("prompts", ()):
        if row["subject"].partition("@")[0] == subject.partition("@")[0]:
            return {**row, "scale": study["scale"], "period": study["period"]}
    raise NotFound(f"no request carried `{name}`", hint="`solvent audit` names the prompts")


READING = (read_, history, compare)
