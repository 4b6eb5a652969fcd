"""Erase traces for good: one by one, of a user, or older than some time."""

from __future__ import annotations

from dataclasses import asdict

import click

from solvent.cli._store import need_store
from solvent.errors import Conflict, Invalid

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
    from solvent.cli._server import ask
    from solvent.cli._since import parse_since
    from solvent.server.remote import Erased, Wish, erase
    from solvent.settings import find_folder, load
    from solvent.workbench import Workbench

    if sum((bool(traces), user is not None, before is not None)) != 1:
        raise Invalid(
            "`solvent erase` takes one of --trace, --user and --before", hint="see --help"
        )
    settings = load(find_folder())
    need_store(settings, "run it in its folder")
    when = None if before is None else parse_since(before)
    if not yes:
        what = f"user {user}" if user else f"before {before}" if before else ", ".join(traces)
        click.confirm(
            f"Erase {what} from project {project or settings.project} for good?", abort=True
        )
    wish = Wish(project or "", traces, user or "", when)
    try:
        with Workbench(settings) as bench:
            gone = erase(bench, wish)
    except Conflict:
        answer = ask(settings, "/api/v1/erase", asdict(wish))
        if answer is None:
            raise
        gone = Erased(**answer)
    click.echo(f"erased {gone.traces:,} traces of project {gone.project}")
