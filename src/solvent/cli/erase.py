"""Erase traces for good: one by one, of a user, or older than some time."""

from __future__ import annotations

from pathlib import Path

import click

from solvent.errors import Invalid, NotFound

EXAMPLES = """\b
Examples:
  solvent erase --trace 4bf92f3577b34da6a3ce929d0e0e4736
  solvent erase --user ana@example.com --yes
  solvent erase --before 90d
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.option("--trace", "traces", multiple=True, metavar="ID", help="A trace; may be repeated.")
@click.option("--user", help="Every trace that carries this user.")
@click.option("--before", metavar="WHEN", help="Every trace that started before: 90d, or a date.")
@click.option("--project", help="Project to erase from; the folder's own when left out.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(
    traces: tuple[str, ...], user: str | None, before: str | None, project: str | None, yes: bool
) -> None:
    """Erase spans, judgements, and the texts that nothing else refers to."""
    from solvent.cli._since import parse_since
    from solvent.settings import find_folder, load
    from solvent.workbench import Workbench

    if sum((bool(traces), user is not None, before is not None)) != 1:
        raise Invalid(
            "`solvent erase` takes one of --trace, --user and --before", hint="see --help"
        )
    settings = load(find_folder())
    if not (Path(settings.storage.path) / "spans.duckdb").exists():
        raise NotFound(
            f"there is nothing collected in `{settings.storage.path}`", hint="run it in its folder"
        )
    with Workbench(settings) as bench:
        where = project or bench.main_project()
        if not yes:
            what = f"user {user}" if user else f"before {before}" if before else ", ".join(traces)
            click.confirm(f"Erase {what} from project {where} for good?", abort=True)
        if user:
            gone = bench.spans.delete_user(where, user)
        elif before:
            gone = bench.spans.delete_before(where, parse_since(before))
        else:
            gone = bench.spans.delete_traces(where, traces)
    click.echo(f"erased {gone:,} traces of project {where}")
