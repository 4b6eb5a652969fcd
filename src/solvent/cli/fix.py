"""Propose the change that pays a finding down, and write it down when asked."""

from __future__ import annotations

from pathlib import Path

import click

from solvent.cli._fix_prompt import Trial, propose
from solvent.cli._fix_split import split
from solvent.cli._fix_tools import propose_toolsets
from solvent.cli._registry import by_option
from solvent.errors import Invalid

EXAMPLES = """\b
Examples:
  solvent fix PS104                    the finding of that rule, when there is one
  solvent fix 3f9a                     a finding by the start of its fingerprint
  solvent fix PS104 . --write          audits the folder, and edits the prompt where it stands
  solvent fix TS101 runs.jsonl.gz      the tools that each step needs, for all findings at once
  solvent fix PS101 --write            the split of a mega-prompt, as versions or files
  solvent fix PS102 --dataset tickets.jsonl --model openai:gpt-4o --write
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("target")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Keep the change: a version, an edit, or else a file.")
@click.option("--dataset", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--scorer", "scoring", default="exact", show_default=True)
@click.option("--model", help="openai:MODEL, anthropic:MODEL or replay:FILE.")
@by_option
def command(
    target: str,
    paths: tuple[Path, ...],
    write: bool,
    file: Path | None,
    scoring: str,
    model: str | None,
    by: str | None,
) -> None:
    """Look a finding up, of the last audit or one of PATHS, and print the change that pays it."""
    from solvent.cli._case import open_case
    from solvent.gathering.naming import find_home
    from solvent.settings import find_folder, load

    if (file is None) != (model is None):
        raise Invalid("a comparison needs both", hint="give --dataset and --model")
    home = find_home(paths)
    settings = load(home or find_folder())
    trial = Trial(file, scoring, model) if file is not None and model is not None else None
    with open_case(settings, paths, home, target) as case:
        for finding in case.findings:
            click.echo(f"{finding.code} {finding.fingerprint}: {finding.message}")
        click.echo()
        better = True
        if case.findings[0].code == "TS101":
            propose_toolsets(case, write=write)
        elif case.findings[0].code == "PS101":
            split(case, write=write, by=by)
        else:
            better = propose(case, trial, write=write, by=by)
    if not better:
        raise click.exceptions.Exit(1)
